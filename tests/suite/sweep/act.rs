use std::{fmt, sync::Arc, time::Duration};

use alloy::{
    primitives::{Address, B256, U256},
    signers::local::PrivateKeySigner,
    sol_types::SolCall,
};
use use_aa::{
    Asset, Call, Cancel, CreateSession, Deploy, Error, Interval, MemoryStore, Payment, Policy, Request,
    RevokeSession, Rule, SendTransaction, SessionId, SessionStore, SmartAccountClient, SpeedUp, TokenPayment,
    UseSession, UserOpHash, WaitOptions, Withdraw,
};

use crate::{
    support::Kind,
    world::{
        Dialect, World,
        abi::{NFT, Nft, TOKEN},
    },
};

/// One unit of the fee token, which has six decimals.
const DOLLAR: u64 = 1_000_000;

/// An action of a user, or an operation on a pending user operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Creates a session of a counterfactual account, or uses one first that the owner has granted by a signature.
    CreateFirst,
    /// Creates a second session, or uses it first.
    Create,
    Revoke,
    /// Makes a session call.
    Mint,
    /// Makes a call of the owner, which deploys the account.
    SendFirst,
    /// Makes a call of the owner with the account's own gas.
    Send,
    Deploy,
    /// Waits for a session call that was sent.
    Wait,
    SpeedUp,
    Cancel,
    /// Uses a session first, on an account that another tool has rid of what the session needs.
    Mend,
    /// Makes a call of the owner that is paid for in tokens, as quoted.
    PayInTokens,
    /// Withdraws an amount of tokens and the whole native balance.
    Withdraw,
}

impl Act {
    /// The acts of the sweep of faults, in which every step may be repeated.
    pub(crate) const ALL: [Self; 11] = [
        Self::CreateFirst,
        Self::Create,
        Self::Revoke,
        Self::Mint,
        Self::SendFirst,
        Self::Send,
        Self::Deploy,
        Self::Wait,
        Self::SpeedUp,
        Self::Cancel,
        Self::Mend,
    ];

    /// Returns true if an account kind has the act: where a grant is an operation, the operation adds what is missing.
    pub(crate) fn is_of(self, kind: Kind) -> bool {
        self != Self::Mend || kind == Kind::Nexus
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CreateFirst => "create-first",
            Self::Create => "create",
            Self::Revoke => "revoke",
            Self::Mint => "mint",
            Self::SendFirst => "send-first",
            Self::Send => "send",
            Self::Deploy => "deploy",
            Self::Wait => "wait",
            Self::SpeedUp => "speed-up",
            Self::Cancel => "cancel",
            Self::Mend => "mend",
            Self::PayInTokens => "pay-in-tokens",
            Self::Withdraw => "withdraw",
        })
    }
}

/// An account with its services and its store, before or after an act.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) act: Act,
    pub(crate) kind: Kind,
    pub(crate) world: World,
    store: Arc<MemoryStore>,
    owner: PrivateKeySigner,
    pub(crate) account: Address,
    /// A session that no act may revoke.
    pub(crate) earlier: Option<SessionId>,
    /// The session that was granted by a signature and is to be used first.
    unused: Option<SessionId>,
    /// The session to revoke.
    pub(crate) victim: Option<SessionId>,
    /// The operation to wait for, or to replace.
    pub(crate) pending: Option<UserOpHash>,
}

impl Scene {
    /// Prepares an act.
    pub(crate) async fn before(act: Act, kind: Kind, dialect: Dialect) -> Result<Self, Error> {
        let owner = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).expect("a private key");
        let world = World::new(dialect);
        let mut scene = Self {
            act,
            kind,
            account: kind.owned_by(world.services(), owner.clone()).address(),
            world,
            store: Arc::default(),
            owner,
            earlier: None,
            unused: None,
            victim: None,
            pending: None,
        };
        let client = scene.client();
        scene
            .world
            .fund(client.address(), U256::from(10).pow(U256::from(18)));
        match act {
            Act::CreateFirst => {
                scene.unused = scene.signed(&client).await?;
                return Ok(scene);
            }
            Act::SendFirst | Act::Deploy => return Ok(scene),
            Act::Send | Act::PayInTokens | Act::Withdraw => {
                scene.world.give_tokens(client.address(), 50 * DOLLAR);
                let deploy = Deploy::default().pay(Payment::Sponsored);
                client.deploy(deploy).await?.wait(1).await?;
                return Ok(scene);
            }
            _ => scene.earlier = Some(scene.grant(&client).await?),
        }
        match act {
            Act::Create => scene.unused = scene.signed(&client).await?,
            Act::Mend => {
                scene.unused = scene.signed(&client).await?;
                scene.world.remove_safe_senders(scene.account);
            }
            Act::Revoke => scene.victim = Some(scene.grant(&client).await?),
            // The owner cancels a session's operation where all signers share the nonces.
            Act::Cancel if kind == Kind::Nexus => {
                scene.world.hold(true);
                let mint = send(client.address()).pay(Payment::Sponsored);
                scene.pending = Some(client.send(mint).await?.hash());
            }
            Act::SpeedUp | Act::Cancel => {
                scene.world.hold(true);
                scene.pending = Some(scene.mint(&client).await?);
            }
            Act::Wait => scene.pending = Some(scene.mint(&client).await?),
            _ => {}
        }
        Ok(scene)
    }

    /// Creates an independent copy.
    pub(crate) async fn twin(&self) -> Result<Self, Error> {
        let store = Arc::new(MemoryStore::default());
        for key in self.store_keys() {
            let text = self.store.read(&key).await?;
            store.update(&key, Box::new(|_| Ok(text))).await?;
        }
        Ok(Self {
            world: self.world.twin(),
            store,
            ..self.clone()
        })
    }

    /// Creates a client that has only the content of the store.
    pub(crate) fn client(&self) -> SmartAccountClient {
        self.kind
            .owned_by(self.world.services(), self.owner.clone())
            .store(self.store.clone())
    }

    /// Returns the texts of the store.
    pub(crate) async fn texts(&self) -> Result<String, Error> {
        let [sessions, operations] = self.store_keys();
        let texts = (
            self.store.read(&sessions).await?,
            self.store.read(&operations).await?,
        );
        Ok(format!("{texts:?}"))
    }

    fn store_keys(&self) -> [String; 2] {
        let account = self.account;
        [self.kind.store_key(account), self.kind.operations_key(account)]
    }

    /// Returns the secrets that no message may contain.
    pub(crate) fn secrets(&self) -> [String; 2] {
        let key = self.owner.to_bytes().to_string();
        [
            crate::world::API_KEY.to_owned(),
            key.trim_start_matches("0x").to_owned(),
        ]
    }

    /// Performs the act once, and returns the operation that was sent for the act.
    pub(crate) async fn perform(
        &self,
        client: &SmartAccountClient,
        patience: Duration,
    ) -> Result<Option<UserOpHash>, Error> {
        let hash = match self.act {
            Act::CreateFirst | Act::Create | Act::Mend => match self.unused {
                Some(unused) => {
                    let mint = mint(client.address()).session(unused);
                    client.use_session(mint).await?.hash()
                }
                None => client
                    .create_session(session(client.address()))
                    .await?
                    .into_user_op()
                    .expect("the grant is an operation")
                    .hash(),
            },
            Act::Revoke => {
                let request = RevokeSession::new(self.victim).pay(Payment::Sponsored);
                client.revoke_session(request).await?.hash()
            }
            Act::Mint => self.mint(client).await?,
            Act::SendFirst => client
                .send(send(client.address()).pay(Payment::Sponsored))
                .await?
                .hash(),
            Act::Send => client.send(send(client.address())).await?.hash(),
            Act::Deploy => client
                .deploy(Deploy::default().pay(Payment::Sponsored))
                .await?
                .hash(),
            Act::Wait => {
                let hash = self.pending.unwrap_or(UserOpHash(B256::ZERO));
                client
                    .wait(hash, WaitOptions::default().timeout(patience))
                    .await?;
                return Ok(None);
            }
            Act::SpeedUp => {
                let hash = self.pending.unwrap_or(UserOpHash(B256::ZERO));
                client.speed_up(SpeedUp::new(hash)).await?.hash()
            }
            Act::PayInTokens => {
                let calls = [mint_call(client.address())];
                let quotes = client.token_fees(&calls, &[TOKEN]).await?;
                let quoted = quotes.first().map(Payment::from);
                let agreed = || TokenPayment::new(TOKEN, U256::from(5 * DOLLAR)).into();
                let request = SendTransaction::new(calls).pay(quoted.unwrap_or_else(agreed));
                client.send(request).await?.hash()
            }
            Act::Withdraw => {
                let request = Withdraw::new().amount(Asset::Token(TOKEN), U256::from(DOLLAR));
                client.withdraw(request.all(Asset::Native)).await?.hash()
            }
            Act::Cancel => {
                let hash = self.pending.unwrap_or(UserOpHash(B256::ZERO));
                client
                    .cancel(Cancel::new(hash).pay(Payment::Sponsored))
                    .await?
                    .hash()
            }
        };
        Ok(Some(hash))
    }

    /// Puts a session that mints into force, and returns its id.
    pub(crate) async fn grant(&self, client: &SmartAccountClient) -> Result<SessionId, Error> {
        let granted = client.create_session(session(client.address())).await?;
        let id = granted.id();
        let sent = match granted.into_user_op() {
            Some(sent) => sent,
            None => client.use_session(mint(client.address()).session(id)).await?,
        };
        sent.wait(1).await?;
        Ok(id)
    }

    /// Lets the owner sign a grant, and returns the session's id. `None` if grants are operations.
    async fn signed(&self, client: &SmartAccountClient) -> Result<Option<SessionId>, Error> {
        match self.kind {
            Kind::BiconomyV2 => Ok(None),
            Kind::Nexus => {
                let granted = client.create_session(session(client.address())).await?;
                Ok(Some(granted.id()))
            }
        }
    }

    async fn mint(&self, client: &SmartAccountClient) -> Result<UserOpHash, Error> {
        Ok(client.use_session(mint(client.address())).await?.hash())
    }
}

/// Creates a call that mints to the account itself.
pub(crate) fn mint_call(account: Address) -> Call {
    Call::new(NFT, Nft::safeMintCall { to: account })
}

/// Creates a session call that mints.
pub(crate) fn mint(account: Address) -> UseSession {
    UseSession::new(mint_call(account)).pay(Payment::Sponsored)
}

fn send(account: Address) -> SendTransaction {
    mint_call(account).into()
}

/// Creates the request for a session that mints to the account, for a day.
pub(crate) fn session(account: Address) -> CreateSession {
    let policy = Policy::new(NFT, Nft::safeMintCall::SELECTOR)
        .rule(Rule::equal(0, account))
        .interval(Interval::lasting(Duration::from_hours(23)));
    CreateSession::new([policy]).pay(Payment::Sponsored)
}

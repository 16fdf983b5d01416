//! What tests on the local chain share.

pub(crate) mod faulty;
pub(crate) mod vault;

use std::{
    error::Error,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use alloy::{
    primitives::{Address, B256, Signature, U256, address, keccak256},
    signers::local::PrivateKeySigner,
    sol,
    sol_types::SolValue,
};
use devnet::{Devnet, Options};
use tokio::sync::Notify;
use use_aa::{
    BoxFuture, BundlerKind, Call, CreateSession, Interval, Owner, OwnerError, PaymasterKind, Payment, Policy,
    Rule, SendTransaction, Services, SmartAccountClient, UserOpHash, UserOpReceipt, Wait,
    rpc::{Http, Node},
};

/// Longer than anything takes, also on a busy machine: who waits longer waits in vain.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// How long sessions last that are about something else.
pub(crate) const HOUR: Duration = Duration::from_hours(1);

pub(crate) type Outcome = Result<(), Box<dyn Error>>;

sol! {
    /// The sample collection.
    interface Nft {
        function safeMint(address to) external;
        function balanceOf(address owner) external view returns (uint256);
    }

    /// The fee token.
    interface Token {
        function mint(address to, uint256 amount) external;
        function transfer(address to, uint256 amount) external returns (bool);
        function balanceOf(address owner) external view returns (uint256);
        function allowance(address owner, address spender) external view returns (uint256);
    }
}

/// The local chain of this test binary, started once.
pub(crate) fn devnet() -> &'static Devnet {
    static DEVNET: OnceLock<Devnet> = OnceLock::new();
    DEVNET.get_or_init(|| Devnet::running_or_start(Options::default()).expect("the local chain starts"))
}

pub(crate) fn node() -> Node {
    let url = format!("{}/rpc", devnet().url());
    Node::new(Http::new(url.parse().expect("the local chain's address is one")))
}

/// The dialects that services speak.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Dialect {
    Standard,
    Biconomy,
}

impl Dialect {
    pub(crate) const ALL: [Self; 2] = [Self::Standard, Self::Biconomy];

    pub(crate) fn services(self) -> Services {
        self.services_at(devnet().url())
    }

    /// The services of the local chain at an address.
    pub(crate) fn services_at(self, url: &str) -> Services {
        let services = Services::new(80002, &format!("{url}/rpc"));
        match self {
            Self::Standard => services
                .and_then(|services| services.bundler(BundlerKind::Standard, &format!("{url}/bundler")))
                .and_then(|services| services.paymaster(PaymasterKind::Erc7677, &format!("{url}/paymaster"))),
            Self::Biconomy => services
                .and_then(|services| {
                    services.bundler(BundlerKind::Biconomy, &format!("{url}/api/v2/80002/key"))
                })
                .and_then(|services| {
                    services.paymaster(PaymasterKind::Biconomy, &format!("{url}/api/v1/80002/key"))
                }),
        }
        .expect("the local chain's addresses are ones")
    }
}

/// An owner that nobody had before.
pub(crate) fn owner() -> PrivateKeySigner {
    PrivateKeySigner::random()
}

/// How a person treats requests to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Willing,
    Refusing,
    /// The request is shown and never answered.
    Silent,
}

/// An owner who acts as a person in front of a wallet does.
#[derive(Clone, Debug)]
pub(crate) struct Moody {
    signer: PrivateKeySigner,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<Notify>,
}

impl Moody {
    pub(crate) fn new() -> Self {
        Self {
            signer: owner(),
            mood: Arc::new(Mutex::new(Mood::Willing)),
            asked: Arc::default(),
        }
    }

    pub(crate) fn be(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// Ends once a request was shown.
    pub(crate) async fn was_asked(&self) {
        self.asked.notified().await;
    }
}

impl Owner for Moody {
    fn address(&self) -> Address {
        Owner::address(&self.signer)
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        self.asked.notify_one();
        let mood = *self.mood.lock().unwrap_or_else(PoisonError::into_inner);
        match mood {
            Mood::Willing => Owner::sign_message(&self.signer, message),
            Mood::Refusing => Box::pin(async { Err(OwnerError::Rejected) }),
            Mood::Silent => Box::pin(std::future::pending()),
        }
    }
}

/// Coins for an account that pays its own gas, in wei.
pub(crate) async fn fund(account: Address, wei: U256) -> Outcome {
    fund_at(devnet().url(), account, wei).await
}

/// Coins for an account of the local chain at an address.
pub(crate) async fn fund_at(devnet: &str, account: Address, wei: U256) -> Outcome {
    let node = Node::new(Http::new(format!("{devnet}/rpc").parse()?));
    let () = node.client().request("anvil_setBalance", (account, wei)).await?;
    Ok(())
}

/// The sample collection, at the same address on every local chain.
const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");

pub(crate) fn mint_to(recipient: Address) -> Call {
    Call::new(NFT, Nft::safeMintCall { to: recipient })
}

/// Allows minting to one recipient, for an hour.
pub(crate) fn mint_policy(recipient: Address) -> Policy {
    use alloy::sol_types::SolCall;
    Policy::new(NFT, Nft::safeMintCall::SELECTOR)
        .rule(Rule::equal(0, recipient))
        .interval(Interval::lasting(HOUR))
}

/// Asks for a session that mints, at the sponsor's cost.
pub(crate) fn sponsored_grant(client: &SmartAccountClient) -> CreateSession {
    CreateSession::new([mint_policy(client.address())]).pay(Payment::Sponsored)
}

/// Has the owner mint, at the sponsor's cost.
pub(crate) fn mint(client: &SmartAccountClient) -> SendTransaction {
    SendTransaction::from(mint_to(client.address())).pay(Payment::Sponsored)
}

/// Grants a session that may mint to the account itself.
pub(crate) async fn grant(client: &SmartAccountClient) -> Result<UserOpReceipt, Box<dyn Error>> {
    included(client, client.create_session(sponsored_grant(client)).await?).await
}

/// Waits for an operation that must succeed.
pub(crate) async fn included(
    client: &SmartAccountClient,
    op: impl Into<UserOpHash>,
) -> Result<UserOpReceipt, Box<dyn Error>> {
    let hash = op.into();
    let receipt = client.wait(hash, Wait::default().timeout(SOON)).await?;
    match receipt.success {
        true => Ok(receipt),
        false => Err(format!("{hash} reverted: {:?}", receipt.reason).into()),
    }
}

pub(crate) async fn balance(account: Address) -> Result<U256, Box<dyn Error>> {
    Ok(node().call(NFT, &Nft::balanceOfCall { owner: account }).await?)
}

/// The fee token: six decimals, and whoever asks gets some.
pub(crate) fn token() -> Address {
    devnet().contracts().token
}

/// Lets an account have units of the fee token.
pub(crate) async fn give_tokens(to: Address, amount: u64) -> Outcome {
    give_tokens_at(devnet().url(), to, amount).await
}

/// Lets an account have units of the fee token of the local chain at an address.
pub(crate) async fn give_tokens_at(devnet: &str, to: Address, amount: u64) -> Outcome {
    // Balances come first in an ERC-20 of OpenZeppelin.
    let balance = keccak256((to, U256::ZERO).abi_encode());
    let token = devnet::Contracts::default().token;
    let words = (token, balance, B256::from(U256::from(amount)));
    let node = Node::new(Http::new(format!("{devnet}/rpc").parse()?));
    let _: bool = node.client().request("anvil_setStorageAt", words).await?;
    Ok(())
}

pub(crate) async fn tokens(account: Address) -> Result<U256, Box<dyn Error>> {
    Ok(node()
        .call(token(), &Token::balanceOfCall { owner: account })
        .await?)
}

/// An operation as it was sent, asked of the bundler that took it.
pub(crate) async fn sent(hash: UserOpHash) -> Result<serde_json::Value, Box<dyn Error>> {
    let bundler = Node::new(Http::new(format!("{}/bundler", devnet().url()).parse()?));
    let found: serde_json::Value = bundler
        .client()
        .request("eth_getUserOperationByHash", [hash])
        .await?;
    Ok(found["userOperation"].clone())
}

/// A number of an operation that was sent.
pub(crate) fn number(op: &serde_json::Value, field: &str) -> U256 {
    op[field]
        .as_str()
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}

//! The shared helpers of tests on the local chain.

pub(crate) mod bent;
pub(crate) mod faulty;
mod kind;
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
    AccountOwner, BoxFuture, BundlerKind, Call, CreateSession, Interval, OwnerError, PaymasterKind, Payment,
    Policy, Request, Rule, SendTransaction, Services, SmartAccountClient, UserOpHash, UserOpReceipt,
    WaitOptions,
    rpc::{Http, Node},
};

pub(crate) use self::{
    faulty::request,
    kind::{Kind, enable, sponsored_mint},
};

/// A timeout longer than anything takes, even on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// The lifetime of sessions in tests about something else.
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
        function isStrict(address owner) external view returns (bool);
    }
}

/// Returns the local chain of this test binary, started once.
pub(crate) fn devnet() -> &'static Devnet {
    static DEVNET: OnceLock<Devnet> = OnceLock::new();
    DEVNET.get_or_init(|| Devnet::running_or_start(Options::default()).expect("the local chain starts"))
}

pub(crate) fn node() -> Node {
    let url = format!("{}/rpc", devnet().url());
    Node::new(Http::new(url.parse().expect("the local chain's address is one")))
}

/// The dialects of the services.
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

    /// Returns the services of the local chain at a URL.
    pub(crate) fn services_at(self, url: &str) -> Services {
        let services = Services::new(80002, &format!("{url}/rpc"));
        match self {
            Self::Standard => services
                .and_then(|services| services.bundler(BundlerKind::STANDARD, &format!("{url}/bundler")))
                .and_then(|services| services.paymaster(PaymasterKind::ERC7677, &format!("{url}/paymaster"))),
            Self::Biconomy => services
                .and_then(|services| {
                    services.bundler(BundlerKind::BICONOMY, &format!("{url}/api/v2/80002/key"))
                })
                .and_then(|services| {
                    services.paymaster(PaymasterKind::BICONOMY, &format!("{url}/api/v1/80002/key"))
                }),
        }
        .expect("the local chain's addresses are ones")
    }
}

/// Creates a new random owner.
pub(crate) fn owner() -> PrivateKeySigner {
    PrivateKeySigner::random()
}

/// The reaction of a user to signature requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Willing,
    Refusing,
    /// The request is shown and never answered.
    Silent,
}

/// An owner that behaves like a user in front of a wallet.
#[derive(Clone, Debug)]
pub(crate) struct Moody {
    signer: PrivateKeySigner,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<Notify>,
}

impl Moody {
    pub(crate) fn new() -> Self {
        Self::with(owner())
    }

    pub(crate) fn with(signer: PrivateKeySigner) -> Self {
        Self {
            signer,
            mood: Arc::new(Mutex::new(Mood::Willing)),
            asked: Arc::default(),
        }
    }

    pub(crate) fn be(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// Resolves once a request was shown.
    pub(crate) async fn was_asked(&self) {
        self.asked.notified().await;
    }
}

impl AccountOwner for Moody {
    fn address(&self) -> Address {
        AccountOwner::address(&self.signer)
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        self.asked.notify_one();
        let mood = *self.mood.lock().unwrap_or_else(PoisonError::into_inner);
        match mood {
            Mood::Willing => AccountOwner::sign_message(&self.signer, message),
            Mood::Refusing => Box::pin(async { Err(OwnerError::Rejected) }),
            Mood::Silent => Box::pin(std::future::pending()),
        }
    }
}

/// Sets the balance of an account, in wei.
pub(crate) async fn fund(account: Address, wei: U256) -> Outcome {
    fund_at(devnet().url(), account, wei).await
}

/// Sets the balance of an account on the local chain at a URL, in wei.
pub(crate) async fn fund_at(devnet: &str, account: Address, wei: U256) -> Outcome {
    let node = Node::new(Http::new(format!("{devnet}/rpc").parse()?));
    let () = request(&node, "anvil_setBalance", (account, wei)).await?;
    Ok(())
}

/// The sample collection, at the same address on every local chain.
const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");

pub(crate) fn mint_to(recipient: Address) -> Call {
    Call::new(NFT, Nft::safeMintCall { to: recipient })
}

/// Creates a policy that allows minting to one recipient, for an hour.
pub(crate) fn mint_policy(recipient: Address) -> Policy {
    use alloy::sol_types::SolCall;
    Policy::new(NFT, Nft::safeMintCall::SELECTOR)
        .rule(Rule::equal(0, recipient))
        .interval(Interval::lasting(HOUR))
}

/// Creates the request for a session that mints, with sponsored gas.
pub(crate) fn sponsored_grant(client: &SmartAccountClient) -> CreateSession {
    CreateSession::new([mint_policy(client.address())]).pay(Payment::Sponsored)
}

/// Creates the owner's request to mint, with sponsored gas.
pub(crate) fn mint(client: &SmartAccountClient) -> SendTransaction {
    SendTransaction::from(mint_to(client.address())).pay(Payment::Sponsored)
}

/// Grants a session that may mint to the account itself.
pub(crate) async fn grant(client: &SmartAccountClient) -> Result<UserOpReceipt, Box<dyn Error>> {
    granted(client, sponsored_grant(client)).await
}

/// Grants a session by an operation that must succeed.
pub(crate) async fn granted(
    client: &SmartAccountClient,
    request: CreateSession,
) -> Result<UserOpReceipt, Box<dyn Error>> {
    let granted = client.create_session(request).await?;
    let sent = granted.into_user_op().ok_or("the grant is no operation")?;
    included(client, sent).await
}

/// Waits for an operation that must succeed.
pub(crate) async fn included(
    client: &SmartAccountClient,
    op: impl Into<UserOpHash>,
) -> Result<UserOpReceipt, Box<dyn Error>> {
    let hash = op.into();
    let receipt = client.wait(hash, WaitOptions::default().timeout(SOON)).await?;
    match receipt.success {
        true => Ok(receipt),
        false => Err(format!("{hash} reverted: {:?}", receipt.reason).into()),
    }
}

pub(crate) async fn balance(account: Address) -> Result<U256, Box<dyn Error>> {
    Ok(node().call(NFT, &Nft::balanceOfCall { owner: account }).await?)
}

/// Returns the fee token: six decimals, with a public mint function.
pub(crate) fn token() -> Address {
    devnet().contracts().token
}

/// Sets an account's balance of the fee token, in units.
pub(crate) async fn give_tokens(to: Address, amount: u64) -> Outcome {
    give_tokens_at(devnet().url(), to, amount).await
}

/// Sets an account's balance of the fee token on the local chain at a URL, in units.
pub(crate) async fn give_tokens_at(devnet: &str, to: Address, amount: u64) -> Outcome {
    // `_balances` is the first storage slot of OpenZeppelin's ERC-20.
    let balance = keccak256((to, U256::ZERO).abi_encode());
    let token = devnet::Contracts::default().token;
    let words = (token, balance, B256::from(U256::from(amount)));
    let node = Node::new(Http::new(format!("{devnet}/rpc").parse()?));
    // A block that is being mined meanwhile can hide the change.
    while node.call(token, &Token::balanceOfCall { owner: to }).await? != U256::from(amount) {
        let _: bool = request(&node, "anvil_setStorageAt", words).await?;
    }
    Ok(())
}

/// Makes the fee token behave as USDT does for an account: an allowance changes from 0 or to 0 only, a transfer takes a fee,
/// and neither returns anything.
pub(crate) async fn be_strict(account: Address) -> Outcome {
    // `isStrict` follows the five slots of OpenZeppelin's ERC-20.
    let place = keccak256((account, U256::from(5)).abi_encode());
    let words = (token(), place, B256::with_last_byte(1));
    while !node()
        .call(token(), &Token::isStrictCall { owner: account })
        .await?
    {
        let _: bool = request(&node(), "anvil_setStorageAt", words).await?;
    }
    Ok(())
}

pub(crate) async fn tokens(account: Address) -> Result<U256, Box<dyn Error>> {
    Ok(node()
        .call(token(), &Token::balanceOfCall { owner: account })
        .await?)
}

/// Returns an operation as it was sent, from the bundler.
pub(crate) async fn sent(hash: UserOpHash) -> Result<serde_json::Value, Box<dyn Error>> {
    let bundler = Node::new(Http::new(format!("{}/bundler", devnet().url()).parse()?));
    let found: serde_json::Value = request(&bundler, "eth_getUserOperationByHash", [hash]).await?;
    Ok(found["userOperation"].clone())
}

/// Returns a numeric field of an operation that was sent.
pub(crate) fn number(op: &serde_json::Value, field: &str) -> U256 {
    op[field]
        .as_str()
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}

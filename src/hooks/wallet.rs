mod eip1193;
mod eip6963;
mod js;
mod owner;
mod read;
mod source;
mod thrown;

use std::{fmt, sync::Arc};

use alloy::{primitives::Address, signers::local::PrivateKeySigner};
use wasm_bindgen::JsValue;

use self::{
    eip1193::Eip1193,
    source::{OfApp, Source},
};
pub(super) use self::{eip1193::Subscription, eip6963::announced};
use crate::{AccountOwner, OwnerError, platform::BoxFuture, primitives::checksum};

/// A wallet that the user can connect: one that a browser extension announces, one behind a provider or an owner of the
/// app, or a local key in the page.
///
/// Two wallets are equal if their [`uuid`](Self::uuid)s are equal.
///
/// # Examples
///
/// The first key of a local chain, under a name to show:
///
/// ```
/// use alloy::{primitives::address, signers::local::PrivateKeySigner};
/// use use_aa::Wallet;
///
/// let key: PrivateKeySigner = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80".parse()?;
/// assert_eq!(key.address(), address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"));
/// let wallet = Wallet::local("Dev wallet", key);
/// assert_eq!(wallet.name(), "Dev wallet");
/// assert_eq!(wallet.rdns(), "local:0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
/// # Ok::<(), alloy::signers::local::LocalSignerError>(())
/// ```
#[derive(Clone)]
// One pointer: lists of wallets are cloned, and futures hold one.
pub struct Wallet(Arc<About>);

#[derive(Clone)]
struct About {
    uuid: String,
    name: String,
    icon: Option<String>,
    rdns: String,
    source: Arc<dyn Source>,
}

impl Wallet {
    /// The `uuid` and `rdns` of the provider that wallets injected before EIP-6963.
    const FALLBACK: &'static str = "window.ethereum";

    /// Creates a wallet from an [EIP-1193](https://eips.ethereum.org/EIPS/eip-1193) provider of the app, for example
    /// one that a wallet's library creates. The name is also the `uuid` and the `rdns`.
    ///
    /// # Errors
    ///
    /// [`OwnerError::Malformed`] when the value has no function `request`.
    pub fn eip1193(name: impl Into<String>, provider: JsValue) -> Result<Self, OwnerError> {
        let name = name.into();
        let provider = Eip1193::new(provider)
            .ok_or_else(|| OwnerError::Malformed(format!("{name} has no function `request`")))?;
        Ok(Self::of_provider(name.clone(), name, provider))
    }

    /// Creates a wallet from an owner of the app, such as a passkey, a social login or a key on a server. `uuid` is
    /// also the `rdns`, which names the owner after a reload of the page.
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::{AccountOwner, Wallet};
    ///
    /// fn passkey(owner: impl AccountOwner + 'static) -> Wallet {
    ///     Wallet::of_owner("com.example.passkey", "Passkey", owner)
    /// }
    /// ```
    pub fn of_owner(
        uuid: impl Into<String>,
        name: impl Into<String>,
        owner: impl AccountOwner + 'static,
    ) -> Self {
        Self::of_source(uuid.into(), name.into(), Arc::new(OfApp(Arc::new(owner))))
    }

    /// Creates a wallet from a local key, which signs without a prompt. Only for local chains: the key is part of
    /// the page, and can be read by every visitor and script.
    #[must_use]
    pub fn local(name: impl Into<String>, key: PrivateKeySigner) -> Self {
        Self::of_owner(format!("local:{}", checksum(&key.address())), name, key)
    }

    /// Returns the provider at `window.ethereum` as a wallet named "Browser wallet", if there is one.
    pub(super) fn fallback() -> Option<Self> {
        let provider = Eip1193::new(eip1193::injected()?)?;
        Some(Self::of_provider(
            Self::FALLBACK.to_owned(),
            "Browser wallet".to_owned(),
            provider,
        ))
    }

    fn of_provider(uuid: String, name: String, provider: Eip1193) -> Self {
        Self::of_source(uuid, name, Arc::new(provider))
    }

    fn of_source(uuid: String, name: String, source: Arc<dyn Source>) -> Self {
        Self(Arc::new(About {
            rdns: uuid.clone(),
            uuid,
            name,
            icon: None,
            source,
        }))
    }

    pub(super) fn is_fallback(&self) -> bool {
        self.0.uuid == Self::FALLBACK
    }

    /// Returns true if both wallets have the same provider object.
    pub(super) fn has_provider_of(&self, other: &Self) -> bool {
        let provider = self.0.source.provider();
        provider.is_some() && provider == other.0.source.provider()
    }

    /// Makes the `uuid` of a wallet different from that of another wallet with the same `uuid`.
    pub(super) fn distinguished(self) -> Self {
        let about = Arc::unwrap_or_clone(self.0);
        let uuid = format!("{} {}", about.uuid, about.rdns);
        Self(Arc::new(About { uuid, ..about }))
    }

    /// Returns the identifier of this wallet, which is unique while the page lives.
    #[must_use]
    pub fn uuid(&self) -> &str {
        &self.0.uuid
    }

    /// Returns the display name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the icon, always a `data:` URI: a picture from the network would reveal the visitor to its server, and is
    /// left out. Show the icon in an `<img>`, where scripts in the icon do not run.
    #[must_use]
    pub fn icon(&self) -> Option<&str> {
        self.0.icon.as_deref()
    }

    /// Returns the wallet's domain name in reverse, such as `com.example`. The wallet is found by its `rdns` after a
    /// reload of the page.
    #[must_use]
    pub fn rdns(&self) -> &str {
        &self.0.rdns
    }

    /// Connects to the wallet's first account as an owner (`eth_requestAccounts`). The wallet may prompt the user for
    /// permission.
    ///
    /// A client verifies who has signed. Call [`signer::verified`](crate::signer::verified) for a signature that you request
    /// from the owner yourself: the user may have switched accounts.
    ///
    /// # Errors
    ///
    /// [`OwnerError`] when the user rejects the request or the wallet fails.
    pub fn connect(&self) -> BoxFuture<'static, Result<Arc<dyn AccountOwner>, OwnerError>> {
        self.owner(true)
    }

    /// Returns the wallet's first account as an owner, if the page has permission already (`eth_accounts`). The user
    /// is not prompted.
    pub(super) fn reconnect(&self) -> BoxFuture<'static, Result<Arc<dyn AccountOwner>, OwnerError>> {
        self.owner(false)
    }

    /// Returns the owner with another address of the same wallet.
    pub(super) fn owner_at(&self, address: Address) -> Arc<dyn AccountOwner> {
        self.0.source.owner_at(address)
    }

    /// Returns the wallet's chain id. An owner of the app has none.
    pub(super) fn chain_id(&self) -> BoxFuture<'static, Option<u64>> {
        self.0.source.chain_id()
    }

    /// Subscribes to the wallet's events, until the subscription is dropped.
    pub(super) fn subscribe(&self, listener: impl Fn(Event) + 'static) -> Option<Subscription> {
        self.0.source.subscribe(Arc::new(listener))
    }

    fn owner(&self, may_prompt: bool) -> BoxFuture<'static, Result<Arc<dyn AccountOwner>, OwnerError>> {
        let (account, wallet) = (self.0.source.account(may_prompt), self.clone());
        Box::pin(async move {
            let address = account.await?.ok_or(OwnerError::Disconnected)?;
            Ok(wallet.owner_at(address))
        })
    }
}

/// An event of a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The user has switched the account, or withdrawn the page's permission (`accountsChanged`).
    Account(Option<Address>),
    /// The user has switched the chain (`chainChanged`): `None` if the event does not tell which one.
    Chain(Option<u64>),
    /// The wallet can reach a chain (`connect`).
    Connected,
    /// The wallet can no longer reach any chain (`disconnect`).
    Disconnected,
}

impl PartialEq for Wallet {
    fn eq(&self, other: &Self) -> bool {
        self.0.uuid == other.0.uuid
    }
}

impl Eq for Wallet {}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let About { uuid, name, rdns, .. } = &*self.0;
        f.debug_struct("Wallet")
            .field("uuid", uuid)
            .field("name", name)
            .field("rdns", rdns)
            .finish_non_exhaustive()
    }
}

mod eip1193;
mod eip6963;
mod js;
mod owner;

use std::{fmt, sync::Arc};

use alloy::{primitives::Address, signers::local::PrivateKeySigner};
use wasm_bindgen::JsValue;

#[cfg(any(test, fuzzing))]
pub(crate) use self::owner::signature;
use self::{eip1193::Eip1193, owner::Eip1193Owner};
pub(super) use self::{eip1193::Subscription, eip6963::announced};
use crate::{AccountOwner, OwnerError, platform::BoxFuture};

/// A wallet that the user can connect: one that a browser extension announces, one behind a provider of the app, or a
/// local key in the page.
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
/// assert_eq!(wallet.rdns(), "local");
/// # Ok::<(), alloy::signers::local::LocalSignerError>(())
/// ```
#[derive(Clone)]
pub struct Wallet {
    uuid: String,
    name: String,
    icon: Option<String>,
    rdns: String,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Eip1193(Eip1193),
    Local(PrivateKeySigner),
}

impl Wallet {
    /// The [`rdns`](Self::rdns) of a local key.
    const LOCAL: &'static str = "local";
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
        Ok(Self {
            uuid: name.clone(),
            rdns: name.clone(),
            name,
            icon: None,
            kind: Kind::Eip1193(provider),
        })
    }

    /// Creates a wallet from a local key, which signs without a prompt. Only for local chains: the key is part of
    /// the page, and can be read by every visitor and script.
    #[must_use]
    pub fn local(name: impl Into<String>, key: PrivateKeySigner) -> Self {
        let uuid = format!("{}:{}", Self::LOCAL, key.address());
        Self {
            uuid,
            name: name.into(),
            icon: None,
            rdns: Self::LOCAL.to_owned(),
            kind: Kind::Local(key),
        }
    }

    /// Returns the provider at `window.ethereum` as a wallet named "Browser wallet", if there is one.
    pub(super) fn fallback() -> Option<Self> {
        let wallet = Self::eip1193(Self::FALLBACK, eip1193::injected()?).ok()?;
        Some(Self {
            name: "Browser wallet".to_owned(),
            ..wallet
        })
    }

    pub(super) fn is_fallback(&self) -> bool {
        self.uuid == Self::FALLBACK
    }

    /// Returns the identifier of this wallet, which is unique while the page lives.
    #[must_use]
    pub fn uuid(&self) -> &str {
        &self.uuid
    }

    /// Returns the display name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the icon, always a `data:` URI. Show the icon in an `<img>`, where scripts in the icon do not run.
    #[must_use]
    pub fn icon(&self) -> Option<&str> {
        self.icon.as_deref()
    }

    /// Returns the wallet's domain name in reverse, such as `com.example`. The wallet is found by its `rdns` after a
    /// reload of the page.
    #[must_use]
    pub fn rdns(&self) -> &str {
        &self.rdns
    }

    /// Connects to the wallet's first account as an owner (`eth_requestAccounts`). The wallet may prompt the user for
    /// permission.
    ///
    /// # Errors
    ///
    /// [`OwnerError`] when the user rejects the request or the wallet fails.
    pub fn connect(&self) -> BoxFuture<'static, Result<Arc<dyn AccountOwner>, OwnerError>> {
        self.owner(|provider| provider.request_accounts())
    }

    /// Returns the wallet's first account as an owner, if the page has permission already (`eth_accounts`). The user
    /// is not prompted.
    pub(super) fn reconnect(&self) -> BoxFuture<'static, Result<Arc<dyn AccountOwner>, OwnerError>> {
        self.owner(|provider| provider.accounts())
    }

    /// Returns the owner with another address of the same wallet.
    pub(super) fn owner_at(&self, address: Address) -> Arc<dyn AccountOwner> {
        match &self.kind {
            Kind::Eip1193(provider) => Arc::new(Eip1193Owner::new(provider.clone(), address)),
            Kind::Local(key) => Arc::new(key.clone()),
        }
    }

    /// Returns the wallet's chain id. A local key has none.
    pub(super) fn chain_id(&self) -> BoxFuture<'static, Option<u64>> {
        match &self.kind {
            Kind::Eip1193(provider) => provider.chain_id(),
            Kind::Local(_) => Box::pin(async { None }),
        }
    }

    /// Subscribes to the wallet's events, until the subscription is dropped.
    pub(super) fn subscribe(&self, listener: impl Fn(Event) + Clone + 'static) -> Option<Subscription> {
        match &self.kind {
            Kind::Eip1193(provider) => Some(provider.subscribe(listener)),
            Kind::Local(_) => None,
        }
    }

    fn owner(
        &self,
        accounts: impl FnOnce(&Eip1193) -> BoxFuture<'static, Result<Option<Address>, OwnerError>>,
    ) -> BoxFuture<'static, Result<Arc<dyn AccountOwner>, OwnerError>> {
        let account = match &self.kind {
            Kind::Eip1193(provider) => accounts(provider),
            Kind::Local(key) => {
                let address = key.address();
                Box::pin(async move { Ok(Some(address)) })
            }
        };
        let wallet = self.clone();
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
    /// The user has switched the chain (`chainChanged`).
    Chain(u64),
    /// The wallet can no longer reach any chain (`disconnect`).
    Disconnected,
}

impl PartialEq for Wallet {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl Eq for Wallet {}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { uuid, name, rdns, .. } = self;
        f.debug_struct("Wallet")
            .field("uuid", uuid)
            .field("name", name)
            .field("rdns", rdns)
            .finish_non_exhaustive()
    }
}

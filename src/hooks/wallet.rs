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
use crate::{Owner, OwnerError, platform::BoxFuture};

/// A wallet the user can connect: one that the page's extensions announce, one that the app made itself, or a key
/// that lies in the page.
///
/// Two are equal when their [`uuid`](Self::uuid) is.
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
    /// What [`rdns`](Self::rdns) says of a key in the page.
    const LOCAL: &'static str = "local";
    /// What names the one object that wallets fought over before they announced themselves.
    const FALLBACK: &'static str = "window.ethereum";

    /// A wallet behind an [EIP-1193](https://eips.ethereum.org/EIPS/eip-1193) provider that the app itself brings,
    /// as the libraries of some wallets do.
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

    /// A key in the page, which signs without asking. For local chains: whoever reads the page has the key.
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

    /// What a page without announcements may have, under a name that promises no more.
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

    /// What tells this wallet from the others, while the page lives.
    #[must_use]
    pub fn uuid(&self) -> &str {
        &self.uuid
    }

    /// The name to show.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A picture to show, always a `data:` URI. Show it in an `<img>`, where a script in it does not run.
    #[must_use]
    pub fn icon(&self) -> Option<&str> {
        self.icon.as_deref()
    }

    /// The wallet's domain backwards, as `com.example`, by which it is found again when the page is reloaded.
    #[must_use]
    pub fn rdns(&self) -> &str {
        &self.rdns
    }

    /// The owner behind the wallet; the wallet asks the user if it may tell.
    ///
    /// # Errors
    ///
    /// [`OwnerError`] when the user says no or the wallet fails.
    pub fn connect(&self) -> BoxFuture<'static, Result<Arc<dyn Owner>, OwnerError>> {
        self.owner(|provider| provider.request_accounts())
    }

    /// The owner behind the wallet, if the user has let this page know before. Asks nobody.
    pub(super) fn reconnect(&self) -> BoxFuture<'static, Result<Arc<dyn Owner>, OwnerError>> {
        self.owner(|provider| provider.accounts())
    }

    /// The owner at another address of the same wallet.
    pub(super) fn owner_at(&self, address: Address) -> Arc<dyn Owner> {
        match &self.kind {
            Kind::Eip1193(provider) => Arc::new(Eip1193Owner::new(provider.clone(), address)),
            Kind::Local(key) => Arc::new(key.clone()),
        }
    }

    /// The chain the wallet is on; a key is on none.
    pub(super) fn chain_id(&self) -> BoxFuture<'static, Option<u64>> {
        match &self.kind {
            Kind::Eip1193(provider) => provider.chain_id(),
            Kind::Local(_) => Box::pin(async { None }),
        }
    }

    /// Listens to what the wallet tells by itself, until the subscription is dropped.
    pub(super) fn subscribe(&self, listener: impl Fn(Event) + Clone + 'static) -> Option<Subscription> {
        match &self.kind {
            Kind::Eip1193(provider) => Some(provider.subscribe(listener)),
            Kind::Local(_) => None,
        }
    }

    fn owner(
        &self,
        accounts: impl FnOnce(&Eip1193) -> BoxFuture<'static, Result<Option<Address>, OwnerError>>,
    ) -> BoxFuture<'static, Result<Arc<dyn Owner>, OwnerError>> {
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

/// What a wallet tells by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The user has chosen another account, or lets the page know none.
    Account(Option<Address>),
    /// The user has chosen another chain.
    Chain(u64),
    /// The wallet reaches no chain any longer.
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

use crate::{SmartAccountClient, hooks::wallet::Wallet};

/// A client with its number and the kind of its account.
pub(super) struct Numbered {
    /// The name of the kind.
    pub(super) kind: &'static str,
    pub(super) number: u64,
    pub(super) client: SmartAccountClient,
}

/// The state of a connection.
#[derive(Default)]
pub(super) enum Current {
    /// There is no account.
    #[default]
    Disconnected,
    /// The account is known, and its sessions can be used. Its owner is not available.
    Account {
        client: Box<Numbered>,
        /// The `rdns` of the wallet that may be reconnected without a prompt.
        wallet: Option<String>,
    },
    /// The account's owner is available through a connected wallet.
    Owner(Box<Owned>),
}

impl Current {
    pub(super) const fn client(&self) -> Option<&Numbered> {
        match self {
            Self::Disconnected => None,
            Self::Account { client, .. } => Some(client),
            Self::Owner(owned) => Some(&owned.client),
        }
    }

    pub(super) const fn owned(&self) -> Option<&Owned> {
        if let Self::Owner(owned) = self {
            Some(owned)
        } else {
            None
        }
    }

    pub(super) fn is_of(&self, attempt: u64) -> bool {
        self.owned().is_some_and(|owned| owned.attempt == attempt)
    }
}

/// A connection to a wallet.
pub(super) struct Owned {
    /// The number of the attempt that made this connection.
    pub(super) attempt: u64,
    pub(super) client: Numbered,
    pub(super) wallet: Wallet,
    /// The wallet's chain id, once the wallet has told something about its chain: `None` if that has no meaning.
    pub(super) chain: Option<Option<u64>>,
}

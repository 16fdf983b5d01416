use alloy::primitives::Address;
use use_aa::{AccountKind, BiconomyV2, Nexus};

/// A kind of smart accounts that the dapp offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    BiconomyV2,
    Nexus,
    /// Nexus at the wallet's own address.
    Nexus7702,
}

impl Kind {
    /// Returns the name that users know.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::BiconomyV2 => "Biconomy V2",
            Self::Nexus => "Nexus",
            Self::Nexus7702 => "Nexus (EIP-7702)",
        }
    }

    /// Returns the maximum number of mints of a session, for accounts that count calls.
    pub(crate) const fn most_mints(self) -> Option<u128> {
        match self {
            Self::BiconomyV2 => None,
            Self::Nexus | Self::Nexus7702 => Some(100),
        }
    }

    /// Returns the entry point of the accounts.
    pub(crate) fn entry_point(self, chain_id: u64) -> Address {
        self.accounts().at(Address::ZERO).entry_point(chain_id).address
    }

    /// Returns the name of the library's kind, without its code.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::BiconomyV2 => "biconomy-v2",
            Self::Nexus => "nexus",
            Self::Nexus7702 => "nexus-7702",
        }
    }

    /// Returns the library's kind: all code of its accounts and their sessions.
    pub(crate) const fn accounts(self) -> &'static dyn AccountKind {
        match self {
            Self::BiconomyV2 => &BiconomyV2::KIND,
            Self::Nexus => &Nexus::KIND,
            Self::Nexus7702 => &Nexus::DELEGATED,
        }
    }
}

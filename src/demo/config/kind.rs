use std::sync::Arc;

use alloy::primitives::Address;
use use_aa::{AccountKind, AccountOwner, BiconomyV2, Migration, Nexus};

/// Describes the migration of an account and its owner.
pub(crate) type Describe = fn(Address, Arc<dyn AccountOwner>) -> Migration;

/// A kind of smart accounts that the dapp offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    BiconomyV2,
    Nexus,
    /// Nexus at the wallet's own address.
    Nexus7702,
    /// Nexus at the address of the Biconomy V2 account, which was migrated.
    Moved,
}

impl Kind {
    /// Returns the name that users know.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::BiconomyV2 => "Biconomy V2",
            Self::Nexus => "Nexus",
            Self::Nexus7702 => "Nexus (EIP-7702)",
            Self::Moved => "Nexus (moved)",
        }
    }

    /// Returns the accounts that the kind is for, if they are not those of all wallets.
    pub(crate) const fn hint(self) -> Option<&'static str> {
        match self {
            Self::BiconomyV2 | Self::Nexus | Self::Nexus7702 => None,
            Self::Moved => {
                Some("For a Biconomy V2 account that has moved to Nexus. The page of use_migrate moves one.")
            }
        }
    }

    /// Returns the maximum number of mints of a session, for accounts that count calls.
    pub(crate) const fn most_mints(self) -> Option<u128> {
        match self {
            Self::BiconomyV2 => None,
            Self::Nexus | Self::Nexus7702 | Self::Moved => Some(100),
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
            Self::Moved => "nexus-migrated",
        }
    }

    /// Returns the kind that accounts of this kind can move to, with the migration.
    pub(crate) fn migration(self) -> Option<(Self, Describe)> {
        match self {
            Self::BiconomyV2 => Some((Self::Moved, Nexus::migration)),
            Self::Nexus | Self::Nexus7702 | Self::Moved => None,
        }
    }

    /// Returns the library's kind: all code of its accounts and their sessions.
    pub(crate) const fn accounts(self) -> &'static dyn AccountKind {
        match self {
            Self::BiconomyV2 => &BiconomyV2::KIND,
            Self::Nexus => &Nexus::KIND,
            Self::Nexus7702 => &Nexus::DELEGATED,
            Self::Moved => const { &Nexus::migrated_from(&BiconomyV2::KIND) },
        }
    }
}

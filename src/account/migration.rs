use std::{fmt, sync::Arc};

use alloy::primitives::Address;

use super::SmartAccount;
use crate::primitives::{Call, ContractCall};

/// A change of an account to another kind at the same address, which one operation of its owner makes.
///
/// [`Nexus::migration`](super::nexus::Nexus::migration) is one.
#[derive(Clone)]
pub struct Migration {
    calls: Vec<Call>,
    account: Arc<dyn SmartAccount>,
    owner: ContractCall<Address>,
}

impl Migration {
    /// Describes a migration: the account's calls, the account that it becomes, and the call that reads the owner
    /// afterwards.
    ///
    /// # Examples
    ///
    /// ```
    /// use alloy::{primitives::Address, sol};
    /// use use_aa::{Call, Nexus, account::Migration, primitives::ContractCall};
    ///
    /// sol! {
    ///     function upgrade() external;
    ///     function owner() external view returns (address);
    /// }
    ///
    /// let account = Address::repeat_byte(7);
    /// let upgrade = Call::new(account, upgradeCall {});
    /// let migration = Migration::new([upgrade], Nexus::at(account), ContractCall::new(account, &ownerCall {}));
    /// assert_eq!(migration.calls().len(), 1);
    /// ```
    pub fn new(
        calls: impl IntoIterator<Item = Call>,
        account: impl SmartAccount + 'static,
        owner: ContractCall<Address>,
    ) -> Self {
        Self {
            calls: calls.into_iter().collect(),
            account: Arc::new(account),
            owner,
        }
    }

    /// Returns the account's calls.
    #[must_use]
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Returns the account that the account becomes, at the same address.
    #[must_use]
    pub fn account(&self) -> &Arc<dyn SmartAccount> {
        &self.account
    }

    /// Returns the call that reads the owner after the migration.
    #[must_use]
    pub const fn owner(&self) -> &ContractCall<Address> {
        &self.owner
    }
}

impl fmt::Debug for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Migration")
            .field("account", &self.account.address())
            .field("calls", &self.calls)
            .finish_non_exhaustive()
    }
}

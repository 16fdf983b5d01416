use alloy::{
    primitives::{Address, Bytes},
    sol,
    sol_types::SolCall,
};

use super::{
    Nexus, NexusAddress, NexusContracts,
    contracts::{K1Validator, NexusAccount},
};
use crate::{
    account::Migration,
    primitives::{Call, ContractCall, Encoder},
    signer::AccountOwner,
};

sol! {
    /// The function of a Biconomy smart account V2 that replaces its implementation.
    interface AccountV2 {
        function updateImplementation(address implementation) external;
    }
}

/// Returns the calls that turn a Biconomy smart account V2 into a Nexus account at the same address. The account makes
/// them in one batch, which its owner signs through entry point v0.6.
///
/// `init_data` sets up the owner and the modules: [`NexusAddress::init_data`](super::NexusAddress::init_data). Without
/// the second call the account would belong to itself, and no operation could ever be signed for it.
///
/// # Examples
///
/// ```
/// use alloy::primitives::address;
/// use use_aa::account::nexus::{NexusAddress, NexusContracts, migration};
///
/// let owner = address!("94239601DCaC671411dAE37176F86DE44Db3A669");
/// let account = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let calls = migration(account, &NexusContracts::V1_2_0, &NexusAddress::of(owner).init_data());
/// assert!(calls.iter().all(|call| call.to == account));
/// ```
#[must_use]
pub fn migration(account: Address, contracts: &NexusContracts, init_data: &Bytes) -> [Call; 2] {
    let implementation = contracts.implementation;
    let initialize = Encoder::default()
        .bytes(init_data)
        .encode(&NexusAccount::initializeAccountCall::SELECTOR);
    [
        Call::new(account, AccountV2::updateImplementationCall { implementation }),
        Call::raw(account, initialize),
    ]
}

impl Nexus {
    /// Returns the migration of a Biconomy V2 account to Nexus at the same address, with the session module. The owner stays
    /// the same.
    ///
    /// # Examples
    ///
    /// ```
    /// use alloy::{primitives::Address, signers::local::PrivateKeySigner};
    /// use use_aa::Nexus;
    ///
    /// let account = Address::repeat_byte(7);
    /// let migration = Nexus::migration(account, PrivateKeySigner::random());
    /// assert_eq!(migration.account().address(), account);
    /// ```
    pub fn migration(account: Address, owner: impl AccountOwner + 'static) -> Migration {
        let contracts = NexusContracts::V1_2_0;
        let init_data = NexusAddress::of(owner.address()).init_data();
        let calls = migration(account, &contracts, &init_data);
        let owner_after = K1Validator::getOwnerCall {
            smartAccount: account,
        };
        let becomes = Self::at_with_owner(account, owner).with_sessions_installed();
        Migration::new(
            calls,
            becomes,
            ContractCall::new(contracts.k1_validator, &owner_after),
        )
    }
}

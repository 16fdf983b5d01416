use alloy::{
    primitives::{Address, Bytes, U256, keccak256},
    sol_types::SolCall,
};

use super::{
    Contracts,
    contracts::{
        account::{SmartAccount, SmartAccountFactory},
        modules::EcdsaOwnership,
    },
};
use crate::primitives::{Deployment, Encoder};

/// A counterfactual Biconomy smart account V2 of one owner. Its address is known before the deployment.
///
/// # Examples
///
/// ```
/// use alloy::primitives::address;
/// use use_aa::account::biconomy_v2::Account;
///
/// let owner = address!("94239601DCaC671411dAE37176F86DE44Db3A669");
/// assert_eq!(Account::of(owner).address(), address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af"));
/// assert_ne!(Account::of(owner).index(1).address(), Account::of(owner).address());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    owner: Address,
    index: U256,
    contracts: Contracts,
}

impl Account {
    /// Creates the first account of an owner: the one with index 0.
    #[must_use]
    pub const fn of(owner: Address) -> Self {
        Self {
            owner,
            index: U256::ZERO,
            contracts: Contracts::BICONOMY,
        }
    }

    /// Sets the index, which distinguishes the accounts of an owner. The default is 0.
    #[must_use]
    pub fn index(mut self, index: u64) -> Self {
        self.index = U256::from(index);
        self
    }

    /// Sets the contracts of the account. The default is Biconomy's deployment.
    #[must_use]
    pub const fn contracts(mut self, contracts: Contracts) -> Self {
        self.contracts = contracts;
        self
    }

    /// Returns the address of the owner, who signs for the account.
    #[must_use]
    pub const fn owner(&self) -> Address {
        self.owner
    }

    /// Computes the address at which the factory deploys the account with CREATE2
    /// ([EIP-1014](https://eips.ethereum.org/EIPS/eip-1014)).
    #[must_use]
    pub fn address(&self) -> Address {
        let initializer = Encoder::default()
            .address(self.contracts.fallback_handler)
            .address(self.contracts.ecdsa_ownership)
            .bytes(&self.module_setup_data())
            .encode(&SmartAccount::initCall::SELECTOR);
        let salt = keccak256(
            Encoder::default()
                .word(keccak256(initializer))
                .word(self.index)
                .encode(&[]),
        );
        let implementation = self.contracts.implementation.into_word();
        let code = [self.contracts.proxy_creation_code, implementation.as_slice()].concat();
        self.factory().create2_from_code(salt, code)
    }

    /// Returns the call data that registers the owner in the ECDSA module.
    #[must_use]
    pub fn module_setup_data(&self) -> Bytes {
        let call = EcdsaOwnership::initForSmartAccountCall { eoaOwner: self.owner };
        call.abi_encode().into()
    }

    /// Returns the address of the factory that deploys the account.
    #[must_use]
    pub const fn factory(&self) -> Address {
        self.contracts.factory
    }

    /// Returns the factory's call data that deploys the account.
    #[must_use]
    pub fn factory_data(&self) -> Bytes {
        Encoder::default()
            .address(self.contracts.ecdsa_ownership)
            .bytes(&self.module_setup_data())
            .word(self.index)
            .encode(&SmartAccountFactory::deployCounterFactualAccountCall::SELECTOR)
            .into()
    }

    /// Returns the deployment of the account, for its first user operation.
    #[must_use]
    pub fn deployment(&self) -> Deployment {
        Deployment::Factory {
            factory: self.factory(),
            data: self.factory_data(),
        }
    }
}

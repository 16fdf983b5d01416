use alloy::{
    primitives::{Address, Bytes, U256},
    sol_types::SolCall,
};

use super::{
    NexusContracts,
    contracts::{NexusAccount, NexusBootstrap, NexusFactory},
};
use crate::primitives::{Deployment, Encoder};

/// The modules that a new account has from its deployment on. They are part of what its address is computed from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InitialModules {
    /// The default validator and Smart Sessions: the account can use a session from its first operation on.
    #[default]
    Sessions,
    /// The default validator alone. `@biconomy/abstractjs` creates such accounts.
    Plain,
}

/// The counterfactual address of an owner's Nexus account, and its deployment.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{U256, address};
/// use use_aa::account::nexus::{InitialModules, NexusAddress};
///
/// let owner = address!("94239601DCaC671411dAE37176F86DE44Db3A669");
/// let account = NexusAddress::of(owner);
/// assert_ne!(account.address(), account.index(U256::from(1)).address());
/// assert_ne!(account.address(), account.modules(InitialModules::Plain).address());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NexusAddress {
    owner: Address,
    index: U256,
    modules: InitialModules,
    contracts: NexusContracts,
}

impl NexusAddress {
    /// Describes the first account of an owner: the one with index 0 and [sessions](InitialModules::Sessions).
    #[must_use]
    pub const fn of(owner: Address) -> Self {
        Self {
            owner,
            index: U256::ZERO,
            modules: InitialModules::Sessions,
            contracts: NexusContracts::V1_2_0,
        }
    }

    /// Sets the index, which distinguishes the accounts of an owner. The default is 0.
    #[must_use]
    pub const fn index(self, index: U256) -> Self {
        Self { index, ..self }
    }

    /// Sets the modules of the new account. The default is [`InitialModules::Sessions`].
    #[must_use]
    pub const fn modules(mut self, modules: InitialModules) -> Self {
        self.modules = modules;
        self
    }

    /// Sets the contracts of the account. The default is [`NexusContracts::V1_2_0`].
    #[must_use]
    pub const fn contracts(mut self, contracts: NexusContracts) -> Self {
        self.contracts = contracts;
        self
    }

    /// Computes the address at which the factory deploys the account with CREATE2
    /// ([EIP-1014](https://eips.ethereum.org/EIPS/eip-1014)).
    #[must_use]
    pub fn address(&self) -> Address {
        let initialize = Encoder::default()
            .bytes(&self.init_data())
            .encode(&NexusAccount::initializeAccountCall::SELECTOR);
        let arguments = Encoder::default()
            .address(self.contracts.implementation)
            .bytes(&initialize)
            .encode(&[]);
        let code = [self.contracts.proxy_creation_code, &arguments].concat();
        self.contracts
            .factory
            .create2_from_code(self.index.to_be_bytes::<32>(), code)
    }

    /// Returns the data that initializes the account: the bootstrap contract, and the call that sets up the modules.
    #[must_use]
    pub fn init_data(&self) -> Bytes {
        let mut owner = self.owner.to_vec();
        let mut validators = Encoder::default();
        if self.modules == InitialModules::Sessions {
            // The second address is a safe sender, whose requests need no nested signature.
            owner.extend(self.contracts.smart_session);
            validators = validators.fields(
                Encoder::default()
                    .address(self.contracts.smart_session)
                    .bytes(&[]),
            );
        }
        // The original encodes the missing hook with one empty word.
        let no_hook = Encoder::default().address(Address::ZERO).bytes(&[0; 32]);
        let set_up = Encoder::default()
            .bytes(&owner)
            .array(validators)
            .array(Encoder::default())
            .fields(no_hook)
            .array(Encoder::default())
            .array(Encoder::default())
            .encode(&NexusBootstrap::initNexusWithDefaultValidatorAndOtherModulesNoRegistryCall::SELECTOR);
        Encoder::default()
            .address(self.contracts.bootstrap)
            .bytes(&set_up)
            .encode(&[])
            .into()
    }

    /// Returns the deployment of the account, for its first user operation.
    #[must_use]
    pub fn deployment(&self) -> Deployment {
        let data = Encoder::default()
            .bytes(&self.init_data())
            .word(self.index)
            .encode(&NexusFactory::createAccountCall::SELECTOR);
        Deployment::Factory {
            factory: self.contracts.factory,
            data: data.into(),
        }
    }
}

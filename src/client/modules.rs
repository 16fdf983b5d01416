use alloy::primitives::{Address, U256, address};

use super::{Error, Options, SendTransaction, SmartAccountClient, UserOpResponse};
use crate::{
    account,
    contracts::{account::SmartAccount, modules::EcdsaOwnership},
    primitives::Call,
};

impl SmartAccountClient {
    /// Returns the account's enabled modules, which may sign for it, newest first. An account that is not
    /// deployed has the module that its deployment sets up.
    ///
    /// # Errors
    ///
    /// [`Error::Service`] when the node fails.
    pub async fn modules(&self) -> Result<Vec<Address>, Error> {
        /// An upper bound of the modules of any account.
        const MOST: u64 = 100;

        if !self.deployed().await? {
            return Ok(vec![self.services.contracts.ecdsa_ownership]);
        }
        let call = SmartAccount::getModulesPaginatedCall {
            start: SENTINEL,
            pageSize: U256::from(MOST),
        };
        Ok(self.services.node.call(self.address, &call).await?.modules)
    }

    /// Enables a module, which may then sign for the account. The module must need no set-up. For one that
    /// does, send [`set_up_and_enable_module`](account::set_up_and_enable_module).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); the operation reverts if the module is enabled already.
    pub async fn enable_module(
        &self,
        module: Address,
        options: impl Into<Options>,
    ) -> Result<UserOpResponse, Error> {
        let call = account::enable_module(self.address, module);
        self.send(SendTransaction::from(call).options(options.into()))
            .await
    }

    /// Disables a module, which may then no longer sign for the account. An account without any module can
    /// never be used again.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchModule`] when the module is not enabled; otherwise as [`send`](Self::send).
    pub async fn disable_module(
        &self,
        module: Address,
        options: impl Into<Options>,
    ) -> Result<UserOpResponse, Error> {
        let modules = self.modules().await?;
        let place = modules.iter().position(|other| *other == module);
        let place = place.ok_or(Error::NoSuchModule(module))?;
        let previous = place.checked_sub(1).map_or(SENTINEL, |before| modules[before]);
        let call = account::disable_module(self.address, previous, module);
        self.send(SendTransaction::from(call).options(options.into()))
            .await
    }

    /// Transfers the account to another owner. From then on the account accepts only that owner's signature
    /// and refuses this client's.
    ///
    /// The address stays the same, so create a client for the new owner with
    /// [`of_account`](Self::of_account).
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchOwner`] for the address zero and the account itself; otherwise as [`send`](Self::send). The
    /// operation reverts for the address of a contract.
    pub async fn transfer_ownership(
        &self,
        owner: Address,
        options: impl Into<Options>,
    ) -> Result<UserOpResponse, Error> {
        if owner.is_zero() || owner == self.address {
            return Err(Error::NoSuchOwner(owner));
        }
        let call = Call::new(
            self.services.contracts.ecdsa_ownership,
            EcdsaOwnership::transferOwnershipCall { owner },
        );
        self.send(SendTransaction::from(call).options(options.into()))
            .await
    }
}

/// The start and the end of the account's linked list of modules.
const SENTINEL: Address = address!("0000000000000000000000000000000000000001");

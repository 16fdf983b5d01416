use alloy::primitives::{Address, U256, address};

use super::{Error, Options, SendTransaction, SmartAccountClient, UserOpResponse};
use crate::{
    account,
    contracts::{account::SmartAccount, modules::EcdsaOwnership},
    primitives::Call,
};

impl SmartAccountClient {
    /// The modules that may sign for the account, newest first. An account that is not deployed has the one that its
    /// deployment sets up.
    ///
    /// # Errors
    ///
    /// [`Error::Service`] when the node fails.
    pub async fn modules(&self) -> Result<Vec<Address>, Error> {
        /// More than any account has.
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

    /// Lets a module sign for the account. It needs no set-up of its own; for one that does, send
    /// [`set_up_and_enable_module`](account::set_up_and_enable_module).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); the operation reverts where the module is enabled already.
    pub async fn enable_module(
        &self,
        module: Address,
        options: impl Into<Options>,
    ) -> Result<UserOpResponse, Error> {
        let call = account::enable_module(self.address, module);
        self.send(SendTransaction::from(call).options(options.into()))
            .await
    }

    /// Lets a module sign for the account no longer. Without any module left nobody can use the account again.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchModule`] when it is not enabled; otherwise as [`send`](Self::send).
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

    /// Gives the account to another owner, whose signature alone it accepts from then on: this client's is refused.
    ///
    /// The address stays the same, so a client for the new owner is made with
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

/// Where the account's list of modules begins and ends.
const SENTINEL: Address = address!("0000000000000000000000000000000000000001");

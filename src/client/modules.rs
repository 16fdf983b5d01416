use alloy::primitives::Address;

use super::{Request, SendTransaction, SmartAccountClient, UserOpResponse};
use crate::{
    error::{Error, ErrorKind},
    pipeline::UserOpOptions,
};

impl SmartAccountClient {
    /// Returns the account's enabled modules, which may sign for it, newest first. An account that is not
    /// deployed has the module that its deployment sets up.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Service`] when the node fails.
    pub async fn modules(&self) -> Result<Vec<Address>, Error> {
        if !self.pipeline.deployed().await? {
            return Ok(self.pipeline.account.initial_modules());
        }
        Ok(self
            .pipeline
            .services
            .node
            .read(self.pipeline.account.enabled_modules())
            .await?)
    }

    /// Enables a module, which may then sign for the account. The module must need no set-up. For one that
    /// does, send [`set_up_and_enable_module`](crate::account::biconomy_v2::set_up_and_enable_module).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); the operation reverts if the module is enabled already.
    pub async fn enable_module(
        &self,
        module: Address,
        options: impl Into<UserOpOptions>,
    ) -> Result<UserOpResponse, Error> {
        let calls = self.pipeline.account.enable_module(module);
        self.send(SendTransaction::new(calls).options(options)).await
    }

    /// Disables a module, which may then no longer sign for the account. An account without any module can
    /// never be used again.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchModule`] when the module is not enabled; otherwise as [`send`](Self::send).
    pub async fn disable_module(
        &self,
        module: Address,
        options: impl Into<UserOpOptions>,
    ) -> Result<UserOpResponse, Error> {
        let modules = self.modules().await?;
        let call = self.pipeline.account.disable_module(module, &modules);
        let call = call.ok_or_else(|| Error::from(ErrorKind::NoSuchModule(module)))?;
        self.send(SendTransaction::from(call).options(options)).await
    }

    /// Transfers the account to another owner. From then on the account accepts only that owner's signature
    /// and refuses this client's.
    ///
    /// The address stays the same, so create a client for the new owner with
    /// [`BiconomyV2::at_with_owner`](crate::BiconomyV2::at_with_owner).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchOwner`] for the address zero and the account itself; otherwise as
    /// [`send`](Self::send). The operation reverts for the address of a contract.
    pub async fn transfer_ownership(
        &self,
        owner: Address,
        options: impl Into<UserOpOptions>,
    ) -> Result<UserOpResponse, Error> {
        if owner.is_zero() || owner == self.address() {
            return Err(Error::from(ErrorKind::NoSuchOwner(owner)));
        }
        let call = self.pipeline.account.transfer_ownership(owner);
        self.send(SendTransaction::from(call).options(options)).await
    }
}

use alloy::primitives::{Bytes, Signature};

use super::{Error, SmartAccountClient};
use crate::account::{self, TypedData};

impl SmartAccountClient {
    /// The account's signature over a message, which is shown to the owner as a personal message
    /// ([EIP-191](https://eips.ethereum.org/EIPS/eip-191)).
    ///
    /// Who checks it asks the account about the message's EIP-191 hash
    /// ([ERC-1271](https://eips.ethereum.org/EIPS/eip-1271)). While the account is not deployed the signature carries
    /// the deployment with it ([ERC-6492](https://eips.ethereum.org/EIPS/eip-6492)), and most libraries can check
    /// that too.
    ///
    /// The contracts bind it to the owner, not to one account or chain: let the message name what it is for. Never sign
    /// 32 bytes that somebody else has chosen: they may be the hash of a user operation, which the signature permits.
    ///
    /// # Errors
    ///
    /// [`Error::NoOwner`]; [`Error::Owner`] when the owner does not sign, [`Error::Service`] when the node fails.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: use_aa::SmartAccountClient) -> Result<(), use_aa::Error> {
    /// let signature = client.sign_message("I agree to the terms of flowers.example").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn sign_message(&self, message: impl AsRef<[u8]>) -> Result<Bytes, Error> {
        let message = message.as_ref();
        let (owner, deployed) = (self.signer()?, self.deployed().await?);
        let signature = owner.sign_message(message).await?;
        Ok(self.as_account(signature, deployed))
    }

    /// The account's signature over data that is shown to the owner with names and types
    /// ([EIP-712](https://eips.ethereum.org/EIPS/eip-712)): a permit, an order, a vote.
    ///
    /// Who checks it asks the account about [`TypedData::hash`]; otherwise it is as that of a
    /// [message](Self::sign_message). Never sign a [hash](TypedData::written) that others have chosen: it may be that of
    /// a user operation, and a local key does not look at the JSON.
    ///
    /// # Errors
    ///
    /// As [`sign_message`](Self::sign_message); [`OwnerError::NoTypedData`](crate::OwnerError::NoTypedData) within
    /// [`Error::Owner`] when the owner's signer signs messages alone.
    pub async fn sign_typed_data(&self, data: &TypedData) -> Result<Bytes, Error> {
        let (owner, deployed) = (self.signer()?, self.deployed().await?);
        let signature = owner.sign_typed_data(data).await?;
        Ok(self.as_account(signature, deployed))
    }

    /// The owner's signature as the account's.
    fn as_account(&self, signature: Signature, deployed: bool) -> Bytes {
        let wrapped = account::wrap(
            signature.as_bytes().into(),
            self.services.contracts.ecdsa_ownership,
        );
        match self.account() {
            Some(account) if !deployed => account::undeployed(&account, wrapped),
            _ => wrapped,
        }
    }
}

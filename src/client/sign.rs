use alloy::primitives::{Bytes, eip191_hash_message};

use super::SmartAccountClient;
use crate::{
    account::OwnerRequest,
    error::Error,
    signer::{TypedData, verified},
};

impl SmartAccountClient {
    /// Signs a message as the account. The owner sees a personal message
    /// ([EIP-191](https://eips.ethereum.org/EIPS/eip-191)).
    ///
    /// Verify the signature by calling the account with the message's EIP-191 hash
    /// ([ERC-1271](https://eips.ethereum.org/EIPS/eip-1271)). While the account is not deployed, the
    /// signature contains the deployment ([ERC-6492](https://eips.ethereum.org/EIPS/eip-6492)), which most
    /// libraries can verify too.
    ///
    /// The contracts bind the signature to the owner, not to one account or chain, so the message should name
    /// its purpose. Never sign 32 bytes that others have chosen: they may be the hash of a user operation,
    /// which the signature would permit.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoOwner`](crate::ErrorKind::NoOwner); [`ErrorKind::Owner`](crate::ErrorKind::Owner) when
    /// the owner does not sign, [`ErrorKind::Service`](crate::ErrorKind::Service) when the node fails.
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
        let message = Bytes::copy_from_slice(message.as_ref());
        self.sign_as_account(OwnerRequest::Message(message)).await
    }

    /// Signs typed data as the account: a permit, an order, a vote. The owner sees the names and types
    /// ([EIP-712](https://eips.ethereum.org/EIPS/eip-712)).
    ///
    /// Verify the signature by calling the account with [`TypedData::hash`]. Otherwise it is like the
    /// signature of a [message](Self::sign_message). Never sign a [hash](TypedData::written) that others have
    /// chosen: it may be the hash of a user operation, and a local key does not check the JSON.
    ///
    /// # Errors
    ///
    /// As [`sign_message`](Self::sign_message); [`OwnerError::NoTypedData`](crate::OwnerError::NoTypedData)
    /// within [`ErrorKind::Owner`](crate::ErrorKind::Owner) when the owner's signer signs messages alone.
    pub async fn sign_typed_data(&self, data: &TypedData) -> Result<Bytes, Error> {
        self.sign_as_account(OwnerRequest::TypedData(data.clone())).await
    }

    async fn sign_as_account(&self, message: OwnerRequest) -> Result<Bytes, Error> {
        let (owner, deployed) = (self.signer()?, self.pipeline.deployed().await?);
        let account = &self.pipeline.account;
        let chain_id = self.pipeline.services.chain_id();
        // An EOA without its delegation signs as itself.
        let is_eoa = !deployed && account.delegate().is_some();
        let request = match is_eoa {
            true => message.clone(),
            false => account.owner_request(message.clone(), chain_id)?,
        };
        let (signature, hash) = match request {
            OwnerRequest::Message(message) => {
                (owner.sign_message(&message).await?, eip191_hash_message(&message))
            }
            OwnerRequest::TypedData(data) => (owner.sign_typed_data(&data).await?, data.hash()),
        };
        let signature = match verified(signature, hash, owner.address()) {
            Ok(signature) => Bytes::from(signature.as_bytes()),
            Err(error) => return Err(self.pipeline.unsigned(error.into()).await),
        };
        match is_eoa {
            true => Ok(signature),
            false => Ok(account.message_signature(&message, signature, deployed)),
        }
    }
}

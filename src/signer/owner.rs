use std::{fmt, sync::Arc};

use alloy::{
    eips::eip7702::Authorization,
    primitives::{Address, B256, Signature},
    signers::{Signer, local::PrivateKeySigner},
};

use super::{TypedData, address::signer_of};
use crate::platform::{BoxFuture, sendable};

/// The owner of an account, who signs for it: a wallet, a local key, or a remote signer.
///
/// # Examples
///
/// A local key signs a user operation's hash:
///
/// ```
/// use alloy::{hex, signers::local::PrivateKeySigner};
/// use use_aa::AccountOwner;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key: PrivateKeySigner = "0xe64c8be955f1df64ac4d3c1fe5825ca41e6228416c93104a23e71f41c838fcdc".parse()?;
/// let hash = hex!("116105305ddb6b62cbe27d063e3f82b2e06fa9ef8ca65fe917f896dbc2ba1de0");
/// let signature = AccountOwner::sign_message(&key, &hash).await?;
/// assert_eq!(signature.as_bytes(), hex!(
///     "e2eaf70295a86ca217e3a9fe42d32dd76f93851751f5445e02c5593df3bbbb43" // r
///     "7b5cfc69f477ea85d5048339db29b6d0f28469ce8154ff0d9374fd9d4be74fc8" // s
///     "1b"                                                               // v
/// ));
/// # Ok(())
/// # }
/// ```
///
/// A custom owner:
///
/// ```
/// use alloy::{primitives::{Address, Signature}, signers::local::PrivateKeySigner};
/// use use_aa::{BoxFuture, AccountOwner, OwnerError};
///
/// /// Signs user operations and nothing else: their hashes have 32 bytes.
/// #[derive(Debug)]
/// struct OperationsOnly(PrivateKeySigner);
///
/// impl AccountOwner for OperationsOnly {
///     fn address(&self) -> Address {
///         self.0.address()
///     }
///
///     fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, OwnerError>> {
///         match message.len() {
///             32 => AccountOwner::sign_message(&self.0, message),
///             _ => Box::pin(async { Err(OwnerError::Rejected) }),
///         }
///     }
/// }
/// ```
pub trait AccountOwner: Send + Sync {
    /// Returns the owner's address, as registered in the account's ECDSA module.
    fn address(&self) -> Address;

    /// Signs bytes as a personal message ([EIP-191](https://eips.ethereum.org/EIPS/eip-191)).
    ///
    /// The client [verifies](verified) who has signed.
    ///
    /// # Errors
    ///
    /// [`OwnerError`] when the user rejects the request or the wallet fails.
    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, OwnerError>>;

    /// Signs typed data ([EIP-712](https://eips.ethereum.org/EIPS/eip-712)). The default implementation returns
    /// [`OwnerError::NoTypedData`].
    ///
    /// # Errors
    ///
    /// [`OwnerError`] when the user rejects the request or the wallet fails, [`OwnerError::NoTypedData`] by default.
    fn sign_typed_data<'a>(&'a self, data: &'a TypedData) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        let _ = data;
        Box::pin(async { Err(OwnerError::NoTypedData) })
    }

    /// Sends a request to the wallet of the owner ([EIP-1193](https://eips.ethereum.org/EIPS/eip-1193)), for what wallets
    /// offer beyond the other methods of this trait. `params` and the answer are JSON. The default implementation answers
    /// like a wallet that does not have the method.
    ///
    /// # Errors
    ///
    /// [`OwnerError`] when the user rejects the request or the wallet fails, [`OwnerError::Wallet`] with the code 4200 by
    /// default.
    fn request<'a>(&'a self, method: &'a str, params: &'a str) -> BoxFuture<'a, Result<String, OwnerError>> {
        let _ = params;
        Box::pin(async move {
            Err(OwnerError::Wallet {
                code: 4200,
                message: method.to_owned(),
            })
        })
    }

    /// Signs an authorization, by which the owner's EOA delegates to a contract
    /// ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)). The default implementation returns
    /// [`OwnerError::NoAuthorization`], and the wallet is [requested](Self::request) to sign.
    ///
    /// # Errors
    ///
    /// [`OwnerError`] when the signer fails, [`OwnerError::NoAuthorization`] by default.
    fn sign_authorization<'a>(
        &'a self,
        authorization: &'a Authorization,
    ) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        let _ = authorization;
        Box::pin(async { Err(OwnerError::NoAuthorization) })
    }
}

/// Writes the name of the trait: what an app implements may hold secrets.
impl fmt::Debug for dyn AccountOwner + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountOwner")
    }
}

impl AccountOwner for PrivateKeySigner {
    fn address(&self) -> Address {
        Signer::address(self)
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        sendable(async move {
            let signed = Signer::sign_message(self, message).await;
            signed.map_err(|error| OwnerError::Signer(error.to_string()))
        })
    }

    fn sign_typed_data<'a>(&'a self, data: &'a TypedData) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        sendable(async move {
            let signed = self.sign_hash(&data.hash()).await;
            signed.map_err(|error| OwnerError::Signer(error.to_string()))
        })
    }

    fn sign_authorization<'a>(
        &'a self,
        authorization: &'a Authorization,
    ) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        sendable(async move {
            let signed = self.sign_hash(&authorization.signature_hash()).await;
            signed.map_err(|error| OwnerError::Signer(error.to_string()))
        })
    }
}

impl<O: AccountOwner + ?Sized> AccountOwner for Arc<O> {
    fn address(&self) -> Address {
        self.as_ref().address()
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        self.as_ref().sign_message(message)
    }

    fn sign_typed_data<'a>(&'a self, data: &'a TypedData) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        self.as_ref().sign_typed_data(data)
    }

    fn request<'a>(&'a self, method: &'a str, params: &'a str) -> BoxFuture<'a, Result<String, OwnerError>> {
        self.as_ref().request(method, params)
    }

    fn sign_authorization<'a>(
        &'a self,
        authorization: &'a Authorization,
    ) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        self.as_ref().sign_authorization(authorization)
    }
}

/// Verifies that an owner has signed a hash. Returns the signature with `s` in the lower half of the curve's order, the only
/// one that contracts accept.
///
/// A [`SmartAccountClient`](crate::SmartAccountClient) verifies what its owner returns. Call this for an owner that you ask
/// yourself.
///
/// # Errors
///
/// [`OwnerError::WrongSigner`] if another address has signed, [`OwnerError::Malformed`] if none can have.
///
/// # Examples
///
/// ```
/// use alloy::{primitives::{Address, B256}, signers::{SignerSync, local::PrivateKeySigner}};
/// use use_aa::signer::verified;
///
/// let (key, hash) = (PrivateKeySigner::from_slice(&[7; 32])?, B256::repeat_byte(7));
/// let signature = key.sign_hash_sync(&hash)?;
/// assert_eq!(verified(signature, hash, key.address()), Ok(signature));
/// assert!(verified(signature, hash, Address::ZERO).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verified(signature: Signature, hash: B256, owner: Address) -> Result<Signature, OwnerError> {
    let signature = signature.normalized_s();
    match signer_of(&signature, &hash) {
        Some(signed) if signed == owner => Ok(signature),
        Some(signed) => Err(OwnerError::WrongSigner { owner, signed }),
        None => {
            let why = "no public key can be recovered from the signature";
            Err(OwnerError::Malformed(why.to_owned()))
        }
    }
}

/// The reason why an owner did not sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OwnerError {
    /// The user rejected the request in the wallet (EIP-1193 code 4001, or another form of it).
    #[error("the user rejected the wallet request; send it again and approve it in the wallet")]
    Rejected,
    /// The wallet is locked or disconnected.
    #[error("the wallet is locked or disconnected; connect it and try again")]
    Disconnected,
    /// The wallet is still showing an earlier request to the user (JSON-RPC code -32002).
    #[error("the wallet has a pending request; answer it in the wallet first")]
    Busy,
    /// The wallet blocks the requests of the page for a while, for example after several rejections.
    #[error("the wallet blocks this site's requests after several rejections; wait a minute and try again")]
    Throttled,
    /// The wallet did not answer in time, or the request was cancelled before the answer.
    #[error(
        "the request was cancelled, or the wallet has not answered; open or unlock the wallet and try again"
    )]
    Unanswered,
    /// The wallet answered with another error.
    #[error("the wallet failed: {} (code {code}); try again or use another wallet", unended(.message))]
    Wallet {
        /// The error code of EIP-1193 or JSON-RPC.
        code: i64,
        /// The wallet's message.
        message: String,
    },
    /// The wallet does not sign while its chain is not that of the data or of its connection.
    #[error("the wallet is on another chain: {}; switch the chain in the wallet and try again", unended(.0))]
    OtherChain(String),
    /// The wallet's answer is not a signature, or not an address.
    #[error("the wallet's answer is invalid: {0}; use another wallet")]
    Malformed(String),
    /// Another address than the owner's made the signature.
    #[error(
        "the wallet signed with another account: {} instead of {owner}; select {owner} in the wallet",
        .signed.to_checksum(None), owner = .owner.to_checksum(None)
    )]
    WrongSigner {
        /// The address of the account's owner.
        owner: Address,
        /// The address that signed.
        signed: Address,
    },
    /// The owner is a contract, such as the account of a contract wallet. Its signatures are not those of one key, which are
    /// the only ones that a smart account of this library verifies.
    #[error("a contract wallet cannot own a smart account: {}; connect a wallet with a private key", .0.to_checksum(None))]
    ContractWallet(Address),
    /// The signer supports only messages, and no typed data.
    #[error("the owner's signer does not support typed data (EIP-712); use a wallet or a local key")]
    NoTypedData,
    /// The wallet or signer does not sign authorizations ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)).
    #[error(
        "the owner's wallet does not sign authorizations (EIP-7702); use an account with an address of its own"
    )]
    NoAuthorization,
    /// The account signs typed data in a nested form ([ERC-7739](https://eips.ethereum.org/EIPS/eip-7739)), and the
    /// types of the data are not known.
    #[error("the types of the typed data are unknown; create the data with `TypedData::new`")]
    OpaqueTypedData,
    /// A signer other than a wallet failed.
    #[error("the owner's signer failed: {0}; check the signer and try again")]
    Signer(String),
}

impl OwnerError {
    /// Returns the stable code of the error: a row of the [table](crate::guide::errors).
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::OwnerError;
    ///
    /// assert_eq!(OwnerError::Rejected.code(), "owner.rejected");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Rejected => "owner.rejected",
            Self::Disconnected => "owner.disconnected",
            Self::Busy => "owner.busy",
            Self::Throttled => "owner.throttled",
            Self::Unanswered => "owner.unanswered",
            Self::Wallet { .. } => "owner.wallet_failed",
            Self::OtherChain(_) => "owner.other_chain",
            Self::Malformed(_) => "owner.malformed_answer",
            Self::WrongSigner { .. } => "owner.wrong_signer",
            Self::ContractWallet(_) => "owner.contract_wallet",
            Self::NoTypedData => "owner.no_typed_data",
            Self::NoAuthorization => "owner.no_authorization",
            Self::OpaqueTypedData => "owner.opaque_typed_data",
            Self::Signer(_) => "owner.signer_failed",
        }
    }
}

/// Returns a message without its final full stop, to be followed by more text.
fn unended(words: &str) -> &str {
    words.trim_end_matches('.')
}

#[cfg(test)]
mod tests;

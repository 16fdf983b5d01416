use std::fmt;

use alloy::{
    primitives::{Address, B256, Bytes},
    signers::{SignerSync, k256::ecdsa::SigningKey, local::PrivateKeySigner},
};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::{SessionSigner, SignerError, address::address};
use crate::platform::{self, BoxFuture, NoRandomness};

/// The private key of a session. `Debug` shows only the address, and dropping the key wipes the secret from memory.
///
/// # Examples
///
/// ```
/// use alloy::primitives::b256;
/// use use_aa::SessionKey;
///
/// let secret = b256!("9427b486a42035b067ce6023239ce00143160d8b7e0439a1e18e46c74055538d");
/// let key = SessionKey::try_from(secret)?;
/// let shown = format!("{key:?}");
/// assert_eq!(shown.to_lowercase(), "sessionkey(0x0d508b190346d0d1748dda9379ed7d271514949a)");
/// assert_ne!(SessionKey::random()?.address(), key.address());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "B256", into = "B256")]
pub struct SessionKey(PrivateKeySigner);

impl SessionKey {
    /// Generates a random key.
    ///
    /// # Errors
    ///
    /// [`NoRandomness`] if the platform has no source of randomness.
    pub fn random() -> Result<Self, NoRandomness> {
        let mut secret = platform::random::<32>()?;
        let key = Self::of_secret(&secret);
        secret.zeroize();
        // A random number is a valid key except with a probability of 2^-128.
        key.or_else(|_| Self::random())
    }

    /// Returns the address that the validation modules expect as the signer.
    #[must_use]
    pub fn address(&self) -> Address {
        self.0.address()
    }

    /// Returns the secret, which is wiped when dropped.
    pub(crate) fn secret(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = self.0.credential().to_bytes();
        let secret = Zeroizing::new(bytes.into());
        bytes.zeroize();
        secret
    }

    /// Creates the key from its secret.
    pub(crate) fn of_secret(secret: &[u8; 32]) -> Result<Self, NotAKey> {
        let key = SigningKey::from_slice(secret).map_err(|_| NotAKey)?;
        let address = address(key.verifying_key()).ok_or(NotAKey)?;
        Ok(Self(PrivateKeySigner::new_with_credential(key, address, None)))
    }

    /// Signs bytes as a personal message ([EIP-191](https://eips.ethereum.org/EIPS/eip-191)).
    ///
    /// # Errors
    ///
    /// [`SignerError::Failed`] if the key cannot sign.
    pub fn sign(&self, message: &[u8]) -> Result<Bytes, SignerError> {
        let signature = self.0.sign_message_sync(message);
        // k256 describes every failure as "signature error".
        let signature = signature.map_err(|_| SignerError::Failed("signature error".to_owned()))?;
        Ok(signature.as_bytes().into())
    }
}

impl SessionSigner for SessionKey {
    fn address(&self) -> Address {
        self.0.address()
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Bytes, SignerError>> {
        let signed = self.sign(message);
        Box::pin(async { signed })
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionKey").field(&self.address()).finish()
    }
}

impl TryFrom<B256> for SessionKey {
    type Error = NotAKey;

    fn try_from(secret: B256) -> Result<Self, NotAKey> {
        Self::of_secret(&secret)
    }
}

impl From<SessionKey> for B256 {
    fn from(key: SessionKey) -> Self {
        Self(*key.secret())
    }
}

/// The error for bytes that are not a valid private key: zero, or not below the curve's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not a secp256k1 private key; pass a number from 1 to the curve order minus 1")]
pub struct NotAKey;

impl NotAKey {
    /// Returns the stable code of the error: a row of the [table](crate::guide::errors).
    ///
    /// # Examples
    ///
    /// ```
    /// use alloy::primitives::B256;
    /// use use_aa::SessionKey;
    ///
    /// let error = SessionKey::try_from(B256::ZERO).unwrap_err();
    /// assert_eq!(error.code(), "key.malformed");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "key.malformed"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl NotAKey {
        /// Returns the error with its code and its text.
        pub(crate) fn samples() -> Vec<(Self, &'static str, &'static str)> {
            vec![(
                Self,
                "key.malformed",
                "the bytes are not a secp256k1 private key; pass a number from 1 to the curve order minus 1",
            )]
        }
    }

    #[test]
    fn debug_hides_the_secret() {
        let secret = B256::repeat_byte(0x5a);
        let key = SessionKey::try_from(secret).unwrap();

        let shown = format!("{key:?}");

        assert!(!shown.contains("5a5a5a5a"), "{shown}");
        assert!(shown.contains(&format!("{:?}", key.address())));
    }

    #[test]
    fn zero_and_numbers_beyond_the_order_are_no_keys() {
        assert_eq!(SessionKey::try_from(B256::ZERO).err(), Some(NotAKey));
        assert_eq!(SessionKey::try_from(B256::repeat_byte(0xff)).err(), Some(NotAKey));
    }

    #[test]
    fn random_keys_differ() {
        assert_ne!(
            SessionKey::random().unwrap().address(),
            SessionKey::random().unwrap().address()
        );
    }

    #[test]
    fn key_that_is_written_down_is_read_again() {
        let key = SessionKey::random().unwrap();

        let text = serde_json::to_string(&key).unwrap();
        let read = serde_json::from_str::<SessionKey>(&text).unwrap();

        assert_eq!(read.address(), key.address());
        assert!(serde_json::from_str::<SessionKey>(&format!("\"0x{}\"", "00".repeat(32))).is_err());
    }
}

use std::{error, fmt, sync::Arc};

use alloy::{
    hex,
    primitives::{Address, Bytes, Signature, eip191_hash_message},
};

use super::address::signer_of;
use crate::platform::BoxFuture;

/// A signer of a session: a locally stored key, or a remote signer such as a service over HTTP or a threshold key.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{Address, Bytes};
/// use use_aa::{BoxFuture, SessionSigner, signer::{SessionKey, SignerError}};
///
/// /// Counts what it signs.
/// #[derive(Debug)]
/// struct Counting(SessionKey);
///
/// impl SessionSigner for Counting {
///     fn address(&self) -> Address {
///         self.0.address()
///     }
///
///     fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Bytes, SignerError>> {
///         println!("another signature");
///         self.0.sign_message(message)
///     }
/// }
/// ```
pub trait SessionSigner: Send + Sync {
    /// Returns the address that the validation modules expect as the signer. The address is the session's id.
    fn address(&self) -> Address;

    /// Signs bytes as a personal message ([EIP-191](https://eips.ethereum.org/EIPS/eip-191)), in 65 bytes.
    ///
    /// # Errors
    ///
    /// [`SignerError`] if the signer cannot sign or refuses to.
    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Bytes, SignerError>>;
}

/// Writes the name of the trait: what an app implements may hold secrets.
impl fmt::Debug for dyn SessionSigner + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSigner")
    }
}

impl<S: SessionSigner + ?Sized> SessionSigner for Arc<S> {
    fn address(&self) -> Address {
        self.as_ref().address()
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Bytes, SignerError>> {
        self.as_ref().sign_message(message)
    }
}

impl<S: SessionSigner + ?Sized> SessionSigner for &S {
    fn address(&self) -> Address {
        (**self).address()
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Bytes, SignerError>> {
        (**self).sign_message(message)
    }
}

/// The error of a session's signer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// The signer failed, for this reason.
    #[error("the session's signer failed: {0}; check the signer and try again")]
    Failed(String),
    /// The answer is not a signature, or is the signature of another key.
    #[error("the session's signer returned an invalid signature: {0}; pass the signer of this session")]
    WrongSignature(Address),
    /// The key cannot be read from the store.
    #[error(transparent)]
    Key(KeyError),
}

/// The error of a key that a store or its vault does not give.
#[derive(Clone, Debug)]
pub struct KeyError {
    /// The stable code of the store's error.
    pub code: &'static str,
    /// The store's error.
    pub source: Arc<dyn error::Error + Send + Sync>,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl error::Error for KeyError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.source()
    }
}

impl PartialEq for KeyError {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code && self.to_string() == other.to_string()
    }
}

impl Eq for KeyError {}

impl SignerError {
    /// Returns the stable code of the error: a row of the [table](crate::guide::errors).
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::{SignerError, StoreError};
    ///
    /// assert_eq!(SignerError::Failed("out of order".to_owned()).code(), "session.signer_failed");
    /// assert_eq!(SignerError::from(StoreError::Full).code(), "store.full");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Failed(_) => "session.signer_failed",
            Self::WrongSignature(_) => "session.wrong_signature",
            Self::Key(error) => error.code,
        }
    }
}

/// The bytes of a dummy signature, for gas estimation.
const DUMMY: [u8; 65] = hex!(
    "73c3ac716c487ca34bb858247b5ccf1dc354fbaabdd089af3b2ac8e78ba85a49" // r
    "59a2d76250325bd67c11771c31fccda87c33ceec17cc0de912690521bb95ffcb" // s
    "1b"                                                               // v
);

/// Returns a dummy signature for gas estimation, with the length and shape of a session key's signature.
///
/// # Examples
///
/// ```
/// use use_aa::signer::dummy_session_signature;
///
/// let signature = dummy_session_signature();
/// assert_eq!(signature.len(), 65);
/// assert_eq!(signature[64], 27);
/// ```
#[must_use]
pub fn dummy_session_signature() -> Bytes {
    DUMMY.into()
}

/// Returns the signer's signature of a message in the modules' format. The signature is verified, because a remote
/// signer may answer anything.
pub(crate) async fn signed(signer: &dyn SessionSigner, message: &[u8]) -> Result<Bytes, SignerError> {
    let (bytes, address) = (signer.sign_message(message).await?, signer.address());
    let signature = Signature::from_raw(&bytes).map(Signature::normalized_s);
    let is_own = |signature: &Signature| signer_of(signature, &eip191_hash_message(message)) == Some(address);
    match signature {
        Ok(signature) if bytes.len() == 65 && is_own(&signature) => Ok(signature.as_bytes().into()),
        _ => Err(SignerError::WrongSignature(address)),
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{U256, hex};

    use super::*;
    use crate::signer::SessionKey;

    impl SignerError {
        /// Returns each error with its code and its text.
        pub(crate) fn samples() -> Vec<(Self, &'static str, &'static str)> {
            vec![
                (
                    Self::Failed("out of order".to_owned()),
                    "session.signer_failed",
                    "the session's signer failed: out of order; check the signer and try again",
                ),
                (
                    Self::WrongSignature(Address::repeat_byte(7)),
                    "session.wrong_signature",
                    "the session's signer returned an invalid signature: \
                     0x0707070707070707070707070707070707070707; pass the signer of this session",
                ),
            ]
        }
    }

    /// A signer that returns a fixed answer.
    #[derive(Debug)]
    struct Parrot(Address, Bytes);

    impl SessionSigner for Parrot {
        fn address(&self) -> Address {
            self.0
        }

        fn sign_message<'a>(&'a self, _: &'a [u8]) -> BoxFuture<'a, Result<Bytes, SignerError>> {
            Box::pin(async { Ok(self.1.clone()) })
        }
    }

    #[tokio::test]
    async fn a_signature_of_its_own_is_taken() {
        let key = SessionKey::random().unwrap();

        let own = key.sign_message(b"hash").await.unwrap();

        assert_eq!(signed(&key, b"hash").await, Ok(own.clone()));
        assert_eq!(
            signed(&Parrot(key.address(), own.clone()), b"hash").await,
            Ok(own)
        );
    }

    #[tokio::test]
    async fn a_signature_is_brought_into_the_form_that_the_chain_takes() {
        let key = SessionKey::random().unwrap();
        let own = key.sign(b"hash").unwrap();
        let low = Signature::from_raw(&own).unwrap();
        let order = U256::from_be_bytes(hex!(
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
        ));
        let high = Signature::new(low.r(), order - low.s(), !low.v());
        let mut plain = own.to_vec();
        plain[64] -= 27;

        for answer in [plain.into(), high.as_bytes().into()] {
            assert_eq!(
                signed(&Parrot(key.address(), answer), b"hash").await,
                Ok(own.clone())
            );
        }
    }

    #[tokio::test]
    async fn anything_else_is_an_error() {
        let (key, other) = (SessionKey::random().unwrap(), SessionKey::random().unwrap());
        let address = key.address();
        let own = key.sign_message(b"hash").await.unwrap();
        let cases = [
            Bytes::new(),
            own.slice(..64),
            [own.clone(), own.clone()].concat().into(),
            [0xff; 65].into(),
            other.sign_message(b"hash").await.unwrap(),
            key.sign_message(b"another hash").await.unwrap(),
        ];

        for answer in cases {
            let result = signed(&Parrot(address, answer.clone()), b"hash").await;
            assert_eq!(result, Err(SignerError::WrongSignature(address)), "{answer}");
        }
    }
}

//! The vault of session keys.

use std::fmt;

use alloy::primitives::{Address, B256, hex};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use use_aa::{
    BoxFuture, SessionKey, StoreError,
    store::{KeyVault, OpenedKey, SealedKey},
};
use zeroize::Zeroizing;

use crate::error::StartError;

/// A vault that seals session keys with XChaCha20-Poly1305 under a key that is not in the database.
///
/// A sealed key is bound to its address: the bytes of one session open no other. `Debug` shows no key.
///
/// # Examples
///
/// ```
/// use server_minting::Vault;
/// use use_aa::{SessionKey, store::KeyVault};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let vault = Vault::parse("e15f0a2d2f9c6d2b8f5e9a4c7b3d1f608192a3b4c5d6e7f8091a2b3c4d5e6f70")?;
/// let key = SessionKey::random()?;
/// let sealed = vault.seal(&key).await?;
/// let opened = vault.open(&sealed).await?.of(key.address())?;
/// assert_eq!(opened.address(), key.address());
/// # Ok(())
/// # }
/// ```
pub struct Vault(Zeroizing<[u8; 32]>);

/// The environment variable of the key.
pub const VAULT_KEY: &str = "VAULT_KEY";
/// The first byte of sealed bytes, before nonce and ciphertext.
const FORMAT: u8 = 1;
/// The length of a nonce. Random nonces of this length do not repeat.
const NONCE: usize = 24;
/// The context of a sealed session key, before its address.
const OF_KEY: &[u8] = b"use-aa session key:";
/// The context of the text by which a vault recognizes its database.
const OF_CHECK: &[u8] = b"use-aa vault check";

impl Vault {
    /// Creates the vault of a key in hexadecimal digits.
    ///
    /// # Errors
    ///
    /// [`StartError::Malformed`] if the text is not 64 digits.
    pub fn parse(key: &str) -> Result<Self, StartError> {
        let mut bytes = Zeroizing::new([0; 32]);
        let wrong = |_| StartError::Malformed {
            name: VAULT_KEY,
            expected: "64 hexadecimal digits, for example of `openssl rand -hex 32`",
        };
        hex::decode_to_slice(key.trim(), &mut bytes[..]).map_err(wrong)?;
        Ok(Self(bytes))
    }

    /// Seals the text by which a vault recognizes its database.
    pub(crate) fn seal_check(&self) -> Result<Vec<u8>, getrandom::Error> {
        self.encrypt(&[], OF_CHECK)
    }

    /// Returns true if a vault with the same key has sealed the text.
    pub(crate) fn opens_check(&self, sealed: &[u8]) -> bool {
        self.decrypt(sealed, OF_CHECK).is_some()
    }

    fn encrypt(&self, secret: &[u8], context: &[u8]) -> Result<Vec<u8>, getrandom::Error> {
        let mut nonce = [0; NONCE];
        getrandom::getrandom(&mut nonce)?;
        let payload = Payload {
            msg: secret,
            aad: context,
        };
        let encrypted = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let encrypted = encrypted.expect("32 bytes are not too long for the cipher");
        Ok([&[FORMAT], &nonce[..], &encrypted].concat())
    }

    fn decrypt(&self, sealed: &[u8], context: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, encrypted) = sealed.strip_prefix(&[FORMAT])?.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: encrypted,
            aad: context,
        };
        let secret = self.cipher().decrypt(&XNonce::from(*nonce), payload);
        secret.ok().map(Zeroizing::new)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }
}

impl KeyVault for Vault {
    fn seal<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<SealedKey, StoreError>> {
        Box::pin(async move {
            let address = key.address();
            let secret = Zeroizing::new(B256::from(key.clone()).0);
            let sealed = self.encrypt(&secret[..], &context(address));
            let sealed = sealed.map_err(|error| StoreError::NoRandomness(error.to_string()))?;
            Ok(SealedKey {
                address,
                bytes: sealed.into(),
            })
        })
    }

    fn open<'a>(&'a self, sealed: &'a SealedKey) -> BoxFuture<'a, Result<OpenedKey, StoreError>> {
        Box::pin(async move {
            let address = sealed.address;
            let secret = self.decrypt(&sealed.bytes, &context(address));
            let secret = secret.and_then(|secret| Some(Zeroizing::new(*secret.first_chunk::<32>()?)));
            secret.map(OpenedKey::new).ok_or(StoreError::Locked(address))
        })
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

fn context(address: Address) -> Vec<u8> {
    [OF_KEY, address.as_slice()].concat()
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    fn vault(digit: char) -> Vault {
        Vault::parse(&digit.to_string().repeat(64)).unwrap()
    }

    fn sealed(vault: &Vault, key: &SessionKey) -> SealedKey {
        block_on(vault.seal(key)).unwrap()
    }

    #[test]
    fn sealed_key_is_opened_by_the_same_vault_key() {
        let key = SessionKey::random().unwrap();

        let opened = block_on(vault('a').open(&sealed(&vault('a'), &key))).unwrap();

        let secrets = [opened.of(key.address()).unwrap(), key].map(B256::from);
        assert_eq!(secrets[0], secrets[1]);
    }

    #[test]
    fn same_key_is_sealed_differently_each_time_and_never_readable() {
        let key = SessionKey::random().unwrap();
        let secret = B256::from(key.clone());

        let [one, two] = [(); 2].map(|()| sealed(&vault('a'), &key).bytes);

        assert_ne!(one, two);
        for bytes in [one, two] {
            assert_eq!(bytes.len(), 1 + 24 + 32 + 16);
            assert!(!bytes.windows(8).any(|part| secret[..8] == *part));
        }
    }

    #[test]
    fn another_vault_key_opens_nothing() {
        let key = SessionKey::random().unwrap();

        let opened = block_on(vault('b').open(&sealed(&vault('a'), &key)));

        assert_eq!(opened.err(), Some(StoreError::Locked(key.address())));
    }

    #[test]
    fn key_that_is_sealed_for_one_address_opens_for_no_other() {
        let [key, other] = [(); 2].map(|()| SessionKey::random().unwrap());
        let moved = SealedKey {
            address: other.address(),
            ..sealed(&vault('a'), &key)
        };

        let opened = block_on(vault('a').open(&moved));

        assert_eq!(opened.err(), Some(StoreError::Locked(other.address())));
    }

    #[test]
    fn damaged_bytes_are_an_error_at_every_place_and_length() {
        let key = SessionKey::random().unwrap();
        let whole = sealed(&vault('a'), &key);
        let flipped = (0..whole.bytes.len()).map(|at| {
            let mut bytes = whole.bytes.to_vec();
            bytes[at] ^= 1;
            bytes
        });
        let cut = (0..whole.bytes.len()).map(|end| whole.bytes[..end].to_vec());

        for bytes in flipped.chain(cut) {
            let damaged = SealedKey {
                address: key.address(),
                bytes: bytes.into(),
            };
            let opened = block_on(vault('a').open(&damaged));
            assert_eq!(
                opened.err(),
                Some(StoreError::Locked(key.address())),
                "{damaged:?}"
            );
        }
    }

    #[test]
    fn text_that_is_no_key_is_refused_without_being_shown() {
        for text in ["", "abc", &"a".repeat(63), &"a".repeat(65), &"g".repeat(64)] {
            let error = Vault::parse(text).unwrap_err();

            assert_eq!(
                error.to_string(),
                "a setting is wrong: VAULT_KEY; set it to 64 hexadecimal digits, for example of \
                 `openssl rand -hex 32`"
            );
        }
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", vault('a')), "Vault");
    }
}

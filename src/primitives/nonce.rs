use alloy::primitives::{U256, aliases::U192};

use super::widened;

/// The key of a nonce: its upper 192 bits. Operations with different keys are independent of each other, and those with
/// one key run in sequence ([ERC-4337](https://eips.ethereum.org/EIPS/eip-4337#semi-abstracted-nonce-support)).
///
/// An unused key starts at sequence 0, so a new key needs no request to the chain.
///
/// # Examples
///
/// ```
/// use alloy::primitives::aliases::U192;
/// use use_aa::NonceKey;
///
/// let key = NonceKey(U192::from(0x199d252dea6_u64));
/// assert_eq!(format!("{:#x}", key.at(2)), "0x199d252dea60000000000000002");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NonceKey(pub U192);

impl NonceKey {
    /// The default key of wallets: 0.
    pub const ZERO: Self = Self(U192::ZERO);

    /// Creates a key from 24 bytes, big-endian.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 24]) -> Self {
        Self(U192::from_be_bytes(bytes))
    }

    /// Returns the key of a nonce.
    #[must_use]
    pub const fn of(nonce: U256) -> Self {
        let [_, low, middle, high] = *nonce.as_limbs();
        Self(U192::from_limbs([low, middle, high]))
    }

    /// Returns the full nonce of 256 bits for this key and a sequence number.
    #[must_use]
    pub fn at(self, sequence: u64) -> U256 {
        (widened(self.0) << 64) | U256::from(sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_fills_the_upper_192_bits() {
        let key = NonceKey::from_bytes([0xff; 24]);

        let nonce = key.at(7);

        assert_eq!(nonce >> 64, U256::MAX >> 64);
        assert_eq!(nonce.as_limbs()[0], 7);
        assert_eq!(NonceKey::of(nonce), key);
    }

    #[test]
    fn default_key_counts_from_zero() {
        assert_eq!(NonceKey::ZERO.at(3), U256::from(3));
    }
}

use alloy::{
    hex,
    primitives::{Address, Bytes, U256},
};

use super::SmartSessionsContracts;
use crate::{primitives::Encoder, signer::DUMMY_ECDSA};

/// The contract that validates the signatures of a session's key.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{address, hex};
/// use use_aa::session::smart_sessions::{KeyValidator, SmartSessionsContracts};
///
/// let key = address!("907406739797112e6f05De139D1784f2Ea7cD887");
/// assert_eq!(KeyValidator::K1.init_data(key)[..], hex!("907406739797112e6f05de139d1784f2ea7cd887"));
/// assert_eq!(
///     KeyValidator::Ownable.address(&SmartSessionsContracts::CANONICAL),
///     address!("000000000013fdB5234E4E3162a810F54d9f7E98"),
/// );
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyValidator {
    /// The K1 validator, for one key. Its signatures are personal messages or bare hashes.
    #[default]
    K1,
    /// The `OwnableValidator`, for one of several keys. Its signatures are bare hashes, or personal messages with a
    /// changed recovery byte.
    Ownable,
}

impl KeyValidator {
    /// Returns the validator's contract.
    #[must_use]
    pub const fn address(self, contracts: &SmartSessionsContracts) -> Address {
        match self {
            Self::K1 => contracts.k1_validator,
            Self::Ownable => contracts.ownable_validator,
        }
    }

    /// Returns the validator's init data for one key.
    #[must_use]
    pub fn init_data(self, key: Address) -> Bytes {
        match self {
            Self::K1 => Bytes::copy_from_slice(key.as_slice()),
            Self::Ownable => ownable_init_data(1, [key]),
        }
    }

    /// Encodes a key's signature of the operation's hash as a personal message
    /// ([EIP-191](https://eips.ethereum.org/EIPS/eip-191)), in 65 bytes. A signature of the bare hash needs no
    /// encoding for either validator.
    #[must_use]
    pub fn personal_signature(self, signature: &[u8]) -> Bytes {
        let mut signature = signature.to_vec();
        if let (Self::Ownable, Some(v)) = (self, signature.last_mut()) {
            *v = v.saturating_add(PERSONAL);
        }
        signature.into()
    }

    /// Returns a dummy signature for gas estimates, with the shape of a key's signature.
    #[must_use]
    pub fn dummy_signature(self) -> Bytes {
        match self {
            Self::K1 => DUMMY_ECDSA.into(),
            Self::Ownable => OWNABLE_DUMMY.into(),
        }
    }
}

/// Returns the init data of the `OwnableValidator` for several keys, of which `threshold` must sign.
///
/// # Examples
///
/// ```
/// use alloy::primitives::Address;
/// use use_aa::session::smart_sessions::ownable_init_data;
///
/// let [one, other] = [1, 2].map(Address::repeat_byte);
/// assert_eq!(ownable_init_data(2, [other, one]), ownable_init_data(2, [one, other]));
/// ```
#[must_use]
pub fn ownable_init_data(threshold: u64, keys: impl IntoIterator<Item = Address>) -> Bytes {
    let mut keys = keys.into_iter().collect::<Vec<_>>();
    keys.sort_unstable();
    let keys = keys.into_iter().fold(Encoder::default(), Encoder::address);
    let encoded = Encoder::default().word(U256::from(threshold)).array(keys);
    encoded.encode(&[]).into()
}

/// Returns a dummy signature of the `OwnableValidator` for gas estimates, of as many keys as must sign.
#[must_use]
pub fn ownable_dummy_signature(threshold: usize) -> Bytes {
    OWNABLE_DUMMY.repeat(threshold).into()
}

/// The difference of the recovery byte by which the `OwnableValidator` recognizes a personal message.
const PERSONAL: u8 = 4;

const OWNABLE_DUMMY: [u8; 65] = hex!(
    "e8b94748580ca0b4993c9a1b86b5be851bfc076ff5ce3a1ff65bf16392acfcb8" // r
    "00f9b4f1aef1555c7fce5599fffb17e7c635502154a0333ba21f3ae491839af5" // s
    "1c"                                                               // v
);

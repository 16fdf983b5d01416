use alloy::primitives::Address;

use crate::primitives::NonceKey;

/// The mode in which the account validates an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValidationMode {
    /// A validator that is installed validates the operation.
    #[default]
    Validate = 0,
    /// The operation's signature installs the module that validates the operation. See
    /// [`ModuleEnable`](super::ModuleEnable).
    ModuleEnable = 1,
    /// An account with a delegation ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)) is initialized.
    Prepare = 2,
}

/// The parts of a Nexus account's nonce key: a lane, the mode of the validation and the validator.
///
/// # Examples
///
/// ```
/// use alloy::primitives::U256;
/// use use_aa::account::nexus::{NexusContracts, NexusNonce};
///
/// let nonce = NexusNonce { validator: NexusContracts::V1_2_0.smart_session, ..NexusNonce::default() };
/// assert_eq!(nonce.key().at(0), U256::from_be_slice(nonce.validator.as_slice()) << 64);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NexusNonce {
    /// The lane, 24 bits. Operations in different lanes are independent of each other.
    pub lane: [u8; 3],
    /// The mode of the validation.
    pub mode: ValidationMode,
    /// The validator. The address 0 is the default validator.
    pub validator: Address,
}

impl NexusNonce {
    /// Returns the key.
    #[must_use]
    pub fn key(&self) -> NonceKey {
        let mut key = [0; 24];
        key[..3].copy_from_slice(&self.lane);
        key[3] = self.mode as u8;
        key[4..].copy_from_slice(self.validator.as_slice());
        NonceKey::from_bytes(key)
    }
}

use alloy::{
    eips::eip7702::{Authorization, SignedAuthorization},
    primitives::{Address, Bytes, U256},
};

use super::Deployment;

/// The start of the code of an EOA with a delegation. The address of the delegate follows.
const DESIGNATOR: [u8; 3] = [0xef, 0x01, 0x00];

impl Deployment {
    /// Returns an EOA's delegation to a contract ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)) with a dummy
    /// signature, for gas estimates. `nonce` is the number of transactions that the EOA has sent.
    ///
    /// # Examples
    ///
    /// ```
    /// use alloy::primitives::address;
    /// use use_aa::Deployment;
    ///
    /// let delegate = address!("000000004F43C49e93C970E84001853a70923B03");
    /// let Deployment::Delegation(authorization) = Deployment::delegation(80002, delegate, 7) else { panic!() };
    /// assert_eq!((authorization.address, authorization.nonce), (delegate, 7));
    /// ```
    #[must_use]
    pub fn delegation(chain_id: u64, delegate: Address, nonce: u64) -> Self {
        // In range for a signature on the curve, as bundlers may parse it.
        let dummy = U256::from_be_slice(&[0x7a; 32]);
        let authorization = Authorization {
            chain_id: U256::from(chain_id),
            address: delegate,
            nonce,
        };
        Self::Delegation(Box::new(SignedAuthorization::new_unchecked(
            authorization,
            1,
            dummy,
            dummy,
        )))
    }
}

/// Returns the code of an EOA that delegates to a contract ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)).
///
/// # Examples
///
/// ```
/// use alloy::primitives::address;
/// use use_aa::{delegate_of, delegation_code};
///
/// let delegate = address!("000000004F43C49e93C970E84001853a70923B03");
/// let code = delegation_code(delegate);
/// assert_eq!(code.to_string(), "0xef0100000000004f43c49e93c970e84001853a70923b03");
/// assert_eq!(delegate_of(&code), Some(delegate));
/// ```
#[must_use]
pub fn delegation_code(delegate: Address) -> Bytes {
    [&DESIGNATOR, delegate.as_slice()].concat().into()
}

/// Returns the contract to which an EOA delegates ([EIP-7702](https://eips.ethereum.org/EIPS/eip-7702)), given the EOA's
/// code. `None` if the code is no delegation.
#[must_use]
pub fn delegate_of(code: &[u8]) -> Option<Address> {
    let delegate = code.strip_prefix(&DESIGNATOR)?;
    (delegate.len() == Address::len_bytes()).then(|| Address::from_slice(delegate))
}

/// Returns true if code is that of a contract, and not of an EOA with a delegation.
pub(crate) fn is_contract(code: &[u8]) -> bool {
    !code.is_empty() && delegate_of(code).is_none()
}

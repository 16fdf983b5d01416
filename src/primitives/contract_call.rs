use std::fmt;

use alloy::{
    primitives::{Address, Bytes, U256},
    sol_types::{self, SolCall},
};

use super::Words;

/// A call of a contract that changes nothing (`eth_call`), with the decoder of its result.
///
/// # Examples
///
/// ```
/// use alloy::{primitives::{Address, U256, address}, sol, sol_types::SolValue};
/// use use_aa::primitives::ContractCall;
///
/// sol! {
///     function balanceOf(address owner) external view returns (uint256);
/// }
///
/// let token = address!("fee0000000000000000000000000000000000006");
/// let call = ContractCall::new(token, &balanceOfCall { owner: Address::ZERO });
/// assert_eq!((call.decode)(&U256::from(5).abi_encode()), Ok(U256::from(5)));
/// ```
#[derive(Clone)]
pub struct ContractCall<T> {
    /// The contract.
    pub to: Address,
    /// The selector and the ABI-encoded arguments.
    pub data: Bytes,
    /// The signature of the function, as in `balanceOf(address)`.
    pub signature: &'static str,
    /// Decodes the result.
    pub decode: fn(&[u8]) -> sol_types::Result<T>,
}

impl<T> ContractCall<T> {
    /// Creates a call of a function that is declared by `sol!`.
    pub fn new<C: SolCall<Return = T>>(to: Address, call: &C) -> Self {
        Self {
            to,
            data: call.abi_encode().into(),
            signature: C::SIGNATURE,
            decode: C::abi_decode_returns,
        }
    }

    /// Creates a call of a function whose result is decoded without the decoder of `sol!`.
    pub(crate) fn decoded_by<C: SolCall>(
        to: Address,
        call: &C,
        decode: fn(&[u8]) -> sol_types::Result<T>,
    ) -> Self {
        Self {
            to,
            data: call.abi_encode().into(),
            signature: C::SIGNATURE,
            decode,
        }
    }
}

/// Decodes a number, the only value of a result.
pub(crate) fn decode_number(result: &[u8]) -> sol_types::Result<U256> {
    Words(result).number(0).ok_or(sol_types::Error::Overrun)
}

/// Describes the result of a function that its decoder has refused.
pub(crate) fn undecoded(to: Address, signature: &str, result: &[u8]) -> String {
    match result {
        [] => format!("{to} has no code, or no {signature}"),
        _ => format!("{signature} of {to} has another type"),
    }
}

impl<T> fmt::Debug for ContractCall<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.signature, self.to)
    }
}

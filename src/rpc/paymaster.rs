mod biconomy;
mod context;
mod erc7677;
mod tokens;

use alloy::primitives::{Address, Bytes};
use serde::Deserialize;
use serde_json::{Map, Value};

pub use self::{
    biconomy::{BiconomyPaymaster, SponsorMode, Sponsorship},
    context::PaymasterContext,
    erc7677::{Erc7677Paymaster, Stub},
    tokens::{TokenQuote, TokenRate},
};
use super::{
    Failure, Http,
    part::{Part, number},
};
use crate::primitives::EntryPoint;

/// A client of a paymaster service, which pays for user operations.
///
/// # Examples
///
/// ```
/// use use_aa::{EntryPoint, PaymasterKind, rpc::{Paymaster, ServiceUrl}};
///
/// let url: ServiceUrl = "http://127.0.0.1:8545/paymaster".parse()?;
/// let paymaster = Paymaster::new(PaymasterKind::Erc7677, url, EntryPoint::v0_6(80002));
/// assert!(matches!(paymaster, Paymaster::Erc7677(_)));
/// # Ok::<(), use_aa::rpc::UrlError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Paymaster {
    /// A paymaster service of the ERC-7677 standard.
    Erc7677(Erc7677Paymaster),
    /// Biconomy's V2 paymaster.
    Biconomy(BiconomyPaymaster),
}

/// The JSON-RPC dialect of a paymaster service.
///
/// # Examples
///
/// ```
/// use use_aa::{PaymasterKind, Services};
///
/// let kind: PaymasterKind = serde_json::from_str("\"erc7677\"")?;
/// assert_eq!(kind, PaymasterKind::Erc7677);
/// let services = Services::new(80002, "http://127.0.0.1:8545")?.paymaster(kind, "http://127.0.0.1:3000")?;
/// assert!(services.has_paymaster());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PaymasterKind {
    /// [ERC-7677](https://eips.ethereum.org/EIPS/eip-7677).
    #[default]
    Erc7677,
    /// Biconomy's V2 paymaster.
    Biconomy,
}

impl Paymaster {
    /// Creates a client of the paymaster service at a URL.
    #[must_use]
    pub fn new(kind: PaymasterKind, http: impl Into<Http>, entry_point: EntryPoint) -> Self {
        let client = http.into().into_client();
        match kind {
            PaymasterKind::Erc7677 => Self::Erc7677(Erc7677Paymaster::over(client, entry_point)),
            PaymasterKind::Biconomy => Self::Biconomy(BiconomyPaymaster::over(client)),
        }
    }

    /// Returns the same client for another entry point. Biconomy's dialect does not name an entry point.
    #[must_use]
    pub fn at(self, entry_point: EntryPoint) -> Self {
        match self {
            Self::Erc7677(paymaster) => Self::Erc7677(paymaster.at(entry_point)),
            Self::Biconomy(_) => self,
        }
    }

    /// Returns the dialect of the paymaster service.
    #[must_use]
    pub const fn kind(&self) -> PaymasterKind {
        match self {
            Self::Erc7677(_) => PaymasterKind::Erc7677,
            Self::Biconomy(_) => PaymasterKind::Biconomy,
        }
    }
}

/// Reads `paymasterAndData` of an answer: the paymaster's address and its data. The length is at least 20 bytes and at
/// most 4 KiB.
fn payment(answer: Part<'_>) -> Result<Bytes, Failure> {
    const ADDRESS: usize = 20;
    const MOST: usize = 4096;
    let part = answer.field("paymasterAndData").find().ok_or(Failure::Missing)?;
    let data: Bytes = part.hex()?;
    match data.len() {
        ADDRESS..=MOST => Ok(data),
        short if short < ADDRESS => Err(part.is("too short to name a paymaster")),
        _ => Err(part.is("larger than 4 KiB")),
    }
}

/// Returns the paymaster contract in `paymasterAndData`; the zero address if there is none.
pub(crate) fn named_paymaster(paymaster_and_data: &[u8]) -> Address {
    let named = paymaster_and_data.get(..Address::len_bytes());
    named.map_or(Address::ZERO, Address::from_slice)
}

/// Removes a token from the list and returns true if the list held the token.
fn is_left(left: &mut Vec<Address>, token: Address) -> bool {
    let count = left.len();
    left.retain(|other| *other != token);
    left.len() < count
}

/// Checks that the paymaster's answer repeats the given fields of the request unchanged or not at all.
fn unchanged(answer: Part<'_>, asked: &Map<String, Value>, fields: &[&'static str]) -> Result<(), Failure> {
    let answer = answer.object()?;
    for &field in fields {
        let (Some(theirs), Some(ours)) = (answer.get(field), asked.get(field)) else {
            continue;
        };
        if !theirs.is_null() && !same(theirs, ours) {
            return Err(Failure::Changed(field));
        }
    }
    Ok(())
}

/// The fields of an operation that a paymaster may never change.
const OURS: &[&str] = &[
    "sender",
    "nonce",
    "initCode",
    "callData",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
];

/// The gas limits of an operation, which only some paymasters may set.
const LIMITS: &[&str] = &["callGasLimit", "verificationGasLimit", "preVerificationGas"];

/// Compares two JSON values: hex in any case, numbers in any notation.
fn same(theirs: &Value, ours: &Value) -> bool {
    let same_text = match (theirs, ours) {
        (Value::String(theirs), Value::String(ours)) => theirs.eq_ignore_ascii_case(ours),
        _ => false,
    };
    same_text
        || number(theirs).is_some_and(|(theirs, _)| number(ours).is_some_and(|(ours, _)| theirs == ours))
}

#[cfg(test)]
mod tests;

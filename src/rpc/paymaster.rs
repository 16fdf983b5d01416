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

/// A paymaster's service: has someone else pay for a user operation.
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
    /// The standard.
    Erc7677(Erc7677Paymaster),
    /// Biconomy's V2 paymaster.
    Biconomy(BiconomyPaymaster),
}

/// The dialect a paymaster's service speaks.
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
    /// The paymaster at an address.
    #[must_use]
    pub fn new(kind: PaymasterKind, http: impl Into<Http>, entry_point: EntryPoint) -> Self {
        let client = http.into().into_client();
        match kind {
            PaymasterKind::Erc7677 => Self::Erc7677(Erc7677Paymaster::over(client, entry_point)),
            PaymasterKind::Biconomy => Self::Biconomy(BiconomyPaymaster::over(client)),
        }
    }

    /// The same paymaster, for another entry point. Biconomy's dialect does not name one.
    #[must_use]
    pub fn at(self, entry_point: EntryPoint) -> Self {
        match self {
            Self::Erc7677(paymaster) => Self::Erc7677(paymaster.at(entry_point)),
            Self::Biconomy(_) => self,
        }
    }

    /// The dialect it speaks.
    #[must_use]
    pub const fn kind(&self) -> PaymasterKind {
        match self {
            Self::Erc7677(_) => PaymasterKind::Erc7677,
            Self::Biconomy(_) => PaymasterKind::Biconomy,
        }
    }
}

/// The paymaster's part of an answer: its address and what follows it, at least 20 bytes, at most 4 KiB.
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

/// The contract that is to pay; zero when none is named.
pub(crate) fn named_paymaster(paymaster_and_data: &[u8]) -> Address {
    let named = paymaster_and_data.get(..Address::len_bytes());
    named.map_or(Address::ZERO, Address::from_slice)
}

/// Whether a token is among those that are left to be told of; then it no longer is.
fn is_left(left: &mut Vec<Address>, token: Address) -> bool {
    let count = left.len();
    left.retain(|other| *other != token);
    left.len() < count
}

/// A paymaster may repeat what it was asked about, but not change it.
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

/// The fields of an operation that are never a paymaster's business.
const OURS: &[&str] = &[
    "sender",
    "nonce",
    "initCode",
    "callData",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
];

/// Its gas limits, which some paymasters may set and others may not.
const LIMITS: &[&str] = &["callGasLimit", "verificationGasLimit", "preVerificationGas"];

/// Hex is the same in both cases, and a number the same in every notation.
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

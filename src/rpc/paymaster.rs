mod biconomy;
mod context;
mod erc7677;
mod sponsorship;
mod tokens;

use std::{fmt, sync::Arc};

use alloy::primitives::{Address, Bytes, address};

pub use self::{
    biconomy::{BiconomyPaymaster, paymaster_chain_id},
    context::PaymasterContext,
    erc7677::Erc7677Paymaster,
    sponsorship::{SponsorMode, Sponsorship, Stub},
    tokens::{TokenQuote, TokenRate},
};
use super::{
    Asked, Failure, Http, Question, Refusal, Service, Transport,
    endpoint::Endpoint,
    part::{Part, number},
};
use crate::{
    platform::Json,
    primitives::{EntryPoint, GasLimits, PaymasterData, UserOpDraft, UserOperation},
};

/// The dialect of a paymaster service, which pays for user operations. One file implements one dialect.
///
/// The methods take values and return [questions](Question). A [`PaymasterClient`] makes the requests.
/// [`PaymasterKind::new`] makes a dialect selectable.
pub trait Paymaster: Send + Sync {
    /// Returns the protocol between the client and the service.
    fn protocol(&self) -> Protocol<'_>;

    /// Returns the same dialect for another entry point.
    fn at(&self, entry_point: EntryPoint) -> Arc<dyn Paymaster>;
}

/// A client of a paymaster service.
///
/// # Examples
///
/// ```no_run
/// use use_aa::{Json, StateOverride, UserOpDraft, UserOperation};
/// use use_aa::rpc::{Bundler, Erc7677Paymaster, PaymasterClient, ServiceError, StubDataPaymaster};
///
/// async fn sponsor(
///     client: PaymasterClient,
///     paymaster: Erc7677Paymaster,
///     bundler: Bundler,
///     draft: UserOpDraft,
/// ) -> Result<UserOperation, ServiceError> {
///     let context = Json::object([]);
///     let stub = client.ask(paymaster.stub(&draft, &context)).await?;
///     let gas = bundler.estimate(&draft, Some(&stub), &StateOverride::new()).await?;
///     let mut op = draft.fill(gas, Some(stub.paymaster));
///     if !stub.is_final {
///         let agreed = client.ask(paymaster.data(&op, &context)).await?;
///         (op.gas, op.paymaster) = (agreed.gas, Some(agreed.paymaster));
///     }
///     Ok(op)
/// }
/// ```
#[derive(Clone)]
pub struct PaymasterClient {
    endpoint: Endpoint,
    paymaster: Arc<dyn Paymaster>,
}

impl PaymasterClient {
    /// Creates a client of the paymaster service at a URL.
    #[must_use]
    pub fn new(kind: PaymasterKind, http: impl Into<Http>, entry_point: EntryPoint) -> Self {
        let endpoint = Endpoint::http(Service::Paymaster, http.into());
        Self::on(endpoint, (kind.dialect)(entry_point))
    }

    /// Creates a client of a paymaster service over any [`Transport`].
    #[must_use]
    pub fn over(paymaster: Arc<dyn Paymaster>, transport: impl Transport + 'static) -> Self {
        Self::on(Endpoint::new(Service::Paymaster, transport), paymaster)
    }

    fn on(endpoint: Endpoint, paymaster: Arc<dyn Paymaster>) -> Self {
        Self { endpoint, paymaster }
    }

    /// Returns the same client for another entry point.
    #[must_use]
    pub fn at(self, entry_point: EntryPoint) -> Self {
        let paymaster = self.paymaster.at(entry_point);
        Self { paymaster, ..self }
    }

    /// Returns the protocol between the client and the service.
    #[must_use]
    pub fn protocol(&self) -> Protocol<'_> {
        self.paymaster.protocol()
    }

    /// Returns the answer to a question of the dialect that [`protocol`](Self::protocol) returns.
    ///
    /// # Errors
    ///
    /// [`ServiceError`](super::ServiceError) if the service fails, refuses to pay or tries to change the operation.
    pub fn ask<'a, T: Send + 'a>(&'a self, question: Question<'a, T>) -> Asked<'a, T> {
        self.endpoint.answer(question)
    }
}

/// Writes the service alone: what an app implements may hold secrets.
impl fmt::Debug for PaymasterClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.endpoint.fmt(f)
    }
}

/// The protocol of a paymaster service.
#[non_exhaustive]
pub enum Protocol<'a> {
    /// The service estimates the gas of an operation and agrees to pay in one call.
    OneCall(&'a dyn OneCallPaymaster),
    /// The service gives stub data for the bundler's estimate, and then the final data, as in
    /// [ERC-7677](https://eips.ethereum.org/EIPS/eip-7677).
    StubData(&'a dyn StubDataPaymaster),
}

/// A paymaster service that estimates gas and agrees to pay in one call.
pub trait OneCallPaymaster: Send + Sync {
    /// Returns the JSON-RPC method that agrees to pay, for errors.
    fn method(&self) -> &'static str;

    /// Returns the question for the paymaster's data of an operation. Without gas limits the paymaster estimates them in the same
    /// call, and it must keep given limits.
    fn sponsor<'a>(
        &'a self,
        draft: &'a UserOpDraft,
        gas: Option<GasLimits>,
        mode: SponsorMode,
        context: &'a PaymasterContext,
    ) -> Question<'a, Sponsorship>;

    /// Returns the question for quotes of an operation's maximum fee in ERC-20 tokens: one for each given token that the paymaster
    /// accepts. Without gas limits the paymaster estimates them.
    fn quotes<'a>(
        &'a self,
        draft: &'a UserOpDraft,
        gas: Option<GasLimits>,
        tokens: &'a [Address],
        context: &'a PaymasterContext,
    ) -> Question<'a, Vec<TokenQuote>>;
}

/// A paymaster service that gives stub data for an estimate, and then the final data.
pub trait StubDataPaymaster: Send + Sync {
    /// Returns the JSON-RPC method for the final data, for errors.
    fn method(&self) -> &'static str;

    /// Returns the question for stub data for the gas estimate. `context` is an object with the service's own fields.
    fn stub<'a>(&'a self, draft: &'a UserOpDraft, context: &'a Json) -> Question<'a, Stub>;

    /// Returns the question for the final paymaster data of an operation, with the gas limits that the data is for: those of
    /// the operation, unless the paymaster sets its own two.
    fn data<'a>(&'a self, op: &'a UserOperation, context: &'a Json) -> Question<'a, Sponsorship>;

    /// Returns the question for the exchange rates for gas in ERC-20 tokens: one for each given token that the paymaster accepts.
    fn rates<'a>(&'a self, tokens: &'a [Address]) -> Question<'a, Vec<TokenRate>>;
}

/// The kind of a paymaster service: the dialect that an app names. A dialect that is not named is not linked.
///
/// # Examples
///
/// ```
/// use use_aa::{PaymasterKind, Services};
///
/// let services = Services::new(80002, "http://127.0.0.1:8545")?
///     .paymaster(PaymasterKind::ERC7677, "http://127.0.0.1:3000")?;
/// assert!(services.has_paymaster());
/// # Ok::<(), use_aa::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct PaymasterKind {
    name: &'static str,
    dialect: fn(EntryPoint) -> Arc<dyn Paymaster>,
    chain_id: fn(&str) -> Option<u64>,
}

impl PaymasterKind {
    /// [ERC-7677](https://eips.ethereum.org/EIPS/eip-7677).
    pub const ERC7677: Self = Self::new("erc7677", |entry_point| {
        Arc::new(Erc7677Paymaster::new(entry_point))
    });

    /// Biconomy's V2 paymaster.
    pub const BICONOMY: Self = Self::new("biconomy", |entry_point| {
        Arc::new(BiconomyPaymaster::new(entry_point))
    })
    .chain_id_of(paymaster_chain_id);

    /// Creates the kind of a dialect from its name and its constructor.
    #[must_use]
    pub const fn new(name: &'static str, dialect: fn(EntryPoint) -> Arc<dyn Paymaster>) -> Self {
        Self {
            name,
            dialect,
            chain_id: |_| None,
        }
    }

    /// Sets the function that reads the chain id from the URL of a service. The default reads none.
    #[must_use]
    pub const fn chain_id_of(self, chain_id: fn(&str) -> Option<u64>) -> Self {
        Self { chain_id, ..self }
    }

    /// Returns the chain id that the URL of a service names, if the dialect has a format for it.
    #[must_use]
    pub fn chain_id(self, url: &str) -> Option<u64> {
        (self.chain_id)(url)
    }
}

impl Default for PaymasterKind {
    fn default() -> Self {
        Self::ERC7677
    }
}

impl PartialEq for PaymasterKind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for PaymasterKind {}

impl fmt::Debug for PaymasterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Biconomy's token paymaster, which takes ERC-20 tokens for gas. This contract is not a module. The address is the
/// same on most chains.
pub const TOKEN_PAYMASTER: Address = address!("00000f7365cA6C59A2C93719ad53d567ed49c14C");

/// Reads `paymasterAndData` of an answer, or the paymaster and its data in the two fields of later entry points. The
/// length is at least 20 bytes and at most 4 KiB. Some services answer with the bytes alone; some answer with no bytes, or
/// with a reason in place of them, when they decline.
fn payment(answer: Part<'_>) -> Result<PaymasterData, Failure> {
    const MOST: usize = 4096;
    let joined = match answer.as_str() {
        Some(_) => Some(answer),
        None => answer.field("paymasterAndData").find(),
    };
    let reason = answer.field("reason").as_str();
    let part = match (joined.or(answer.field("paymaster").find()), reason) {
        (Some(part), _) if part.as_str() != Some("0x") => part,
        (None, None) => return Err(Failure::Missing),
        (_, reason) => return Err(declined(reason.unwrap_or("the paymaster data is empty"))),
    };
    let mut data: Bytes = part.hex()?;
    if joined.is_none() {
        let rest = answer.field("paymasterData").data()?;
        data = [&data[..], &rest].concat().into();
    }
    if data.len() > MOST {
        return Err(part.is("larger than 4 KiB"));
    }
    PaymasterData::from_bytes(&data).ok_or_else(|| part.is("too short for a paymaster address"))
}

/// Creates the refusal of a service that declines in a result.
fn declined(reason: &str) -> Failure {
    // Every page that names a paymaster would link the reading of refusals with `Refusal::new`.
    Failure::Refused(Box::new(Refusal {
        code: -32000,
        message: reason.to_owned(),
        data: None,
        aa: None,
        revert: None,
    }))
}

/// Removes a token from the list and returns true if the list held the token.
fn is_left(left: &mut Vec<Address>, token: Address) -> bool {
    let count = left.len();
    left.retain(|other| *other != token);
    left.len() < count
}

/// Checks that the paymaster's answer repeats the given fields of the request unchanged or not at all.
fn unchanged(answer: Part<'_>, asked: &Json, fields: &[&'static str]) -> Result<(), Failure> {
    if answer.as_str().is_some() {
        return Ok(());
    }
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
    "factory",
    "factoryData",
    "callData",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
];

/// The gas limits of an operation, which only some paymasters may set.
const LIMITS: &[&str] = &["callGasLimit", "verificationGasLimit", "preVerificationGas"];

/// The paymaster's own gas limits, which the data of one call may not change.
const OWN_LIMITS: &[&str] = &["paymasterVerificationGasLimit", "paymasterPostOpGasLimit"];

/// Compares two JSON values: hex in any case, numbers in any notation.
fn same(theirs: &Json, ours: &Json) -> bool {
    let same_text = match (theirs, ours) {
        (Json::String(theirs), Json::String(ours)) => theirs.eq_ignore_ascii_case(ours),
        _ => false,
    };
    same_text || number(theirs).is_some_and(|theirs| number(ours) == Some(theirs))
}

#[cfg(test)]
mod tests;

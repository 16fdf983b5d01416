mod demand;
mod reason;
mod search;
mod shown;
mod submission;

pub(crate) use self::reason::Reason;
use super::{
    AaCode,
    error::shorten,
    revert::{self, Known},
};
use crate::{platform::Json, primitives::text};

/// A service's refusal of a request: the JSON-RPC error, its meaning and advice.
///
/// # Examples
///
/// ```
/// use use_aa::rpc::Refusal;
///
/// let refusal = Refusal::new(-32500, "AA23 reverted: ABISV Arg Rule Violated", None);
///
/// assert_eq!(refusal.aa.unwrap().number(), 23);
/// assert_eq!(refusal.revert.as_deref(), Some("ABISV Arg Rule Violated"));
/// assert_eq!(refusal.meaning(), Some("an argument violates a rule of the session"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Refusal {
    /// The JSON-RPC error's code, as in [ERC-7769](https://eips.ethereum.org/EIPS/eip-7769).
    pub code: i64,
    /// The message of the JSON-RPC error.
    pub message: String,
    /// The data of the JSON-RPC error.
    pub data: Option<Json>,
    /// The entry point's code in the message or data.
    pub aa: Option<AaCode>,
    /// The revert reason of a contract, if the error holds one.
    pub revert: Option<String>,
}

impl Refusal {
    /// Creates a refusal from a JSON-RPC error.
    #[must_use]
    pub fn new(code: i64, message: &str, data: Option<Json>) -> Self {
        let mut texts = vec![message];
        if let Some(data) = &data {
            collect_texts(data, 0, &mut texts);
        }
        let aa = texts.iter().find_map(|text| AaCode::find(text)).or_else(|| {
            let failed = texts.iter().find_map(|text| revert::failed_op(text))?;
            AaCode::find(&failed)
        });
        let reason = texts
            .iter()
            .find_map(|text| revert::decode(text))
            .or_else(|| texts.iter().find_map(|text| revert::quoted(text)));
        Self {
            code,
            message: message.to_owned(),
            aa,
            revert: reason.map(|reason| shorten(&reason, revert::LONGEST)),
            data,
        }
    }

    /// Returns true if a contract reverted, as opposed to a refusal by the service itself.
    #[must_use]
    pub fn is_revert(&self) -> bool {
        // The code of geth. Other nodes have no code for a revert.
        const REVERTED: i64 = 3;
        let says_so = self.says_any(&["revert", "vm execution", "invalid opcode"]);
        self.code == REVERTED || self.revert.is_some() || says_so
    }

    /// Returns true if the account or the paymaster rejects a signature
    /// ([ERC-7769](https://eips.ethereum.org/EIPS/eip-7769)).
    #[must_use]
    pub fn is_about_signature(&self) -> bool {
        const CODE: i64 = -32507;
        const OF_ACCOUNT: u8 = 24;
        self.code == CODE && !self.is_of_paymaster() || self.is_aa(OF_ACCOUNT)
    }

    /// Returns true if the verification gas limit may be too low: the limit is named, or the validation or the deployment
    /// has ended without a reason of its own.
    pub(crate) fn may_lack_verification_gas(&self) -> bool {
        let is_named = self.aa.is_some_and(|aa| matches!(aa.number(), 26 | 40));
        let may_be = self.aa.is_some_and(|aa| matches!(aa.number(), 13 | 23));
        let is_without_reason = self.revert.as_deref().is_none_or(revert::is_code_alone);
        is_named || may_be && is_without_reason || self.reason() == Some(Reason::LowVerification)
    }

    /// Returns true if the operation is refused because of the paymaster's contract: its deposit, its stake, its validation
    /// or its data.
    pub(crate) fn is_of_paymaster(&self) -> bool {
        let is_aa = self.aa.is_some_and(|aa| matches!(aa.number(), 30..=39));
        let is_code = matches!(self.code, -32501 | -32508);
        // Codes for each entity of an operation: the text or the data names the one that is meant.
        let is_of_entity = matches!(self.code, -32505..=-32502 | -32507);
        let is_named = self.says_any(&["paymaster"])
            && !self.says_any(&["account", "sender", " or paymaster", " or factory"]);
        let data = self.data.as_ref().and_then(|data| data["paymaster"].as_str());
        let in_data = data.is_some_and(|address| address.chars().any(|digit| !matches!(digit, '0' | 'x')));
        let is_of_contract = is_code
            || is_of_entity && (is_named || in_data)
            || self.reason() == Some(Reason::NoSponsor)
            || self.is_of_paymaster_gas();
        is_aa || self.aa.is_none() && is_of_contract
    }

    /// Returns true if the validation of the paymaster lacks gas. Before entry point 0.7 the operation's own limit counts.
    fn is_of_paymaster_gas(&self) -> bool {
        self.reason() == Some(Reason::LowVerification)
            && self.says_any(&["entity: paymaster", "paymasterverificationgaslimit"])
    }

    /// Returns true if the service understood the request and declined it.
    ///
    /// A wrong URL, a missing method, a rejected API key, rate limiting and an internal failure of the service do not
    /// count.
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::rpc::Refusal;
    ///
    /// assert!(Refusal::new(-32000, "no budget is left for this account", None).is_decline());
    /// assert!(!Refusal::new(-32601, "Method not found", None).is_decline());
    /// assert!(!Refusal::new(429, "too many requests", None).is_decline());
    /// ```
    #[must_use]
    pub fn is_decline(&self) -> bool {
        // An error without a code may be that of a gateway, unless the text is about sponsoring an operation.
        let is_without_code = self.code == 0
            && !self.says_any(&[
                "sponsor",
                "paymaster",
                "userop",
                "user operation",
                "gas policy",
                "policy has",
            ]);
        let is_of_service = matches!(
            self.code,
            15 | 401 | 403 | 404 | 405 | 408 | 410 | 429 | 500
                ..=599
                    | -32700
                    | -32603
                    | -32601
                    | -32600
                    | -32097
                    | -32029
                    | -32016
                    | -32007
                    | -32005
                    | -32004
        );
        let names_service = self.says_any(&[
            "method",
            "route",
            "endpoint",
            "chain",
            "network",
            "entry point",
            "entrypoint",
        ]);
        let has_none = self.says_any(&[
            "not found",
            "not exist",
            "not available",
            "not supported",
            "not allowed",
            "not whitelisted",
            "unknown",
            "unsupported",
        ]);
        let is_busy = self.reason() == Some(Reason::TooOften)
            || self.says_any(&["unavailable", "temporarily", "internal error"]);
        let is_other =
            is_of_service || is_without_code || is_busy || self.is_of_access() || names_service && has_none;
        !is_other
    }

    /// Returns true if the service denies access: the key is missing or wrong.
    fn is_of_access(&self) -> bool {
        self.says_any(&[
            "unauthorized",
            "unauthorised",
            "unauthenticated",
            "authentication",
            "authenticated",
            "api key",
            "api-key",
            "apikey",
            "project id",
            "project not found",
            "invalid key",
        ])
    }

    /// The entry point's code for an already deployed account.
    const DEPLOYED: u8 = 10;
    /// The entry point's code for an invalid nonce.
    const NONCE: u8 = 25;

    fn is_aa(&self, number: u8) -> bool {
        self.aa.is_some_and(|aa| aa.number() == number)
    }

    /// Returns true if the message, or a text in the data, says one of these words. Some services put the reason into the
    /// data.
    pub(super) fn says_any(&self, words: &[&str]) -> bool {
        let mut texts = vec![self.message.as_str()];
        if let Some(data) = &self.data {
            collect_texts(data, 0, &mut texts);
        }
        texts
            .iter()
            .any(|text| words.iter().any(|words| text::says(text, words)))
    }

    /// Returns true if the code of a missing method stands for an estimate that has failed, as at Coinbase.
    pub(super) fn is_failed_estimate(&self) -> bool {
        self.code == -32004 && self.says_any(&["estimate gas", "revert"])
    }

    /// Returns true if the account has not granted the session that signed.
    pub(super) fn is_of_session(&self) -> bool {
        self.known()
            .is_some_and(|known| known.reason == "SessionNotApproved")
    }

    /// Returns true if a session's module found no call to check.
    pub(crate) fn is_of_missing_call(&self) -> bool {
        self.known()
            .is_some_and(|known| known.reason == "ABISV Not Execute Selector")
    }

    /// Returns the meaning of the refusal in plain language, if known.
    #[must_use]
    pub fn meaning(&self) -> Option<&'static str> {
        self.explain().map(|(meaning, _)| meaning)
    }

    /// Returns the advice that resolves the refusal, if known.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        self.explain().map(|(_, advice)| advice)
    }

    /// Returns the known revert reason of the refusal, if there is one.
    fn known(&self) -> Option<&'static Known> {
        let reason = self.revert.as_deref().and_then(Known::find);
        reason.or_else(|| Known::find(&self.message))
    }

    /// Searches from the most to the least specific: the contract's reason, the entry point's code, the reason in the
    /// text, the standard's code.
    fn explain(&self) -> Option<(&'static str, &'static str)> {
        if let Some(known) = self.known() {
            return Some((known.meaning, known.advice));
        }
        match self.aa {
            Some(_) if self.is_deployment_conflict() => Some((
                "another operation that deploys the account is pending",
                "wait for it, or speed it up",
            )),
            aa => match (self.reason(), aa) {
                (Some(_), _) if self.is_of_paymaster_gas() => Some((
                    "the paymaster's validation ran out of gas",
                    "try again, or pay without it",
                )),
                (Some(reason), _) => Some(reason.explain()),
                (None, Some(aa)) => Some((aa.meaning(), aa.advice())),
                (None, None) if matches!(self.code, -32502 | -32503 | -32507) && self.is_of_paymaster() => {
                    explain_code(-32501)
                }
                (None, None) if self.is_failed_estimate() => explain_code(-32521),
                (None, None) => explain_code(self.code),
            },
        }
    }
}

/// Collects the texts of a JSON value: services put the reason at different depths of the data.
fn collect_texts<'a>(value: &'a Json, depth: usize, texts: &mut Vec<&'a str>) {
    match value {
        Json::String(text) => texts.push(text),
        Json::Array(values) if depth < 3 => values
            .iter()
            .for_each(|value| collect_texts(value, depth + 1, texts)),
        Json::Object(_) if depth < 3 => {
            let fields = value.fields().unwrap_or_default();
            fields
                .iter()
                .for_each(|(_, value)| collect_texts(value, depth + 1, texts));
        }
        _ => {}
    }
}

const fn explain_code(code: i64) -> Option<(&'static str, &'static str)> {
    Some(match code {
        -32500 => (
            "the entry point or account rejected the operation",
            "check signature, nonce and balance",
        ),
        -32501 => (
            "the paymaster rejected the operation",
            "request new paymaster data, or pay without it",
        ),
        -32502 => (
            "ERC-7562 forbids the validation's opcode or storage",
            "use another module or bundler",
        ),
        -32503 => (
            "the operation expires too soon or is not valid yet",
            "check the interval and the clock",
        ),
        -32504 => (
            "the account, paymaster or factory is throttled or banned",
            "wait, or switch bundlers",
        ),
        -32505 => (
            "the stake of the paymaster or factory is too low",
            "use another one, or raise its stake",
        ),
        -32506 => (
            "the bundler does not support the signature aggregator",
            "use another bundler",
        ),
        -32507 => (
            "the account or paymaster rejected the signature",
            "sign with the owner or session key",
        ),
        -32508 => (
            "the paymaster's pending operations exceed its deposit",
            "wait, or raise the deposit",
        ),
        -32521 | 3 => (
            "the call would revert",
            "check the call's target, arguments and value",
        ),
        -32600 => ("the request is invalid", "check the URL of the service"),
        -32601 | -32004 => ("the method is not supported", "check the service's kind and URL"),
        -32602 => (
            "the operation or a parameter is invalid",
            "check the service's chain and entry point",
        ),
        -32603 => ("an internal error occurred", "try again, or use another service"),
        -32700 => ("the request was not parsed", "check the URL of the service"),
        404 | 405 | 410 => ("there is no such endpoint", "check the URL of the service"),
        401 | 403 => ("access is denied", "check the API key and its allowed origins"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;

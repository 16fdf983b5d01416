use alloy::primitives::U256;

use super::Refusal;
use crate::rpc::part;

/// The reason for a refusal that the text states, where the code alone is ambiguous.
///
/// Bundlers refuse for all of these reasons with -32602, -32000 or no code at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The service is asked too often.
    TooOften,
    /// The fees per unit of gas are below what the bundler accepts now.
    LowFees,
    /// The pre-verification gas is below what the bundler accepts.
    LowPreVerification,
    /// The account cannot pay for the operation.
    NoFunds,
    /// Too many operations of the account are pending.
    TooManyPending,
    /// The bundler does not have the operation that was asked for.
    NotFound,
    /// The bundler does not support the entry point.
    WrongEntryPoint,
    /// An estimate at fees of zero is refused.
    NoFees,
    /// The service does not support state overrides.
    NoOverride,
}

/// A row of the table: the reason, and texts of which a refusal has one of each group.
type Row = (Reason, &'static [&'static [&'static str]]);

/// Texts that demand more of something.
const MORE: &[&str] = &[
    "at least",
    "below",
    "equal or higher",
    "higher than",
    "insufficient",
    "less than",
    "minimum",
    "must be",
    "not enough",
    "too low",
    "underpriced",
];

/// The reasons and their texts. The first row that matches counts.
const ROWS: [Row; 11] = [
    (
        Reason::NoOverride,
        &[&["positional argument", "too many arguments", "state override"]],
    ),
    (
        Reason::TooOften,
        &[&[
            "rate limit",
            "rate-limit",
            "ratelimit",
            "too many requests",
            "request limit",
            "compute units",
        ]],
    ),
    (
        Reason::NotFound,
        &[&["operation"], &["can't find", "cannot find", "not found"]],
    ),
    (
        Reason::WrongEntryPoint,
        &[
            &["entry point", "entrypoint"],
            &[
                "not support",
                "unsupported",
                "not recognized",
                "unknown",
                "only accept",
                "not found",
            ],
        ],
    ),
    (
        Reason::TooManyPending,
        &[&[
            "max operations",
            "max ops",
            "too many operations",
            "too many user operations",
            "too many userops",
            "reached for sender",
        ]],
    ),
    (Reason::TooManyPending, &[&["account"], &["unstaked"]]),
    (
        Reason::LowPreVerification,
        &[
            &[
                "preverificationgas",
                "preverification gas",
                "pre-verification gas",
            ],
            MORE,
        ],
    ),
    (Reason::NoFunds, &[&["balance and deposit"]]),
    (
        Reason::NoFees,
        &[
            &["fee per gas", "feepergas"],
            &["larger than 0", "greater than 0", "non-zero"],
        ],
    ),
    (
        Reason::LowFees,
        &[
            &[
                "fee per gas",
                "feepergas",
                "priority fee",
                "gas price",
                "gasprice",
                "max fee",
            ],
            MORE,
        ],
    ),
    (
        Reason::LowFees,
        &[&["underpriced", "fee too low", "fees too low"]],
    ),
];

impl Reason {
    /// Returns the meaning and the advice.
    pub(super) const fn explain(self) -> (&'static str, &'static str) {
        match self {
            Self::TooOften => ("the rate limit of the service is exceeded", "wait and try again"),
            Self::LowFees => (
                "the fees per gas are too low for the bundler",
                "try again with the current fees, or set `UserOpOptions::fees`",
            ),
            Self::LowPreVerification => (
                "the pre-verification gas is too low for the bundler",
                "raise `GasMargins::pre_verification`",
            ),
            Self::NoFunds => (
                "the account cannot pay for the operation",
                "fund the account, or use a paymaster",
            ),
            Self::TooManyPending => (
                "too many operations of the account are pending",
                "wait for one of them",
            ),
            Self::NotFound => (
                "the bundler does not have the operation",
                "wait until the operation is included",
            ),
            Self::WrongEntryPoint => (
                "the service does not support the entry point",
                "use another service or `Services::entry_point_at`",
            ),
            Self::NoOverride => (
                "the service does not support state overrides",
                "omit `UserOpOptions::state`, or use another service",
            ),
            Self::NoFees => (
                "the bundler does not estimate gas at fees of zero",
                "try again when the fees are known",
            ),
        }
    }

    /// Returns true if the reason is that of a bundler that has read the operation and did not accept it.
    pub(super) const fn is_of_user_op(self) -> bool {
        matches!(
            self,
            Self::LowFees
                | Self::LowPreVerification
                | Self::NoFunds
                | Self::TooManyPending
                | Self::WrongEntryPoint
        )
    }
}

impl Refusal {
    /// Returns the reason that the text states, if the table has one. A contract's revert has other reasons.
    pub(crate) fn reason(&self) -> Option<Reason> {
        /// Codes of nodes and gateways for a rate limit.
        const TOO_OFTEN: [i64; 7] = [429, 15, -32005, -32007, -32016, -32029, -32097];
        /// Texts of -32005 where it limits a search and not the requests.
        const SEARCH: [&str; 4] = ["results", "range", "blocks", "response size"];

        if self.aa.is_some() || self.revert.is_some() {
            return None;
        }
        let is_limit = TOO_OFTEN.contains(&self.code) || self.inner_code() == Some(429);
        if is_limit && !self.says_any(&SEARCH) {
            return Some(Reason::TooOften);
        }
        // A replacement that pays too little names the fees too. It may be the same operation, delivered twice.
        let is_replacement = self.names_same_nonce();
        let has = |(_, groups): &&Row| groups.iter().all(|group| self.says_any(group));
        let (reason, _) = ROWS.iter().find(has)?;
        let is_other = is_replacement && *reason == Reason::LowFees || is_other_method(*reason, self);
        (!is_other).then_some(*reason)
    }

    /// Returns the fee per gas that the refusal demands, in wei: the largest number in the text that is above the refused
    /// fee. A number of more than ten times the fee does not count.
    pub(crate) fn demanded_fee(&self, refused: U256) -> Option<U256> {
        let words = self.message.split(|c: char| !c.is_ascii_alphanumeric());
        let numbers = words.filter_map(number);
        numbers
            .filter(|number| *number > refused && *number <= refused.saturating_mul(U256::from(10)))
            .max()
    }

    /// Returns whether the text names the priority fee, and the maximum fee.
    pub(crate) fn names_fees(&self) -> (bool, bool) {
        (
            self.says_any(&["priority"]),
            self.says_any(&["maxfeepergas", "max fee per gas", "gas price", "gasprice"]),
        )
    }

    /// Returns the code of an error within the data.
    fn inner_code(&self) -> Option<i64> {
        let data = self.data.as_ref()?;
        data.get("code")
            .or_else(|| data.get("error")?.get("code"))?
            .as_i64()
    }
}

/// Returns true if a method was not found, and no operation.
fn is_other_method(reason: Reason, refusal: &Refusal) -> bool {
    reason == Reason::NotFound && refusal.says_any(&["method", "eth_"])
}

/// Parses a number in decimal or hex.
fn number(word: &str) -> Option<U256> {
    part::number(&word.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(code: i64, message: &str) -> Refusal {
        Refusal::new(code, message, None)
    }

    #[test]
    fn reason_is_read_from_what_bundlers_and_nodes_say() {
        for (code, message, expected) in [
            (
                -32602,
                "takes from 2 to 3 positional arguments but 4 were given",
                Reason::NoOverride,
            ),
            (429, "slow down", Reason::TooOften),
            (15, "limit", Reason::TooOften),
            (-32005, "limit exceeded", Reason::TooOften),
            (-32007, "50/second request limit reached", Reason::TooOften),
            (-32016, "rate limited", Reason::TooOften),
            (-32029, "slow down", Reason::TooOften),
            (-32097, "slow down", Reason::TooOften),
            (
                -32000,
                "upstream: {\"code\":429,\"message\":\"Too Many Requests\"}",
                Reason::TooOften,
            ),
            (
                -32602,
                "maxFeePerGas must be at least 4500000000 (current maxFeePerGas: 1500000000)",
                Reason::LowFees,
            ),
            (
                -32000,
                "precheck failed: maxPriorityFeePerGas is 1500000000 but must be at least 1875000000",
                Reason::LowFees,
            ),
            (-32602, "transaction underpriced", Reason::LowFees),
            (
                -32602,
                "Max fee per gas and (Max priority fee per gas + estimated basefee) should be equal or higher than : 0x53b31e92",
                Reason::LowFees,
            ),
            (
                -32602,
                "preVerificationGas too low: expected at least 47104",
                Reason::LowPreVerification,
            ),
            (
                -32500,
                "Preverification gas is too low. it has 0xb758 but should be minimum: 0xb7f4",
                Reason::LowPreVerification,
            ),
            (
                -32000,
                "precheck failed: preVerificationGas is 46960 but must be at least 47104",
                Reason::LowPreVerification,
            ),
            (
                -32000,
                "precheck failed: sender balance and deposit together is 0 but must be at least 12 to pay for this operation",
                Reason::NoFunds,
            ),
            (
                -32505,
                "account 0x58f903f277efedf01cf6939f64af3b657ac4a9af is unstaked",
                Reason::TooManyPending,
            ),
            (
                -32505,
                "Max operations (4) reached for sender 0x58f9",
                Reason::TooManyPending,
            ),
            (
                -32601,
                "can't find user operation with hash 0x12",
                Reason::NotFound,
            ),
            (-32602, "Unsupported entrypoint", Reason::WrongEntryPoint),
            (
                0,
                "The EntryPoint at \"0x12\" is not supported. This bundler uses 0x34",
                Reason::WrongEntryPoint,
            ),
            (
                -32602,
                "user operation max fee per gas must be larger than 0 during gas estimation",
                Reason::NoFees,
            ),
        ] {
            assert_eq!(refusal(code, message).reason(), Some(expected), "{message}");
        }
        let nested = json!({"code": 429}).into();
        assert_eq!(
            Refusal::new(-32603, "Internal error", Some(nested)).reason(),
            Some(Reason::TooOften)
        );
    }

    #[test]
    fn other_refusals_state_no_reason_of_the_table() {
        for (code, message) in [
            (-32000, "header not found"),
            (-32005, "query returned more than 10000 results"),
            (-32601, "Method not found"),
            (-32601, "the operation eth_foo was not found"),
            (-32500, "AA21 didn't pay prefund"),
            (-32521, "execution reverted: fee too low"),
            (-32505, "paymaster 0x58f9 is unstaked"),
            (-32602, "invalid UserOperation struct/fields"),
            (-32602, "Already known"),
            (
                -32602,
                "Replacement UserOperation must have higher maxPriorityFeePerGas (old=1 new=1)",
            ),
        ] {
            assert_eq!(refusal(code, message).reason(), None, "{message}");
        }
    }

    #[test]
    fn demanded_fee_is_the_largest_plausible_number() {
        const GIVEN: u64 = 1_500_000_000;
        for (message, expected) in [
            (
                "maxFeePerGas must be at least 4500000000 (current: 1500000000)",
                Some(4_500_000_000_u64),
            ),
            ("should be equal or higher than : 0x6fc23ac0", Some(1_875_000_000)),
            ("must be at least 100000000000000", None),
            ("must be at least 1000", None),
            ("underpriced", None),
            ("must be at least 99999999999999999999999999", None),
        ] {
            let demanded = refusal(-32602, message).demanded_fee(U256::from(GIVEN));

            assert_eq!(demanded, expected.map(U256::from), "{message}");
        }
    }
}

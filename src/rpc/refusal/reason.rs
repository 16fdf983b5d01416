use std::ops::RangeInclusive;

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
    /// The paymaster's contract cannot pay for the operation.
    NoSponsor,
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

/// Texts of a limited search, whose codes may be those of a rate limit.
const SEARCH: &[&str] = &[
    "results",
    "range",
    "blocks",
    "response size",
    "timeout",
    "timed out",
];

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

/// Texts that tell of something that the service does not have.
pub(super) const MISSING: &[&str] = &[
    "can't find",
    "cannot find",
    "could not find",
    "couldn't find",
    "does not exist",
    "doesn't exist",
    "no such",
    "no user operation",
    "no useroperation",
    "not found",
];

/// The reasons and their texts. The first row that matches counts.
const ROWS: [Row; 13] = [
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
            "rps limit",
            "requests per second",
            "too many request",
            "request limit",
            "request throttled",
            "requests throttled",
            "compute units",
        ]],
    ),
    (Reason::NotFound, &[&["operation", "userop"], MISSING]),
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
        Reason::NoSponsor,
        &[
            &["paymaster"],
            &[
                "balance too low",
                "deposit is",
                "deposit too low",
                "insufficient deposit",
                "must not return context",
                "no code",
                "reached for entity",
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
            "maximum number of parallel",
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
        Reason::NoFunds,
        &[
            &["insufficient funds", "insufficient balance"],
            &["account", "reducing", "sender"],
        ],
    ),
    (
        Reason::NoFees,
        &[
            &["fee per gas", "feepergas"],
            &["larger than 0", "greater than 0", "non-zero", "> 0"],
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
                "tip cap",
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
            Self::NoSponsor => (
                "the paymaster cannot pay for the operation",
                "use another payment, or have its operator raise the deposit",
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
                | Self::NoSponsor
                | Self::WrongEntryPoint
        )
    }
}

impl Refusal {
    /// Returns the reason that the text states, if the table has one. A contract's revert has other reasons.
    pub(crate) fn reason(&self) -> Option<Reason> {
        if self.revert.is_some() {
            return None;
        }
        if self.aa.is_some() {
            return self.says_pending_limit().then_some(Reason::TooManyPending);
        }
        let is_of_search = self.says_any(SEARCH);
        if self.has_limit_code() && !is_of_search {
            return Some(Reason::TooOften);
        }
        // A replacement that pays too little names the fees too. It may be the same operation, delivered twice.
        let is_replacement = self.names_same_nonce();
        let has = |(reason, groups): &&Row| {
            groups.iter().all(|group| self.says_any(group)) && !(is_of_search && *reason == Reason::TooOften)
        };
        let (reason, _) = ROWS.iter().find(has)?;
        let is_other = is_replacement && *reason == Reason::LowFees || is_other_method(*reason, self);
        (!is_other).then_some(*reason)
    }

    /// Returns true if the code, or that of an error within the data, is one of nodes and gateways for a rate limit.
    fn has_limit_code(&self) -> bool {
        const CODES: [i64; 8] = [429, 15, -32005, -32007, -32016, -32029, -32090, -32097];
        let is_limit = |code| CODES.contains(&code);
        is_limit(self.code) || self.inner_code().is_some_and(is_limit)
    }

    /// Returns true if the entry point's code stands for the bundler's own limit of pending operations.
    pub(super) fn says_pending_limit(&self) -> bool {
        self.says_any(&["maximum number of parallel"])
    }

    /// Returns the fee per gas that the refusal demands, in wei: the largest number in the text that is above the refused
    /// fee, and at most ten times that fee or 1,000 gwei. The cost of the operation has a limit of its own.
    pub(crate) fn demanded_fee(&self, refused: U256) -> Option<U256> {
        const PLAUSIBLE: u64 = 1_000_000_000_000;
        let most = refused.saturating_mul(U256::from(10));
        let most = most.max(U256::from(PLAUSIBLE));
        let numbers = self
            .numbers()
            .filter(|number| *number > refused && *number <= most);
        numbers.max()
    }

    /// Returns the percentage by which the largest amount of gas in the text exceeds the smallest: what was offered and what
    /// is demanded. More than 900 % does not count.
    pub(crate) fn demanded_percent(&self) -> Option<u16> {
        const GAS: RangeInclusive<u64> = 10_000..=1_000_000_000;
        const MOST: u64 = 900;
        let gas = self.numbers().filter_map(|number| u64::try_from(number).ok());
        let gas = gas.filter(|gas| GAS.contains(gas)).collect::<Vec<_>>();
        let (least, most) = (*gas.iter().min()?, *gas.iter().max()?);
        let percent = ((most - least) * 100).div_ceil(least);
        u16::try_from(percent).ok().filter(|_| percent <= MOST)
    }

    /// Returns the numbers in the text.
    fn numbers(&self) -> impl Iterator<Item = U256> {
        let words = self.message.split(|c: char| !c.is_ascii_alphanumeric());
        words.filter_map(number)
    }

    /// Returns whether the text names the priority fee, and the maximum fee.
    pub(crate) fn names_fees(&self) -> (bool, bool) {
        let names_priority = self.says_any(&["priority", "gas tip", "tip cap"]);
        let names_max = self.says_any(&["maxfeepergas", "max fee per gas"]);
        // Advice about the gas price stands behind the priority fee too.
        let names_price = !names_priority && self.says_any(&["gas price", "gasprice"]);
        (names_priority, names_max || names_price)
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
mod tests;

use super::Refusal;

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
    /// The verification gas limit is too low.
    LowVerification,
    /// A gas limit is far above what the operation uses, or above what the bundler accepts.
    HighLimits,
    /// The operation has expired, or is not valid yet.
    OutsideInterval,
    /// The simulation of an operation that deploys the account has ended without a reason.
    Simulation,
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

/// Texts of refusals that are no rate limit, though they have a code for one that some services use otherwise.
const OTHER: &[&str] = &[
    "revert",
    "unauthorized",
    "userop",
    "user operation",
    "estimate gas",
];

/// Texts that demand more of something.
const MORE: &[&str] = &[
    "at least",
    "below",
    "equal or higher",
    "higher than",
    "insufficient",
    "less than",
    "lower than",
    "minimum",
    "must be",
    "must equal",
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
    "missing/invalid userophash",
    "no such",
    "no user operation",
    "no useroperation",
    "not found",
];

/// The reasons and their texts. The first row that matches counts.
const ROWS: [Row; 18] = [
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
            "concurrent requests",
            "credits limited",
            "rate exceeded",
            "pool is full",
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
        Reason::WrongEntryPoint,
        &[&["invalid entrypoint", "invalid entry point"]],
    ),
    (
        Reason::NoSponsor,
        &[
            &["paymaster"],
            &[
                "balance too low",
                "code not deployed",
                "deposit is",
                "deposit too low",
                "insufficient deposit",
                "must not return context",
                "no code",
                "not enough deposit",
                "paymaster check",
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
            "ops in the mempool",
            "reached for sender",
        ]],
    ),
    (
        Reason::HighLimits,
        &[&["gas limit efficiency", "exceed the max gas per bundle"]],
    ),
    (
        Reason::HighLimits,
        &[
            &[
                "verificationgaslimit",
                "verification gas limit",
                "total gas limit",
            ],
            &["at most", "is higher than", "too high"],
        ],
    ),
    (
        Reason::LowVerification,
        &[&[
            "ran out of gas for entity",
            "the required buffer on the measured gas",
        ]],
    ),
    (
        Reason::LowVerification,
        &[&["verificationgaslimit", "verification gas limit"], MORE],
    ),
    (Reason::OutsideInterval, &[&["invalid time range"]]),
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
            Self::TooOften => ("the rate limit is exceeded", "wait and try again"),
            Self::LowFees => (
                "the fees per gas are too low",
                "try again, or set `UserOpOptions::fees`",
            ),
            Self::LowPreVerification => (
                "the pre-verification gas is too low",
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
                "the paymaster cannot pay",
                "use another payment, or raise the paymaster's deposit",
            ),
            Self::NotFound => ("the operation was not found", "wait until it is included"),
            Self::WrongEntryPoint => (
                "the entry point is not supported",
                "use another service or `Services::entry_point_at`",
            ),
            Self::NoOverride => ("state override is unsupported", "use another service"),
            Self::NoFees => ("the fees per gas are 0", "set `UserOpOptions::fees`"),
            Self::LowVerification => (
                "the verification gas limit is too low",
                "raise `GasMargins::verification`",
            ),
            Self::HighLimits => (
                "the gas limits are too high",
                "lower `GasMargins`, or make fewer calls",
            ),
            Self::OutsideInterval => (
                "the operation has expired or is not valid yet",
                "check the interval and the clock",
            ),
            Self::Simulation => (
                "the sender has no code, or the simulation ran out of gas",
                "deploy the account first",
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
                | Self::LowVerification
                | Self::HighLimits
                | Self::OutsideInterval
        )
    }
}

impl Refusal {
    /// Returns the reason that the text states, if the table has one. A contract's revert has other reasons.
    pub(crate) fn reason(&self) -> Option<Reason> {
        // alto quotes the text as the reason of a revert.
        if self.says_any(&["sender has no code or factory not deployed"]) {
            return Some(Reason::Simulation);
        }
        if self.revert.is_some() {
            return None;
        }
        if self.aa.is_some() {
            return self.says_pending_limit().then_some(Reason::TooManyPending);
        }
        if self.is_of_unstaked_account() {
            return Some(Reason::TooManyPending);
        }
        let is_of_search = self.says_any(SEARCH);
        // A replacement that pays too little names the fees too. It may be the same operation, delivered twice.
        let is_replacement = self.names_same_nonce();
        let has = |(reason, groups): &&Row| {
            groups.iter().all(|group| self.says_any(group)) && !(is_of_search && *reason == Reason::TooOften)
        };
        let found = ROWS.iter().find(has).map(|(reason, _)| *reason);
        // The text says more than the code, which some services have for something else.
        let is_ambiguous = matches!(self.code, -32005 | -32007 | -32016);
        let is_other = is_ambiguous && self.says_any(OTHER);
        let is_limit = found.is_none() && self.has_limit_code() && !is_of_search && !is_other;
        let reason = found.or(is_limit.then_some(Reason::TooOften))?;
        let is_other = match reason {
            Reason::LowFees => is_replacement,
            // The limit is that of an unstaked paymaster or factory.
            Reason::TooManyPending => {
                self.says_any(&["unstaked"]) && self.says_any(&["paymaster", "factory", "deployer"])
            }
            // No method was found.
            Reason::NotFound => self.says_any(&["method", "eth_"]),
            // Fees of more than 0x3b9aca00, and not just of more than zero.
            Reason::NoFees => self.says_any(&["than 0x"]),
            _ => false,
        };
        match is_other {
            true if reason == Reason::NoFees => Some(Reason::LowFees),
            true => None,
            false => Some(reason),
        }
    }

    /// Returns true if the bundler holds no more operations of the account, because the account has no stake.
    fn is_of_unstaked_account(&self) -> bool {
        const STAKE: i64 = -32505;
        const OTHERS: &[&str] = &["paymaster", "factory", "deployer", "aggregator", "accessed"];
        let is_named = self.code == STAKE || self.says_any(&["account", "sender"]);
        is_named && self.says_any(&["unstaked"]) && !self.says_any(OTHERS)
    }

    /// Returns true if the code, or that of an error within the data, is one of nodes and gateways for a rate limit.
    pub(super) fn has_limit_code(&self) -> bool {
        const CODES: [i64; 8] = [429, 15, -32005, -32007, -32016, -32029, -32090, -32097];
        let is_limit = |code| CODES.contains(&code);
        is_limit(self.code) || self.inner_code().is_some_and(is_limit)
    }

    /// Returns true if the entry point's code stands for the bundler's own limit of pending operations.
    pub(super) fn says_pending_limit(&self) -> bool {
        self.says_any(&["maximum number of parallel"])
    }

    /// Returns the code of an error within the data.
    fn inner_code(&self) -> Option<i64> {
        let data = self.data.as_ref()?;
        data.get("code")
            .or_else(|| data.get("error")?.get("code"))?
            .as_i64()
    }
}

#[cfg(test)]
mod tests;

use std::fmt;

use alloy::{
    primitives::{Address, Selector, U256, keccak256},
    sol_types::SolCall,
};

use super::{Counted, Interval, Limit, PolicyError, Rule, Violation, signature::canonical};
use crate::{contracts::token::Erc20::transferCall, primitives::Call};

/// A policy of a session key: one function of one contract, with rules for its arguments.
///
/// Rules and the value limit apply to each call, not to the sum of all calls: a key with a value limit of 1 wei may send
/// 1 wei any number of times. The number of calls and sums are [limits](Limit), which Smart Sessions count and
/// Biconomy V2 refuses:
///
/// - [`at_most_uses`](Self::at_most_uses) limits the number of calls.
/// - [`total_value`](Self::total_value) limits the sum of native value.
/// - [`total_of`](Self::total_of) limits the sum of an argument.
/// - [`spending`](Self::spending) limits the sum of a token's transfers.
/// - [`transfer`](Self::transfer) limits the sum of plain transfers of native coin.
///
/// A use is booked during validation, so a call that reverts counts too. Each policy has counters of its own for its
/// contract and function: a limit on `transfer` does not count `transferFrom`.
///
/// # Examples
///
/// ```
/// use alloy::{primitives::address, sol, sol_types::SolCall};
/// use use_aa::{Policy, Rule};
///
/// sol! {
///     function safeMint(address to);
/// }
///
/// let nft = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let account = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
/// let policy = Policy::new(nft, safeMintCall::SELECTOR).rule(Rule::equal(0, account));
/// assert_eq!(policy, Policy::function(nft, "safeMint(address)")?.rule(Rule::equal(0, account)));
/// # Ok::<(), use_aa::permission::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    contract: Address,
    selector: Selector,
    value_limit: u128,
    rules: Vec<Rule>,
    limits: Vec<Limit>,
    interval: Interval,
}

impl Policy {
    /// Allows a function by its selector, with any arguments and no value.
    pub fn new(contract: Address, selector: impl Into<Selector>) -> Self {
        Self {
            contract,
            selector: selector.into(),
            value_limit: 0,
            rules: Vec::new(),
            limits: Vec::new(),
            interval: Interval::ALWAYS,
        }
    }

    /// Allows a function by its signature, such as `safeMint(address)`, with any arguments and no value.
    ///
    /// # Errors
    ///
    /// [`PolicyError::Signature`] if the text is not a function signature.
    pub fn function(contract: Address, signature: &str) -> Result<Self, PolicyError> {
        let canonical = canonical(signature).ok_or_else(|| PolicyError::Signature(signature.to_owned()))?;
        let [a, b, c, d, ..] = keccak256(canonical).0;
        Ok(Self::new(contract, [a, b, c, d]))
    }

    /// Allows `transfer(address,uint256)` of an ERC-20 token, as long as all amounts add up to at most `amount`, in the
    /// token's smallest unit.
    ///
    /// The sum counts transfers that reverted too. The recipient is free without a rule, which [`Guards`](super::Guards) refuse. Smart
    /// Sessions count; Biconomy V2 refuses the policy.
    ///
    /// # Examples
    ///
    /// ```
    /// use alloy::primitives::{U256, address};
    /// use use_aa::{Policy, Rule};
    ///
    /// let token = address!("fee0000000000000000000000000000000000006");
    /// let shop = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
    /// let policy = Policy::spending(token, U256::from(500_000)).rule(Rule::equal(0, shop));
    /// assert_eq!(policy.limits()[0].to_string(), "at most 500000 of the token's smallest unit");
    /// ```
    #[must_use]
    pub fn spending(token: Address, amount: U256) -> Self {
        Self::new(token, transferCall::SELECTOR).limit(Counted::Spending, amount)
    }

    /// Allows plain transfers of native coin to an address, without call data, as long as all values add up to at most
    /// `total` wei.
    ///
    /// The sum counts transfers that reverted too. Smart Sessions count; Biconomy V2 refuses the policy.
    ///
    /// # Examples
    ///
    /// ```
    /// use alloy::primitives::{U256, address};
    /// use use_aa::{Call, Policy};
    ///
    /// let friend = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
    /// let policy = Policy::transfer(friend, 1_000);
    /// assert_eq!(policy.allows(&Call::transfer(friend, U256::from(1_000))), Ok(()));
    /// assert!(policy.allows(&Call::transfer(friend, U256::from(1_001))).is_err());
    /// ```
    #[must_use]
    pub fn transfer(to: Address, total: u128) -> Self {
        Self::new(to, PLAIN_TRANSFER).total_value(total)
    }

    /// Adds a rule. A call must satisfy every rule. The default is no rule.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Sets the maximum native value of one call, in wei. The default is 0.
    #[must_use]
    pub const fn value_limit_per_call(mut self, wei: u128) -> Self {
        self.value_limit = wei;
        self
    }

    /// Sets the maximum number of calls, including calls that revert. Must not be 0. The default is no limit.
    ///
    /// Smart Sessions count; Biconomy V2 refuses the policy.
    #[must_use]
    pub fn at_most_uses(self, calls: u128) -> Self {
        self.limit(Counted::Uses, U256::from(calls))
    }

    /// Sets the maximum native value of all calls together, in wei, including calls that revert. Must not be 0. The
    /// default is no limit.
    ///
    /// One call may send the whole sum, unless [`value_limit_per_call`](Self::value_limit_per_call) is less. Smart
    /// Sessions count; Biconomy V2 refuses the policy.
    #[must_use]
    pub fn total_value(mut self, wei: u128) -> Self {
        if self.value_limit == 0 {
            self.value_limit = wei;
        }
        self.limit(Counted::Value, U256::from(wei))
    }

    /// Sets the maximum sum of an argument over all calls, including calls that revert. Must not be 0. The default is
    /// no limit.
    ///
    /// Arguments are counted from 0, in words of 32 bytes, and are added as unsigned numbers. Smart Sessions count;
    /// Biconomy V2 refuses the policy.
    #[must_use]
    pub fn total_of(self, argument: u16, most: U256) -> Self {
        self.limit(Counted::Argument(32 * u32::from(argument)), most)
    }

    pub(super) fn limit(self, counted: Counted, most: U256) -> Self {
        self.with(Limit::new(counted, most))
    }

    pub(crate) fn with(mut self, limit: Limit) -> Self {
        self.limits.push(limit);
        self
    }

    /// Sets the validity interval. The default is always.
    #[must_use]
    pub const fn interval(mut self, interval: Interval) -> Self {
        self.interval = interval;
        self
    }

    pub(crate) const fn contract(&self) -> Address {
        self.contract
    }

    pub(crate) const fn selector(&self) -> Selector {
        self.selector
    }

    pub(crate) const fn value_limit(&self) -> u128 {
        self.value_limit
    }

    pub(crate) const fn valid(&self) -> Interval {
        self.interval
    }

    /// Returns the rules for the arguments.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Returns the limits on all calls together.
    #[must_use]
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// Returns true for a policy of plain transfers, whose calls have no data.
    pub(crate) fn is_transfer(&self) -> bool {
        self.selector == PLAIN_TRANSFER && !self.limits.is_empty()
    }

    /// Checks whether the module would allow a call. The interval is not checked, and a limit on all calls together is
    /// checked for this call alone: earlier calls are known to the chain.
    ///
    /// # Errors
    ///
    /// The first [`Violation`] in the module's order of checks.
    pub fn allows(&self, call: &Call) -> Result<(), Violation> {
        if call.to != self.contract {
            return Err(Violation::Contract {
                allowed: self.contract,
                called: call.to,
            });
        }
        let (selector, arguments) = match call.data.split_at_checked(4) {
            Some(parts) => parts,
            None if call.data.is_empty() && self.is_transfer() => (&PLAIN_TRANSFER[..], &[][..]),
            None => {
                return Err(Violation::NoFunction {
                    allowed: self.selector,
                });
            }
        };
        let called = Selector::from_slice(selector);
        if called != self.selector {
            return Err(Violation::Function {
                allowed: self.selector,
                called,
            });
        }
        if call.value > U256::from(self.value_limit) {
            return Err(Violation::Value {
                limit: self.value_limit,
                value: call.value,
            });
        }
        if let Some(number) = self.rules.iter().position(|rule| !rule.holds(arguments)) {
            return Err(Violation::Rule {
                number,
                rule: self.rules[number],
                found: self.rules[number].word(arguments),
            });
        }
        Limit::check(&self.limits, call)
    }
}

/// The selector that stands for calls without data (Smart Sessions).
pub(crate) const PLAIN_TRANSFER: Selector = Selector::repeat_byte(0xff);

impl fmt::Display for Policy {
    /// Writes the sentences of the [description](super::Permission::describe).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::Permission::from(self.clone()).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use alloy::{
        hex,
        primitives::{address, bytes},
    };

    use super::*;

    const KEY: Address = address!("00000000000000000000000000000000000000aa");
    const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
    const SAFE_MINT: Selector = Selector::new(hex!("40d097c3"));

    fn mint(to: Address) -> Call {
        Call::raw(NFT, [&SAFE_MINT[..], to.into_word().as_slice()].concat())
    }

    #[test]
    fn refusals_name_what_was_violated() {
        let policy = Policy::new(NFT, SAFE_MINT).rule(Rule::equal(0, KEY));
        let table = [
            (mint(KEY), "allowed"),
            (Call { to: KEY, ..mint(KEY) }, "forbidden.contract"),
            (
                Call {
                    data: bytes!("a9059cbb"),
                    ..mint(KEY)
                },
                "forbidden.function",
            ),
            (
                Call {
                    data: bytes!("40d0"),
                    ..mint(KEY)
                },
                "forbidden.function",
            ),
            (mint(KEY).value(U256::from(1)), "forbidden.value"),
            (mint(NFT), "forbidden.argument"),
            (
                Call {
                    data: SAFE_MINT.into(),
                    ..mint(KEY)
                },
                "forbidden.argument",
            ),
        ];

        for (call, expected) in table {
            let code = policy
                .allows(&call)
                .map_or_else(|violation| violation.code(), |()| "allowed");

            assert_eq!(code, expected, "{call:?}");
        }
    }

    #[test]
    fn signature_may_be_short_or_as_in_solidity() {
        let short = Policy::function(NFT, "transfer(address,uint256)").unwrap();

        for text in [
            "function transfer(address to, uint256 amount)",
            " transfer(address to,uint amount) external returns (bool)",
        ] {
            assert_eq!(Policy::function(NFT, text).unwrap(), short, "{text}");
        }
        assert_eq!(short.selector, Selector::new(hex!("a9059cbb")));
    }

    #[test]
    fn text_that_is_no_signature_is_an_error() {
        for text in [
            "",
            "safeMint",
            "safeMint(addres",
            "safeMint(nonsense)",
            "40d097c3",
        ] {
            assert_eq!(
                Policy::function(NFT, text),
                Err(PolicyError::Signature(text.to_owned())),
                "{text}"
            );
        }
    }
}

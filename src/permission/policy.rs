use std::fmt;

use alloy::primitives::{Address, Selector, U256, keccak256};

use super::{Interval, PolicyError, Rule, Violation, signature::canonical};
use crate::primitives::Call;

/// A policy of a session key: one function of one contract, with rules for its arguments.
///
/// Every limit applies to each call, not to the sum of all calls: the validation module keeps no count. A key with a
/// value limit of 1 wei may send 1 wei any number of times.
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

    /// Checks whether the module would allow a call. The interval is not checked.
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
        let Some((selector, arguments)) = call.data.split_at_checked(4) else {
            return Err(Violation::NoFunction {
                allowed: self.selector,
            });
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
        match self.rules.iter().position(|rule| !rule.holds(arguments)) {
            None => Ok(()),
            Some(number) => Err(Violation::Rule {
                number,
                rule: self.rules[number],
                found: self.rules[number].word(arguments),
            }),
        }
    }
}

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

mod error;

use std::fmt;

use alloy::{
    json_abi::{Function, parser::TypeSpecifier},
    primitives::{Address, Bytes, Selector, U256},
};

pub use self::error::PolicyError;
use super::{Interval, Leaf, Rule, Violation};
use crate::{contracts::modules::ABI_SESSION_VALIDATION, primitives::Call};

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
/// # Ok::<(), use_aa::session::PolicyError>(())
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
        let unknown = || PolicyError::Signature(signature.to_owned());
        let text = signature.trim();
        let text = text.strip_prefix("function ").unwrap_or(text);
        let function = Function::parse(text).map_err(|_| unknown())?;
        let canonical = function.signature();
        // The parser accepts any name as a type, so the types are checked to be Solidity's.
        TypeSpecifier::parse(&canonical[function.name.len()..])
            .and_then(|arguments| arguments.try_basic_solidity())
            .map_err(|_| unknown())?;
        Ok(Self::new(contract, function.selector()))
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

    pub(super) const fn contract(&self) -> Address {
        self.contract
    }

    pub(super) const fn selector(&self) -> Selector {
        self.selector
    }

    pub(super) const fn value_limit(&self) -> u128 {
        self.value_limit
    }

    pub(super) const fn valid(&self) -> Interval {
        self.interval
    }

    /// Returns the rules for the arguments.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Returns the key data that the ABI session validation module reads: the session key and its policy.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if a rule is out of reach or there are too many rules.
    pub fn key_data(&self, key: Address) -> Result<Bytes, PolicyError> {
        let count =
            u16::try_from(self.rules.len()).map_err(|_| PolicyError::TooManyRules(self.rules.len()))?;
        let mut data = Vec::with_capacity(HEAD + self.rules.len() * RULE);
        data.extend(key);
        data.extend(self.contract);
        data.extend(self.selector);
        data.extend(self.value_limit.to_be_bytes());
        data.extend(count.to_be_bytes());
        for rule in &self.rules {
            let offset =
                u16::try_from(rule.offset).map_err(|_| PolicyError::ArgumentOutOfRange(rule.offset / 32))?;
            data.extend(offset.to_be_bytes());
            data.push(rule.condition as u8);
            data.extend(rule.reference.0);
        }
        Ok(data.into())
    }

    /// Returns the leaf that grants the policy to a key.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if the policy cannot be encoded.
    pub fn leaf(&self, key: Address) -> Result<Leaf, PolicyError> {
        Leaf::new(
            self.interval.sensible()?,
            ABI_SESSION_VALIDATION,
            self.key_data(key)?,
        )
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
            return Err(Violation::Function {
                allowed: self.selector,
                called: Selector::ZERO,
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

    /// Reads the key and the policy from key data, which does not hold the interval.
    pub(super) fn read(data: &[u8]) -> Option<(Address, Self)> {
        let (key, data) = data.split_first_chunk::<20>()?;
        let (contract, data) = data.split_first_chunk::<20>()?;
        let (selector, data) = data.split_first_chunk::<4>()?;
        let (value_limit, data) = data.split_first_chunk::<16>()?;
        let (count, data) = data.split_first_chunk::<2>()?;
        if data.len() != usize::from(u16::from_be_bytes(*count)) * RULE {
            return None;
        }
        let rules = data.chunks_exact(RULE).map(|rule| {
            let (offset, rest) = rule.split_first_chunk::<2>()?;
            let (condition, reference) = rest.split_first()?;
            let reference = super::Word(alloy::primitives::B256::from_slice(reference));
            let offset = u32::from(u16::from_be_bytes(*offset));
            Some(Rule::offset(
                offset,
                super::Condition::from_code(*condition)?,
                reference,
            ))
        });
        let policy =
            Self::new(contract.into(), *selector).value_limit_per_call(u128::from_be_bytes(*value_limit));
        let rules = rules.collect::<Option<_>>()?;
        Some((key.into(), Self { rules, ..policy }))
    }
}

impl fmt::Display for Policy {
    /// Writes the sentences of the [description](super::Permission::words).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::Permission::from(self.clone()).fmt(f)
    }
}

/// The length of key data before its rules, in bytes.
const HEAD: usize = 20 + 20 + 4 + 16 + 2;
/// The length of one rule, in bytes.
const RULE: usize = 2 + 1 + 32;

#[cfg(test)]
mod tests {
    use alloy::{
        hex,
        primitives::{address, bytes},
    };

    use super::*;
    use crate::session::Condition;

    const KEY: Address = address!("00000000000000000000000000000000000000aa");
    const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
    const SAFE_MINT: Selector = Selector::new(hex!("40d097c3"));

    fn mint(to: Address) -> Call {
        Call::raw(NFT, [&SAFE_MINT[..], to.into_word().as_slice()].concat())
    }

    #[test]
    fn key_data_is_packed_in_the_module_s_order() {
        let policy = Policy::new(NFT, SAFE_MINT)
            .value_limit_per_call(0xff)
            .rule(Rule::at_most(1, 5u8));

        let data = policy.key_data(KEY).unwrap();

        let expected = hex!(
            "00000000000000000000000000000000000000aa" // session key
            "1758f42af7026fbbb559dc60ece0de3ef81f665e" // contract
            "40d097c3"                                 // selector
            "000000000000000000000000000000ff"         // value limit
            "0001"                                     // number of rules
            "0020"                                     // offset
            "01"                                       // condition
            "0000000000000000000000000000000000000000000000000000000000000005" // reference value
        );
        assert_eq!(data[..], expected);
        assert_eq!(Policy::read(&data), Some((KEY, policy)));
    }

    #[test]
    fn argument_beyond_reach_is_an_error() {
        let last = Policy::new(NFT, SAFE_MINT).rule(Rule::equal(2047, 0u8));
        let beyond = Policy::new(NFT, SAFE_MINT).rule(Rule::equal(2048, 0u8));

        assert!(last.key_data(KEY).is_ok());
        assert_eq!(beyond.key_data(KEY), Err(PolicyError::ArgumentOutOfRange(2048)));
    }

    #[test]
    fn more_rules_than_16_bits_count_are_an_error() {
        let mut policy = Policy::new(NFT, SAFE_MINT);
        policy.rules = vec![Rule::equal(0, 0u8); 65_535];
        assert!(policy.key_data(KEY).is_ok());

        let policy = policy.rule(Rule::equal(0, 0u8));

        assert_eq!(policy.key_data(KEY), Err(PolicyError::TooManyRules(65_536)));
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

    #[test]
    fn key_data_that_is_cut_or_has_an_unknown_condition_is_not_read() {
        let policy = Policy::new(NFT, SAFE_MINT).rule(Rule::argument(0, Condition::NotEqual, 1u8));
        let data = policy.key_data(KEY).unwrap();

        for length in 0..data.len() {
            assert_eq!(Policy::read(&data[..length]), None, "{length}");
        }
        let mut unknown = data.to_vec();
        unknown[HEAD + 2] = 6;
        assert_eq!(Policy::read(&unknown), None);
    }
}

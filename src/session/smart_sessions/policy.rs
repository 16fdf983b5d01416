use alloy::primitives::{Address, Bytes, U256};

use super::{
    contracts::{PolicyData, SmartSessionsContracts},
    refusal::{NO_INTERVAL, NO_RULES, TOO_MANY_RULES, ZERO_LIMIT},
};
use crate::{
    permission::{Condition, Interval, PolicyError, Rule, Word},
    primitives::Encoder,
};

/// A policy contract of Smart Sessions with its parameters.
///
/// Counters are kept for each action, that is, for each contract and function, or for the operations of the session. A
/// use is booked during validation, so a call that reverts counts too. No counter resets with time; enabling the same
/// session again starts its counters anew.
///
/// # Examples
///
/// ```
/// use alloy::primitives::hex;
/// use use_aa::session::smart_sessions::{OnChainPolicy, SmartSessionsContracts};
///
/// let contracts = SmartSessionsContracts::CANONICAL;
/// let twice = OnChainPolicy::UsageLimit(2).data(&contracts)?;
/// assert_eq!(twice.policy, contracts.usage_limit);
/// assert_eq!(twice.initData[..], hex!("00000000000000000000000000000002"));
/// assert!(OnChainPolicy::UsageLimit(0).data(&contracts).is_err());
/// # Ok::<(), use_aa::permission::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnChainPolicy {
    /// Allows every call, with any value.
    Sudo,
    /// Compares arguments of a call, and limits its value.
    UniversalAction(UniversalAction),
    /// Allows calls within an interval.
    TimeFrame(Interval),
    /// Limits the number of calls, or of operations.
    UsageLimit(u128),
    /// Limits the sum of native value, in wei. Calls without value always pass.
    ValueLimit(U256),
    /// Limits the sum that calls of a token transfer and approve, for each token, in its smallest unit. The value of a
    /// call must be 0.
    SpendingLimit(Vec<(Address, U256)>),
}

impl OnChainPolicy {
    /// Returns the policy's contract and init data.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] for parameters that the contract refuses or under which no call passes: an interval without
    /// bounds or with the end before the beginning, a limit of 0, no rule, or more than 16 rules.
    pub fn data(&self, contracts: &SmartSessionsContracts) -> Result<PolicyData, PolicyError> {
        let (policy, data) = match self {
            Self::Sudo => (contracts.sudo, Vec::new()),
            Self::UniversalAction(action) => (contracts.universal_action, action.encode()?),
            Self::TimeFrame(interval) => (contracts.time_frame, time_frame(*interval)?),
            Self::UsageLimit(0) => return Err(ZERO_LIMIT),
            Self::UsageLimit(calls) => (contracts.usage_limit, calls.to_be_bytes().to_vec()),
            Self::ValueLimit(wei) if wei.is_zero() => return Err(ZERO_LIMIT),
            Self::ValueLimit(wei) => (contracts.value_limit, wei.to_be_bytes_vec()),
            Self::SpendingLimit(limits) => (contracts.spending_limit, spending_limit(limits)?),
        };
        Ok(PolicyData {
            policy,
            initData: Bytes::from(data),
        })
    }
}

/// The parameters of the universal action policy: rules that must all hold, and the maximum value of one call.
///
/// # Examples
///
/// ```
/// use use_aa::{Rule, session::smart_sessions::{ActionRule, SmartSessionsContracts, OnChainPolicy, UniversalAction}};
///
/// let action = UniversalAction::new([ActionRule::from(Rule::at_most(1, 5u8))]);
/// let policy = OnChainPolicy::UniversalAction(action).data(&SmartSessionsContracts::CANONICAL)?;
/// assert_eq!(policy.initData.len(), 32 * (2 + 16 * 6));
/// # Ok::<(), use_aa::permission::PolicyError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UniversalAction {
    /// The rules, from 1 to 16.
    pub rules: Vec<ActionRule>,
    /// The maximum native value of one call, in wei.
    pub value_limit_per_use: U256,
}

impl UniversalAction {
    /// The maximum number of rules.
    pub const MOST_RULES: usize = 16;

    /// Creates the parameters for rules. No value may be sent.
    pub fn new(rules: impl IntoIterator<Item = ActionRule>) -> Self {
        Self {
            rules: rules.into_iter().collect(),
            value_limit_per_use: U256::ZERO,
        }
    }

    fn encode(&self) -> Result<Vec<u8>, PolicyError> {
        match self.rules.len() {
            0 => return Err(NO_RULES),
            1..=Self::MOST_RULES => {}
            _ => return Err(TOO_MANY_RULES),
        }
        let head = Encoder::default()
            .word(self.value_limit_per_use)
            .word(U256::from(self.rules.len()));
        let unused = std::iter::repeat_n(&ActionRule::UNUSED, Self::MOST_RULES - self.rules.len());
        let rules = self.rules.iter().chain(unused);
        Ok(rules.fold(head, |words, rule| rule.encode(words)).encode(&[]))
    }
}

/// A rule of the universal action policy, for one word of the call data.
///
/// A call whose data ends before the word is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionRule {
    /// The comparison.
    pub condition: ActionCondition,
    /// The position of the word, in bytes after the selector.
    pub offset: u64,
    /// The value that the word is compared with.
    pub reference: Word,
    /// The maximum sum of the words of all calls, as unsigned numbers.
    pub total: Option<U256>,
}

impl ActionRule {
    /// The form of a rule that the contract does not read, as other libraries write it.
    const UNUSED: Self = Self {
        condition: ActionCondition::Greater,
        offset: 0,
        reference: Word(alloy::primitives::B256::ZERO),
        total: None,
    };

    /// Requires the word to lie between two numbers, both of which are allowed.
    #[must_use]
    pub fn in_range(offset: u64, least: u128, most: u128) -> Self {
        let bounds: U256 = (U256::from(least) << 128) | U256::from(most);
        Self {
            condition: ActionCondition::InRange,
            offset,
            reference: bounds.into(),
            total: None,
        }
    }

    /// Limits the sum of the words of all calls. The default is no limit.
    #[must_use]
    pub const fn total(mut self, most: U256) -> Self {
        self.total = Some(most);
        self
    }

    fn encode(&self, words: Encoder) -> Encoder {
        words
            .word(U256::from(self.condition as u8))
            .word(U256::from(self.offset))
            .word(U256::from(self.total.is_some()))
            .word(self.reference.0)
            .word(self.total.unwrap_or_default())
            .word(U256::ZERO)
    }
}

impl From<Rule> for ActionRule {
    fn from(rule: Rule) -> Self {
        Self {
            condition: rule.condition.into(),
            offset: rule.offset.into(),
            reference: rule.reference,
            total: None,
        }
    }
}

/// The comparison of an [`ActionRule`], as unsigned 256-bit numbers. The numbers differ from those of
/// [`Condition`]: 1 and 4 have changed places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ActionCondition {
    /// The word equals the value.
    Equal = 0,
    /// The word is greater than the value.
    Greater = 1,
    /// The word is less than the value.
    Less = 2,
    /// The word is greater than or equal to the value.
    AtLeast = 3,
    /// The word is less than or equal to the value.
    AtMost = 4,
    /// The word differs from the value.
    NotEqual = 5,
    /// The word is at least the upper half of the value and at most the lower half.
    InRange = 6,
}

impl From<Condition> for ActionCondition {
    fn from(condition: Condition) -> Self {
        match condition {
            Condition::Equal => Self::Equal,
            Condition::AtMost => Self::AtMost,
            Condition::Less => Self::Less,
            Condition::AtLeast => Self::AtLeast,
            Condition::Greater => Self::Greater,
            Condition::NotEqual => Self::NotEqual,
        }
    }
}

/// Packs both times as 48 bits, the end first.
fn time_frame(interval: Interval) -> Result<Vec<u8>, PolicyError> {
    let Interval {
        valid_after,
        valid_until,
    } = interval.in_range()?.sensible()?;
    if interval == Interval::ALWAYS {
        return Err(NO_INTERVAL);
    }
    Ok([valid_until, valid_after]
        .map(|time| time.to_be_bytes())
        .iter()
        .flat_map(|time| &time[2..])
        .copied()
        .collect())
}

fn spending_limit(limits: &[(Address, U256)]) -> Result<Vec<u8>, PolicyError> {
    if limits.is_empty() || limits.iter().any(|(_, limit)| limit.is_zero()) {
        return Err(ZERO_LIMIT);
    }
    let none = Encoder::default;
    let tokens = limits
        .iter()
        .fold(none(), |words, (token, _)| words.address(*token));
    let amounts = limits.iter().fold(none(), |words, (_, limit)| words.word(*limit));
    Ok(none().array(tokens).array(amounts).encode(&[]))
}

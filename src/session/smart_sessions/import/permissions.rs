use alloy::{
    primitives::{Address, B256, U256},
    sol_types::SolCall,
};

use super::refusal::{
    FALLBACK, INIT_DATA, MESSAGES, NO_ACTION, OPERATIONS, REPEATED, SAME_FUNCTION, SPENDING, TOTALS,
    TRANSFERS, Unreadable,
};
use crate::{
    contracts::token::Erc20::transferCall,
    permission::{Condition, Counted, Interval, Limit, Permission, Policy, Rule, Word},
    primitives::Words,
    session::smart_sessions::{
        ActionCondition, ActionRule, FALLBACK_TARGET, OnChainPolicy, PLAIN_TRANSFER, SmartSession,
        SmartSessionsContracts, UniversalAction,
        contracts::{ActionData, ERC7739Data, PolicyData},
        mapping::action_rules,
    },
};

/// Returns the permissions that the policies of a session enforce: one for each action, in the same order.
pub(super) fn permissions(
    session: &SmartSession,
    contracts: &SmartSessionsContracts,
) -> Result<Vec<Permission>, Unreadable> {
    if session.erc7739Policies != ERC7739Data::default() {
        return Err(MESSAGES);
    }
    let during = interval_of_operations(&session.userOpPolicies, contracts)?;
    let mut policies = Vec::<Policy>::with_capacity(session.actions.len());
    for action in &session.actions {
        let policy = policy(action, contracts)?;
        let is_same =
            |other: &Policy| (other.contract(), other.selector()) == (policy.contract(), policy.selector());
        if policies.iter().any(is_same) {
            return Err(SAME_FUNCTION);
        }
        let within = common(policy.valid(), during);
        policies.push(policy.interval(within));
    }
    match policies.is_empty() {
        true => Err(NO_ACTION),
        false => Ok(policies.into_iter().map(Permission::from).collect()),
    }
}

/// Returns the interval in which the policies for operations permit them.
fn interval_of_operations(
    policies: &[PolicyData],
    contracts: &SmartSessionsContracts,
) -> Result<Interval, Unreadable> {
    let mut during = None;
    for policy in policies {
        match on_chain(policy, contracts)? {
            OnChainPolicy::Sudo => {}
            OnChainPolicy::TimeFrame(interval) if during.is_none() => during = Some(interval),
            _ => return Err(OPERATIONS),
        }
    }
    Ok(during.unwrap_or(Interval::ALWAYS))
}

fn common(one: Interval, other: Interval) -> Interval {
    let ends = [one.valid_until, other.valid_until].into_iter();
    Interval {
        valid_after: one.valid_after.max(other.valid_after),
        valid_until: ends.filter(|end| *end != 0).min().unwrap_or_default(),
    }
}

/// Returns the policy that an action's policies enforce together.
fn policy(action: &ActionData, contracts: &SmartSessionsContracts) -> Result<Policy, Unreadable> {
    let (target, selector) = (action.actionTarget, action.actionTargetSelector);
    if target == FALLBACK_TARGET {
        return Err(FALLBACK);
    }
    if action.actionPolicies.is_empty() {
        return Err(NO_ACTION);
    }
    let mut policy = Policy::new(target, selector);
    let (mut value, mut rules, mut spends) = (u128::MAX, None, false);
    for (at, data) in action.actionPolicies.iter().enumerate() {
        let enforced = on_chain(data, contracts)?;
        let mut before = action.actionPolicies[..at].iter();
        if enforced != OnChainPolicy::Sudo && before.any(|other| other.policy == data.policy) {
            return Err(REPEATED);
        }
        policy = match enforced {
            OnChainPolicy::Sudo => policy,
            OnChainPolicy::TimeFrame(interval) => policy.interval(interval),
            OnChainPolicy::UsageLimit(calls) => policy.at_most_uses(calls),
            OnChainPolicy::ValueLimit(total) => {
                value = value.min(total.saturating_to());
                policy.with(Limit::new(Counted::Value, total))
            }
            OnChainPolicy::SpendingLimit(limits) => {
                // The policy refuses a call with value, and tokens without a limit.
                (value, spends) = (0, true);
                let mut own = limits.into_iter().filter(|(token, _)| *token == target);
                let (Some((_, most)), None) = (own.next(), own.next()) else {
                    return Err(SPENDING);
                };
                policy.with(Limit::new(Counted::Spending, most))
            }
            OnChainPolicy::UniversalAction(universal) => {
                value = value.min(universal.value_limit_per_use.saturating_to());
                let policy = with_rules(policy, &universal.rules)?;
                rules = Some(universal.rules);
                policy
            }
        };
    }
    let is_unlimited = policy.limits().is_empty() || rules.is_some();
    match rules {
        _ if selector == PLAIN_TRANSFER && is_unlimited => Err(TRANSFERS),
        _ if spends && selector != transferCall::SELECTOR => Err(SPENDING),
        Some(_) if spends => Err(SPENDING),
        Some(rules) if !is_counted_alike(&policy, &rules) => Err(TOTALS),
        _ => Ok(policy.value_limit_per_call(value)),
    }
}

/// Adds the rules of the universal action policy, each at its own index, and then the upper bounds of the ranges.
fn with_rules(mut policy: Policy, rules: &[ActionRule]) -> Result<Policy, Unreadable> {
    let mut upper_bounds = Vec::new();
    for rule in rules {
        let offset = u32::try_from(rule.offset).map_err(|_| INIT_DATA)?;
        let bounds: U256 = rule.reference.0.into();
        let (condition, reference) = match rule.condition {
            ActionCondition::Equal => (Condition::Equal, rule.reference),
            ActionCondition::Greater => (Condition::Greater, rule.reference),
            ActionCondition::Less => (Condition::Less, rule.reference),
            ActionCondition::AtLeast => (Condition::AtLeast, rule.reference),
            ActionCondition::AtMost => (Condition::AtMost, rule.reference),
            ActionCondition::NotEqual => (Condition::NotEqual, rule.reference),
            ActionCondition::InRange => {
                let most = Word::from(bounds & U256::from(u128::MAX));
                upper_bounds.push(Rule::offset(offset, Condition::AtMost, most));
                (Condition::AtLeast, Word::from(bounds >> 128))
            }
        };
        policy = policy.rule(Rule::offset(offset, condition, reference));
        if let Some(most) = rule.total {
            policy = policy.with(Limit::new(Counted::Argument(offset), most));
        }
    }
    Ok(upper_bounds.into_iter().fold(policy, Policy::rule))
}

/// Returns true if the counters of a policy's sums are at the indices of the rules that count on chain.
fn is_counted_alike(policy: &Policy, rules: &[ActionRule]) -> bool {
    let places = |rule: &ActionRule| rule.total.map(|total| (rule.offset, total));
    let derived = action_rules(policy);
    rules
        .iter()
        .zip(&derived)
        .all(|(rule, other)| places(rule) == places(other))
}

/// Reads a policy from its contract and init data.
fn on_chain(data: &PolicyData, contracts: &SmartSessionsContracts) -> Result<OnChainPolicy, Unreadable> {
    let (contract, data) = (data.policy, &data.initData[..]);
    let read = match contract {
        _ if contract == contracts.sudo => Some(OnChainPolicy::Sudo),
        _ if contract == contracts.universal_action => {
            universal_action(data).map(OnChainPolicy::UniversalAction)
        }
        _ if contract == contracts.time_frame => time_frame(data).map(OnChainPolicy::TimeFrame),
        _ if contract == contracts.usage_limit => {
            let calls = data.try_into().ok().map(u128::from_be_bytes);
            calls.map(OnChainPolicy::UsageLimit)
        }
        _ if contract == contracts.value_limit => {
            let wei = data.try_into().ok().map(U256::from_be_bytes::<32>);
            wei.map(OnChainPolicy::ValueLimit)
        }
        _ if contract == contracts.spending_limit => spending_limit(data).map(OnChainPolicy::SpendingLimit),
        _ => return Err(Unreadable::Unknown("policy", contract)),
    };
    read.ok_or(INIT_DATA)
}

/// Reads the universal action policy. `None` for no rule too, under which the contract refuses every call.
fn universal_action(data: &[u8]) -> Option<UniversalAction> {
    let words = Words(data);
    let count = usize::try_from(words.number(1)?).ok()?;
    let most = UniversalAction::MOST_RULES;
    if !(1..=most).contains(&count) || data.len() != 32 * (HEAD + most * WORDS_OF_RULE) {
        return None;
    }
    let rules = (0..count).map(|rule| action_rule(words, HEAD + rule * WORDS_OF_RULE));
    Some(UniversalAction {
        rules: rules.collect::<Option<_>>()?,
        value_limit_per_use: words.number(0)?,
    })
}

fn action_rule(words: Words<'_>, at: usize) -> Option<ActionRule> {
    let [condition, offset, is_limited, _, total, used] =
        [0, 1, 2, 3, 4, 5].map(|field| words.number(at + field));
    // The counter would begin at another number.
    if !used?.is_zero() {
        return None;
    }
    let total = match u8::try_from(is_limited?).ok()? {
        0 => None,
        1 => Some(total?),
        _ => return None,
    };
    let conditions = [
        ActionCondition::Equal,
        ActionCondition::Greater,
        ActionCondition::Less,
        ActionCondition::AtLeast,
        ActionCondition::AtMost,
        ActionCondition::NotEqual,
        ActionCondition::InRange,
    ];
    Some(ActionRule {
        condition: *conditions.get(usize::try_from(condition?).ok()?)?,
        offset: offset?.try_into().ok()?,
        reference: Word(words.word(at + 3)?),
        total,
    })
}

/// Reads both times, the end first. `None` for no bound, with which the contract refuses every call.
fn time_frame(data: &[u8]) -> Option<Interval> {
    let times: &[u8; 12] = data.try_into().ok()?;
    let time = |bytes: &[u8]| bytes.iter().fold(0, |time, byte| time << 8 | u64::from(*byte));
    let interval = Interval {
        valid_until: time(&times[..6]),
        valid_after: time(&times[6..]),
    };
    (interval != Interval::ALWAYS).then_some(interval)
}

fn spending_limit(data: &[u8]) -> Option<Vec<(Address, U256)>> {
    let (tokens, limits) = (Words(data).addresses(0)?, Words(data).words(1)?);
    let limits = limits.into_iter().map(B256::into).collect::<Vec<U256>>();
    (tokens.len() == limits.len()).then(|| tokens.into_iter().zip(limits).collect())
}

/// The number of words before the rules of the universal action policy.
const HEAD: usize = 2;

/// The number of words of a rule.
const WORDS_OF_RULE: usize = 6;

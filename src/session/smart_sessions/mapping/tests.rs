use alloy::primitives::{Bytes, Selector, address, fixed_bytes};
use proptest::prelude::*;

use super::*;
use crate::{
    permission::{Condition, Erc20Policy, Violation},
    primitives::{Call, Words},
    session::smart_sessions::{contracts::PolicyData, refusal},
};

const CONTRACTS: SmartSessionsContracts = SmartSessionsContracts::CANONICAL;
const KEY: Address = Address::repeat_byte(7);
const TOKEN: Address = address!("fee0000000000000000000000000000000000006");
const BUY: Selector = fixed_bytes!("d96a094a");

fn granting(permissions: &[Permission]) -> Result<SmartSession, PolicyError> {
    SmartSession::granting(permissions, KeyValidator::K1, KEY, B256::ZERO, &CONTRACTS)
}

/// Returns the policy contracts of a permission's action.
fn contracts_of(policy: impl Into<Permission>) -> Result<Vec<Address>, PolicyError> {
    let session = granting(&[policy.into()])?;
    let policies = session.actions[0].actionPolicies.iter();
    Ok(policies.map(|policy| policy.policy).collect())
}

/// The policy contracts as they behave on chain, read from the init data alone.
struct Chain {
    session: SmartSession,
    /// The used amounts of each action's policies.
    used: Vec<Vec<[U256; 16]>>,
}

impl Chain {
    fn new(session: SmartSession) -> Self {
        let actions = session.actions.iter();
        let used = actions.map(|action| vec![[U256::ZERO; 16]; action.actionPolicies.len()]);
        Self {
            used: used.collect(),
            session,
        }
    }

    /// Returns true if the session permits a call, whose use is booked then.
    fn permits(&mut self, call: &Call, now: u64) -> bool {
        let selector = match call.data.get(..4) {
            Some(selector) => Selector::from_slice(selector),
            None => Selector::repeat_byte(0xff),
        };
        let is_action =
            |action: &ActionData| action.actionTarget == call.to && action.actionTargetSelector == selector;
        let Some(index) = self.session.actions.iter().position(is_action) else {
            return false;
        };
        let mut used = self.used[index].clone();
        let policies = &self.session.actions[index].actionPolicies;
        let is_permitted = !policies.is_empty()
            && policies
                .iter()
                .zip(&mut used)
                .all(|(policy, used)| policy_permits(policy, used, call, now));
        if is_permitted {
            self.used[index] = used;
        }
        is_permitted
    }
}

fn policy_permits(policy: &PolicyData, used: &mut [U256; 16], call: &Call, now: u64) -> bool {
    let data = Words(&policy.initData);
    let number = |index: usize| data.number(index).unwrap();
    let mut books = |index: usize, amount: U256, limit: U256| {
        let sum = used[index].checked_add(amount).filter(|sum| *sum <= limit);
        used[index] = sum.unwrap_or(used[index]);
        sum.is_some()
    };
    match policy.policy {
        _ if policy.policy == CONTRACTS.usage_limit => {
            let limit = U256::from_be_slice(&policy.initData);
            books(0, U256::from(1), limit)
        }
        _ if policy.policy == CONTRACTS.value_limit => books(0, call.value, number(0)),
        _ if policy.policy == CONTRACTS.time_frame => {
            let time = |bytes: &[u8]| U256::from_be_slice(bytes).to::<u64>();
            let (until, after) = (time(&policy.initData[..6]), time(&policy.initData[6..]));
            (until, after) != (0, 0) && after <= now && (until == 0 || now <= until)
        }
        _ if policy.policy == CONTRACTS.spending_limit => {
            let amount = Words(call.data.get(4..).unwrap_or_default()).number(1);
            let [token] = data.addresses(0).unwrap()[..] else {
                panic!("there is one token");
            };
            let limit = number(5);
            call.value.is_zero()
                && call.to == token
                && call.data.starts_with(&transferCall::SELECTOR)
                && amount.is_some_and(|amount| books(0, amount, limit))
        }
        _ if policy.policy == CONTRACTS.universal_action => {
            let (limit, count) = (number(0), number(1).to::<usize>());
            assert!((1..=16).contains(&count));
            let arguments = call.data.get(4..).unwrap_or_default();
            call.value <= limit
                && (0..count).all(|rule| {
                    let [condition, offset, is_limited, reference, limit, _] =
                        std::array::from_fn(|field| number(2 + 6 * rule + field));
                    let offset = offset.to::<usize>();
                    let Some(word) = arguments.get(offset..offset + 32).map(U256::from_be_slice) else {
                        return false;
                    };
                    let (low, high) = (reference >> 128, reference & U256::from(u128::MAX));
                    let holds = match condition.to::<u8>() {
                        0 => word == reference,
                        1 => word > reference,
                        2 => word < reference,
                        3 => word >= reference,
                        4 => word <= reference,
                        5 => word != reference,
                        6 => low <= word && word <= high,
                        other => panic!("no condition has the number {other}"),
                    };
                    holds && (is_limited.is_zero() || books(rule, word, limit))
                })
        }
        other => panic!("no policy of a permission: {other}"),
    }
}

/// A small number, or one that overflows sums.
fn amounts() -> impl Strategy<Value = U256> {
    prop_oneof![8 => (0..8_u64).prop_map(U256::from), 1 => Just(U256::MAX)]
}

fn rules() -> impl Strategy<Value = Rule> {
    let condition = (0..6_usize).prop_map(|index| Condition::ALL[index]);
    (0..3_u16, condition, amounts()).prop_map(|(at, condition, value)| Rule::argument(at, condition, value))
}

#[derive(Clone, Debug)]
enum Step {
    Rule(Rule),
    ValuePerCall(u128),
    Uses(u128),
    TotalValue(u128),
    TotalOf(u16, U256),
    Interval(u64, u64),
}

fn policies_of_steps() -> impl Strategy<Value = Policy> {
    let step = prop_oneof![
        3 => rules().prop_map(Step::Rule),
        1 => (0..5_u128).prop_map(Step::ValuePerCall),
        1 => (1..5_u128).prop_map(Step::Uses),
        1 => (1..9_u128).prop_map(Step::TotalValue),
        1 => (0..3_u16, (1..20_u64).prop_map(U256::from)).prop_map(|(at, most)| Step::TotalOf(at, most)),
        1 => (0..9_u64, 9..20_u64).prop_map(|(after, until)| Step::Interval(after, until)),
    ];
    let start = prop_oneof![
        4 => Just(Policy::new(TOKEN, BUY)),
        1 => Just(Policy::new(TOKEN, transferCall::SELECTOR)),
        1 => (1..20_u64).prop_map(|most| Policy::spending(TOKEN, U256::from(most))),
        1 => (1..20_u128).prop_map(|most| Policy::transfer(TOKEN, most)),
    ];
    (start, prop::collection::vec(step, 0..4)).prop_map(|(start, steps)| {
        steps.into_iter().fold(start, |policy, step| match step {
            Step::Rule(rule) => policy.rule(rule),
            Step::ValuePerCall(wei) => policy.value_limit_per_call(wei),
            Step::Uses(calls) => policy.at_most_uses(calls),
            Step::TotalValue(wei) => policy.total_value(wei),
            Step::TotalOf(at, most) => policy.total_of(at, most),
            Step::Interval(valid_after, valid_until) => policy.interval(Interval {
                valid_after,
                valid_until,
            }),
        })
    })
}

fn calls() -> impl Strategy<Value = (Call, u64)> {
    let selector = prop_oneof![
        4 => Just(Some(BUY)),
        4 => Just(Some(Selector::from(transferCall::SELECTOR))),
        2 => Just(None),
    ];
    let words = prop_oneof![
        1 => prop::collection::vec(amounts(), 0..2),
        4 => prop::collection::vec(amounts(), 3),
    ];
    (selector, words, 0..4_u64, 0..22_u64).prop_map(|(selector, words, value, now)| {
        let words = words.into_iter().flat_map(|word| word.to_be_bytes::<32>());
        let data = match selector {
            Some(selector) => selector.0.into_iter().chain(words).collect::<Bytes>(),
            None => Bytes::new(),
        };
        (Call::raw(TOKEN, data).value(U256::from(value)), now)
    })
}

proptest! {
    #[test]
    fn the_chain_permits_what_the_policy_allows(
        policy in policies_of_steps(),
        calls in prop::collection::vec(calls(), 1..12),
    ) {
        let session = match granting(&[policy.clone().into()]) {
            Ok(session) => session,
            Err(error) => {
                let refusals = [
                    refusal::VALUE_WITHOUT_RULE,
                    refusal::VALUE_OF_SPENDING,
                    refusal::RULE_BEYOND_CALL,
                ];
                prop_assert!(refusals.contains(&error), "{error}");
                return Ok(());
            }
        };
        let sends_one_wei = session.actions[0]
            .actionPolicies
            .iter()
            .any(|data| *data == OnChainPolicy::ValueLimit(ONE_WEI).data(&CONTRACTS).unwrap())
            && policy.value_limit() == 0;
        let permission = Permission::from(policy.clone());
        let mut chain = Chain::new(session);
        let mut sums = vec![U256::ZERO; policy.limits().len()];

        for (call, now) in calls {
            let added = sums.iter().zip(policy.limits()).map(|(sum, limit)| {
                let sum = sum.checked_add(limit.amount(&call)?)?;
                (sum <= limit.most()).then_some(sum)
            });
            let added = added.collect::<Option<Vec<_>>>();
            let is_allowed = permission.allows_at(&call, now).is_ok() && added.is_some();

            // The exception that `granting` documents.
            if sends_one_wei && !call.value.is_zero() {
                prop_assert!(!is_allowed);
                prop_assert!(call.value == U256::from(1) || !chain.permits(&call, now));
                continue;
            }
            prop_assert_eq!(chain.permits(&call, now), is_allowed, "{:?} at {}", call, now);
            if let (true, Some(added)) = (is_allowed, added) {
                sums = added;
            }
        }
    }

    #[test]
    fn conditions_mean_the_same_under_their_other_numbers(rule in rules(), word in amounts()) {
        let session = granting(&[Policy::new(TOKEN, BUY).rule(rule).into()]).unwrap();
        let data = [BUY.as_slice(), &word.to_be_bytes::<32>().repeat(3)].concat();

        let is_permitted = Chain::new(session).permits(&Call::raw(TOKEN, data), 0);

        prop_assert_eq!(is_permitted, rule.condition.holds(word.into(), rule.reference));
    }
}

#[test]
fn each_kind_of_limit_has_its_policy_contract() {
    let one = U256::from(1);
    let plain = || Policy::new(TOKEN, BUY);
    let until = Interval {
        valid_after: 0,
        valid_until: 9,
    };
    let SmartSessionsContracts {
        universal_action,
        usage_limit,
        value_limit,
        time_frame,
        spending_limit,
        ..
    } = CONTRACTS;

    for (policy, expected) in [
        (plain(), vec![value_limit]),
        (plain().interval(until), vec![value_limit, time_frame]),
        (plain().at_most_uses(2), vec![value_limit, usage_limit]),
        (plain().rule(Rule::equal(0, 1u8)), vec![universal_action]),
        (plain().total_of(0, one), vec![universal_action]),
        (plain().total_value(5), vec![value_limit]),
        (
            plain().total_value(5).rule(Rule::equal(0, 1u8)),
            vec![universal_action, value_limit],
        ),
        (Policy::spending(TOKEN, one), vec![spending_limit]),
        (
            Policy::spending(TOKEN, one).rule(Rule::equal(0, KEY)),
            vec![universal_action],
        ),
        (Policy::transfer(TOKEN, 5), vec![value_limit]),
    ] {
        assert_eq!(contracts_of(policy.clone()), Ok(expected), "{policy:?}");
    }
    assert_eq!(
        contracts_of(Erc20Policy::new(TOKEN, KEY, one).total(one).at_most_uses(1)),
        Ok(vec![universal_action, usage_limit])
    );
}

#[test]
fn traps_of_the_chain_are_refused_by_name() {
    let plain = || Policy::new(TOKEN, BUY);
    let rules = |count| (0..count).fold(plain(), |policy, at| policy.rule(Rule::equal(at, 0u8)));

    for (policy, expected) in [
        (plain().at_most_uses(0), refusal::ZERO_LIMIT),
        (plain().total_value(0), refusal::ZERO_LIMIT),
        (plain().total_of(0, U256::ZERO), refusal::ZERO_LIMIT),
        (Policy::spending(TOKEN, U256::ZERO), refusal::ZERO_LIMIT),
        (Policy::transfer(TOKEN, 0), refusal::ZERO_LIMIT),
        (rules(17), refusal::TOO_MANY_RULES),
        (rules(16).total_of(16, U256::from(1)), refusal::TOO_MANY_RULES),
        (plain().value_limit_per_call(1), refusal::VALUE_WITHOUT_RULE),
        (
            plain().total_value(2).value_limit_per_call(1),
            refusal::VALUE_WITHOUT_RULE,
        ),
        (
            Policy::spending(TOKEN, U256::from(1)).value_limit_per_call(1),
            refusal::VALUE_OF_SPENDING,
        ),
        (
            Policy::transfer(TOKEN, 1).rule(Rule::equal(0, 0u8)),
            refusal::RULE_BEYOND_CALL,
        ),
        (
            Policy::spending(TOKEN, U256::from(1)).rule(Rule::equal(2, 0u8)),
            refusal::RULE_BEYOND_CALL,
        ),
        (Policy::new(FALLBACK_TARGET, [0, 0, 0, 1]), refusal::RESERVED),
        (Policy::new(TOKEN, PLAIN_TRANSFER), refusal::RESERVED),
        (
            plain().rule(Rule::equal(2048, 0u8)),
            PolicyError::ArgumentOutOfRange(2048),
        ),
        (
            plain().rule(Rule::offset(u32::MAX, Condition::Equal, 0u8)),
            PolicyError::ArgumentOutOfRange(u32::MAX / 32),
        ),
    ] {
        assert_eq!(contracts_of(policy.clone()), Err(expected), "{policy:?}");
    }
    assert!(contracts_of(rules(16)).is_ok());
    assert!(contracts_of(plain().rule(Rule::equal(2047, 0u8))).is_ok());
    assert_eq!(granting(&[]), Err(PolicyError::Empty));
    let never = Interval {
        valid_after: 9,
        valid_until: 8,
    };
    assert_eq!(
        contracts_of(plain().interval(never)),
        Err(PolicyError::Never(never))
    );
}

#[test]
fn two_permissions_for_one_function_are_refused() {
    let buy = |rule| Permission::from(Policy::new(TOKEN, BUY).rule(rule));
    let other = Permission::from(Policy::new(KEY, BUY));
    let transfers = || Erc20Policy::new(TOKEN, KEY, U256::from(1)).into();

    let alternatives = [buy(Rule::equal(0, 1u8)), buy(Rule::equal(0, 2u8))];

    assert_eq!(granting(&alternatives), Err(refusal::SAME_FUNCTION));
    assert_eq!(
        granting(&[transfers(), Policy::spending(TOKEN, U256::from(1)).into()]),
        Err(refusal::SAME_FUNCTION)
    );
    assert!(granting(&[alternatives[0].clone(), other, transfers()]).is_ok());
}

#[test]
fn token_transfers_permit_no_other_function() {
    let permission = Permission::from(Erc20Policy::new(TOKEN, KEY, U256::from(5)));
    let arguments = [KEY.into_word(), U256::from(5).into()].concat();
    let call = |selector: Selector| Call::raw(TOKEN, [selector.as_slice(), &arguments].concat());
    let (transfer, other) = (call(transferCall::SELECTOR.into()), call(BUY));
    let mut chain = Chain::new(granting(std::slice::from_ref(&permission)).unwrap());

    assert!(chain.permits(&transfer, 0));
    assert!(!chain.permits(&other, 0));
    assert_eq!(as_policy(&permission).allows(&transfer), Ok(()));
    assert!(matches!(
        as_policy(&permission).allows(&other),
        Err(Violation::Function { .. })
    ));
}

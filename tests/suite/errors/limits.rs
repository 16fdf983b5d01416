//! Errors of policies that the contracts of Smart Sessions, or those of Biconomy V2, cannot enforce.

use alloy::primitives::{Address, B256, U256};
use use_aa::{
    BiconomyV2, Call, Guards, Interval, Permission, Policy, Rule, SmartAccount, Violation,
    permission::PolicyError,
    session::smart_sessions::{
        FALLBACK_TARGET, KeyValidator, OnChainPolicy, SmartSession, SmartSessionsContracts, UniversalAction,
        contracts::ActionData,
    },
};

use super::{Outcome, Table};

const CONTRACTS: SmartSessionsContracts = SmartSessionsContracts::CANONICAL;
const SHOP: Address = Address::repeat_byte(1);

fn buy() -> Policy {
    Policy::new(SHOP, [1, 2, 3, 4])
}

fn granting(policies: impl IntoIterator<Item = Policy>) -> Result<SmartSession, PolicyError> {
    let permissions = policies.into_iter().map(Permission::from).collect::<Vec<_>>();
    SmartSession::granting(&permissions, KeyValidator::K1, SHOP, B256::ZERO, &CONTRACTS)
}

pub(crate) fn provoke(table: &mut Table) -> Outcome {
    table.add("a limit of 0", granting([buy().at_most_uses(0)]))?;
    let window = OnChainPolicy::TimeFrame(Interval::ALWAYS);
    table.add("a time frame without bounds", window.data(&CONTRACTS))?;
    let no_rules = UniversalAction {
        rules: Vec::new(),
        value_limit_per_use: U256::ZERO,
    };
    table.add(
        "a universal action without rules",
        OnChainPolicy::UniversalAction(no_rules).data(&CONTRACTS),
    )?;
    let many = (0..17).fold(buy(), |policy, argument| {
        policy.rule(Rule::at_least(argument, 0_u8))
    });
    table.add("17 rules", granting([many]))?;
    table.add("two policies of one function", granting([buy(), buy()]))?;
    table.add(
        "a value of each call alone",
        granting([buy().value_limit_per_call(5)]),
    )?;
    let spending = || Policy::spending(SHOP, U256::from(5));
    table.add(
        "a rule beyond a transfer",
        granting([spending().rule(Rule::equal(2, SHOP))]),
    )?;
    table.add(
        "a transfer of tokens with coins",
        granting([spending().value_limit_per_call(5)]),
    )?;
    let sudo = granting([buy()])?.with_fallback(&[OnChainPolicy::Sudo], &Guards::new(), &CONTRACTS);
    table.add("everything for a key", sudo)?;
    table.add(
        "an action without a policy",
        ActionData::new(SHOP, [1; 4].into(), &[], &CONTRACTS),
    )?;
    table.add(
        "the fallback as a contract",
        granting([Policy::new(FALLBACK_TARGET, [1; 4])]),
    )?;
    let counted = Permission::from(buy().at_most_uses(5));
    table.add(
        "a limit on Biconomy V2",
        BiconomyV2::at(SHOP).sessions().supports(&counted),
    )?;
    let beyond: Result<(), Violation> = Policy::transfer(SHOP, 5)
        .value_limit_per_call(9)
        .allows(&Call::transfer(SHOP, U256::from(6)));
    table.add("more than a limit permits in all", beyond)
}

use alloy::{
    primitives::{Address, B256, Bytes, U256},
    sol,
    sol_types::SolValue,
};

use super::{Answer, Group, by_key, by_owner, enabled, for_call};
use crate::{
    nexus::{
        account::Account,
        operation::Call,
        session::{Key, PolicyData, policy},
    },
    support::DEVNET,
};

sol! {
    #[derive(Default)]
    struct Usage {
        uint256 limit;
        uint256 used;
    }
    #[derive(Default)]
    struct Rule {
        uint8 condition;
        uint64 offset;
        bool isLimited;
        bytes32 ref;
        Usage usage;
    }
    struct Rules {
        uint256 length;
        Rule[16] rules;
    }
    struct ActionConfig {
        uint256 valueLimitPerUse;
        Rules paramRules;
    }
}

/// An account without code, which accepts all calls.
const SINK: Address = Address::repeat_byte(0x51);
/// The most coins that a use may move, in wei.
const VALUE_LIMIT: u64 = 5;

const EQUAL: u8 = 0;
const GREATER: u8 = 1;
const LESS: u8 = 2;
const AT_LEAST: u8 = 3;
const AT_MOST: u8 = 4;
const NOT_EQUAL: u8 = 5;
const IN_RANGE: u8 = 6;

/// Returns a call with one argument.
fn call(argument: U256) -> Call {
    Call::new(
        SINK,
        [&[0xab, 0xcd, 0xef, 0x01], argument.to_be_bytes::<32>().as_slice()].concat(),
    )
}

fn number(argument: u64) -> Call {
    call(U256::from(argument))
}

/// Returns a rule on the argument.
fn rule(condition: u8, reference: U256) -> Rule {
    Rule {
        condition,
        r#ref: reference.into(),
        ..Rule::default()
    }
}

/// Limits the sum of the argument, of which a part is used.
fn limited(limit: U256, used: u64) -> Rule {
    Rule {
        isLimited: true,
        usage: Usage {
            limit,
            used: U256::from(used),
        },
        ..rule(AT_LEAST, U256::ZERO)
    }
}

fn rules(given: &[Rule]) -> PolicyData {
    with_length(given, given.len())
}

fn with_length(given: &[Rule], length: usize) -> PolicyData {
    let config = ActionConfig {
        valueLimitPerUse: U256::from(VALUE_LIMIT),
        paramRules: Rules {
            length: U256::from(length),
            rules: std::array::from_fn(|i| given.get(i).cloned().unwrap_or_default()),
        },
    };
    policy(DEVNET.contracts().uni_action_policy, config.abi_encode())
}

#[tokio::test]
async fn rules_on_arguments_are_as_in_production() {
    let mut group = Group::new("UniActionPolicy");
    let account = Account::deployed().await;

    conditions(&mut group, &account).await;
    ranges(&mut group, &account).await;
    sums(&mut group, &account).await;
    values(&mut group, &account).await;
    lengths(&mut group, &account).await;
    counters(&mut group, &account).await;

    let session = enabled(&account, &number(0), rules(&[rule(LESS, U256::from(10))])).await;
    group.answer(
        "LESS_THAN 10 with int256 -1 (all ones): unsigned",
        used(&session, &account, call(U256::MAX)).await,
    );
    group.end();
}

async fn used(session: &Key, account: &Account, call: Call) -> Answer {
    by_key(session, account, &[call]).await
}

async fn conditions(group: &mut Group, account: &Account) {
    for (condition, name, arguments) in [
        (EQUAL, "EQUAL", [10, 9, 11].as_slice()),
        (GREATER, "GREATER_THAN", &[11, 10]),
        (LESS, "LESS_THAN", &[9, 10]),
        (AT_LEAST, "GREATER_THAN_OR_EQUAL", &[10, 9]),
        (AT_MOST, "LESS_THAN_OR_EQUAL", &[10, 11]),
        (NOT_EQUAL, "NOT_EQUAL", &[9, 10]),
    ] {
        let session = enabled(account, &number(0), rules(&[rule(condition, U256::from(10))])).await;
        for argument in arguments {
            let what = format!("{name} 10: {argument}");
            group.answer(&what, used(&session, account, number(*argument)).await);
        }
    }
}

async fn ranges(group: &mut Group, account: &Account) {
    let bounds = (U256::from(5) << 128_usize) | U256::from(9);
    let session = enabled(account, &number(0), rules(&[rule(IN_RANGE, bounds)])).await;
    let above = (U256::from(1) << 128_usize) + U256::from(6);
    for argument in [4, 5, 9, 10].map(U256::from).into_iter().chain([above]) {
        let what = format!("IN_RANGE 5..9: {argument}");
        group.answer(&what, used(&session, account, call(argument)).await);
    }
}

async fn sums(group: &mut Group, account: &Account) {
    let most = Rule {
        condition: AT_MOST,
        r#ref: U256::from(10).into(),
        ..limited(U256::from(15), 0)
    };
    let session = enabled(account, &number(0), rules(&[most])).await;
    for (what, argument) in [
        ("at most 10, cumulative 15: 10", 10),
        ("6 (would be 16)", 6),
        ("5, to 15 exactly", 5),
        ("0 more", 0),
        ("1 more", 1),
    ] {
        group.answer(what, used(&session, account, number(argument)).await);
    }
    let session = enabled(account, &number(0), rules(&[limited(U256::MAX, 0)])).await;
    group.answer(
        "cumulative 2^256-1: first 2^256-1",
        used(&session, account, call(U256::MAX)).await,
    );
    group.answer("then 1 (overflow)", used(&session, account, number(1)).await);
}

async fn values(group: &mut Group, account: &Account) {
    let any = rules(&[rule(AT_LEAST, U256::ZERO)]);
    let session = enabled(account, &number(0), any).await;
    for (what, value) in [
        ("value limit per use 5: value 5", 5),
        ("value 5 again (never cumulative)", 5),
        ("value 6", 6),
    ] {
        group.answer(what, used(&session, account, number(0).value(value)).await);
    }
}

async fn lengths(group: &mut Group, account: &Account) {
    let none = for_call(&number(0), rules(&[]));
    group.answer(
        "no rule at all, at enabling",
        by_owner(account, none.enabling()).await,
    );
    group.answer("no rule at all, at use", used(&none, account, number(0)).await);
    let many = for_call(&number(0), with_length(&[], 17));
    group.answer("length 17 at enabling", by_owner(account, many.enabling()).await);
    let first = enabled(account, &number(0), rules(&[rule(AT_LEAST, U256::ZERO)])).await;
    let bare = Call::new(SINK, Bytes::copy_from_slice(&number(0).data[..4]));
    group.answer(
        "a rule on the first word, but the call has no arguments",
        used(&first, account, bare).await,
    );
}

async fn counters(group: &mut Group, account: &Account) {
    let session = enabled(account, &number(0), rules(&[limited(U256::from(10), 0)])).await;
    assert!(used(&session, account, number(10)).await.accepted);
    assert!(!used(&session, account, number(1)).await.accepted);
    assert_eq!(by_owner(account, session.enabling()).await.success, Some(true));
    group.answer(
        "used up, enabled again: counter",
        used(&session, account, number(10)).await,
    );

    let session = enabled(account, &number(0), rules(&[limited(U256::from(10), 9)])).await;
    group.answer(
        "\"used\" 9 of 10 written by the maker of the session: 2",
        used(&session, account, number(2)).await,
    );
    group.answer("  1", used(&session, account, number(1)).await);
}

#[test]
fn a_configuration_has_the_length_of_production() {
    // The value limit, the length, and 16 rules of 6 words each.
    assert_eq!(rules(&[]).initData.len(), 32 * (2 + 16 * 6));
    assert_eq!(
        B256::from(U256::from(VALUE_LIMIT)),
        B256::from_slice(&rules(&[]).initData[..32])
    );
}

use alloy::primitives::{B256, U256, address};
use proptest::{prelude::*, sample::select};

use super::*;
use crate::permission::{Erc20Policy, Interval, Rule};

const ACCOUNT: Address = address!("58f903f277efedf01cf6939f64af3b657ac4a9af");
const ENTRY_POINT: Address = address!("5ff137d4b0fdcd49dca30c7cf57e578a026d2789");
const TOKEN: Address = address!("fee0000000000000000000000000000000000006");
const FRIEND: Address = Address::repeat_byte(7);
const MODULES: [Address; 2] = [Address::repeat_byte(8), Address::repeat_byte(9)];
const HARMLESS: [u8; 4] = [1, 2, 3, 4];
const NOW: u64 = 1_700_000_000;
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

fn check(guards: &Guards, permission: impl Into<Permission>) -> Result<(), PolicyError> {
    let permissions = [within(NOW, NOW + HOUR).into(), permission.into()];
    guards.check(&permissions, ACCOUNT, ENTRY_POINT, &MODULES, NOW)
}

fn within(valid_after: u64, valid_until: u64) -> Policy {
    Policy::new(TOKEN, HARMLESS).interval(Interval {
        valid_after,
        valid_until,
    })
}

fn policy(contract: Address, selector: impl Into<Selector>) -> Policy {
    Policy::new(contract, selector).interval(within(0, NOW + HOUR).valid())
}

#[test]
fn a_permission_must_end_within_a_day_of_its_beginning() {
    let endless = Err(PolicyError::Endless(1));
    let too_long = |seconds| {
        Err(PolicyError::TooLong {
            permission: 1,
            lasts: Duration::from_secs(seconds),
            longest: Duration::from_secs(DAY),
        })
    };
    for (valid_after, valid_until, expected) in [
        (0, 0, endless.clone()),
        (NOW + DAY, 0, endless),
        (0, NOW + DAY, Ok(())),
        (0, NOW + DAY + 1, too_long(DAY + 1)),
        (NOW - DAY, NOW + DAY, Ok(())),
        (NOW + DAY, NOW + 2 * DAY, Ok(())),
        (NOW + HOUR, NOW + 2 * DAY, too_long(2 * DAY - HOUR)),
        (0, u64::MAX, too_long(u64::MAX - NOW)),
        (0, NOW - 1, Ok(())),
    ] {
        let permission = within(valid_after, valid_until);

        let found = check(&Guards::new(), permission.clone());

        assert_eq!(found, expected, "{permission:?}");
        assert_eq!(check(&Guards::new().without_end(), permission), Ok(()));
    }
}

#[test]
fn the_longest_time_is_the_apps_to_say() {
    let longer = Guards::new().longest(Duration::from_secs(2 * DAY));
    let shorter = Guards::new().longest(Duration::from_secs(HOUR));

    assert_eq!(check(&longer, within(0, NOW + 2 * DAY)), Ok(()));
    assert!(check(&longer, within(0, NOW + 2 * DAY + 1)).is_err());
    assert!(check(&longer, within(0, 0)).is_err());
    assert_eq!(check(&shorter, within(0, NOW + HOUR)), Ok(()));
    assert!(check(&shorter, within(0, NOW + HOUR + 1)).is_err());
}

#[test]
fn time_is_asked_of_permissions_of_every_module() {
    let token = Erc20Policy::new(TOKEN, FRIEND, U256::from(5));

    assert_eq!(check(&Guards::new(), token.clone()), Err(PolicyError::Endless(1)));
    assert_eq!(
        check(&Guards::new(), token.interval(within(0, NOW + HOUR).valid())),
        Ok(())
    );
}

#[test]
fn what_guards_the_account_is_no_target() {
    let module = "a module of the account";
    let targets = [
        (ACCOUNT, "the account itself"),
        (ENTRY_POINT, "the entry point"),
        (MODULES[0], module),
        (MODULES[1], module),
    ];
    for (target, what) in targets {
        let refused = Err(PolicyError::RefusedTarget {
            permission: 1,
            target,
            what,
        });
        let interval = within(0, NOW + HOUR).valid();
        let token = Erc20Policy::new(target, FRIEND, U256::from(5)).interval(interval);
        let permissions = [Permission::from(policy(target, HARMLESS)), token.into()];

        for permission in permissions {
            assert_eq!(check(&Guards::new(), permission.clone()), refused);
            let other = Guards::new().allow_target(FRIEND);
            assert_eq!(check(&other, permission.clone()), refused);
            let opted_out = Guards::new().allow_target(FRIEND).allow_target(target);
            assert_eq!(check(&opted_out, permission), Ok(()));
        }
    }
}

#[test]
fn tokens_do_not_go_to_the_account_itself() {
    let interval = within(0, NOW + HOUR).valid();
    let to = |recipient| Erc20Policy::new(TOKEN, recipient, U256::MAX).interval(interval);
    // `transferFrom(account, thief, 5)`, which the module reads as 5 tokens for the account.
    let theft = Erc20::transferFromCall {
        from: ACCOUNT,
        to: FRIEND,
        amount: U256::from(5),
    };
    let theft = crate::primitives::Call::new(TOKEN, theft);

    assert_eq!(to(ACCOUNT).allows(&theft), Ok(()));
    assert_eq!(check(&Guards::new(), to(ACCOUNT)), Err(PolicyError::ToItself(1)));
    assert_eq!(check(&Guards::new().allow_target(ACCOUNT), to(ACCOUNT)), Ok(()));
    assert!(to(FRIEND).allows(&theft).is_err());
    assert_eq!(check(&Guards::new(), to(FRIEND)), Ok(()));
}

#[test]
fn targets_are_those_of_the_accounts_own_contracts() {
    let check = |target| {
        let permissions = [policy(target, HARMLESS).into()];
        Guards::new().check(&permissions, ACCOUNT, TOKEN, &[FRIEND], NOW)
    };

    assert!(check(FRIEND).is_err());
    assert_eq!(check(MODULES[0]), Ok(()));
    assert!(check(TOKEN).is_err());
    assert_eq!(check(ENTRY_POINT), Ok(()));
}

/// The token functions of the standards by their signatures, with the argument that names the receiver.
const FUNCTIONS: [(&str, u16, &str); 22] = [
    ("approve(address,uint256)", 0, "spender"),
    ("increaseAllowance(address,uint256)", 0, "spender"),
    (
        "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
        1,
        "spender",
    ),
    (
        "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)",
        1,
        "spender",
    ),
    ("approve(address,address,uint160,uint48)", 1, "spender"),
    ("setApprovalForAll(address,bool)", 0, "operator"),
    ("increaseApproval(address,uint256)", 0, "spender"),
    ("approveAndCall(address,uint256)", 0, "spender"),
    ("approveAndCall(address,uint256,bytes)", 0, "spender"),
    ("authorizeOperator(address)", 0, "operator"),
    ("send(address,uint256,bytes)", 0, "recipient"),
    ("transfer(address,uint256)", 0, "recipient"),
    ("transferAndCall(address,uint256)", 0, "recipient"),
    ("transferAndCall(address,uint256,bytes)", 0, "recipient"),
    ("transferFromAndCall(address,address,uint256)", 1, "recipient"),
    (
        "transferFromAndCall(address,address,uint256,bytes)",
        1,
        "recipient",
    ),
    ("transferFrom(address,address,uint160,address)", 1, "recipient"),
    ("transferFrom(address,address,uint256)", 1, "recipient"),
    ("safeTransferFrom(address,address,uint256)", 1, "recipient"),
    ("safeTransferFrom(address,address,uint256,bytes)", 1, "recipient"),
    (
        "safeTransferFrom(address,address,uint256,uint256,bytes)",
        1,
        "recipient",
    ),
    (
        "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)",
        1,
        "recipient",
    ),
];

fn function(signature: &str) -> Policy {
    Policy::function(TOKEN, signature)
        .unwrap()
        .interval(within(0, NOW + HOUR).valid())
}

#[test]
fn who_may_take_tokens_must_be_bound() {
    assert_eq!(FUNCTIONS.len(), ASSET_FUNCTIONS.len());
    for (signature, argument, role) in FUNCTIONS {
        let open = function(signature);
        let refused = Err(PolicyError::Unbound {
            permission: 1,
            function: signature,
            argument,
            role,
        });

        assert_eq!(check(&Guards::new(), open.clone()), refused);
        let bound = open.clone().rule(Rule::equal(argument, FRIEND));
        assert_eq!(check(&Guards::new(), bound), Ok(()), "{signature}");
        let other = Guards::new().allow_unbound(HARMLESS);
        assert_eq!(check(&other, open.clone()), refused);
        let opted_out = other.allow_unbound(open.selector());
        assert_eq!(check(&opted_out, open), Ok(()), "{signature}");
    }
}

#[test]
fn opting_out_of_one_guard_leaves_the_others() {
    let all_but_time = Guards::new()
        .allow_target(ACCOUNT)
        .allow_unbound(function(FUNCTIONS[0].0).selector());
    let approve = Policy::function(ACCOUNT, FUNCTIONS[0].0).unwrap();

    assert_eq!(
        check(&all_but_time, approve.clone()),
        Err(PolicyError::Endless(1))
    );
    assert_eq!(check(&all_but_time.without_end(), approve), Ok(()));
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let offset = prop_oneof![3 => (0..4_u32).prop_map(|word| word * 32), 1 => 0..100_u32];
    let reference = any::<[u8; 32]>().prop_map(B256::from);
    (offset, select(Condition::ALL.to_vec()), reference)
        .prop_map(|(offset, condition, reference)| Rule::offset(offset, condition, reference))
}

fn is_bound_by(rule: &Rule, argument: u16) -> bool {
    rule.condition == Condition::Equal && rule.offset == u32::from(argument) * 32
}

proptest! {
    #[test]
    fn an_equal_bound_on_the_right_argument_is_all_it_takes(
        (signature, argument, _) in select(FUNCTIONS.to_vec()),
        whom in any::<[u8; 20]>(),
        before in proptest::collection::vec(any_rule(), 0..4),
        after in proptest::collection::vec(any_rule(), 0..4),
    ) {
        let bound = [Rule::equal(argument, Address::from(whom))];
        let rules = before.iter().chain(&bound).chain(&after);
        let permission = rules.fold(function(signature), |policy, rule| policy.rule(*rule));

        prop_assert_eq!(check(&Guards::new(), permission), Ok(()));
    }

    #[test]
    fn no_other_rules_are_a_bound(
        (signature, argument, _) in select(FUNCTIONS.to_vec()),
        rules in proptest::collection::vec(any_rule(), 0..6),
    ) {
        let others = rules.iter().filter(|rule| !is_bound_by(rule, argument));
        let permission = others.fold(function(signature), |policy, rule| policy.rule(*rule));

        let refused = check(&Guards::new(), permission);

        prop_assert!(matches!(refused, Err(PolicyError::Unbound { .. })), "{:?}", refused);
    }
}

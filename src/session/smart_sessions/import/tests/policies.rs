use super::*;

#[test]
fn permissions_are_read_back_as_they_were_granted() {
    let number = U256::from;
    let until = Interval {
        valid_after: 10,
        valid_until: 2_000_000_000,
    };
    let ruled = || Policy::new(SHOP, BUY).rule(Rule::at_least(0, 0u8));
    let table = [
        buy(),
        ruled().interval(until),
        ruled().value_limit_per_call(7).total_value(9),
        ruled().total_of(0, number(5)),
        ruled().rule(Rule::greater(2, 1u8)).total_of(2, number(5)),
        ruled().rule(Rule::less(1, 9u8)).rule(Rule::not_equal(3, 1u8)),
        ruled().rule(Rule::offset(33, crate::permission::Condition::AtMost, 9u8)),
        Policy::new(SHOP, BUY).total_value(5).interval(until),
        Policy::transfer(SHOP, 9).at_most_uses(2),
        Policy::spending(SHOP, number(50)).at_most_uses(2).interval(until),
    ];

    for policy in table {
        let session = granting(std::slice::from_ref(&policy), KeyValidator::Ownable);

        assert_eq!(permissions_of(&session), [policy.into()]);
    }
}

#[test]
fn policies_of_the_original_are_permissions() {
    let always = || UniversalAction::new([ActionRule::in_range(0, 3, 5)]);
    let plain = || Policy::new(SHOP, BUY);
    let range = |policy: Policy| policy.rule(Rule::at_least(0, 3u8)).rule(Rule::at_most(0, 5u8));
    let counted = UniversalAction::new([
        ActionRule::in_range(0, 3, 5).total(U256::from(8)),
        ActionRule::from(Rule::equal(1, 1u8)).total(U256::from(2)),
    ]);
    let sums = plain()
        .rule(Rule::at_least(0, 3u8))
        .rule(Rule::equal(1, 1u8))
        .rule(Rule::at_most(0, 5u8));
    let table = [
        (vec![OnChainPolicy::Sudo], plain().value_limit_per_call(u128::MAX)),
        (
            vec![
                OnChainPolicy::Sudo,
                OnChainPolicy::UsageLimit(2),
                OnChainPolicy::Sudo,
            ],
            plain().value_limit_per_call(u128::MAX).at_most_uses(2),
        ),
        (
            vec![OnChainPolicy::ValueLimit(U256::from(1))],
            plain().total_value(1),
        ),
        (
            vec![OnChainPolicy::ValueLimit(U256::MAX)],
            plain()
                .value_limit_per_call(u128::MAX)
                .with(Limit::new(Counted::Value, U256::MAX)),
        ),
        (vec![OnChainPolicy::UniversalAction(always())], range(plain())),
        (
            vec![
                OnChainPolicy::UniversalAction(UniversalAction {
                    value_limit_per_use: U256::MAX,
                    ..always()
                }),
                OnChainPolicy::ValueLimit(U256::from(4)),
            ],
            range(plain()).total_value(4),
        ),
        (
            vec![OnChainPolicy::UniversalAction(counted)],
            sums.total_of(0, U256::from(8)).total_of(1, U256::from(2)),
        ),
    ];

    for (policies, expected) in table {
        let session = with_policies(&policies);

        assert_eq!(permissions_of(&session), [expected.into()], "{policies:?}");
        let ledger = import(&grant_of(&session, 0)).unwrap();
        let state = SessionState::of(session.permission_id());
        let counters = ledger.counters(&state, key().address(), ACCOUNT).unwrap();
        assert!(
            counters.iter().all(|limit| limit.counter.is_some()),
            "each limit is counted: {policies:?}"
        );
    }
}

#[test]
fn interval_of_operations_is_that_of_each_permission() {
    let frame = |valid_after, valid_until| {
        let interval = Interval {
            valid_after,
            valid_until,
        };
        OnChainPolicy::TimeFrame(interval).data(&CONTRACTS).unwrap()
    };
    let mut session = granting(&[buy()], KeyValidator::K1).with_paymaster(&CONTRACTS);
    session.actions[0].actionPolicies.push(frame(5, 0));
    session.userOpPolicies.push(frame(3, 20));

    let permissions = permissions_of(&session);

    let during = Interval {
        valid_after: 5,
        valid_until: 20,
    };
    assert_eq!(permissions, [buy().interval(during).into()]);
}

/// A description, the part of the grant or the code that the error names, and the change of a session.
type Row = (&'static str, &'static str, fn(&mut SmartSession));

fn refuses((what, expected, change): Row) {
    let mut session = granting(&[buy()], KeyValidator::K1);
    change(&mut session);

    match import(&grant_of(&session, 0)).map(drop).unwrap_err() {
        ImportError::Grant { grant: 0, refusal } => {
            let found = (refusal.code, refusal.subject);
            assert_eq!(found, ("import.unreadable_policy", expected), "{what}");
        }
        error => assert_eq!(error.code(), expected, "{what}"),
    }
}

#[test]
fn policy_that_no_permission_describes_is_an_error() {
    let table: [Row; 10] = [
        ("an unknown policy", "import.unknown_contract", |it| {
            it.actions[0].actionPolicies[0].policy = SHOP;
        }),
        (
            "an unknown policy of operations",
            "import.unknown_contract",
            |it| {
                it.userOpPolicies = vec![PolicyData {
                    policy: SHOP,
                    initData: Bytes::new(),
                }];
            },
        ),
        ("a limit of operations", "userOpPolicies", |it| {
            it.userOpPolicies = vec![OnChainPolicy::UsageLimit(1).data(&CONTRACTS).unwrap()];
        }),
        ("two time frames of operations", "userOpPolicies", |it| {
            let interval = Interval {
                valid_after: 1,
                valid_until: 2,
            };
            it.userOpPolicies = vec![OnChainPolicy::TimeFrame(interval).data(&CONTRACTS).unwrap(); 2];
        }),
        ("messages", "erc7739Policies", |it| {
            it.erc7739Policies.allowedERC7739Content.push(ERC7739Context {
                appDomainSeparator: B256::ZERO,
                contentName: vec!["Order(uint256 id)".to_owned()],
            });
        }),
        ("the fallback action", "actionTarget", |it| {
            it.actions[0].actionTarget = FALLBACK_TARGET;
            it.actions[0].actionTargetSelector = FALLBACK_SELECTOR;
        }),
        ("no action", "actions", |it| it.actions.clear()),
        ("no policy", "actions", |it| it.actions[0].actionPolicies.clear()),
        ("one function twice", "actions", |it| {
            let action = it.actions[0].clone();
            it.actions.push(action);
        }),
        ("one policy twice", "actionPolicies", |it| {
            let policy = it.actions[0].actionPolicies[1].clone();
            it.actions[0].actionPolicies.push(policy);
        }),
    ];

    table.into_iter().for_each(refuses);
}

#[test]
fn init_data_that_no_permission_describes_is_an_error() {
    let table: [Row; 11] = [
        ("a plain transfer with rules", "actionPolicies", |it| {
            it.actions[0].actionTargetSelector = PLAIN_TRANSFER;
        }),
        ("a plain transfer without a limit", "actionPolicies", |it| {
            *it = with_policies(&[OnChainPolicy::Sudo]);
            it.actions[0].actionTargetSelector = PLAIN_TRANSFER;
        }),
        ("spending of another function", "actionPolicies", |it| {
            *it = with_policies(&[OnChainPolicy::SpendingLimit(vec![(SHOP, U256::from(1))])]);
        }),
        ("spending of another token", "actionPolicies", |it| {
            *it = with_policies(&[OnChainPolicy::SpendingLimit(vec![(ACCOUNT, U256::from(1))])]);
        }),
        ("spending beside rules", "actionPolicies", |it| {
            let limit = OnChainPolicy::SpendingLimit(vec![(SHOP, U256::from(1))]);
            it.actions[0].actionTargetSelector = Selector::new([0xa9, 0x05, 0x9c, 0xbb]);
            it.actions[0].actionPolicies.push(limit.data(&CONTRACTS).unwrap());
        }),
        ("a time frame without bounds", "initData", |it| {
            it.actions[0].actionPolicies.push(PolicyData {
                policy: CONTRACTS.time_frame,
                initData: [0; 12].into(),
            });
        }),
        ("no rule", "initData", |it| change_word(it, 1, 0)),
        ("17 rules", "initData", |it| change_word(it, 1, 17)),
        ("an unknown condition", "initData", |it| change_word(it, 2, 7)),
        ("a sum that has begun", "initData", |it| change_word(it, 7, 1)),
        ("a sum on the second rule of its argument", "initData", |it| {
            let rule = |total| ActionRule {
                total,
                ..Rule::at_least(0, 1u8).into()
            };
            let rules = [rule(None), rule(Some(U256::from(9)))];
            *it = with_policies(&[OnChainPolicy::UniversalAction(UniversalAction::new(rules))]);
        }),
    ];

    table.into_iter().for_each(refuses);
}

/// Changes a word of the universal action policy.
fn change_word(session: &mut SmartSession, word: usize, value: u8) {
    let policy = &mut session.actions[0].actionPolicies[0];
    let mut data = policy.initData.to_vec();
    data[32 * word..][..32].copy_from_slice(Word::from(value).0.as_slice());
    policy.initData = data.into();
}

#[test]
fn init_data_of_another_length_is_an_error() {
    let policies = [
        OnChainPolicy::UsageLimit(1),
        OnChainPolicy::ValueLimit(U256::from(1)),
        OnChainPolicy::UniversalAction(UniversalAction::new([ActionRule::in_range(0, 1, 2)])),
        OnChainPolicy::TimeFrame(Interval {
            valid_after: 1,
            valid_until: 2,
        }),
        OnChainPolicy::SpendingLimit(vec![(SHOP, U256::from(1))]),
    ];

    for policy in policies {
        let mut session = with_policies(std::slice::from_ref(&policy));
        let data = session.actions[0].actionPolicies[0].initData.clone();
        for length in 0..data.len() {
            session.actions[0].actionPolicies[0].initData = data.slice(..length);

            assert_eq!(
                code(import(&grant_of(&session, 0))),
                "import.unreadable_policy",
                "{policy:?}"
            );
        }
    }
}

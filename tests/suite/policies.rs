//! The library's evaluation of a policy agrees with the session validation module on the local chain.
//!
//! Every run uses the same cases. `PROPTEST_RNG_SEED` selects others.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeMap, error::Error, slice};

use alloy::{
    primitives::{Address, Bytes},
    sol,
    sol_types::SolCall,
};
use futures::{StreamExt, TryStreamExt, stream};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngSeed, TestRunner},
};
use serde_json::json;
use use_aa::{
    Json, Permission, ServiceError, Violation,
    rpc::{Failure, Node},
};

use crate::support::{Outcome, node};
use cases::{Case, KEY};

pub(crate) mod cases;

sol! {
    function validateSessionParams(address to, uint256 value, bytes data, bytes keyData, bytes specific)
        returns (address);
}

/// The key that may make a call, or the contract's revert reason. `None` stands for any reason.
type Verdict = Result<Address, Option<String>>;

#[tokio::test]
async fn abi_policies_allow_what_their_module_allows() -> Outcome {
    let cases = agree(cases::abi(), 3_000, reading).await?;

    let kinds = cases
        .iter()
        .flat_map(|case| match case.permission.allows(&case.call) {
            Ok(()) => {
                let conditions = case.conditions.iter();
                conditions
                    .map(|condition| format!("{condition:?} holds"))
                    .collect()
            }
            Err(Violation::Rule { found: None, .. }) => vec!["the call data ends before".to_owned()],
            Err(Violation::Rule { number, .. }) => vec![format!("{:?} breaks", case.conditions[number])],
            Err(violation) => vec![words(&case.permission, &violation).to_owned()],
        });
    assert_all_seen(17, kinds);
    Ok(())
}

#[tokio::test]
async fn erc20_policies_allow_what_their_module_allows() -> Outcome {
    let cases = agree(cases::erc20(), 1_500, reading).await?;

    let kinds = cases.iter().map(|case| format!("{:?}", reading(case)));
    assert_all_seen(6, kinds);
    Ok(())
}

#[tokio::test]
async fn key_data_that_was_changed_allows_what_its_module_allows() -> Outcome {
    let reading = |case: &Case| match (case.leaf.allows(&case.call, 0), case.leaf.key()) {
        (Ok(()), Some(key)) => Ok(key),
        _ => Err(None),
    };

    let cases = agree(cases::damaged(), 1_000, reading).await?;

    let kinds = cases.iter().map(|case| {
        let module = match &case.permission {
            Permission::Erc20(_) => "ERC-20",
            _ => "ABI",
        };
        format!("{module} allows: {}", reading(case).is_ok())
    });
    assert_all_seen(4, kinds);
    Ok(())
}

/// Asserts that the random cases contain every kind often enough.
fn assert_all_seen(expected: usize, kinds: impl Iterator<Item = String>) {
    let mut seen = BTreeMap::<String, usize>::new();
    for kind in kinds {
        *seen.entry(kind).or_default() += 1;
    }
    println!("{seen:#?}");
    assert_eq!(seen.len(), expected, "{seen:#?}");
    assert!(seen.values().all(|count| *count >= 10), "{seen:#?}");
}

/// Evaluates a case with the library.
fn reading(case: &Case) -> Verdict {
    let allowed = case.permission.allows(&case.call);
    allowed
        .map(|()| KEY)
        .map_err(|violation| Some(words(&case.permission, &violation).to_owned()))
}

/// Returns the revert reason of the permission's module for a violation.
fn words(permission: &Permission, violation: &Violation) -> &'static str {
    match (permission, violation) {
        (Permission::Abi(_), Violation::Contract { .. }) => "ABISV Destination Forbidden",
        // The module slices the call data, and reverts without a reason where there is none.
        (Permission::Abi(_), Violation::NoFunction { .. } | Violation::Rule { found: None, .. }) => "",
        (Permission::Abi(_), Violation::Function { .. }) => "ABISV Selector Forbidden",
        (Permission::Abi(_), Violation::Value { .. }) => "ABISV Permitted Value Exceeded",
        (Permission::Abi(_), Violation::Rule { .. }) => "ABISV Arg Rule Violated",
        (Permission::Erc20(_), Violation::Contract { .. }) => "ERC20SV Invalid Token",
        (Permission::Erc20(_), Violation::Value { .. }) => "ERC20SV Non Zero Value",
        (Permission::Erc20(_), Violation::NoTransfer) => "",
        (Permission::Erc20(_), Violation::Recipient { .. }) => "ERC20SV Wrong Recipient",
        (Permission::Erc20(_), Violation::Amount { .. }) => "ERC20SV Max Amount Exceeded",
        _ => panic!("{permission:?} has no such violation: {violation:?}"),
    }
}

/// Compares the modules with `ours` on many cases, and returns the cases. Fails with the simplest case that differs.
async fn agree(
    cases: impl Strategy<Value = Case>,
    count: usize,
    ours: impl Fn(&Case) -> Verdict,
) -> Result<Vec<Case>, Box<dyn Error>> {
    /// The number of calls in one request.
    const CHUNK: usize = 100;

    let seed = seed();
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    });
    let trees = (0..count).map(|_| cases.new_tree(&mut runner));
    let mut trees = trees
        .collect::<Result<Vec<_>, _>>()
        .map_err(|reason| reason.to_string())?;
    let cases = trees.iter().map(ValueTree::current).collect::<Vec<_>>();

    let node = node();
    for (cases, trees) in cases.chunks(CHUNK).zip(trees.chunks_mut(CHUNK)) {
        let answers = ask(&node, cases).await?;
        let differs = cases
            .iter()
            .zip(&answers)
            .position(|(case, theirs)| !same(&ours(case), theirs));
        if let Some(at) = differs {
            let (case, theirs) = simplest(&node, &mut trees[at], &ours).await?;
            let ours = ours(&case);
            panic!("PROPTEST_RNG_SEED={seed}\n{case:#?}\nours:   {ours:?}\ntheirs: {theirs:?}");
        }
    }
    Ok(cases)
}

/// Returns the seed of the environment, or a fixed one.
pub(crate) fn seed() -> u64 {
    match Config::default().rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => 4337,
    }
}

fn same(ours: &Verdict, theirs: &Verdict) -> bool {
    match (ours, theirs) {
        (Err(None), Err(_)) => true,
        _ => ours == theirs,
    }
}

/// Simplifies a case as long as the module disagrees, and returns the case with the module's verdict.
async fn simplest(
    node: &Node,
    tree: &mut impl ValueTree<Value = Case>,
    ours: impl Fn(&Case) -> Verdict,
) -> Result<(Case, Verdict), Box<dyn Error>> {
    const ATTEMPTS: usize = 2_000;

    let mut found = None;
    for _ in 0..ATTEMPTS {
        let case = tree.current();
        let theirs = ask(node, slice::from_ref(&case)).await?.swap_remove(0);
        let goes_on = if same(&ours(&case), &theirs) {
            tree.complicate()
        } else {
            found = Some((case, theirs));
            tree.simplify()
        };
        if !goes_on {
            break;
        }
    }
    found.ok_or_else(|| "asked again, the module judged in another way".into())
}

/// Queries the modules for all cases, several at a time.
async fn ask(node: &Node, cases: &[Case]) -> Result<Vec<Verdict>, Box<dyn Error>> {
    const AT_ONCE: usize = 16;

    let verdicts = stream::iter(cases).map(|Case { leaf, call, .. }| async move {
        let question = validateSessionParamsCall {
            to: call.to,
            value: call.value,
            data: call.data.clone(),
            keyData: leaf.key_data().clone(),
            specific: Bytes::new(),
        };
        let data = Bytes::from(question.abi_encode());
        let message = json!({"to": leaf.module(), "data": data});
        verdict(
            node.request("eth_call", vec![message.into(), "latest".into()])
                .await,
        )
    });
    verdicts.buffered(AT_ONCE).try_collect().await
}

fn verdict(answer: Result<Json, ServiceError>) -> Result<Verdict, Box<dyn Error>> {
    /// The JSON-RPC error code of a call that reverted.
    const REVERTED: i64 = 3;

    match answer {
        Ok(key) => {
            let key: Bytes = key.as_str().ok_or("the answer is no text")?.parse()?;
            Ok(Ok(validateSessionParamsCall::abi_decode_returns_validate(&key)?))
        }
        Err(error) => match error.failure() {
            Failure::Refused(refusal) if refusal.code == REVERTED => {
                Ok(Err(Some(refusal.revert.clone().unwrap_or_default())))
            }
            failure => Err(failure.clone().into()),
        },
    }
}

//! The library's evaluation of a session agrees with Smart Sessions on the local chain: each session is enabled and
//! asked to validate its calls one after the other, in one simulation of the node (`eth_simulateV1`).
//!
//! Every run uses the same cases. `PROPTEST_RNG_SEED` selects others.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cases;
mod reading;

use std::{collections::BTreeMap, error::Error};

use alloy::{
    primitives::{Address, B256, Bytes, U256},
    signers::{SignerSync, local::PrivateKeySigner},
    sol,
    sol_types::SolCall,
};
use futures::{StreamExt, TryStreamExt, stream};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngSeed, TestRunner},
};
use serde::Deserialize;
use serde_json::json;
use use_aa::{
    Call, Condition, Rule, Violation,
    account::nexus::{OnFailure, call_data},
    rpc::Node,
    session::smart_sessions::{
        KeyValidator, SmartSession, SmartSessionsContracts, as_policy, contracts::SmartSessionModule,
        use_signature,
    },
};

use self::{
    cases::{Case, NOW},
    reading::{Reading, Refusal, Verdicts, counters, expected, is_at_wrong_time},
};
use crate::{
    policies::seed,
    support::{Outcome, node, request},
};

sol! {
    struct PackedUserOperation {
        address sender;
        uint256 nonce;
        bytes initCode;
        bytes callData;
        bytes32 accountGasLimits;
        uint256 preVerificationGas;
        bytes32 gasFees;
        bytes paymasterAndData;
        bytes signature;
    }

    function validateUserOp(PackedUserOperation op, bytes32 opHash) external returns (uint256 validationData);
}

const CONTRACTS: SmartSessionsContracts = SmartSessionsContracts::CANONICAL;

/// The account that asks the module. The module needs none of its code.
const ACCOUNT: Address = Address::repeat_byte(0xac);

/// The number of sessions, which make five calls each.
const SESSIONS: usize = 400;

#[tokio::test]
async fn sessions_allow_what_their_contracts_allow() -> Outcome {
    let seed = seed();
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    });
    let cases = cases::cases().prop_filter("Smart Sessions refuse the policies", |case| {
        session(case).is_some()
    });
    let trees = (0..SESSIONS).map(|_| cases.new_tree(&mut runner));
    let mut trees = trees
        .collect::<Result<Vec<_>, _>>()
        .map_err(|reason| reason.to_string())?;
    let cases = trees.iter().map(ValueTree::current).collect::<Vec<_>>();
    let chain = Chain::new()?;

    let verdicts = chain.ask_all(&cases).await?;

    let differs = |(case, theirs): (&Case, &Verdicts)| expected(case) != *theirs;
    if let Some(at) = cases.iter().zip(&verdicts).position(differs) {
        let (case, theirs) = chain.simplest(&mut trees[at]).await?;
        let ours = expected(&case);
        panic!("PROPTEST_RNG_SEED={seed}\n{case:#?}\nours:   {ours:?}\ntheirs: {theirs:?}");
    }
    let asked = verdicts
        .iter()
        .map(|verdicts| verdicts.allowed.len())
        .sum::<usize>();
    assert_eq!(asked, 5 * SESSIONS);
    assert_all_seen(&cases);
    Ok(())
}

/// Asserts that the random cases contain every kind often enough.
fn assert_all_seen(cases: &[Case]) {
    let mut seen = BTreeMap::<String, usize>::new();
    for case in cases {
        for (call, verdict) in case.calls.iter().zip(Reading::of(case).verdicts) {
            for kind in kinds(case, call, &verdict) {
                *seen.entry(kind).or_default() += 1;
            }
        }
    }
    let allowed = cases.iter().flat_map(|case| expected(case).allowed);
    let allowed = allowed.filter(|is| *is).count();
    println!("{allowed} of {} calls are allowed: {seen:#?}", 5 * SESSIONS);
    assert_eq!(seen.len(), 28, "{seen:#?}");
    assert!(seen.values().all(|count| *count >= 5), "{seen:#?}");
}

/// Names what a verdict depends on.
fn kinds(case: &Case, call: &Call, verdict: &Result<usize, Refusal>) -> Vec<String> {
    match verdict {
        Ok(index) => {
            let policy = as_policy(&case.permissions[*index]);
            let rules = policy
                .rules()
                .iter()
                .map(|rule| format!("{} holds", condition(rule)));
            let limits = policy.limits().iter();
            let counted = limits.filter(|limit| !limit.amount(call).unwrap_or_default().is_zero());
            let counted = counted.map(|limit| format!("{} is booked", limit.name()));
            rules.chain(counted).collect()
        }
        Err(Refusal::Alone(Violation::Rule { found: None, .. })) => {
            vec!["the call data ends before".to_owned()]
        }
        Err(Refusal::Alone(Violation::Rule { rule, .. })) => vec![format!("{} breaks", condition(rule))],
        Err(Refusal::Alone(Violation::Limit(limit))) => vec![format!("{} is too little", limit.name())],
        Err(Refusal::Alone(violation)) => vec![violation.code().to_owned()],
        Err(Refusal::UsedUp(limit)) => vec![format!("{} is used up", limit.name())],
    }
}

/// Names the condition of a rule.
fn condition(rule: &Rule) -> String {
    let text = rule.to_string();
    let of_rule = |condition: &Condition| text.contains(&format!(" {condition} "));
    Condition::ALL
        .into_iter()
        .find(of_rule)
        .map(|condition| format!("{condition:?}"))
        .unwrap()
}

/// Returns the session of a case, if Smart Sessions can enforce its permissions.
fn session(case: &Case) -> Option<SmartSession> {
    let key = signer().address();
    SmartSession::granting(&case.permissions, KeyValidator::K1, key, B256::ZERO, &CONTRACTS).ok()
}

fn signer() -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&B256::repeat_byte(1)).unwrap()
}

/// The module on the local chain, with the signature of the hash that all operations have.
struct Chain {
    node: Node,
    signature: Bytes,
}

#[derive(Deserialize)]
struct Block {
    calls: Vec<Simulated>,
}

/// The result of a simulated call.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Simulated {
    status: U256,
    return_data: Bytes,
}

impl Chain {
    const HASH: B256 = B256::repeat_byte(2);

    fn new() -> Result<Self, Box<dyn Error>> {
        let signature = signer().sign_message_sync(Self::HASH.as_slice())?;
        Ok(Self {
            node: node(),
            signature: signature.as_bytes().into(),
        })
    }

    /// Asks for the verdicts on the calls of all cases, several cases at a time.
    async fn ask_all(&self, cases: &[Case]) -> Result<Vec<Verdicts>, Box<dyn Error>> {
        const AT_ONCE: usize = 8;

        let verdicts = stream::iter(cases).map(|case| self.ask(case));
        verdicts.buffered(AT_ONCE).try_collect().await
    }

    /// Enables the session of a case, validates its calls, one operation after the other, and reads its counters.
    async fn ask(&self, case: &Case) -> Result<Verdicts, Box<dyn Error>> {
        let session = session(case).ok_or("Smart Sessions refuse the policies")?;
        let id = session.permission_id();
        let enable = SmartSessionModule::enableSessionsCall {
            sessions: vec![session],
        };
        let validate = |call: &Call| self.operation(id, call);
        let asked = std::iter::once(enable.abi_encode()).chain(case.calls.iter().map(validate));
        let asked = asked.map(|data| (CONTRACTS.module, Bytes::from(data)));
        let counters = counters(case);
        let read = counters
            .iter()
            .map(|(_, counter)| (counter.call().to, counter.call().data.clone()));
        let calls = asked
            .chain(read)
            .map(|(to, input)| json!({"from": ACCOUNT, "to": to, "input": input}))
            .collect::<Vec<_>>();

        let simulation = json!({"blockStateCalls": [{ "calls": calls }]});
        let [block]: [Block; 1] =
            request(&self.node, "eth_simulateV1", json!([simulation, "latest"])).await?;

        let (enabled, validated) = block.calls.split_first().ok_or("no call was simulated")?;
        assert_eq!(enabled.status, U256::ONE, "{case:#?}\n{enabled:?}");
        let (validated, read) = validated.split_at(case.calls.len());
        let used = counters.iter().zip(read).map(|((_, counter), read)| {
            let words = (counter.call().decode)(&read.return_data)?;
            counter
                .used(&words)
                .ok_or_else(|| "the answer is too short".into())
        });
        let used = used.collect::<Result<_, Box<dyn Error>>>()?;
        Ok(Verdicts {
            allowed: validated.iter().map(verdict).collect::<Result<_, _>>()?,
            used: (!is_at_wrong_time(&Reading::of(case))).then_some(used),
        })
    }

    /// Encodes the validation of an operation that makes a call.
    fn operation(&self, id: B256, call: &Call) -> Vec<u8> {
        let op = PackedUserOperation {
            sender: ACCOUNT,
            nonce: U256::ZERO,
            initCode: Bytes::new(),
            callData: call_data(std::slice::from_ref(call), OnFailure::Revert),
            accountGasLimits: B256::ZERO,
            preVerificationGas: U256::ZERO,
            gasFees: B256::ZERO,
            paymasterAndData: Bytes::new(),
            signature: use_signature(id, &self.signature),
        };
        validateUserOpCall {
            op,
            opHash: Self::HASH,
        }
        .abi_encode()
    }

    /// Simplifies a case as long as the contracts disagree, and returns the case with their verdicts.
    async fn simplest(
        &self,
        tree: &mut impl ValueTree<Value = Case>,
    ) -> Result<(Case, Verdicts), Box<dyn Error>> {
        const ATTEMPTS: usize = 500;

        let mut found = None;
        for _ in 0..ATTEMPTS {
            let case = tree.current();
            let differing = match session(&case) {
                Some(_) => Some(self.ask(&case).await?).filter(|theirs| expected(&case) != *theirs),
                None => None,
            };
            let goes_on = match differing {
                None => tree.complicate(),
                Some(theirs) => {
                    found = Some((case, theirs));
                    tree.simplify()
                }
            };
            if !goes_on {
                break;
            }
        }
        found.ok_or_else(|| "asked again, the contracts judged in another way".into())
    }
}

/// Reads the answer of a validation as the entry point does at the time of the calls. A refusal must be one of a policy.
fn verdict(simulated: &Simulated) -> Result<bool, Box<dyn Error>> {
    /// `PolicyViolation(bytes32,address)`, `PolicyCheckReverted(bytes32)`, `NoPoliciesSet(bytes32)`, and `InvalidData()`
    /// for data that ends within the selector, or begins with that of plain transfers.
    const OF_POLICIES: [[u8; 4]; 4] = [
        [0x3b, 0x57, 0x73, 0x61],
        [0xf4, 0x27, 0x07, 0x52],
        [0x1c, 0x79, 0x2c, 0x05],
        [0x5c, 0xb0, 0x45, 0xdb],
    ];

    if simulated.status.is_zero() {
        let error = simulated.return_data.get(..4).unwrap_or_default();
        return match OF_POLICIES.iter().any(|known| known == error) {
            true => Ok(false),
            false => Err(format!("no refusal of a policy: {simulated:?}").into()),
        };
    }
    let data = validateUserOpCall::abi_decode_returns_validate(&simulated.return_data)?;
    let time = |at: usize| data.wrapping_shr(at).wrapping_to::<u64>() & ((1 << 48) - 1);
    let (valid_until, valid_after) = (time(160), time(208));
    let is_signed = data.wrapping_shl(96).is_zero();
    assert!(is_signed, "{simulated:?}");
    Ok(valid_after <= NOW && (valid_until == 0 || NOW <= valid_until))
}

//! The questions about policies, answered as the real contracts have answered them.

mod time_frame;
mod uni_action;
mod usage_limit;

use std::{collections::VecDeque, time::SystemTime};

use alloy::primitives::{Address, B256, hex};
use serde_json::Value;

use super::{
    account::Account,
    cases,
    operation::Call,
    session::{Key, PolicyData, action, selector},
};

const QUESTIONS: &str = include_str!("../../../../../tests/vectors-nexus/policy-questions.json");

/// The answer to a question: accepted by the entry point, success of the calls if known, and a reason.
struct Answer {
    accepted: bool,
    success: Option<bool>,
    why: String,
}

impl Answer {
    /// Reads the result of a send.
    fn of(result: Result<Value, Value>) -> Self {
        match result {
            Ok(receipt) => {
                let success = receipt["success"] == true;
                let why = if success {
                    "included, success"
                } else {
                    "included, the call reverted"
                };
                Self {
                    accepted: true,
                    success: Some(success),
                    why: why.to_owned(),
                }
            }
            Err(error) => Self::refused(error["message"].as_str().expect("a message")),
        }
    }

    /// Reads the result of a validation alone.
    fn of_validation(result: Result<(), String>) -> Self {
        match result {
            Ok(()) => Self {
                accepted: true,
                success: None,
                why: "would pass".to_owned(),
            },
            Err(reason) => Self::refused(&reason),
        }
    }

    fn refused(reason: &str) -> Self {
        Self {
            accepted: false,
            success: None,
            why: describe(reason),
        }
    }
}

/// Describes a refusal as the questions do.
fn describe(reason: &str) -> String {
    if reason.contains("AA22") {
        return "AA22 expired or not due".to_owned();
    }
    let (_, inner) = reason
        .split_once("AA23 reverted")
        .unwrap_or_else(|| panic!("another refusal: {reason}"));
    let inner = inner.split("0x").nth(1).expect("the error of the account");
    let digits: String = inner.chars().take_while(char::is_ascii_hexdigit).collect();
    let data = hex::decode(digits).expect("hex");
    match data[..4] {
        [0x3b, 0x57, 0x73, 0x61] => {
            let policy = Address::from_slice(&data[48..68]);
            let id = hex::encode(&data[4..8]);
            format!("AA23 reverted: PolicyViolation(0x{id}, {policy})")
        }
        [0xf4, 0x27, 0x07, 0x52] => {
            format!(
                "AA23 reverted: PolicyCheckReverted({})",
                B256::from_slice(&data[4..36])
            )
        }
        _ => panic!("another error: {reason}"),
    }
}

/// Replaces identifiers of permissions and of configurations, which come from random keys and salts.
fn without_ids(why: &str) -> String {
    // The errors whose first argument is a configuration's identifier.
    const WITH_ID: [&str; 2] = ["6d3a33ce", "8a8a722d"];
    let Some((start, argument)) = why.split_once("(0x") else {
        return why.to_owned();
    };
    let (first, rest) = argument.split_at(8);
    if start.ends_with("PolicyViolation") {
        return format!("{start}({rest}");
    }
    if WITH_ID.contains(&first) {
        return format!("{start}(0x{first}..)");
    }
    why.to_owned()
}

/// The questions of a group, which are asked in their order.
struct Group {
    name: &'static str,
    left: VecDeque<Value>,
}

impl Group {
    fn new(name: &'static str) -> Self {
        let mut left = VecDeque::from(cases(QUESTIONS));
        left.retain(|case| case["group"] == name);
        assert!(!left.is_empty(), "{name}");
        Self { name, left }
    }

    /// Compares the answer to the next question.
    fn answer(&mut self, what: &str, answer: Answer) {
        let expected = self.left.pop_front().expect("a question");
        let name = self.name;
        let expected_why = expected["why"].as_str().expect("a reason");
        assert_eq!(expected["what"], what, "{name}");
        assert_eq!(
            expected["accepted"], answer.accepted,
            "{name}, {what}: {}",
            answer.why
        );
        if let Some(success) = expected["success"].as_bool() {
            assert_eq!(Some(success), answer.success, "{name}, {what}: {}", answer.why);
        }
        // An operation that would pass was included here.
        if expected_why != "would pass" {
            assert_eq!(
                without_ids(&answer.why),
                without_ids(expected_why),
                "{name}, {what}"
            );
        }
    }

    fn end(self) {
        assert!(self.left.is_empty(), "{}: not asked: {:?}", self.name, self.left);
    }
}

/// Executes a call as the owner.
async fn by_owner(account: &Account, call: Call) -> Answer {
    Answer::of(account.execute(&[call]).await)
}

/// Executes calls through a session.
async fn by_key(session: &Key, account: &Account, calls: &[Call]) -> Answer {
    Answer::of(session.execute(account.address, calls).await)
}

/// Enables a session for one call with one policy.
async fn enabled(account: &Account, call: &Call, policy: PolicyData) -> Key {
    let session = for_call(call, policy);
    let answer = by_owner(account, session.enabling()).await;
    assert_eq!(answer.success, Some(true), "{}", answer.why);
    session
}

/// Describes a session for one call with one policy.
fn for_call(call: &Call, policy: PolicyData) -> Key {
    Key::new(vec![action(call.to, selector(call), vec![policy])])
}

/// Returns this machine's time, in seconds since the Unix epoch.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.expect("a time after 1970").as_secs()
}

#[test]
fn identifiers_are_left_out_of_a_comparison() {
    for (why, expected) in [
        ("included, success", "included, success"),
        (
            "AA23 reverted: PolicyViolation(0x213f1594, 0xAb)",
            "AA23 reverted: PolicyViolation(, 0xAb)",
        ),
        (
            "AA23 reverted: PolicyCheckReverted(0x6d3a33ce13ca)",
            "AA23 reverted: PolicyCheckReverted(0x6d3a33ce..)",
        ),
        (
            "AA23 reverted: PolicyCheckReverted(0x4e487b71)",
            "AA23 reverted: PolicyCheckReverted(0x4e487b71)",
        ),
    ] {
        assert_eq!(without_ids(why), expected);
    }
}

//! Tests of the longest texts: those that consist of the parts of other tables.

use std::time::Duration;

use alloy::primitives::{B256, U256};

use super::length;
use crate::{
    Error, ErrorKind, Explanation, Interval, Rule, ServiceError, Violation,
    permission::Word,
    primitives::UserOpHash,
    rpc::{Failure, MAX_TEXT, Refusal, Service},
};

/// The services with a method, of which a refusal may be.
const ASKED: [(Service, &str); 4] = [
    (Service::Bundler, "eth_sendUserOperation"),
    (Service::Bundler, "pimlico_getUserOperationGasPrice"),
    (Service::Paymaster, "pm_getPaymasterStubData"),
    (Service::Node, "eth_getTransactionReceipt"),
];

#[test]
fn every_explanation_of_a_contract_fits_on_a_line() {
    let explanations = Explanation::of_sessions().chain(Explanation::of_requirements());
    let source = refused(ASKED[0], &Refusal::new(-32500, "AA23 reverted", None));

    let long = explanations.filter_map(|explanation| {
        let kind = ErrorKind::RefusedByContract {
            explanation,
            source: source.clone(),
        };
        too_long(&Error::from(kind).to_string())
    });

    assert_eq!(long.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn every_refusal_fits_on_a_line_with_50_characters_of_the_service() {
    let mut long = Vec::new();
    for refusal in Refusal::explained() {
        assert!(refusal.message.len() >= 50, "{}", refusal.message);

        let text = refused(ASKED[0], &refusal).to_string();

        long.extend(too_long(&text));
        let is_whole = text.contains(&refusal.message[..50]);
        long.extend((!is_whole).then(|| format!("the message is cut: {text}")));
    }
    assert_eq!(long, [""; 0]);
}

#[test]
fn long_message_of_a_service_is_cut_and_the_advice_is_not() {
    let unknown = Refusal::new(-32099, "no", None);
    for mut refusal in Refusal::explained().chain([unknown]) {
        refusal.message = refusal.message.clone() + &" and so on".repeat(100);
        for asked in ASKED {
            let error = refused(asked, &refusal);

            let text = error.to_string();

            assert_eq!(too_long(&text), None);
            let advice = refusal.advice().unwrap_or("look up the code");
            assert!(
                text.contains("…\"") && text.contains(&format!("; {advice}")),
                "{text}"
            );
        }
        let sent = refused(ASKED[0], &refusal);
        let asked = refused((Service::Bundler, "eth_getUserOperationReceipt"), &refusal);
        for text in [unanswered(sent), timed_out(asked)] {
            assert_eq!(too_long(&text), None);
        }
    }
}

#[test]
fn every_violation_fits_on_a_line_behind_what_was_not_sent() {
    let word = u64::MAX;
    let interval = Interval {
        valid_after: 1_785_542_401,
        valid_until: 1_788_220_799,
    };
    let rule = |found| Violation::Rule {
        number: 9,
        rule: Rule::greater(31, word),
        found,
    };
    let longest = [
        rule(Some(word.into())),
        rule(None),
        rule(Some(Word::from(U256::MAX))),
        Violation::Interval {
            interval,
            now: 1_788_220_801,
        },
    ];
    let samples = Violation::samples().into_iter().map(|(violation, ..)| violation);
    for violation in samples.chain(longest) {
        let by_chain = ErrorKind::ForbiddenByChain {
            violation: Box::new(violation.clone()),
            source: refused(ASKED[0], &Refusal::new(-32500, "AA23 reverted", None)),
        };
        for error in [Error::from(violation), by_chain.into()] {
            assert_eq!(too_long(&error.to_string()), None);
        }
    }
}

#[test]
fn long_words_of_a_browser_and_of_a_page_are_cut_and_the_advice_is_not() {
    let words = "a cause with \"quotes\" and no end, ".repeat(20);
    let excerpt = || words[..120].to_owned();
    let failures = [
        Failure::Unreachable(words.clone()),
        Failure::NotJson {
            status: 200,
            excerpt: excerpt(),
        },
        Failure::Http {
            status: 502,
            excerpt: excerpt(),
        },
    ];
    for failure in failures {
        for (service, method) in ASKED {
            let error = ServiceError::new(service, method, failure.clone());

            let text = error.to_string();

            for text in [&text, &unanswered(error.clone()), &timed_out(error)] {
                assert_eq!(too_long(text), None);
            }
            let (cut, advice) = text.rsplit_once("; ").unwrap();
            assert!(cut.contains("a cause with") && !advice.is_empty(), "{text}");
            let is_quoted = cut.contains(", body \"");
            assert!(cut.ends_with(if is_quoted { "…\"" } else { "…" }), "{text}");
        }
    }
}

fn refused((service, method): (Service, &'static str), refusal: &Refusal) -> ServiceError {
    ServiceError::new(service, method, Failure::Refused(Box::new(refusal.clone())))
}

fn unanswered(source: ServiceError) -> String {
    let hash = UserOpHash(B256::repeat_byte(1));
    Error::from(ErrorKind::Unanswered { hash, source }).to_string()
}

fn timed_out(last: ServiceError) -> String {
    let kind = ErrorKind::TimedOut {
        hash: UserOpHash(B256::repeat_byte(1)),
        after: Duration::from_millis(120_500),
        last: Some(last),
    };
    Error::from(kind).to_string()
}

/// Returns a text with its length if it is longer than a text may be.
fn too_long(text: &str) -> Option<String> {
    let length = length(text);
    (length > MAX_TEXT).then(|| format!("{length}: {text}"))
}

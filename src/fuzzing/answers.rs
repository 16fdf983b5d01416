use serde_json::Value;

use super::assert_shown;
use crate::{
    platform::{Answer, Json},
    rpc::{Failure, ServiceUrl, read_answer},
};

/// The keys in the service's URL, which must never be displayed.
pub(super) const SECRETS: [&str; 2] = ["secret-key-123", "another.secret"];
const STATUSES: [u16; 8] = [200, 400, 404, 429, 500, 301, 201, 999];

/// Fuzzes a service's HTTP answer.
///
/// Only an answer to the request is accepted as its result. A failure is short and does not hold the key in the
/// service's URL. The first byte selects the HTTP status.
pub fn answers(bytes: &[u8]) {
    const ID: u64 = 1;
    let Some((case, body)) = bytes.split_first() else {
        return;
    };
    let answer = Answer {
        status: STATUSES[usize::from(case >> 1) % STATUSES.len()],
        body: body.to_vec(),
        retry_after: None,
    };

    match read_answer(&answer, ID, &url()) {
        Ok(result) => accepted(&result, &answer, ID),
        Err(failure) => failed(&failure),
    }
}

/// Checks an accepted result.
fn accepted(result: &Json, answer: &Answer, id: u64) {
    let status = answer.status;
    assert!((200..300).contains(&status), "HTTP {status} is no success");
    // serde_json refuses numbers beyond those of floating point.
    let Ok(body) = serde_json::from_str::<Value>(&String::from_utf8_lossy(&answer.body)) else {
        return;
    };
    let body = match body {
        Value::Array(mut answers) if answers.len() == 1 => answers.remove(0),
        body => body,
    };
    assert!(body.is_object(), "{body} is no JSON-RPC answer");
    assert!(body["error"].is_null(), "{body} is an error");
    let found = body["id"]
        .as_str()
        .map_or_else(|| body["id"].to_string(), str::to_owned);
    let number = match found.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => found
            .parse()
            .ok()
            .filter(|number: &f64| number.fract() == 0.0 && *number >= 0.0)
            .map(|number| number as u64),
    };
    // Some services give every answer the same id.
    let is_for = body["id"].is_null() || number.is_some_and(|number| number <= 1 || number == id);
    assert!(is_for, "{body} answers something else");
    let read = serde_json::from_str::<Value>(&result.to_string());
    assert_eq!(read.ok().as_ref(), Some(&body["result"]));
}

pub(super) fn url() -> ServiceUrl {
    let url = "https://bundler.example/api/v2/80002/secret-key-123?apikey=another.secret";
    url.parse().expect("it is an address")
}

/// Checks the displayed and the logged form of a failure.
pub(super) fn failed(failure: &Failure) {
    let shown = failure.to_string();
    assert_shown(&shown, 1200);
    let logged = format!("{failure:?}");
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{shown}");
        assert!(!logged.contains(secret), "{logged}");
    }
    if let Failure::Refused(refusal) = failure {
        assert_shown(&refusal.message, 1001);
        assert_shown(refusal.revert.as_deref().unwrap_or_default(), 241);
        assert_eq!(refusal.meaning().is_some(), refusal.advice().is_some());
    }
}

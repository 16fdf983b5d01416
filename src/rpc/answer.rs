use alloy::primitives::U256;

use super::{
    Refusal, ServiceUrl,
    error::{Failure, excerpt, shorten},
    part,
};
use crate::platform::{Answer, Json};

/// The maximum length of a service's error message, in characters. Longer messages are cut.
pub(super) const LONGEST_MESSAGE: usize = 1000;

/// Reads an HTTP answer as the JSON-RPC answer to the request with an id, under any HTTP status, and returns the
/// result.
///
/// HTTP pairs an answer with its request. So an answer without an id is taken, as is one in a list of its own.
pub(crate) fn read(answer: &Answer, id: u64, url: &ServiceUrl) -> Result<Json, Failure> {
    let text = String::from_utf8_lossy(&answer.body);
    let (status, success) = (answer.status, (200..300).contains(&answer.status));
    let unreadable = |text: &str| {
        let excerpt = excerpt(&url.redact(text));
        match success {
            true => Failure::NotJson { status, excerpt },
            false => Failure::Http { status, excerpt },
        }
    };
    // Some servers write a byte order mark, which JSON forbids.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let Ok(parsed) = Json::parse(text) else {
        return Err(unreadable(text));
    };
    let envelope = match parsed.members() {
        Some([only]) => only,
        _ => &parsed,
    };
    if envelope.fields().is_none() && success {
        return Err(Failure::Malformed("not a JSON-RPC response".to_owned()));
    }
    let refusal = refusal_in(envelope, status, url);
    // Under a failure status only a JSON-RPC error is accepted.
    if refusal.is_none() && !success {
        let message = [&envelope["message"], &envelope["error"]["message"]];
        let message = message.iter().find_map(|message| message.as_str());
        return Err(unreadable(message.unwrap_or(text)));
    }
    if !is_for(envelope, id) {
        return Err(Failure::Malformed("its id is that of another request".to_owned()));
    }
    match (refusal, envelope.get("result")) {
        (Some(refusal), _) => Err(refusal),
        (None, Some(result)) => Ok(result.clone()),
        // JSON has no `undefined`: some services leave out a result of `null`.
        (None, None) if is_json_rpc(envelope) => Ok(Json::Null),
        (None, None) => Err(Failure::Malformed("neither a result nor an error".to_owned())),
    }
}

/// Returns the JSON-RPC error in an answer, if the error comes from the service and not from the HTTP server in front
/// of the service.
fn refusal_in(envelope: &Json, status: u16, url: &ServiceUrl) -> Option<Failure> {
    let is_json_rpc = is_json_rpc(envelope);
    // Some services write the error in place of the answer.
    let is_bare = (200..300).contains(&status)
        && envelope.get("result").is_none()
        && ["code", "message"].iter().all(|name| !envelope[*name].is_null());
    let error = envelope.get("error").filter(|error| !error.is_null());
    let error = error.or_else(|| is_bare.then_some(envelope))?;
    // HTTP servers write their own errors as bare text. Under these statuses a bare error of any form is theirs.
    let is_refusal = match status {
        200..300 => true,
        404 | 405 | 410 => is_json_rpc,
        // Some paymasters refuse an operation this way.
        400 | 422 if is_alone(envelope) => true,
        _ => is_json_rpc || error.fields().is_some(),
    };
    // Under these statuses an error of unknown meaning says nothing about the request: the HTTP status says more.
    let is_shut = matches!(status, 401 | 403 | 404 | 405 | 407 | 410 | 429 | 500..=599);
    let refusal = is_refusal.then(|| refusal(error, url))?;
    // A gateway that denies access calls the request invalid.
    let is_denied = matches!(status, 401 | 403) && refusal.is_invalid_request();
    // A gateway that limits the rate has not read the request.
    let is_limited = status == 429 && refusal.aa.is_none() && !refusal.is_verdict();
    let is_known = !is_denied && !is_limited && !refusal.is_of_nothing_known();
    (!is_shut || is_known).then(|| Failure::Refused(Box::new(refusal)))
}

/// Returns true if the answer is the text of an error and nothing else, and more than the words of an HTTP status.
fn is_alone(envelope: &Json) -> bool {
    let text = envelope.get("error").and_then(Json::as_str).unwrap_or_default();
    let is_phrase = ["bad request", "unprocessable entity", "unprocessable content"]
        .iter()
        .any(|phrase| text.trim_ascii().eq_ignore_ascii_case(phrase));
    envelope.fields().is_some_and(|fields| fields.len() == 1) && !text.is_empty() && !is_phrase
}

/// Returns true if the answer has a field of the JSON-RPC envelope.
fn is_json_rpc(envelope: &Json) -> bool {
    ["jsonrpc", "id"].iter().any(|name| !envelope[*name].is_null())
}

/// Returns true if the answer has the id of the request, or none. Some services write the id as text, and some give every
/// answer the id 0 or 1.
fn is_for(envelope: &Json, id: u64) -> bool {
    let found = &envelope["id"];
    let is_known = |number| number == U256::from(id) || number <= U256::ONE;
    found.is_null() || part::number(found).is_some_and(is_known)
}

/// Reads a JSON-RPC error object, or the bare text that some services write instead of one.
fn refusal(error: &Json, url: &ServiceUrl) -> Refusal {
    let message = match (error.fields(), error.get("message")) {
        (_, Some(message)) => message,
        (Some(_), None) => &Json::Null,
        (None, None) => error,
    };
    let message = match message {
        Json::String(text) => text.clone(),
        Json::Null => "no reason given".to_owned(),
        other => other.to_string(),
    };
    let data = error.get("data").filter(|data| !data.is_null());
    let redacted = |data: &Json| Json::parse(&url.redact(&data.to_string())).ok();
    Refusal::new(
        error.get("code").and_then(code).unwrap_or_default(),
        &shorten(&url.redact(&message), LONGEST_MESSAGE),
        data.and_then(redacted),
    )
}

fn code(code: &Json) -> Option<i64> {
    code.as_i64().or_else(|| code.as_str()?.parse().ok())
}

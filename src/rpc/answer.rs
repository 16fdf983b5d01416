use super::{
    Refusal, ServiceUrl,
    error::{Failure, excerpt, shorten},
};
use crate::platform::{Answer, Json};

/// The maximum length of a service's error message, in characters. Longer messages are cut.
const LONGEST_MESSAGE: usize = 1000;

/// Reads an HTTP answer as the JSON-RPC answer to the request with an id, under any HTTP status, and returns the
/// result.
pub(crate) fn read(answer: &Answer, id: u64, url: &ServiceUrl) -> Result<Json, Failure> {
    let text = String::from_utf8_lossy(&answer.body);
    let (status, success) = (answer.status, (200..300).contains(&answer.status));
    let unreadable = || {
        let excerpt = excerpt(&url.redact(&text));
        match success {
            true => Failure::NotJson { status, excerpt },
            false => Failure::Http { status, excerpt },
        }
    };
    let Ok(envelope) = Json::parse(&text) else {
        return Err(unreadable());
    };
    let refusal = refusal_in(&envelope, status, url);
    match (envelope.get("result"), refusal) {
        _ if envelope.fields().is_none() && success => {
            Err(Failure::Malformed("not a JSON-RPC response".to_owned()))
        }
        (_, Some(refusal)) => match is_for(&envelope, id) || is_without_id(&envelope) {
            true => Err(refusal),
            false => Err(foreign()),
        },
        // Under a failure status only a JSON-RPC error is accepted.
        _ if !success => Err(unreadable()),
        (Some(result), None) => match is_for(&envelope, id) {
            true => Ok(result.clone()),
            false => Err(foreign()),
        },
        _ => Err(Failure::Malformed("neither a result nor an error".to_owned())),
    }
}

/// Returns the JSON-RPC error in an answer, if the error comes from the service and not from the HTTP server in front
/// of the service.
fn refusal_in(envelope: &Json, status: u16, url: &ServiceUrl) -> Option<Failure> {
    let error = envelope.get("error").filter(|error| !error.is_null())?;
    let is_json_rpc = ["jsonrpc", "id"].iter().any(|name| !envelope[*name].is_null());
    // HTTP servers write their own errors as bare text. Under these statuses a bare error of any form is theirs.
    let is_refusal = match status {
        200..300 => true,
        404 | 405 | 410 => is_json_rpc,
        _ => is_json_rpc || error.fields().is_some(),
    };
    // Under these statuses an error of unknown meaning says nothing about the request: the HTTP status says more.
    let is_shut = matches!(status, 401 | 403 | 404 | 405 | 407 | 410 | 429 | 500..=599);
    let refusal = is_refusal.then(|| refusal(error, url))?;
    (!is_shut || !refusal.is_of_nothing_known()).then(|| Failure::Refused(Box::new(refusal)))
}

/// Returns true if the answer has the id of the request. Some services write the id as text.
fn is_for(envelope: &Json, id: u64) -> bool {
    let found = &envelope["id"];
    let text = found.digits().or_else(|| found.as_str());
    text == Some(id.to_string().as_str())
}

/// Returns true if the answer has no id. A service that could not parse the request does not know its id.
fn is_without_id(envelope: &Json) -> bool {
    envelope["id"].is_null()
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

fn foreign() -> Failure {
    Failure::Malformed("its id is that of another request".to_owned())
}

use alloy::rpc::json_rpc::{
    ErrorPayload, RequestPacket, Response, ResponsePacket, ResponsePayload, SerializedRequest,
};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Value, value::RawValue};

use super::{
    ServiceUrl,
    error::{Failure, excerpt, shorten},
};
use crate::platform::Answer;

/// The maximum length of a service's error message, in characters. Longer messages are cut.
const LONGEST_MESSAGE: usize = 1000;

/// Parses an HTTP answer as the JSON-RPC answer to a request, under any HTTP status.
pub(crate) fn read(
    answer: &Answer,
    request: &RequestPacket,
    url: &ServiceUrl,
) -> Result<ResponsePacket, Failure> {
    let text = String::from_utf8_lossy(&answer.body);
    let success = (200..300).contains(&answer.status);
    let rejected = |error: serde_json::Error| {
        let excerpt = excerpt(&url.redact(&text));
        let status = answer.status;
        match (success, error.is_data()) {
            (true, true) => Failure::Malformed("not a JSON-RPC response".to_owned()),
            (true, false) => Failure::NotJson { status, excerpt },
            (false, _) => Failure::Http { status, excerpt },
        }
    };
    // Under a failure status only a JSON-RPC error is accepted. A bare error under 404, 405 or 410 comes from the HTTP
    // server and is not accepted either.
    let is_error = |envelope: &Envelope| match answer.status {
        404 | 405 | 410 => envelope.error.is_some() && envelope.is_json_rpc(),
        _ => envelope.has_error(),
    };
    // Under these statuses an error of unknown meaning says nothing about the request: the HTTP status says more.
    let is_shut = |envelope: &Envelope| {
        let is_status = matches!(answer.status, 401 | 403 | 404 | 405 | 407 | 410 | 429 | 500..=599);
        let refusal = |error: &RawValue| Failure::from(payload(error, url));
        is_status
            && envelope.error.as_deref().map(refusal).is_some_and(
                |failure| matches!(failure, Failure::Refused(refusal) if refusal.is_of_nothing_known()),
            )
    };
    let parse = |text: &str| match Envelope::read(text) {
        Ok(envelope) if !success && is_shut(&envelope) => Err(rejected(de::Error::custom("no judgement"))),
        Ok(envelope) if success || is_error(&envelope) => Ok(envelope),
        Ok(_) => Err(rejected(de::Error::custom("no error"))),
        Err(error) => Err(rejected(error)),
    };

    match request {
        RequestPacket::Single(request) => parse(&text)?.answer_to(request, url).map(ResponsePacket::Single),
        RequestPacket::Batch(requests) => match serde_json::from_str::<Vec<&RawValue>>(&text) {
            Ok(answers) => {
                let envelopes = answers.into_iter().map(|answer| parse(answer.get()));
                batch(envelopes.collect::<Result<_, _>>()?, requests, url)
            }
            // Services without batch support answer one error for the whole batch.
            Err(error) => Err(match parse(&text)?.error {
                Some(refusal) => Failure::from(payload(&refusal, url)),
                None => rejected(error),
            }),
        },
    }
}

fn batch(
    envelopes: Vec<Envelope>,
    requests: &[SerializedRequest],
    url: &ServiceUrl,
) -> Result<ResponsePacket, Failure> {
    let answers: Result<Vec<_>, Failure> = envelopes
        .into_iter()
        .map(|envelope| {
            let request = requests
                .iter()
                .find(|request| envelope.is_for(request))
                .ok_or_else(foreign)?;
            envelope.answer_to(request, url)
        })
        .collect();
    answers.map(ResponsePacket::Batch)
}

/// A JSON-RPC answer, read leniently because errors come in many shapes.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    jsonrpc: Option<Box<RawValue>>,
    #[serde(default)]
    id: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "present")]
    result: Option<Box<RawValue>>,
    #[serde(default)]
    error: Option<Box<RawValue>>,
}

impl Envelope {
    fn read(text: &str) -> serde_json::Result<Self> {
        let envelope = serde_json::from_str(text)?;
        // serde also reads a struct from a list of its fields.
        match text.trim_start().starts_with('{') {
            true => Ok(envelope),
            false => Err(de::Error::custom("no object")),
        }
    }

    /// Returns true if a JSON-RPC service wrote the answer, and not the HTTP server in front of the service.
    const fn is_json_rpc(&self) -> bool {
        self.jsonrpc.is_some() || self.id.is_some()
    }

    /// Returns true if the answer holds a JSON-RPC error. HTTP servers write their own errors as bare text.
    fn has_error(&self) -> bool {
        let is_object = |error: &RawValue| error.get().starts_with('{');
        let error = self.error.as_deref();
        error.is_some_and(|error| self.is_json_rpc() || is_object(error))
    }

    fn answer_to(self, request: &SerializedRequest, url: &ServiceUrl) -> Result<Response, Failure> {
        let known = self.is_for(request);
        let payload = match (self.error, self.result) {
            // A service that could not parse the request does not know its id either.
            (Some(error), _) if known || self.id.is_none() => ResponsePayload::Failure(payload(&error, url)),
            (None, Some(result)) if known => ResponsePayload::Success(result),
            (None, None) => {
                return Err(Failure::Malformed("neither a result nor an error".to_owned()));
            }
            _ => return Err(foreign()),
        };
        Ok(Response {
            id: request.id().clone(),
            payload,
        })
    }

    /// Returns true if the answer has the id of the request. Some services write the id as text.
    fn is_for(&self, request: &SerializedRequest) -> bool {
        let asked = request.id().to_string();
        let id = self.id.as_ref().map(|id| id.get().trim_matches('"'));
        id == Some(&asked)
    }
}

/// Reads a JSON-RPC error object, or the bare text that some services write instead of one.
fn payload(error: &RawValue, url: &ServiceUrl) -> ErrorPayload {
    // Text that is not valid JSON becomes the message as it stands.
    let error: Value = serde_json::from_str(error.get()).unwrap_or_else(|_| error.get().into());
    let message = error.get("message").unwrap_or(match &error {
        Value::Object(_) => &Value::Null,
        other => other,
    });
    let message = match message {
        Value::String(text) => text.clone(),
        Value::Null => "no reason given".to_owned(),
        other => serde_json::to_string(other).unwrap_or_else(|error| error.to_string()),
    };
    // `Value::to_string` would link a second serializer.
    let data = error.get("data").filter(|data| !data.is_null());
    let data = data.and_then(|data| serde_json::to_string(data).ok());
    ErrorPayload {
        code: error.get("code").and_then(code).unwrap_or_default(),
        message: shorten(&url.redact(&message), LONGEST_MESSAGE).into(),
        data: data.and_then(|text| RawValue::from_string(url.redact(&text)).ok()),
    }
}

fn code(code: &Value) -> Option<i64> {
    code.as_i64().or_else(|| code.as_str()?.parse().ok())
}

impl From<ErrorPayload> for Failure {
    fn from(payload: ErrorPayload) -> Self {
        Self::from(alloy::transports::TransportError::ErrorResp(payload))
    }
}

/// Distinguishes a `null` result from a missing result.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

fn foreign() -> Failure {
    Failure::Malformed("its id is that of another request".to_owned())
}

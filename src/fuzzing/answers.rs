use alloy::{
    rpc::json_rpc::{
        Id, Request, RequestPacket, Response, ResponsePacket, ResponsePayload, SerializedRequest,
    },
    transports::TransportError,
};
use serde_json::Value;

use super::assert_shown;
use crate::{
    platform::Answer,
    rpc::{Failure, ServiceUrl, read_answer},
};

/// The keys in the service's URL, which must never be displayed.
pub(super) const SECRETS: [&str; 2] = ["secret-key-123", "another.secret"];
const STATUSES: [u16; 8] = [200, 400, 404, 429, 500, 301, 201, 999];

/// Fuzzes a service's HTTP answer.
///
/// Only an answer to the request is accepted as its result. A failure is short and does not hold the key in the
/// service's URL. The first byte selects the HTTP status, and a single request or a batch.
pub fn answers(bytes: &[u8]) {
    let Some((case, body)) = bytes.split_first() else {
        return;
    };
    let status = STATUSES[usize::from(case >> 1) % STATUSES.len()];
    let is_batch = case & 1 == 1;
    let answer = Answer {
        status,
        body: body.to_vec(),
    };
    let request = match is_batch {
        true => RequestPacket::Batch(vec![request(1), request(2)]),
        false => RequestPacket::Single(request(1)),
    };

    match read_answer(&answer, &request, &url()) {
        Ok(packet) => {
            let body = String::from_utf8_lossy(body);
            // A result may hold JSON that the parser of this test cannot read.
            let Ok(body) = serde_json::from_str::<Value>(&body) else {
                return;
            };
            match packet {
                ResponsePacket::Single(response) => {
                    assert_eq!(response.id, Id::Number(1));
                    told(response, &body, status);
                }
                ResponsePacket::Batch(responses) => {
                    let bodies = body.as_array().expect("a batch is answered by a list");
                    assert_eq!(responses.len(), bodies.len());
                    for (response, body) in responses.into_iter().zip(bodies) {
                        assert!([Id::Number(1), Id::Number(2)].contains(&response.id));
                        told(response, body, status);
                    }
                }
            }
        }
        Err(failure) => failed(&failure),
    }
}

pub(super) fn url() -> ServiceUrl {
    let url = "https://bundler.example/api/v2/80002/secret-key-123?apikey=another.secret";
    url.parse().expect("it is an address")
}

fn request(id: u64) -> SerializedRequest {
    let request = Request::new("eth_chainId", Id::Number(id), ());
    request.serialize().expect("it has no parameters")
}

/// Checks an accepted answer.
fn told(response: Response, body: &Value, status: u16) {
    assert!(body.is_object(), "{body} is no JSON-RPC answer");
    match response.payload {
        ResponsePayload::Success(result) => {
            assert!((200..300).contains(&status), "HTTP {status} is no success");
            assert!(body["error"].is_null(), "{body} is an error");
            let id = body["id"].as_str().map(str::to_owned);
            let id = id.unwrap_or_else(|| body["id"].to_string());
            assert_eq!(
                id.trim_matches('"'),
                response.id.to_string(),
                "it answers something else"
            );
            let result: Value = serde_json::from_str(result.get()).unwrap_or_default();
            assert_eq!(result, body["result"]);
        }
        ResponsePayload::Failure(error) => {
            assert!(!body["error"].is_null(), "{body} is no error");
            failed(&Failure::from(TransportError::ErrorResp(error)));
        }
    }
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

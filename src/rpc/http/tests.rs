use alloy::{rpc::client::RpcClient, transports::mock::Asserter};
use futures::future::join_all;
use serde_json::{Value, json};

use super::*;
use crate::rpc::{
    Node, Refusal, Service,
    testing::{Reply, TestService},
};

const SHORT: Duration = Duration::from_millis(300);

async fn chain_id_from(reply: Reply) -> Result<u64, Failure> {
    let patience = match reply {
        Reply::Silence => SHORT,
        _ => Duration::from_secs(60),
    };
    let service = TestService::always(reply).await;
    let http = service.http().timeout(patience).limit(10_000);
    let answer = Node::new(http).chain_id().await;
    answer.map_err(|error| {
        assert_eq!((error.service(), error.method()), (Service::Node, "eth_chainId"));
        let told = format!("{error} {error:?} {:?}", error.failure());
        assert!(!told.contains("secret"), "{told}");
        error.failure().clone()
    })
}

fn text(status: u16, body: &str) -> Reply {
    Reply::Body(status, body.to_owned())
}

#[tokio::test]
async fn status_of_failure_tells_who_can_mend_it() {
    for (status, code) in [
        (302, "service.moved"),
        (400, "service.http_status"),
        (401, "service.not_allowed"),
        (404, "service.not_found"),
        (429, "service.rate_limited"),
        (503, "service.failed"),
    ] {
        let failure = chain_id_from(text(status, "<html>")).await.unwrap_err();

        assert_eq!(failure.code(), code, "{status}");
    }
}

#[tokio::test]
async fn every_bad_answer_is_a_failure_of_its_own() {
    let html = "<html>\n<h1>Oh \u{7}no</h1>";
    let shown = "<html> <h1>Oh no</h1>".to_owned();
    let echo = "Cannot POST /api/v2/80002/secret-key-123";
    let deep = format!("{{\"id\":0,\"result\":{}{}}}", "[".repeat(500), "]".repeat(500));
    let refusal = |code, message, data| Failure::Refused(Box::new(Refusal::new(code, message, data)));
    let error = json!({"code": -32500, "message": "AA21 didn't pay prefund"});
    let malformed = |what: &str| Failure::Malformed(what.to_owned());
    let foreign = || malformed("its id is that of another request");
    let http = |status, excerpt: &str| Failure::Http {
        status,
        excerpt: excerpt.to_owned(),
    };
    let not_json = |excerpt: &str| Failure::NotJson {
        status: 200,
        excerpt: excerpt.to_owned(),
    };

    for (reply, expected) in [
        (text(500, html), http(500, &shown)),
        (text(502, ""), http(502, "")),
        (text(404, echo), http(404, "Cannot POST …")),
        (text(401, r#"{"message":"no key"}"#), http(401, "no key")),
        (
            text(
                401,
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Must be authenticated!"}}"#,
            ),
            http(401, "Must be authenticated!"),
        ),
        (text(302, ""), http(302, "")),
        (
            text(500, &"x".repeat(5000)),
            http(500, &format!("{}…", "x".repeat(120))),
        ),
        (
            text(500, r#"{"id":$id,"result":"0x1"}"#),
            http(500, r#"{"id":1,"result":"0x1"}"#),
        ),
        (text(200, html), not_json(&shown)),
        (text(200, ""), not_json("")),
        (
            text(200, r#"{"id":0,"result":"#),
            not_json(r#"{"id":0,"result":"#),
        ),
        (text(200, &deep), not_json(&format!("{}…", &deep[..120]))),
        (text(200, &"x".repeat(20_000)), Failure::TooLarge(10_000)),
        (
            Reply::Error(200, error.clone()),
            refusal(-32500, "AA21 didn't pay prefund", None),
        ),
        (
            Reply::Error(400, error),
            refusal(-32500, "AA21 didn't pay prefund", None),
        ),
        (
            Reply::Error(
                400,
                json!({"code": 7, "message": "key secret-key-123 is spent", "data": {"a": [1]}}),
            ),
            refusal(7, "key … is spent", Some(json!({"a": [1]}).into())),
        ),
        (
            Reply::Error(200, json!("out of order")),
            refusal(0, "out of order", None),
        ),
        (
            text(
                200,
                r#"{"id":$id,"error":{"code":1,"message":"no","data":1e999}}"#,
            ),
            refusal(1, "no", Json::parse("1e999").ok()),
        ),
        (
            Reply::Error(200, json!({"code": "-32601"})),
            refusal(-32601, "no reason given", None),
        ),
        (
            text(400, r#"{"id":null,"error":{"code":-32700,"message":"bad"}}"#),
            refusal(-32700, "bad", None),
        ),
        // Some paymasters refuse an operation without an envelope; HTTP servers have forms of their own.
        (
            text(400, r#"{"error":"no policy matches"}"#),
            refusal(0, "no policy matches", None),
        ),
        (
            text(422, r#"{"error":"no policy matches"}"#),
            refusal(0, "no policy matches", None),
        ),
        (
            text(400, r#"{"error":"Bad Request"}"#),
            http(400, r#"{"error":"Bad Request"}"#),
        ),
        (
            text(
                400,
                r#"{"statusCode":400,"error":"no policy","message":"body must be object"}"#,
            ),
            http(400, "body must be object"),
        ),
        (text(200, r#"{"id":77,"result":"0x1"}"#), foreign()),
        (
            text(
                400,
                r#"{"jsonrpc":"2.0","id":0,"error":{"code":-32003,"message":"chainId: 5 not supported"}}"#,
            ),
            refusal(-32003, "chainId: 5 not supported", None),
        ),
        (
            text(200, r#"{"id":77,"error":{"code":1,"message":"x"}}"#),
            foreign(),
        ),
        (text(200, r#"{"id":$id}"#), Failure::Missing),
        (text(200, "{}"), malformed("neither a result nor an error")),
        (
            text(200, r#"{"code":429,"message":"slow down"}"#),
            refusal(429, "slow down", None),
        ),
        (
            text(
                500,
                r#"{"statusCode":500,"code":"-32602","error":"Internal Server Error","message":"paymasterAndData: too short"}"#,
            ),
            http(500, "paymasterAndData: too short"),
        ),
        (
            text(
                404,
                r#"{"message":"Route POST:/nope not found","error":"Not Found","statusCode":404}"#,
            ),
            http(404, "Route POST:/nope not found"),
        ),
        (
            text(
                200,
                r#"{"id":$id,"result":{"code":1,"message":"x","data":"\ud800"}}"#,
            ),
            malformed("the chain id is not a number"),
        ),
        (text(200, r#"[$id,"0x1"]"#), malformed("not a JSON-RPC response")),
        (text(200, "7"), malformed("not a JSON-RPC response")),
        (Reply::Result(Value::Null), Failure::Missing),
        (Reply::Silence, Failure::TimedOut(SHORT)),
    ] {
        assert_eq!(chain_id_from(reply.clone()).await, Err(expected), "{reply:?}");
    }
}

#[tokio::test]
async fn answer_to_one_request_is_taken_in_every_form() {
    for body in [
        r#"{"id":"$id","error":null,"result":"0x13882","jsonrpc":"2.0"}"#,
        r#"{"id":null,"result":"0x13882","jsonrpc":"2.0"}"#,
        r#"{"id":0,"result":"0x13882","jsonrpc":"2.0"}"#,
        r#"{"result":"0x13882"}"#,
        r#"[{"id":$id,"result":"0x13882","jsonrpc":"2.0"}]"#,
        "\u{feff}{\"id\":$id,\"result\":\"0x13882\"}",
        r#"{"id":$id,"result":80002}"#,
        r#"{"id":$id,"result":"80002"}"#,
    ] {
        assert_eq!(chain_id_from(text(200, body)).await, Ok(80_002), "{body}");
    }
}

#[tokio::test]
async fn rate_limit_is_waited_for_once() {
    let limit = |reply: Reply| {
        let replies = std::sync::Mutex::new(vec![Reply::Result(json!("0x1")), reply]);
        move |_: &str, _: &Value| replies.lock().unwrap().pop().unwrap()
    };
    for reply in [
        text(429, "slow down"),
        Reply::Error(200, json!({"code": -32016, "message": "rate limited"})),
        Reply::Error(429, json!({"code": 429, "message": "too many requests"})),
        text(
            200,
            r#"{"code":-32007,"message":"50/second request limit reached"}"#,
        ),
    ] {
        let service = TestService::start(limit(reply.clone())).await;

        assert_eq!(Node::new(service.http()).chain_id().await, Ok(1), "{reply:?}");
        assert_eq!(service.requests().len(), 2, "{reply:?}");
    }
}

#[tokio::test]
async fn rate_limit_that_lasts_is_told() {
    let service = TestService::always(text(429, "slow down")).await;

    let error = Node::new(service.http()).chain_id().await.unwrap_err();

    assert_eq!(error.code(), "service.rate_limited");
    assert_eq!(service.requests().len(), 2);
}

#[tokio::test]
async fn broken_connection_is_told_without_the_key() {
    let gone = {
        let service = TestService::always(Reply::Drop).await;
        let port = service.url().origin().rsplit(':').next().unwrap().to_owned();
        format!("http://127.0.0.1:{port}/secret").replace(&port, "1")
    };
    let refused = Node::new(Http::new(gone.parse().unwrap()))
        .chain_id()
        .await
        .unwrap_err();
    assert!(
        matches!(refused.failure(), Failure::Unreachable(why) if why.starts_with("http://127.0.0.1:1: no connection")),
        "{refused:?}"
    );
    assert!(!refused.to_string().contains("secret"));

    for reply in [Reply::Drop, Reply::Half] {
        let failure = chain_id_from(reply.clone()).await.unwrap_err();

        let told = matches!(&failure, Failure::Unreachable(why) if why.contains("connection broke"));
        assert!(told, "{reply:?}: {failure:?}");
    }
}

#[tokio::test]
async fn nothing_is_asked_twice() {
    let service = TestService::always(text(503, "busy")).await;

    let answer = Node::new(service.http()).chain_id().await;

    assert!(answer.is_err());
    assert_eq!(service.requests().len(), 1);
}

#[tokio::test]
async fn parallel_calls_each_get_their_own_answer() {
    let service = TestService::start(|_, params| Reply::Result(params[0].clone())).await;
    let node = Node::new(service.http());

    let answers = join_all((0..40_u64).map(|n| node.request("echo", vec![n.into()]))).await;

    for (n, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap(), Json::from(n as u64));
    }
}

#[tokio::test]
async fn client_of_alloy_is_a_connection_too() {
    let refused = json!({"code": -32601, "message": "no such method", "data": {"a": [1]}});
    for (reply, expected) in [
        (Ok("0x5"), Ok(5)),
        (
            Err(refused),
            Err(Failure::Refused(Box::new(Refusal::new(
                -32601,
                "no such method",
                Some(json!({"a": [1]}).into()),
            )))),
        ),
    ] {
        let asserter = Asserter::new();
        match reply {
            Ok(result) => asserter.push_success(&result),
            Err(error) => asserter.push_failure(serde_json::from_value(error).unwrap()),
        }
        let node = Node::over(RpcClient::mocked(asserter));

        let answer = node.chain_id().await;

        assert_eq!(answer.map_err(|error| error.failure().clone()), expected);
    }
}

#[test]
fn transport_shows_no_key() {
    let http = Http::new("https://b.example/api/v2/1/secret?key=secret".parse().unwrap());

    assert!(!format!("{http:?}").contains("secret"));
    assert!(!format!("{:?}", Node::new(http)).contains("secret"));
}

#[tokio::test]
async fn what_a_service_answers_later_is_asked_once_more() {
    let too_many = |code| {
        let error = json!({"code": code, "message": "slow down"});
        Reply::Error(429, error)
    };
    for (first, requests) in [
        (Reply::Later(503, 0), 2),
        (Reply::Later(429, 0), 2),
        (Reply::Later(429, 60), 1),
        (Reply::Later(500, 0), 1),
        (text(503, ""), 1),
        (too_many(-32600), 2),
        (too_many(-32602), 2),
        (too_many(-32603), 2),
        (too_many(-32500), 1),
    ] {
        let service = TestService::start({
            let (first, count) = (first.clone(), AtomicU64::new(0));
            move |_, _| match count.fetch_add(1, Ordering::Relaxed) {
                0 => first.clone(),
                _ => Reply::Result(json!("0x1")),
            }
        })
        .await;

        let answer = Node::new(service.http()).chain_id().await;

        assert_eq!(service.requests().len(), requests, "{first:?}");
        assert_eq!(answer.is_ok(), requests == 2, "{first:?}");
    }
}

use serde_json::{Value, json};

use crate::{
    Payment, Request, SendTransaction,
    client::testing::{account, asked},
    primitives::Call,
    rpc::testing::Reply,
};

/// Returns the error text if the paymaster replies in the given way, or `None` if the account pays instead.
async fn told_by(biconomy: bool, reply: Reply) -> Option<String> {
    let (service, client) = account(biconomy, move |method, _| {
        method.starts_with("pm_").then(|| reply.clone())
    })
    .await;
    let call = Call::transfer([7; 20].into(), alloy::primitives::U256::ZERO);

    let sent = client
        .send(SendTransaction::from(call).pay(Payment::SponsoredOrOwn))
        .await;

    match asked(&service, "eth_sendUserOperation").as_slice() {
        [] => Some(sent.err().unwrap().to_string()),
        [params, ..] => {
            assert_eq!(params[0]["paymasterAndData"], json!("0x"));
            None
        }
    }
}

fn error(code: i64, message: &str) -> Reply {
    Reply::Error(200, json!({"code": code, "message": message}))
}

#[tokio::test]
async fn the_account_pays_where_the_sponsor_declines() {
    for reply in [
        error(-32000, "no budget"),
        error(-32500, "AA33 reverted"),
        error(-32602, "this account is not sponsored"),
        Reply::Error(
            400,
            json!({"code": 417, "message": "no policy for this contract"}),
        ),
    ] {
        for biconomy in [true, false] {
            assert_eq!(told_by(biconomy, reply.clone()).await, None, "{reply:?}");
        }
    }
}

#[tokio::test]
async fn the_account_does_not_pay_for_a_wrong_address_of_the_sponsor() {
    let fastify = r#"{"message":"Route POST:/nope not found","error":"Not Found","statusCode":404}"#;
    let spring =
        r#"{"timestamp":"2026-01-01T00:00:00Z","status":405,"error":"Method Not Allowed","path":"/nope"}"#;
    let body = |status, text: &str| Reply::Body(status, text.to_owned());
    for reply in [
        body(404, fastify),
        body(405, spring),
        body(404, r#"{"error":{"code":404,"message":"no such path"}}"#),
        body(404, "<html>Not Found</html>"),
        body(200, "<html>Welcome</html>"),
        error(-32601, "Method not found"),
        error(
            -32601,
            "the method pm_sponsorUserOperation does not exist/is not available",
        ),
        error(-32600, "Unsupported method: pm_getPaymasterStubData"),
        error(-32004, "Method not supported"),
        Reply::Error(404, json!({"code": 404, "message": "no such path"})),
    ] {
        for biconomy in [true, false] {
            let told = told_by(biconomy, reply.clone()).await;

            let told = told.unwrap_or_else(|| panic!("{reply:?}: the account has paid"));
            assert!(told.contains("URL"), "{reply:?}: {told}");
        }
    }
}

#[tokio::test]
async fn the_account_does_not_pay_for_a_sponsor_that_does_not_let_it_in_or_serves_another_chain() {
    let under =
        |status, code: i64, message: &str| Reply::Error(status, json!({"code": code, "message": message}));
    for reply in [
        under(401, -32000, "Unauthorized"),
        under(403, -2011, "Invalid project id"),
        under(404, -32000, "project not found"),
        under(503, -32000, "try again later"),
        error(-32000, "invalid API key"),
        error(-32602, "unsupported chain id 5"),
        error(-32602, "this entry point is not supported"),
    ] {
        for biconomy in [true, false] {
            assert!(told_by(biconomy, reply.clone()).await.is_some(), "{reply:?}");
        }
    }
}

#[tokio::test]
async fn the_account_does_not_pay_for_a_sponsor_that_fails_or_is_busy() {
    let mock =
        r#"{"statusCode":500,"code":"-32602","error":"Internal Server Error","message":"Validation error"}"#;
    for reply in [
        Reply::Drop,
        Reply::Body(500, mock.to_owned()),
        Reply::Body(429, r#"{"error":"Too Many Requests"}"#.to_owned()),
        Reply::Result(Value::Null),
        error(-32603, "Internal error"),
        error(-32005, "limit exceeded"),
        error(-32000, "rate limit exceeded"),
        error(401, "no such key"),
    ] {
        for biconomy in [true, false] {
            assert!(told_by(biconomy, reply.clone()).await.is_some(), "{reply:?}");
        }
    }
}

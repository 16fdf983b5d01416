mod raised_fees;

use std::time::Duration;

use alloy::primitives::Address;
use serde_json::{Value, json};

use crate::{
    Cancel, CreateSession, Deploy, NonceLane, Request, RevokeSession, SendTransaction, SmartAccountClient,
    SpeedUp, UseSession, UserOpResponse,
    client::testing::{account, asked, keeping_root, known},
    error::{Error, ErrorKind},
    permission::Policy,
    primitives::{Call, UserOpHash},
    rpc::testing::{Reply, TestService},
};

const NFT: Address = Address::repeat_byte(7);
const SEND: &str = "eth_sendUserOperation";
const BY_HASH: &str = "eth_getUserOperationByHash";

/// Replies of bundlers to the second delivery of an operation that do not name the operation.
const OPAQUE: [&str; 3] = [
    "Replacement UserOperation must have higher maxPriorityFeePerGas (old=1500000000 new=1500000000)",
    "User op cannot be replaced: fee too low",
    "invalid UserOperation struct/fields",
];

fn refusal(code: i64, message: &str) -> Reply {
    Reply::Error(200, json!({"code": code, "message": message}))
}

/// Returns the reply to a lookup of an operation that the bundler has.
fn found() -> Reply {
    Reply::Result(json!({"userOperation": {}, "entryPoint": NFT}))
}

/// Returns an account on a chain that holds the Merkle root sent last, with the given replies of the bundler.
async fn account_where(
    sent: impl Fn() -> Reply + Send + Sync + 'static,
    by_hash: Reply,
) -> (TestService, SmartAccountClient) {
    let root = keeping_root();
    account(false, move |method, params| {
        let of_root = root(method, params);
        match method {
            SEND => Some(sent()),
            BY_HASH => Some(by_hash.clone()),
            _ => of_root,
        }
    })
    .await
}

fn mint() -> Call {
    Call::raw(NFT, vec![1, 2, 3, 4])
}

fn grant() -> CreateSession {
    CreateSession::new([Policy::new(NFT, [1, 2, 3, 4])]).lasting(Duration::from_hours(1))
}

async fn granted(client: &SmartAccountClient) -> Result<UserOpResponse, Error> {
    let granted = client.create_session(grant()).await?;
    Ok(granted.into_user_op().unwrap())
}

async fn pending(client: &SmartAccountClient) -> Vec<UserOpHash> {
    let ops = client.pending_user_ops().await.unwrap();
    ops.into_iter().map(|op| op.hash).collect()
}

#[tokio::test]
async fn an_operation_that_the_bundler_knows_already_is_sent() {
    for (code, message) in [
        (-32602, "Already known"),
        (-32602, "already known"),
        (-32000, "already known"),
        (-32603, "AlreadyKnown"),
    ] {
        // No lookup is needed: the bundler would drop the request.
        let (service, client) = account_where(move || refusal(code, message), Reply::Drop).await;

        let sent = client.send(SendTransaction::from(mint())).await;

        let hash = sent.map(|sent| sent.hash()).unwrap();
        assert_eq!(pending(&client).await, [hash], "{message}");
        assert_eq!(asked(&service, BY_HASH).len(), 0, "{message}");
    }
}

#[tokio::test]
async fn an_operation_that_is_refused_and_found_is_sent() {
    let refusals = OPAQUE.map(|message| (-32602, message)).into_iter().chain([
        (-32602, "AA25 invalid account nonce"),
        (-32500, "AA25 invalid account nonce"),
        (-32500, "AA10 sender already constructed"),
        (-32500, "AA21 didn't pay prefund"),
        (-32521, "execution reverted"),
    ]);
    for (code, message) in refusals {
        let (_, client) = account_where(move || refusal(code, message), found()).await;

        let sent = client.send(SendTransaction::from(mint())).await;

        let hash = sent.map(|sent| sent.hash()).unwrap();
        assert_eq!(pending(&client).await, [hash], "{message}");
    }
}

#[tokio::test]
async fn an_operation_that_is_refused_and_not_found_is_refused() {
    let unknown = || refusal(-32601, "can't find user operation with hash");
    for (message, by_hash) in [
        ("maxFeePerGas must be at least 7", Reply::Result(Value::Null)),
        ("Invalid UserOperation: preVerificationGas too low", unknown()),
        ("AA23 reverted", Reply::Drop),
        (
            "AA10 sender already constructed: A conflicting userOperation is already in the mempool",
            Reply::Result(Value::Null),
        ),
    ] {
        let (_, client) = account_where(move || refusal(-32602, message), by_hash).await;

        let sent = client.send(SendTransaction::from(mint())).await;

        let error = sent.err().unwrap();
        assert!(
            matches!(error.kind(), ErrorKind::Service(_)),
            "{message}: {error:?}"
        );
        assert_eq!(pending(&client).await, [], "{message}");
    }
}

#[tokio::test]
async fn an_operation_that_is_refused_and_cannot_be_looked_up_may_be_sent() {
    for message in [
        "invalid UserOperation struct/fields",
        "AA25 invalid account nonce",
    ] {
        for by_hash in [
            Reply::Drop,
            Reply::Body(502, String::new()),
            refusal(-32601, "Method eth_getUserOperationByHash not found"),
            refusal(-32603, "Internal error"),
        ] {
            let (_, client) = account_where(move || refusal(-32602, message), by_hash.clone()).await;

            let sent = client.send(SendTransaction::from(mint())).await;

            let hash = sent.err().and_then(|error| error.may_be_sent());
            assert_eq!(pending(&client).await, [hash.unwrap()], "{message} {by_hash:?}");
        }
    }
}

#[tokio::test]
async fn a_bundler_that_need_not_tell_of_what_waits_is_not_believed_without_a_reason() {
    let [.., opaque] = OPAQUE;
    for by_hash in [
        Reply::Result(Value::Null),
        refusal(-32601, "can't find user operation with hash"),
    ] {
        let (_, client) = account_where(move || refusal(-32602, opaque), by_hash).await;

        let sent = client.send(SendTransaction::from(mint())).await;

        let hash = sent.err().and_then(|error| error.may_be_sent());
        assert_eq!(pending(&client).await, [hash.unwrap()]);
    }
}

#[tokio::test]
async fn a_bundler_that_tells_of_what_waits_is_believed_without_a_reason() {
    for message in OPAQUE {
        let (_, client) = account(true, move |method, _| match method {
            SEND => Some(refusal(-32602, message)),
            "biconomy_getUserOperationStatus" => Some(Reply::Result(json!({"state": "NOT_FOUND"}))),
            _ => None,
        })
        .await;

        let sent = client.send(SendTransaction::from(mint())).await;

        assert!(
            matches!(sent.as_ref().map_err(Error::kind), Err(ErrorKind::Service(_))),
            "{message}: {sent:?}"
        );
        assert_eq!(pending(&client).await, []);
    }
}

#[tokio::test]
async fn a_fresh_nonce_that_is_taken_already_is_taken_by_the_operation_itself() {
    let [of_alto, of_skandha, _] = OPAQUE;
    for message in [of_alto, of_skandha] {
        // A bundler that only follows the standard need not report a pending operation.
        let nothing = Reply::Result(Value::Null);
        let (_, client) = account_where(move || refusal(-32602, message), nothing).await;

        let fresh = client.send(SendTransaction::from(mint())).await.unwrap();
        let faster = client.speed_up(SpeedUp::new(&fresh)).await;
        let lane = NonceLane::Given(client.pending_user_ops().await.unwrap()[0].nonce);
        let other = SendTransaction::from(Call::raw(NFT, vec![5, 6, 7, 8]));
        let other = client.send(other.nonce(lane)).await;

        let shared = [faster, other].map(|sent| sent.err().and_then(|error| error.may_be_sent()).unwrap());
        assert_eq!(pending(&client).await, [fresh.hash(), shared[0], shared[1]]);
    }
}

#[tokio::test]
async fn a_fresh_nonce_that_is_used_already_may_be_used_by_the_operation_itself() {
    for biconomy in [true, false] {
        let (_, client) = account(biconomy, move |method, _| match method {
            SEND => Some(refusal(-32602, "AA25 invalid account nonce")),
            BY_HASH => Some(Reply::Result(Value::Null)),
            "biconomy_getUserOperationStatus" => Some(Reply::Result(json!({"state": "NOT_FOUND"}))),
            _ => None,
        })
        .await;

        let sent = client.send(SendTransaction::from(mint())).await;

        let hash = sent.err().and_then(|error| error.may_be_sent());
        assert_eq!(pending(&client).await, [hash.unwrap()]);
    }
}

#[tokio::test]
async fn a_service_that_is_busy_with_a_request_has_not_taken_the_operation() {
    let busy = || refusal(-32000, "the request is already in progress");
    let (_, client) = account_where(busy, Reply::Result(Value::Null)).await;

    let sent = client.send(SendTransaction::from(mint())).await;

    let hash = sent.err().and_then(|error| error.may_be_sent());
    assert_eq!(pending(&client).await, [hash.unwrap()]);
}

#[tokio::test]
async fn every_act_is_sent_whose_second_delivery_is_refused() {
    let [.., message] = OPAQUE;
    let (service, client) = account_where(move || refusal(-32602, message), found()).await;
    let hash = |sent: Result<UserOpResponse, Error>| sent.map(|sent| sent.hash()).unwrap();

    let mut sent = Vec::new();
    sent.push(hash(client.send(SendTransaction::from(mint())).await));
    sent.push(hash(client.speed_up(SpeedUp::new(sent[0])).await));
    sent.push(hash(client.cancel(Cancel::new(sent[0])).await));
    sent.push(hash(granted(&client).await));
    client.sessions().await.unwrap();
    sent.push(hash(client.use_session(UseSession::new(mint())).await));
    client.pipeline.cache.lock().granting = None;
    client.pipeline.cache.lock().awaited.push(sent[3]);
    sent.push(hash(client.revoke_session(RevokeSession::all()).await));

    assert_eq!(pending(&client).await, sent);
    assert_eq!(asked(&service, SEND).len(), sent.len());
}

#[tokio::test]
async fn a_deployment_is_sent_whose_second_delivery_is_refused() {
    let (_, client) = account(false, |method, _| match method {
        "eth_getCode" => Some(Reply::Result(json!("0x"))),
        SEND => Some(refusal(-32602, OPAQUE[2])),
        BY_HASH => Some(found()),
        _ => None,
    })
    .await;

    let sent = client.deploy(Deploy::default()).await;

    let hash = sent.map(|sent| sent.hash()).unwrap();
    assert_eq!(pending(&client).await, [hash]);
    assert_eq!(client.pipeline.cache.lock().deploying, [hash]);
}

/// Returns an account that is not deployed. Its bundler accepts the deployment but never includes it.
async fn account_that_waits(state: &'static str) -> (TestService, SmartAccountClient) {
    account(true, move |method, _| match method {
        "eth_getCode" => Some(Reply::Result(json!("0x"))),
        SEND => Some(known()),
        "biconomy_getUserOperationStatus" => Some(Reply::Result(json!({ "state": state }))),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn an_operation_that_deploys_the_account_is_not_pushed_out_by_another() {
    let (service, client) = account_that_waits("BUNDLER_MEMPOOL").await;
    let first = client.send(SendTransaction::from(mint())).await.unwrap();
    let op = client.pending_user_ops().await.unwrap().remove(0);
    // As if the other operations had waited for 30 s.
    client.pipeline.cache.lock().awaited.push(op.hash);

    let errors = [
        client.send(SendTransaction::from(mint())).await.err(),
        client.deploy(Deploy::default()).await.err(),
        client.create_session(grant()).await.err(),
        // A second attempt is refused for the same reason.
        client.send(SendTransaction::from(mint())).await.err(),
    ];
    let anew = SendTransaction::from(mint()).nonce(NonceLane::Given(op.nonce));
    let replaced = client.send(anew).await;
    let faster = client.speed_up(SpeedUp::new(&first)).await;

    let hash = op.hash;
    for error in errors {
        assert_eq!(error, Some(ErrorKind::Deploying { hash }.into()));
    }
    assert!(replaced.is_ok() && faster.is_ok(), "{replaced:?} {faster:?}");
    assert_eq!(asked(&service, SEND).len(), 3);
}

#[tokio::test]
async fn an_operation_that_deploys_the_account_is_not_pushed_out_when_its_successor_is_lost() {
    let status = |params: &Value, lost: &Option<Value>| match Some(&params[0]) == lost.as_ref() {
        true => "NOT_FOUND",
        false => "BUNDLER_MEMPOOL",
    };
    let lost = std::sync::Arc::new(std::sync::Mutex::new(None));
    let of_bundler = lost.clone();
    let (service, client) = account(true, move |method, params| match method {
        "eth_getCode" => Some(Reply::Result(json!("0x"))),
        SEND => Some(known()),
        "biconomy_getUserOperationStatus" => {
            let state = status(params, &of_bundler.lock().unwrap());
            Some(Reply::Result(json!({ "state": state })))
        }
        _ => None,
    })
    .await;
    let first = client.send(SendTransaction::from(mint())).await.unwrap().hash();
    let faster = client.speed_up(SpeedUp::new(first)).await.unwrap().hash();
    *lost.lock().unwrap() = Some(json!(faster));
    client.pipeline.cache.lock().awaited.extend([first, faster]);

    let other = client.send(SendTransaction::from(mint())).await;

    assert_eq!(other.err(), Some(ErrorKind::Deploying { hash: first }.into()));
    assert_eq!(asked(&service, SEND).len(), 2);
}

#[tokio::test]
async fn a_grant_that_deploys_the_account_is_replaced_by_the_next_in_its_nonce() {
    let (_, client) = account_that_waits("BUNDLER_MEMPOOL").await;
    let first = granted(&client).await.unwrap();
    client.pipeline.cache.lock().awaited.push(first.hash());

    let second = granted(&client).await.unwrap();

    let ops = client.pending_user_ops().await.unwrap();
    assert_eq!(ops[0].nonce, ops[1].nonce);
    assert_eq!(ops[1].replaces, Some(first.hash()));
    assert_eq!(ops[1].hash, second.hash());
}

#[tokio::test]
async fn an_operation_that_was_lost_is_in_nobodys_way() {
    let (_, client) = account_that_waits("NOT_FOUND").await;
    let first = client.send(SendTransaction::from(mint())).await.unwrap();
    client.pipeline.cache.lock().awaited.push(first.hash());

    let second = client.send(SendTransaction::from(mint())).await;

    assert!(second.is_ok(), "{second:?}");
}

#[tokio::test]
async fn an_operation_that_the_service_has_not_read_is_not_sent() {
    let page = |status| Reply::Body(status, "<html>".to_owned());
    for reply in [
        refusal(-32600, "Must be authenticated!"),
        refusal(-32601, "Method not found"),
        refusal(401, "no key"),
        refusal(-32005, "limit exceeded"),
        page(401),
        page(402),
        page(403),
        page(404),
        page(405),
        page(410),
        page(413),
        page(429),
    ] {
        let reply_of_it = reply.clone();
        let (service, client) = account_where(move || reply_of_it.clone(), Reply::Result(Value::Null)).await;

        let error = client.send(SendTransaction::from(mint())).await.unwrap_err();

        assert!(error.service().is_some(), "{reply:?}: {error:?}");
        assert_eq!(client.pending_user_ops().await.unwrap(), [], "{reply:?}");
        drop(service);
    }
}

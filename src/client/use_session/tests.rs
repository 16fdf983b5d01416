use std::time::Duration;

use alloy::primitives::Address;

use super::*;
use crate::{
    CreateSession,
    client::testing::{account, keeping_root, known},
    permission::Policy,
    tracking::UserOpKind,
};

const TOKEN: Address = Address::repeat_byte(7);
const HOUR: Duration = Duration::from_hours(1);

fn call() -> Call {
    Call::raw(TOKEN, vec![1, 2, 3, 4])
}

#[tokio::test]
async fn several_calls_are_a_batch_and_one_call_is_when_requested() {
    let root = keeping_root();
    let (_service, client) = account(false, move |method, params| {
        let of_root = root(method, params);
        match method {
            "eth_sendUserOperation" => Some(known()),
            _ => of_root,
        }
    })
    .await;
    let grant = CreateSession::new([Policy::new(TOKEN, [1, 2, 3, 4])])
        .lasting(HOUR)
        .for_batches(true);
    client
        .create_session(grant)
        .await
        .unwrap()
        .into_user_op()
        .unwrap();

    let table = [
        (UseSession::new(call()), UserOpKind::Session),
        (UseSession::new([call()]), UserOpKind::Session),
        (UseSession::new([call()]).in_batch(true), UserOpKind::Batch),
        (UseSession::new([call(), call()]), UserOpKind::Batch),
        (
            UseSession::new(vec![call(); 3]).in_batch(false),
            UserOpKind::Batch,
        ),
    ];

    for (request, kind) in table {
        let calls = request.calls.clone();
        let sent = client.use_session(request.clone()).await.unwrap().hash();

        let pending = client.pending_user_ops().await.unwrap();
        let pending = pending.into_iter().find(|op| op.hash == sent).unwrap();
        assert_eq!((pending.kind, pending.calls), (kind, Some(calls)), "{request:?}");
    }
}

#[tokio::test]
async fn no_calls_are_an_error_before_any_request() {
    let (service, client) = account(false, |_, _| None).await;

    let sent = client.use_session(UseSession::new([])).await;

    assert_eq!(sent.err(), Some(ErrorKind::NoCalls.into()));
    assert_eq!(service.requests(), []);
}

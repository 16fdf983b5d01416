use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use alloy::primitives::{Address, U256};
use serde_json::{Value, json};

use crate::{
    CreateSession, NonceLane, Request, SendTransaction, SmartAccountClient, UseSession, UserOpResponse,
    Withdraw,
    client::testing::{account, asked, keeping_root, known},
    error::Error,
    permission::Policy,
    platform::BoxFuture,
    primitives::{Asset, Call, NonceKey},
    rpc::testing::{Reply, TestService},
};

const TARGET: Address = Address::repeat_byte(7);
const SEND: &str = "eth_sendUserOperation";
const LOW_PRE_VERIFICATION: &str = "precheck failed: preVerificationGas is 50000 but must be at least 55000";
const LOW_FEES: &str = "precheck failed: maxPriorityFeePerGas is 1000000 but must be at least 1250000";

type Sent = Result<UserOpResponse, Error>;

/// Returns an account whose bundler refuses the next operations with these texts, and then has each already.
async fn refused(texts: &[&'static str]) -> (TestService, SmartAccountClient) {
    refused_with(&Arc::new(Mutex::new(texts.to_vec()))).await
}

/// Returns an account like [`refused`], with texts that a test may change.
async fn refused_with(texts: &Arc<Mutex<Vec<&'static str>>>) -> (TestService, SmartAccountClient) {
    let texts = Arc::clone(texts);
    let root = keeping_root();
    account(false, move |method, params| {
        let of_root = root(method, params);
        if method != SEND {
            return of_root;
        }
        let mut texts = texts.lock().unwrap();
        Some(match texts.is_empty() {
            true => known(),
            false => Reply::Error(200, json!({"code": -32000, "message": texts.remove(0)})),
        })
    })
    .await
}

fn number(value: &Value) -> u64 {
    let digits = value.as_str().unwrap().trim_start_matches("0x");
    u64::from_str_radix(digits, 16).unwrap()
}

#[tokio::test]
async fn operation_that_is_refused_for_two_reasons_gets_both_remedies() {
    type Act = fn(&SmartAccountClient) -> BoxFuture<'_, Sent>;
    let acts: [Act; 3] = [
        |client| Box::pin(client.send(SendTransaction::from(Call::raw(TARGET, vec![1, 2, 3, 4])))),
        |client| {
            let policy = Policy::new(TARGET, [1, 2, 3, 4]);
            Box::pin(client.create_session(CreateSession::new([policy]).lasting(Duration::from_hours(1))))
        },
        |client| Box::pin(client.withdraw(Withdraw::new().amount(Asset::Native, U256::from(1)))),
    ];
    for act in acts {
        for texts in [[LOW_PRE_VERIFICATION, LOW_FEES], [LOW_FEES, LOW_PRE_VERIFICATION]] {
            let (service, client) = refused(&texts).await;

            act(&client).await.unwrap();

            let sends = asked(&service, SEND);
            let [first, _, last] = &sends[..] else {
                panic!("{} operations were sent", sends.len());
            };
            // Only one of the operations can be included.
            assert!(
                sends.iter().all(|sent| sent[0]["nonce"] == first[0]["nonce"]),
                "{sends:?}"
            );
            assert!(number(&last[0]["preVerificationGas"]) >= 55_000, "{last}");
            assert!(number(&last[0]["maxPriorityFeePerGas"]) >= 1_250_000, "{last}");
            assert!(number(&first[0]["maxPriorityFeePerGas"]) < 1_250_000, "{first}");
        }
    }
}

#[tokio::test]
async fn same_reason_is_remedied_once() {
    let (service, client) = refused(&[LOW_PRE_VERIFICATION; 3]).await;

    let sent = client
        .send(SendTransaction::from(Call::raw(TARGET, vec![1, 2, 3, 4])))
        .await;

    assert_eq!(sent.unwrap_err().code(), "refused.gas");
    assert_eq!(asked(&service, SEND).len(), 2);
}

#[tokio::test]
async fn session_call_keeps_its_nonce() {
    for lane in [
        NonceLane::Fresh,
        NonceLane::Key(NonceKey::from_bytes(*b"a lane of the test's own")),
    ] {
        let texts = Arc::default();
        let (service, client) = refused_with(&texts).await;
        let policy = Policy::new(TARGET, [1, 2, 3, 4]);
        let grant = CreateSession::new([policy]).lasting(Duration::from_hours(1));
        client.create_session(grant).await.unwrap();
        *texts.lock().unwrap() = vec![LOW_FEES, LOW_PRE_VERIFICATION];

        let call = UseSession::new(Call::raw(TARGET, vec![1, 2, 3, 4])).nonce(lane);
        client.use_session(call).await.unwrap();

        let sends = asked(&service, SEND);
        let nonces = sends[1..].iter().map(|sent| &sent[0]["nonce"]);
        assert_eq!(nonces.clone().count(), 3);
        assert!(
            nonces.clone().all(|nonce| nonce == &sends[1][0]["nonce"]),
            "{lane:?}"
        );
    }
}

#[tokio::test]
async fn estimate_that_is_refused_at_fees_of_zero_is_repeated_with_the_fees() {
    const ESTIMATE: &str = "eth_estimateUserOperationGas";
    let (service, client) = account(false, |method, params| {
        if method == SEND {
            return Some(known());
        }
        let is_free = method == ESTIMATE && number(&params[0]["maxFeePerGas"]) == 0;
        is_free.then(|| {
            let message = "maxFeePerGas is 0 but must be at least 1000000";
            Reply::Error(200, json!({"code": -32602, "message": message}))
        })
    })
    .await;

    client
        .send(SendTransaction::from(Call::raw(TARGET, vec![1, 2, 3, 4])))
        .await
        .unwrap();

    let estimates = asked(&service, ESTIMATE);
    let fees = estimates
        .iter()
        .map(|asked| number(&asked[0]["maxFeePerGas"]) > 0);
    assert_eq!(fees.collect::<Vec<_>>().last(), Some(&true), "{estimates:?}");
    assert_eq!(asked(&service, SEND).len(), 1);
}

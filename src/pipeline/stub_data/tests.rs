use std::sync::atomic::{AtomicUsize, Ordering};

use alloy::primitives::U256;
use serde_json::json;

use super::*;
use crate::{
    Payment, Request, SendTransaction, SmartAccountClient,
    client::testing::{AGREED, account, asked},
    primitives::Call,
    rpc::testing::{Reply, TestService},
};

const STUB: &str = "pm_getPaymasterStubData";
const ESTIMATE: &str = "eth_estimateUserOperationGas";
const DATA: &str = "pm_getPaymasterData";

async fn send(client: &SmartAccountClient) {
    let call = Call::transfer(Address::ZERO, U256::ZERO);
    let _ = client
        .send(SendTransaction::from(call).pay(Payment::Sponsored))
        .await;
}

/// Returns the number of requests for stub data, estimates, final data and submissions.
fn counts(service: &TestService) -> [usize; 4] {
    [STUB, ESTIMATE, DATA, "eth_sendUserOperation"].map(|method| asked(service, method).len())
}

fn refusal(code: i64) -> Reply {
    Reply::Error(200, json!({"code": code, "message": "AA33 reverted"}))
}

#[tokio::test]
async fn stand_in_is_asked_for_once() {
    let (service, client) = account(false, |_, _| None).await;

    for _ in 0..3 {
        send(&client).await;
    }

    assert_eq!(counts(&service), [1, 3, 3, 3]);
}

#[tokio::test]
async fn warm_client_knows_the_stand_in() {
    let (service, client) = account(false, |_, _| None).await;

    client.warm().await.unwrap();
    client.warm().await.unwrap();
    send(&client).await;

    assert_eq!(counts(&service), [1, 1, 1, 1]);
}

#[tokio::test]
async fn client_is_warm_also_where_the_paymaster_fails() {
    for reply in [refusal(-32501), Reply::Drop] {
        let (_service, client) =
            account(false, move |method, _| (method == STUB).then(|| reply.clone())).await;

        assert_eq!(client.warm().await, Ok(()));
    }
}

#[tokio::test]
async fn each_context_has_a_stand_in_of_its_own() {
    let (service, client) = account(false, |_, _| None).await;
    let paymaster = Payment::Sponsored;
    let request = |user: u8| {
        let context = crate::rpc::PaymasterContext::new().field("user", user);
        let options = UserOpOptions::new().pay(paymaster).context(context);
        SendTransaction::from(Call::transfer(Address::ZERO, U256::ZERO)).options(options)
    };

    for user in [1, 2, 1, 2] {
        let _ = client.send(request(user)).await;
    }

    let told = asked(&service, STUB).into_iter().map(|params| params[3].clone());
    assert_eq!(told.collect::<Vec<_>>(), [json!({"user": 1}), json!({"user": 2})]);
}

#[tokio::test]
async fn known_stand_in_that_is_refused_is_replaced_once() {
    let estimates = AtomicUsize::new(0);
    // The second estimate is the first one with cached stub data.
    let (service, client) = account(false, move |method, _| {
        let is_second = method == ESTIMATE && estimates.fetch_add(1, Ordering::Relaxed) == 1;
        is_second.then(|| refusal(-32501))
    })
    .await;

    send(&client).await;
    send(&client).await;

    assert_eq!(counts(&service), [2, 3, 2, 2]);
}

#[tokio::test]
async fn fresh_stand_in_that_is_refused_is_an_error() {
    let (service, client) = account(false, |method, _| (method == ESTIMATE).then(|| refusal(-32501))).await;

    send(&client).await;

    assert_eq!(counts(&service), [1, 1, 0, 0]);
}

#[tokio::test]
async fn gas_is_estimated_again_where_the_stand_in_was_unlike_the_agreement() {
    for other in [format!("{AGREED}05"), AGREED.replace("501020304", "601020304")] {
        let stubs = AtomicUsize::new(0);
        let newer = other.clone();
        let (service, client) = account(false, move |method, _| {
            let is_old = method == STUB && stubs.fetch_add(1, Ordering::Relaxed) == 0;
            let answered = if is_old { AGREED } else { &newer };
            [STUB, DATA]
                .contains(&method)
                .then(|| Reply::Result(json!({ "paymasterAndData": answered })))
        })
        .await;

        client.warm().await.unwrap();
        send(&client).await;

        assert_eq!(counts(&service), [2, 2, 2, 1]);
        let sent = &asked(&service, "eth_sendUserOperation")[0][0];
        assert_eq!(sent["paymasterAndData"], other);
        let estimated = &asked(&service, ESTIMATE)[1][0];
        assert_eq!(estimated["paymasterAndData"], other);
    }
}

#[tokio::test]
async fn payment_in_a_token_is_estimated_again_where_the_stand_in_is_too_old() {
    let token = Address::with_last_byte(6);
    let newer = format!("{AGREED}05");
    let (stubs, agreements, answered) = (AtomicUsize::new(0), AtomicUsize::new(0), newer.clone());
    let (service, client) = account(false, move |method, _| {
        let answer = |asked: &AtomicUsize| match asked.fetch_add(1, Ordering::Relaxed) {
            0 => json!({ "paymasterAndData": AGREED }),
            _ => json!({ "paymasterAndData": answered }),
        };
        Some(Reply::Result(match method {
            STUB => answer(&stubs),
            DATA => answer(&agreements),
            // The account's balance and allowance.
            "eth_call" => json!(format!("0x{:064x}", u64::MAX)),
            "pimlico_getTokenQuotes" => json!({"quotes": [{
                "token": token, "paymaster": &AGREED[..42], "exchangeRate": "0x1", "postOpGas": "0x1",
            }]}),
            _ => return None,
        }))
    })
    .await;
    let call = Call::transfer(Address::ZERO, U256::ZERO);
    let payment = crate::TokenPayment::new(token, U256::MAX);

    for _ in 0..2 {
        let _ = client
            .send(SendTransaction::from(call.clone()).pay(payment.into()))
            .await;
    }

    assert_eq!(counts(&service), [2, 3, 3, 2]);
    let sent = asked(&service, "eth_sendUserOperation");
    let paid = sent.iter().map(|params| params[0]["paymasterAndData"].clone());
    assert_eq!(paid.collect::<Vec<_>>(), [AGREED, newer.as_str()]);
}

#[tokio::test]
async fn final_stand_in_is_for_one_operation() {
    let (service, client) = account(false, |method, _| {
        let answer = json!({"paymasterAndData": AGREED, "isFinal": true});
        (method == STUB).then(|| Reply::Result(answer))
    })
    .await;

    client.warm().await.unwrap();
    client.warm().await.unwrap();
    send(&client).await;
    send(&client).await;

    // The warm-up requests stub data once, and each operation requests its own.
    assert_eq!(counts(&service), [3, 2, 0, 2]);
}

#[tokio::test]
async fn another_paymaster_has_another_stand_in() {
    let (service, client) = account(false, |_, _| None).await;
    client.warm().await.unwrap();
    let url = service.url();

    let services = client.services().clone();
    let services = services.paymaster(crate::rpc::PaymasterKind::ERC7677, url.as_str());

    assert!(services.unwrap().cached_paymaster(&Json::object([])).is_none());
    assert!(client.services().cached_paymaster(&Json::object([])).is_some());
}

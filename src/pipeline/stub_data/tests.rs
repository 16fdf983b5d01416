use std::sync::atomic::{AtomicUsize, Ordering};

use alloy::primitives::U256;
use serde_json::json;

use super::*;
use crate::{
    Payment, Request, SendTransaction, SmartAccountClient,
    account::nexus::Nexus,
    client::testing::{AGREED, account, account_of, asked},
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

/// Has an account pay in a token, with a paymaster whose final data has these limits in turn, and the last one from then on.
async fn pay_in_token(signed: &'static [u64]) -> (TestService, Result<(), Error>) {
    const ONE_FOR_A_WEI: &str = "0xde0b6b3a7640000";
    const ALLOWANCE: &str = "0xdd62ed3e";
    let token = Address::with_last_byte(6);
    let agreements = AtomicUsize::new(0);
    let (service, client) = account_of(&Nexus::KIND, false, move |method, params| {
        let limit = match method {
            DATA => signed[agreements.fetch_add(1, Ordering::Relaxed).min(signed.len() - 1)],
            _ => 10_000,
        };
        Some(Reply::Result(match method {
            STUB | DATA => json!({
                "paymaster": &AGREED[..42], "paymasterData": "0x01020304",
                "paymasterVerificationGasLimit": format!("{limit:#x}"), "paymasterPostOpGasLimit": "0x0",
            }),
            "eth_call" => {
                let is_allowance = params[0]["data"]
                    .as_str()
                    .unwrap_or_default()
                    .starts_with(ALLOWANCE);
                json!(format!("0x{:064x}", if is_allowance { 0 } else { u64::MAX }))
            }
            "pimlico_getTokenQuotes" => json!({"quotes": [{
                "token": token, "paymaster": &AGREED[..42], "exchangeRate": ONE_FOR_A_WEI, "postOpGas": "0x0",
            }]}),
            _ => return None,
        }))
    })
    .await;
    let call = Call::transfer(Address::ZERO, U256::ZERO);
    let payment = crate::TokenPayment::new(token, U256::MAX);
    let sent = client.send(SendTransaction::from(call).pay(payment.into())).await;
    (service, sent.map(drop))
}

#[tokio::test]
async fn approval_covers_the_limits_that_the_paymaster_signs() {
    let (service, _) = pay_in_token(&[20_000]).await;

    let sent = &asked(&service, "eth_sendUserOperation")[0][0];
    let number = |field: &str| sent[field].as_str().unwrap().parse::<U256>().unwrap();
    assert_eq!(number("paymasterVerificationGasLimit"), U256::from(20_000));
    let limits = [
        "callGasLimit",
        "verificationGasLimit",
        "preVerificationGas",
        "paymasterVerificationGasLimit",
    ];
    let gas = limits.into_iter().map(number).sum::<U256>();
    let approved = format!("{:064x}", gas * number("maxFeePerGas"));
    assert!(sent["callData"].as_str().unwrap().contains(&approved), "{sent}");
    assert_eq!(asked(&service, DATA).len(), 2);
}

#[tokio::test]
async fn paymaster_that_raises_its_limits_each_time_is_not_paid() {
    let (service, sent) = pay_in_token(&[20_000, 30_000, 40_000]).await;

    assert_eq!(sent.unwrap_err().code(), "service.changed_operation");
    assert!(asked(&service, "eth_sendUserOperation").is_empty());
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

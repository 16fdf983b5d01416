mod limits;
mod tokens;

use std::time::Duration;

use alloy::primitives::{U256, address};
use serde_json::{Value, json};

use super::*;
use crate::{
    primitives::{GasLimits, UserOperation},
    rpc::{
        ServiceError,
        testing::{Reply, TestService, draft},
    },
};

const PAYMENT: &str = "0x00000f7365ca6c59a2c93719ad53d567ed49c14c01020304";

fn limits() -> GasLimits {
    GasLimits {
        call: U256::from(35_000),
        verification: U256::from(70_000),
        pre_verification: U256::from(21_000),
        ..GasLimits::default()
    }
}

fn whole() -> UserOperation {
    draft().fill(limits(), None)
}

const ERC7677: Erc7677Paymaster = Erc7677Paymaster::new(EntryPoint::v0_6(0x2105));
const BICONOMY: BiconomyPaymaster = BiconomyPaymaster::new(EntryPoint::v0_6(0x2105));

async fn erc7677(answer: Value) -> (TestService, PaymasterClient) {
    client(PaymasterKind::ERC7677, Reply::Result(answer)).await
}

async fn biconomy(answer: Value) -> (TestService, PaymasterClient) {
    client(PaymasterKind::BICONOMY, Reply::Result(answer)).await
}

/// Returns a service that always gives the same reply, and its client.
async fn client(kind: PaymasterKind, reply: Reply) -> (TestService, PaymasterClient) {
    let service = TestService::always(reply).await;
    let client = PaymasterClient::new(kind, service.http(), EntryPoint::v0_6(0x2105));
    (service, client)
}

async fn stub(answer: Value) -> Result<Stub, ServiceError> {
    let (_service, paymaster) = erc7677(answer).await;
    paymaster.ask(ERC7677.stub(&draft(), &Json::object([]))).await
}

async fn data(answer: Value) -> Result<Sponsorship, ServiceError> {
    let (_service, paymaster) = erc7677(answer).await;
    paymaster.ask(ERC7677.data(&whole(), &Json::object([]))).await
}

async fn sponsor(answer: Value, gas: Option<GasLimits>) -> Result<Sponsorship, ServiceError> {
    asked(&biconomy(answer).await.1, gas).await
}

async fn asked(paymaster: &PaymasterClient, gas: Option<GasLimits>) -> Result<Sponsorship, ServiceError> {
    let (draft, context) = (draft(), PaymasterContext::new());
    let question = BICONOMY.sponsor(&draft, gas, SponsorMode::Sponsored, &context);
    paymaster.ask(question).await
}

/// Returns a valid answer with one field replaced.
fn answer_with(field: &str, value: Value) -> Value {
    let mut answer = json!({
        "mode": "SPONSORED",
        "paymasterAndData": PAYMENT,
        "callGasLimit": "0x88b8",
        "verificationGasLimit": "0x11170",
        "preVerificationGas": "0x5208",
    });
    answer[field] = value;
    answer
}

#[tokio::test]
async fn standard_is_asked_as_in_its_example() {
    let answer = json!({"paymasterAndData": PAYMENT, "sponsor": {"name": "My App"}, "isFinal": true});
    let (service, paymaster) = erc7677(answer).await;
    let policy = json!({"policyId": "962b252c-a726-4a37-8d86-333ce0a07299"});
    let context = Json::from(policy.clone());

    let stub = paymaster.ask(ERC7677.stub(&draft(), &context)).await.unwrap();
    let data = paymaster.ask(ERC7677.data(&whole(), &context)).await.unwrap();

    assert_eq!(stub.paymaster.to_bytes().to_string(), PAYMENT);
    assert!(stub.is_final);
    assert_eq!(data.paymaster, stub.paymaster);
    let params = |call: &str, verification: &str, pre_verification: &str| {
        json!([
            {
                "sender": "0x1758f42af7026fbbb559dc60ece0de3ef81f665e",
                "nonce": "0x20000000000000000",
                "initCode": "0x",
                "callData": "0x00007a8c",
                "callGasLimit": call,
                "verificationGasLimit": verification,
                "preVerificationGas": pre_verification,
                "maxFeePerGas": "0x3b9aca00",
                "maxPriorityFeePerGas": "0x0",
            },
            "0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789",
            "0x2105",
            policy,
        ])
    };
    let expected = [
        ("pm_getPaymasterStubData", params("0x0", "0x0", "0x0")),
        ("pm_getPaymasterData", params("0x88b8", "0x11170", "0x5208")),
    ];
    assert_eq!(
        service.requests(),
        expected.map(|(method, params)| (method.to_owned(), params))
    );
}

#[tokio::test]
async fn answer_may_be_the_data_alone() {
    let data = data(json!(PAYMENT)).await.unwrap();

    assert_eq!(data.paymaster.to_bytes().to_string(), PAYMENT);
}

#[tokio::test]
async fn answer_without_data_declines() {
    for (answer, said) in [
        (json!({"paymasterAndData": "0x"}), "the paymaster data is empty"),
        (json!("0x"), "the paymaster data is empty"),
        (
            json!({"policyId": "1", "reason": "the policy has no budget"}),
            "the policy has no budget",
        ),
        (
            json!({"paymasterAndData": null, "reason": "the policy has no budget"}),
            "the policy has no budget",
        ),
    ] {
        let error = data(answer.clone()).await.unwrap_err();

        let refusal = error.refusal().unwrap_or_else(|| panic!("{answer}: {error}"));
        assert!(refusal.is_decline(), "{answer}");
        assert_eq!(refusal.message, said, "{answer}");
    }
}

#[tokio::test]
async fn stub_is_not_final_unless_it_says_so() {
    let stub = stub(json!({"paymasterAndData": PAYMENT})).await.unwrap();

    assert!(!stub.is_final);
}

#[tokio::test]
async fn biconomy_estimates_and_sponsors_in_one_call() {
    let (service, paymaster) = biconomy(answer_with("callGasLimit", json!(35_000))).await;

    let sponsorship = asked(&paymaster, None).await.unwrap();

    assert_eq!(sponsorship.gas, limits());
    assert_eq!(sponsorship.paymaster.to_bytes().to_string(), PAYMENT);
    let op = json!({
        "sender": "0x1758f42af7026fbbb559dc60ece0de3ef81f665e",
        "nonce": "0x20000000000000000",
        "initCode": "0x",
        "callData": "0x00007a8c",
        "maxFeePerGas": "0x3b9aca00",
        "maxPriorityFeePerGas": "0x0",
        "signature": "0xd1d1",
    });
    let terms = json!({
        "mode": "SPONSORED",
        "calculateGasLimits": true,
        "sponsorshipInfo": {"smartAccountInfo": {"name": "BICONOMY", "version": "2.0.0"}},
    });
    let expected = ("pm_sponsorUserOperation".to_owned(), json!([op, terms]));
    assert_eq!(service.requests(), [expected]);
}

#[tokio::test]
async fn biconomy_keeps_given_limits() {
    let (service, paymaster) = biconomy(json!({"paymasterAndData": PAYMENT})).await;
    let token = address!("00000000000000000000000000000000000000aa");

    let sponsorship = paymaster
        .ask(BICONOMY.sponsor(
            &draft(),
            Some(limits()),
            SponsorMode::Token(token),
            &PaymasterContext::new(),
        ))
        .await
        .unwrap();

    assert_eq!(sponsorship.gas, limits());
    let (_, params) = &service.requests()[0];
    assert_eq!(params[0]["callGasLimit"], "0x88b8");
    assert_eq!(params[1]["calculateGasLimits"], false);
    assert_eq!(params[1]["mode"], "ERC20");
    assert_eq!(params[1]["tokenInfo"]["feeTokenAddress"], json!(token));
}

#[tokio::test]
async fn biconomy_is_told_what_its_webhook_decides_by() {
    let (service, paymaster) = biconomy(answer_with("feeQuotes", json!([]))).await;
    let context = PaymasterContext::new()
        .field("user", 7)
        .expiry(Duration::from_secs(120));

    let (draft, gas) = (draft(), Some(limits()));
    let agreed = paymaster.ask(BICONOMY.sponsor(&draft, gas, SponsorMode::Sponsored, &context));
    agreed.await.unwrap();
    let quotes = paymaster.ask(BICONOMY.quotes(&draft, gas, &[], &context)).await;

    assert!(quotes.is_err(), "the answer names no paymaster");
    for (method, params) in service.requests() {
        let (op, terms) = (&params[0], &params[1]);
        assert_eq!(op["verificationGasLimit"], "0x11170", "{method}");
        assert_eq!(terms["calculateGasLimits"], false, "{method}");
        assert_eq!(terms["expiryDuration"], 120, "{method}");
        let info = json!({
            "webhookData": {"user": 7},
            "smartAccountInfo": {"name": "BICONOMY", "version": "2.0.0"},
        });
        assert_eq!(terms["sponsorshipInfo"], info, "{method}");
    }
    assert_eq!(service.requests().len(), 2);
}

#[tokio::test]
async fn paymaster_that_changes_the_operation_is_caught() {
    for (field, value) in [
        ("sender", json!(Address::ZERO)),
        ("nonce", json!("0x0")),
        ("initCode", json!("0x01")),
        ("callData", json!("0xdeadbeef")),
        ("callData", json!(7)),
        ("callData", json!({"to": Address::ZERO})),
        ("maxFeePerGas", json!("0x3b9aca01")),
        ("maxFeePerGas", json!(2_000_000_000)),
        ("maxPriorityFeePerGas", json!("0x1")),
    ] {
        let answer = answer_with(field, value);

        for error in [
            stub(answer.clone()).await.unwrap_err(),
            data(answer.clone()).await.unwrap_err(),
            sponsor(answer.clone(), None).await.unwrap_err(),
            sponsor(answer.clone(), Some(limits())).await.unwrap_err(),
        ] {
            assert_eq!(error.failure(), &Failure::Changed(field), "{answer}");
        }
    }
}

#[tokio::test]
async fn paymaster_may_repeat_what_it_was_asked() {
    let mut answer = answer_with("sender", json!("0x1758f42Af7026fBbB559Dc60EcE0De3ef81f665e"));
    answer["maxFeePerGas"] = json!("1000000000");
    answer["maxPriorityFeePerGas"] = json!(0);
    answer["callData"] = json!("0x00007A8C");
    answer["initCode"] = json!(null);

    assert!(data(answer.clone()).await.is_ok());
    assert!(sponsor(answer.clone(), None).await.is_ok());
    assert!(sponsor(answer, Some(limits())).await.is_ok());
}

#[tokio::test]
async fn payment_must_name_a_paymaster_and_stay_small() {
    let long = format!("0x{}", "01".repeat(4097));
    for value in ["0x00000f7365ca6c59a2c93719ad53d567ed49c1", &long, "paid", "0x0"] {
        let answer = answer_with("paymasterAndData", json!(value));

        for error in [
            stub(answer.clone()).await.unwrap_err(),
            data(answer.clone()).await.unwrap_err(),
            sponsor(answer.clone(), None).await.unwrap_err(),
        ] {
            let malformed = matches!(error.failure(), Failure::Malformed(_));
            assert!(malformed, "{}: {error}", &value[..value.len().min(50)]);
        }
    }
    for value in [PAYMENT[..42].to_owned(), format!("0x{}", "01".repeat(4096))] {
        assert!(data(answer_with("paymasterAndData", json!(value))).await.is_ok());
    }
}

#[tokio::test]
async fn payment_that_is_missing_is_an_error() {
    let without =
        json!({"callGasLimit": "0x88b8", "verificationGasLimit": "0x11170", "preVerificationGas": "0x5208"});
    for answer in [without, answer_with("paymasterAndData", Value::Null), Value::Null] {
        assert_eq!(
            stub(answer.clone()).await.unwrap_err().failure(),
            &Failure::Missing
        );
        assert_eq!(
            data(answer.clone()).await.unwrap_err().failure(),
            &Failure::Missing
        );
        assert_eq!(
            sponsor(answer, None).await.unwrap_err().failure(),
            &Failure::Missing
        );
    }
}

#[tokio::test]
async fn sponsor_that_was_to_estimate_must_do_so() {
    for field in ["callGasLimit", "verificationGasLimit", "preVerificationGas"] {
        for value in [
            json!(null),
            json!("lots"),
            json!("0xffffffffffffffffffffffffffffffffff"),
        ] {
            let error = sponsor(answer_with(field, value), None).await.unwrap_err();

            assert!(
                matches!(error.failure(), Failure::Malformed(_)),
                "{field}: {error}"
            );
        }
    }
}

#[tokio::test]
async fn answers_that_are_no_object_are_malformed() {
    for answer in [json!("paid"), json!([]), json!(7), json!(true)] {
        for error in [
            stub(answer.clone()).await.unwrap_err(),
            sponsor(answer.clone(), None).await.unwrap_err(),
        ] {
            assert!(
                matches!(error.failure(), Failure::Malformed(_)),
                "{answer}: {error}"
            );
        }
    }
}

#[tokio::test]
async fn refusal_to_pay_is_the_paymasters() {
    let error = json!({"code": -32501, "message": "policy is exhausted"});
    let (_service, paymaster) = client(PaymasterKind::BICONOMY, Reply::Error(400, error)).await;

    let error = asked(&paymaster, None).await.unwrap_err();

    assert_eq!(error.code(), "refused.paymaster");
    assert_eq!(error.method(), "pm_sponsorUserOperation");
}

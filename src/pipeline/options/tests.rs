use std::time::Duration;

use alloy::primitives::{Address, B256};
use serde_json::{Value, json};

use super::*;
use crate::{
    CreateSession, Deploy, Request, SendTransaction, Withdraw,
    client::testing::{account, asked},
    permission::Policy,
    primitives::{Asset, Call},
};

fn send() -> SendTransaction {
    SendTransaction::from(Call::transfer(Address::ZERO, U256::from(1)))
}

fn told() -> PaymasterContext {
    PaymasterContext::new().field("user", 7)
}

#[test]
fn margin_is_a_part_of_the_limit_rounded_down() {
    for (gas, percent, expected) in [
        (100_000, 25, 125_000),
        (101, 1, 102),
        (99, 1, 99),
        (0, 100, 0),
        (100, 65_535, 65_635),
        (u64::MAX, 1, u64::MAX),
    ] {
        assert_eq!(
            more(U256::from(gas), percent),
            U256::from(expected),
            "{gas} {percent}"
        );
    }
    assert_eq!(more(U256::MAX, 0), U256::MAX);
}

#[test]
fn only_verification_has_a_margin_by_default() {
    let gas = GasLimits {
        call: U256::from(1000),
        verification: U256::from(1000),
        pre_verification: U256::from(1000),
        ..GasLimits::default()
    };

    let more = UserOpOptions::default().with_margins(gas);

    assert_eq!(more.call, gas.call);
    assert_eq!(more.verification, U256::from(1250));
    assert_eq!(more.pre_verification, gas.pre_verification);
}

#[tokio::test]
async fn biconomys_services_are_told_what_the_options_say() {
    let (service, client) = account(true, |_, _| None).await;
    let holder = client.address();
    let options = UserOpOptions::new()
        .pay(Payment::Sponsored)
        .margins(
            GasMargins::default()
                .call(10)
                .verification(50)
                .pre_verification(20),
        )
        .state(StateOverride::new().balance(holder, U256::from(7)))
        .simulation(Simulation::Validation)
        .context(told().expiry(Duration::from_secs(90)));

    let _ = client.send(send().options(options)).await;

    let estimates = asked(&service, "eth_estimateUserOperationGas");
    assert_eq!(estimates.len(), 1);
    assert_eq!(estimates[0][0]["maxFeePerGas"], "0x0");
    assert_eq!(
        estimates[0][2],
        json!({format!("{holder:#x}"): {"balance": "0x7"}})
    );
    let sponsored = asked(&service, "pm_sponsorUserOperation");
    let (op, terms) = (&sponsored[0][0], &sponsored[0][1]);
    assert_eq!(op["callGasLimit"], "0x1adb0"); // 110,000
    assert_eq!(op["verificationGasLimit"], "0x5b8d8"); // 300,000, and 75,000 for the paymaster
    assert_eq!(op["preVerificationGas"], "0x10b50"); // 60,000, 8,192 for the paymaster and 240 for bytes
    assert_eq!(op["maxFeePerGas"], "0x7");
    assert_eq!(terms["calculateGasLimits"], false);
    assert_eq!(terms["expiryDuration"], 90);
    assert_eq!(terms["sponsorshipInfo"]["webhookData"], json!({"user": 7}));
    let sent = &asked(&service, "eth_sendUserOperation")[0];
    assert_eq!(sent[0]["callGasLimit"], "0x1adb0");
    assert_eq!(sent[2], json!({"simulation_type": "validation"}));
}

#[tokio::test]
async fn biconomys_paymaster_estimates_unless_it_cannot_be_told_all() {
    let imagined = StateOverride::new().slot(Address::ZERO, B256::ZERO, B256::ZERO);
    for (options, estimates) in [
        (UserOpOptions::new(), 0),
        (UserOpOptions::new().context(told()), 0),
        (UserOpOptions::new().margins(GasMargins::default()), 1),
        (UserOpOptions::new().state(imagined), 1),
    ] {
        let (service, client) = account(true, |_, _| None).await;

        let _ = client
            .send(send().options(options.clone().pay(Payment::Sponsored)))
            .await;

        let estimated = asked(&service, "eth_estimateUserOperationGas").len();
        let terms = &asked(&service, "pm_sponsorUserOperation")[0][1];
        assert_eq!(estimated, estimates, "{options:?}");
        assert_eq!(terms["calculateGasLimits"], estimates == 0, "{options:?}");
    }
}

#[tokio::test]
async fn paymaster_of_the_standard_is_told_the_context() {
    let (service, client) = account(false, |_, _| None).await;

    let _ = client
        .send(send().options(UserOpOptions::new().pay(Payment::Sponsored).context(told())))
        .await;

    for method in ["pm_getPaymasterStubData", "pm_getPaymasterData"] {
        let told: Vec<_> = asked(&service, method)
            .into_iter()
            .map(|params| params[3].clone())
            .collect();
        assert_eq!(told, [json!({"user": 7})], "{method}");
    }
}

#[tokio::test]
async fn every_request_of_the_owner_takes_options() {
    let options = UserOpOptions::new().pay(Payment::Sponsored).context(told());
    for act in 0..6 {
        let code = if act == 0 { "0x" } else { "0x60" };
        let reply = move |method: &str, _: &Value| {
            (method == "eth_getCode").then(|| crate::rpc::testing::Reply::Result(json!(code)))
        };
        let (service, client) = account(true, reply).await;
        let somebody = Address::with_last_byte(0xaa);

        let options = options.clone();
        let _ = match act {
            0 => client.deploy(Deploy::default().options(options)).await,
            1 => client.send(send().options(options)).await,
            2 => {
                let one = Withdraw::new().amount(Asset::Native, U256::from(1));
                client.withdraw(one.options(options)).await
            }
            3 => {
                let policy = Policy::new(somebody, [1, 2, 3, 4]);
                client
                    .create_session(
                        CreateSession::new([policy])
                            .lasting(Duration::from_hours(1))
                            .options(options),
                    )
                    .await
                    .map(|granted| granted.into_user_op().unwrap())
            }
            4 => client.enable_module(somebody, options).await,
            _ => client.transfer_ownership(somebody, options).await,
        };

        let sponsored = asked(&service, "pm_sponsorUserOperation");
        assert_eq!(sponsored.len(), 1, "{act}");
        let webhook = &sponsored[0][1]["sponsorshipInfo"]["webhookData"];
        assert_eq!(webhook, &json!({"user": 7}), "{act}");
    }
}

#[test]
fn what_is_said_last_of_payment_counts() {
    let sponsored = UserOpOptions::from(Payment::Sponsored);

    let paid = send().options(sponsored.clone()).pay(Payment::Own);
    let replaced = send().pay(Payment::Own).options(sponsored.clone());

    assert_eq!(paid.options, UserOpOptions::new());
    assert_eq!(replaced.options, sponsored);
}

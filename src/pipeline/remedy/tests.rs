use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use alloy::primitives::{Address, U256};
use serde_json::{Value, json};

use crate::{
    CreateSession, NonceLane, Payment, Request, SendTransaction, SmartAccountClient, UseSession,
    UserOpResponse, Withdraw,
    client::testing::{AGREED, account, asked, keeping_root, known},
    error::Error,
    permission::Policy,
    pipeline::UserOpOptions,
    platform::BoxFuture,
    primitives::{Asset, Call, Fees, NonceKey},
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
            Box::pin(async move {
                let request = CreateSession::new([policy]).lasting(Duration::from_hours(1));
                client
                    .create_session(request)
                    .await
                    .map(|granted| granted.into_user_op().unwrap())
            })
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
async fn validation_without_a_reason_gets_more_gas_once() {
    type Case = (&'static str, usize, &'static str);
    let cases: [Case; 6] = [
        (
            "UserOperation reverted with reason: AA23 reverted 0x",
            2,
            "refused.validation",
        ),
        ("AA23 reverted (or OOG)", 2, "refused.validation"),
        ("AA26 over verificationGasLimit", 2, "refused.gas"),
        ("AA40 over verificationGasLimit", 2, "refused.gas"),
        // The validation has a reason of its own.
        (
            "AA23 reverted: SessionNotApproved",
            1,
            "refused.session_not_granted",
        ),
        ("AA24 signature error", 1, "refused.signature"),
    ];
    for (text, expected, code) in cases {
        let send = |client: SmartAccountClient| async move {
            let call = Call::raw(TARGET, vec![1, 2, 3, 4]);
            client.send(SendTransaction::from(call)).await
        };

        let (service, client) = refused(&[text; 3]).await;
        let sent = send(client).await;

        let sends = asked(&service, SEND);
        let limits = sends.iter().map(|sent| number(&sent[0]["verificationGasLimit"]));
        let limits = limits.collect::<Vec<_>>();
        assert_eq!(limits.len(), expected, "{text}");
        assert!(
            limits.is_sorted_by(|one, next| one * 3 / 2 < *next),
            "{text}: {limits:?}"
        );
        assert_eq!(sent.unwrap_err().code(), code, "{text}");
    }
}

#[tokio::test]
async fn a_paymaster_without_gas_gets_more_and_then_the_account_pays() {
    const OUT_OF_GAS: &str =
        "Simulation ran out of gas for entity: paymaster:\"0x0000000000000000000000000000000000000005\"";
    let (service, client) = refused(&[OUT_OF_GAS, OUT_OF_GAS]).await;
    let send = SendTransaction::from(Call::raw(TARGET, vec![1, 2, 3, 4])).pay(Payment::SponsoredOrOwn);

    client.send(send).await.unwrap();

    let sends = asked(&service, SEND);
    let [first, second, third] = &sends[..] else {
        panic!("{} operations were sent", sends.len());
    };
    let limit = |sent: &Value| number(&sent[0]["verificationGasLimit"]);
    assert!(limit(second) > limit(first), "{sends:?}");
    assert_eq!(second[0]["paymasterAndData"], json!(AGREED));
    assert_eq!(third[0]["paymasterAndData"], json!("0x"));
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
async fn fees_that_rise_from_one_attempt_to_the_next_are_overtaken() {
    const STILL_LOW: &str = "precheck failed: maxPriorityFeePerGas is 1250000 but must be at least 2000000";
    let send = |client: SmartAccountClient| async move {
        let call = Call::raw(TARGET, vec![1, 2, 3, 4]);
        client.send(SendTransaction::from(call)).await
    };

    let (service, client) = refused(&[LOW_FEES, STILL_LOW]).await;
    send(client).await.unwrap();

    let tips = asked(&service, SEND);
    let tips = tips.iter().map(|sent| number(&sent[0]["maxPriorityFeePerGas"]));
    let [_, second, third] = tips.collect::<Vec<_>>()[..] else {
        panic!("not three operations");
    };
    assert_eq!(second, 1_250_000);
    assert_eq!(third, 2_500_001);

    // A bundler that is never content is asked three times.
    let (service, client) = refused(&[LOW_FEES, STILL_LOW, STILL_LOW, STILL_LOW]).await;
    assert_eq!(send(client).await.unwrap_err().code(), "refused.low_fees");
    assert_eq!(asked(&service, SEND).len(), 3);
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
        client
            .create_session(grant)
            .await
            .unwrap()
            .into_user_op()
            .unwrap();
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
    for message in [
        "maxFeePerGas is 0 but must be at least 1000000",
        "user operation max fee per gas must be larger than 0 during gas estimation",
    ] {
        let has_refused = AtomicBool::new(false);
        let (service, client) = account(false, move |method, params| {
            let refusal = |message| Some(Reply::Error(200, json!({"code": -32602, "message": message})));
            match method {
                // The refused fees are forgotten, so that none are known for the next estimate.
                SEND if !has_refused.swap(true, Ordering::Relaxed) => refusal(LOW_FEES),
                SEND => Some(known()),
                ESTIMATE if number(&params[0]["maxFeePerGas"]) == 0 => refusal(message),
                _ => None,
            }
        })
        .await;

        client
            .send(SendTransaction::from(Call::raw(TARGET, vec![1, 2, 3, 4])))
            .await
            .unwrap();

        let estimates = asked(&service, ESTIMATE);
        let fees = |asked: &Value| number(&asked[0]["maxFeePerGas"]);
        assert_eq!(
            estimates.iter().map(|asked| fees(asked) > 0).collect::<Vec<_>>(),
            [true, false, true],
            "{message}"
        );
        assert_eq!(asked(&service, SEND).len(), 2, "{message}");
    }
}

#[tokio::test]
async fn fees_of_the_options_are_kept_to() {
    let fees = Fees {
        max_fee_per_gas: U256::from(7_000_000_u64),
        max_priority_fee_per_gas: U256::from(3_000_000_u64),
    };
    let send = |client: &SmartAccountClient, options| {
        let call = Call::raw(TARGET, vec![1, 2, 3, 4]);
        let (client, request) = (client.clone(), SendTransaction::from(call).options(options));
        async move { client.send(request).await }
    };
    let offered = |sent: &Value| ["maxFeePerGas", "maxPriorityFeePerGas"].map(|name| number(&sent[0][name]));

    // Neither more nor less than what was set, also after a refusal.
    let (service, client) = refused(&[LOW_FEES]).await;
    let error = send(&client, UserOpOptions::new().fees(fees)).await.unwrap_err();
    assert_eq!(error.code(), "refused.low_fees");
    let sends = asked(&service, SEND);
    assert_eq!(
        sends.iter().map(offered).collect::<Vec<_>>(),
        [[7_000_000, 3_000_000]]
    );

    // At least what was set.
    let (service, client) = refused(&[]).await;
    send(&client, UserOpOptions::new().least_fees(fees))
        .await
        .unwrap();
    send(&client, UserOpOptions::new()).await.unwrap();
    let sends = asked(&service, SEND);
    assert_eq!(offered(&sends[0]), [7_000_000, 3_000_000]);
    assert_eq!(offered(&sends[1]), [1_000_002, 1_000_000]);
}

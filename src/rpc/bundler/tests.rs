use alloy::primitives::{U256, address, b256, bytes};
use serde_json::{Value, json};

use super::*;
use crate::primitives::{GasLimits, PaymasterData};
use crate::rpc::{
    Failure, StateOverride,
    testing::{Reply, TestService, draft},
};

const HASH: UserOpHash = UserOpHash(b256!(
    "93c06f3f5909cc2b192713ed9bf93e3e1fde4b22fcd2466304fa404f9b80ff90"
));

async fn bundler(kind: BundlerKind, reply: Reply) -> (TestService, Bundler) {
    let service = TestService::always(reply).await;
    let bundler = Bundler::new(kind, service.http(), EntryPoint::v0_6(80_002));
    (service, bundler)
}

fn limits() -> GasLimits {
    GasLimits {
        call: U256::from(35_000),
        verification: U256::from(70_000),
        pre_verification: U256::from(21_000),
        ..GasLimits::default()
    }
}

#[tokio::test]
async fn examples_of_the_standard_are_read() {
    let (service, one) = bundler(BundlerKind::STANDARD, Reply::Result(json!("0x1"))).await;
    assert_eq!(one.chain_id().await.unwrap(), 1);
    assert_eq!(service.requests(), [("eth_chainId".to_owned(), json!([]))]);

    let points = json!([
        "0xcd01C8aa8995A59eB7B2627E69b40e0524B5ecf8",
        "0x7A0A0d159218E6a2f407B99173A2b12A6DDfC2a6"
    ]);
    let (_service, two) = bundler(BundlerKind::STANDARD, Reply::Result(points)).await;
    assert_eq!(
        two.supported_entry_points().await.unwrap(),
        [
            address!("cd01C8aa8995A59eB7B2627E69b40e0524B5ecf8"),
            address!("7A0A0d159218E6a2f407B99173A2b12A6DDfC2a6"),
        ]
    );

    let prefund = json!({"message": "AA21 didn't pay prefund", "code": -32500});
    let stake = json!({
        "message": "paymaster stake too low",
        "data": {
            "paymaster": "0x123456789012345678901234567890123456790",
            "minimumStake": "0xde0b6b3a7640000",
            "minimumUnstakeDelay": "0x15180"
        },
        "code": -32504
    });
    for (error, meaning) in [
        (prefund, "the account cannot pay for the operation"),
        (stake, "the account, paymaster or factory is throttled or banned"),
    ] {
        let (_service, bundler) = bundler(BundlerKind::STANDARD, Reply::Error(200, error)).await;
        let signed = draft().fill(limits(), None).sign(bytes!("01"));

        let error = bundler.send(&signed, Simulation::default()).await.unwrap_err();

        assert_eq!(error.refusal().unwrap().meaning(), Some(meaning));
    }
}

#[tokio::test]
async fn operation_is_sent_whole_and_in_hex() {
    let (service, bundler) = bundler(BundlerKind::STANDARD, Reply::Result(json!(HASH))).await;
    let paymaster = PaymasterData::from_bytes(&bytes!("00000f7365ca6c59a2c93719ad53d567ed49c14c"));

    let signed = draft().fill(limits(), paymaster).sign(bytes!("c0ffee"));
    let hash = bundler.send(&signed, Simulation::default()).await.unwrap();

    assert_eq!(hash, HASH);
    let op = json!({
        "sender": "0x1758f42af7026fbbb559dc60ece0de3ef81f665e",
        "nonce": "0x20000000000000000",
        "initCode": "0x",
        "callData": "0x00007a8c",
        "callGasLimit": "0x88b8",
        "verificationGasLimit": "0x11170",
        "preVerificationGas": "0x5208",
        "maxFeePerGas": "0x3b9aca00",
        "maxPriorityFeePerGas": "0x0",
        "paymasterAndData": "0x00000f7365ca6c59a2c93719ad53d567ed49c14c",
        "signature": "0xc0ffee"
    });
    // Voltaire compares the text.
    let entry_point = "0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789";
    let expected = ("eth_sendUserOperation".to_owned(), json!([op, entry_point]));
    assert_eq!(service.requests(), [expected]);
}

#[tokio::test]
async fn estimate_names_every_field_and_signs_with_the_dummy() {
    let answer = json!({
        "preVerificationGas": "0x5208", "verificationGasLimit": "0x11170", "callGasLimit": "0x88b8",
        "verificationGas": "0x11170", "paymasterVerificationGasLimit": "0x0"
    });
    let (service, bundler) = bundler(BundlerKind::PIMLICO, Reply::Result(answer)).await;

    let gas = bundler
        .estimate(&draft(), None, &StateOverride::new())
        .await
        .unwrap();

    assert_eq!(gas, limits());
    let (method, params) = &service.requests()[0];
    assert_eq!(method, "eth_estimateUserOperationGas");
    assert_eq!(params[0]["signature"], "0xd1d1");
    assert_eq!(params[0]["paymasterAndData"], "0x");
    assert_eq!(params[0]["callGasLimit"], "0x0");
    assert_eq!(params[0].as_object().unwrap().len(), 11);
}

#[tokio::test]
async fn biconomy_is_asked_and_answers_in_its_own_way() {
    let (service, sending) = bundler(BundlerKind::BICONOMY, Reply::Result(json!(HASH))).await;
    let signed = draft().fill(limits(), None).sign(bytes!("01"));
    sending.send(&signed, Simulation::default()).await.unwrap();
    let (_, params) = &service.requests()[0];
    assert_eq!(params[2], json!({"simulation_type": "validation_and_execution"}));

    let estimate = json!({
        "callGasLimit": "35000", "verificationGasLimit": 70000, "preVerificationGas": "0x5208",
        "maxFeePerGas": "1500000000", "maxPriorityFeePerGas": "1500000000"
    });
    let (_service, estimating) = bundler(BundlerKind::BICONOMY, Reply::Result(estimate)).await;
    assert_eq!(
        estimating
            .estimate(&draft(), None, &StateOverride::new())
            .await
            .unwrap(),
        limits()
    );
}

#[tokio::test]
async fn fees_are_read_in_each_dialect() {
    let gwei = |amount: u64| U256::from(amount * 1_000_000_000);
    let price = |fee: &str| json!({"maxFeePerGas": fee, "maxPriorityFeePerGas": "0x3b9aca00"});
    let pimlico = json!({
        "slow": price("0x3b9aca00"), "standard": price("0x77359400"), "fast": price("0xb2d05e00")
    });
    let biconomy = json!({"maxFeePerGas": "3000000000", "maxPriorityFeePerGas": 1_000_000_000});
    let rundler = json!({"priorityFee": "0x1", "baseFee": "0x1", "suggested": price("0xb2d05e00")});
    let fees = Some(Fees {
        max_fee_per_gas: gwei(3),
        max_priority_fee_per_gas: gwei(1),
    });

    for (kind, answer, expected, method) in [
        (
            BundlerKind::PIMLICO,
            pimlico,
            fees,
            Some("pimlico_getUserOperationGasPrice"),
        ),
        (
            BundlerKind::BICONOMY,
            biconomy,
            fees,
            Some("biconomy_getGasFeeValues"),
        ),
        (
            BundlerKind::RUNDLER,
            rundler,
            fees,
            Some("rundler_getUserOperationGasPrice"),
        ),
        (BundlerKind::STANDARD, Value::Null, None, None),
    ] {
        let (service, bundler) = bundler(kind, Reply::Result(answer)).await;

        assert_eq!(bundler.fees().await.unwrap(), expected);

        let asked = service.requests().into_iter().next().map(|(method, _)| method);
        assert_eq!(asked.as_deref(), method);
    }
}

#[tokio::test]
async fn answers_in_other_shapes_of_one_meaning_are_read() {
    for answer in [json!(HASH), json!({"userOpHash": HASH}), json!({"hash": HASH})] {
        let (_service, bundler) = bundler(BundlerKind::STANDARD, Reply::Result(answer.clone())).await;
        let signed = draft().fill(limits(), None).sign(bytes!("01"));

        assert_eq!(
            bundler.send(&signed, Simulation::default()).await,
            Ok(HASH),
            "{answer}"
        );
    }
    let price = json!({"maxFeePerGas": "0x2", "maxPriorityFeePerGas": "0x1"});
    for answer in [json!({"standard": price, "fast": null}), price.clone()] {
        let (_service, bundler) = bundler(BundlerKind::PIMLICO, Reply::Result(answer.clone())).await;

        let fees = bundler.fees().await.unwrap().unwrap();

        assert_eq!(fees.max_fee_per_gas, U256::from(2), "{answer}");
    }
    let (_service, bundler) = bundler(
        BundlerKind::STANDARD,
        Reply::Result(json!([null, EntryPoint::V0_6])),
    )
    .await;
    assert_eq!(bundler.supported_entry_points().await, Ok(vec![EntryPoint::V0_6]));
}

#[tokio::test]
async fn answers_of_a_wrong_shape_are_malformed() {
    let estimate = |call: Value| json!({"callGasLimit": call, "verificationGasLimit": "0x1", "preVerificationGas": "0x1"});
    let fees = |max: &str| json!({"fast": {"maxFeePerGas": max, "maxPriorityFeePerGas": "0x2"}});

    for answer in [
        json!("35000"),
        estimate(json!("many")),
        estimate(json!(1.5)),
        estimate(json!(null)),
        estimate(json!("0xffffffffffffffffffffffffffffffffff")),
        json!([]),
        json!({}),
    ] {
        let (_service, bundler) = bundler(BundlerKind::STANDARD, Reply::Result(answer.clone())).await;
        let error = bundler
            .estimate(&draft(), None, &StateOverride::new())
            .await
            .unwrap_err();
        assert!(
            matches!(error.failure(), Failure::Malformed(_)),
            "{answer}: {error}"
        );
    }
    for answer in [fees("0x"), fees("high"), json!({"slow": 1}), json!(7)] {
        let (_service, bundler) = bundler(BundlerKind::PIMLICO, Reply::Result(answer.clone())).await;
        let error = bundler.fees().await.unwrap_err();
        assert!(
            matches!(error.failure(), Failure::Malformed(_)),
            "{answer}: {error}"
        );
    }
    for answer in [
        json!("0x12"),
        json!({"userOpHash": 7}),
        json!({"op": HASH}),
        json!(true),
        json!(""),
    ] {
        let (_service, bundler) = bundler(BundlerKind::STANDARD, Reply::Result(answer.clone())).await;
        let signed = draft().fill(limits(), None).sign(bytes!("01"));
        let error = bundler.send(&signed, Simulation::default()).await.unwrap_err();
        assert!(
            matches!(error.failure(), Failure::Malformed(_)),
            "{answer}: {error}"
        );
    }
}

#[tokio::test]
async fn sending_without_a_hash_in_return_is_an_error() {
    let (_service, bundler) = bundler(BundlerKind::STANDARD, Reply::Result(Value::Null)).await;
    let signed = draft().fill(limits(), None).sign(bytes!("01"));

    let error = bundler.send(&signed, Simulation::default()).await.unwrap_err();

    assert_eq!(error.failure(), &Failure::Missing);
}

#[tokio::test]
async fn a_transaction_is_read_in_each_dialect_and_may_be_missing() {
    let transaction = b256!("0101010101010101010101010101010101010101010101010101010101010101");
    let kinds = [
        (BundlerKind::STANDARD, "eth_getUserOperationByHash"),
        (BundlerKind::PIMLICO, "pimlico_getUserOperationStatus"),
        (BundlerKind::BICONOMY, "biconomy_getUserOperationStatus"),
    ];
    for (kind, method) in kinds {
        for (answer, expected) in [
            (json!({ "transactionHash": transaction }), Some(transaction)),
            (
                json!({ "transactionHash": null, "status": "not_submitted" }),
                None,
            ),
            (json!({ "state": "PENDING" }), None),
            (Value::Null, None),
        ] {
            let (service, bundler) = bundler(kind, Reply::Result(answer)).await;

            assert_eq!(bundler.transaction(HASH).await.unwrap(), expected);

            assert_eq!(service.requests(), [(method.to_owned(), json!([HASH]))]);
        }
        let (_service, bundler) = bundler(kind, Reply::Result(json!({ "transactionHash": "0x12" }))).await;
        let error = bundler.transaction(HASH).await.unwrap_err();
        assert!(matches!(error.failure(), Failure::Malformed(_)), "{error}");
    }
}

#[tokio::test]
async fn estimate_tells_what_the_chain_is_taken_to_hold() {
    let estimate = json!({"callGasLimit": "0x1", "verificationGasLimit": "0x1", "preVerificationGas": "0x1"});
    let (service, bundler) = bundler(BundlerKind::STANDARD, Reply::Result(estimate)).await;
    let funded = StateOverride::new().balance(draft().sender, U256::from(7));

    for state in [StateOverride::new(), funded] {
        bundler.estimate(&draft(), None, &state).await.unwrap();
    }

    let third: Vec<_> = service
        .requests()
        .iter()
        .map(|(_, params)| params.get(2).cloned())
        .collect();
    let funded = json!({"0x1758f42af7026fbbb559dc60ece0de3ef81f665e": {"balance": "0x7"}});
    assert_eq!(third, [None, Some(funded)]);
}

#[tokio::test]
async fn only_biconomys_bundler_is_told_what_to_try_out() {
    let signed = draft().fill(limits(), None).sign(bytes!("51"));
    for (kind, simulation, expected) in [
        (BundlerKind::BICONOMY, Simulation::Validation, Some("validation")),
        (
            BundlerKind::BICONOMY,
            Simulation::ValidationAndExecution,
            Some("validation_and_execution"),
        ),
        (BundlerKind::STANDARD, Simulation::Validation, None),
        (BundlerKind::PIMLICO, Simulation::Validation, None),
    ] {
        let (service, bundler) = bundler(kind, Reply::Result(json!(HASH))).await;

        bundler.send(&signed, simulation).await.unwrap();

        let told = service.requests()[0].1.get(2).cloned();
        assert_eq!(
            told,
            expected.map(|simulation| json!({"simulation_type": simulation})),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn a_bundler_says_in_its_dialect_whether_it_knows_an_operation() {
    let [standard, pimlico, biconomy] = [BundlerKind::STANDARD, BundlerKind::PIMLICO, BundlerKind::BICONOMY];
    for (kind, answer, expected) in [
        (standard, json!(null), false),
        (standard, json!({}), false),
        (standard, json!([]), false),
        (standard, json!(""), false),
        (standard, json!(false), false),
        (pimlico, json!({}), false),
        (standard, json!({"userOperation": {}, "blockNumber": null}), true),
        (
            pimlico,
            json!({"status": "not_found", "transactionHash": null}),
            false,
        ),
        (pimlico, json!({"status": "rejected"}), false),
        (pimlico, json!({"status": "not_submitted"}), true),
        (pimlico, json!({"status": "submitted"}), true),
        (biconomy, json!({"state": "NOT_FOUND"}), false),
        (biconomy, json!({"state": "DROPPED_FROM_BUNDLER_MEMPOOL"}), false),
        (biconomy, json!({"state": "SUBMITTED"}), true),
    ] {
        let (_service, bundler) = bundler(kind, Reply::Result(answer.clone())).await;

        assert_eq!(bundler.knows(HASH).await, Ok(expected), "{kind:?} {answer}");
    }
    let (_service, mute) = bundler(pimlico, Reply::Result(json!({"status": 7}))).await;
    let answer = mute.knows(HASH).await;
    assert!(matches!(answer.unwrap_err().failure(), Failure::Malformed(_)));
}

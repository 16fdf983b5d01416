//! Tests of the gas limits in a paymaster's answers.

use alloy::primitives::uint;
use serde_json::json;

use super::*;
use crate::primitives::PaymasterGas;

const OURS: PaymasterGas = PaymasterGas {
    verification: uint!(50_000_U256),
    post_op: uint!(20_000_U256),
};

#[tokio::test]
async fn limits_are_changed_only_by_whom_they_were_asked_of() {
    for (field, value) in [
        ("callGasLimit", "0x1"),
        ("verificationGasLimit", "0xfffff"),
        ("preVerificationGas", "0x0"),
    ] {
        let answer = answer_with(field, json!(value));

        assert!(sponsor(answer.clone(), None).await.is_ok());
        for error in [
            data(answer.clone()).await.unwrap_err(),
            sponsor(answer.clone(), Some(limits())).await.unwrap_err(),
        ] {
            let changed = matches!(error.failure(), Failure::Changed(which) if *which == field);
            assert!(changed, "{field}: {error}");
        }
    }
}

/// The paymaster signs its own limits in the call that it answers, so others than were asked for would not match its data.
#[tokio::test]
async fn limits_of_the_paymaster_that_agrees_in_one_call_stay() {
    let v0_7 = BiconomyPaymaster::new(EntryPoint::v0_7(0x2105));
    let gas = GasLimits {
        paymaster: OURS,
        ..limits()
    };
    for field in ["paymasterVerificationGasLimit", "paymasterPostOpGasLimit"] {
        let (_service, paymaster) = biconomy(answer_with(field, json!("0x7530"))).await;
        let (draft, context) = (draft(), PaymasterContext::new());

        let question = v0_7.sponsor(&draft, Some(gas), SponsorMode::Sponsored, &context);
        let error = paymaster.ask(question).await.unwrap_err();

        assert_eq!(error.failure(), &Failure::Changed(field));
    }
}

/// Returns the limits of final data with these fields, for an operation with limits of ours.
async fn agreed(entry_point: EntryPoint, fields: &Value) -> Result<GasLimits, ServiceError> {
    let mut answer = json!({"paymaster": PAYMENT[..42], "paymasterData": "0x1234"});
    let fields = fields.as_object().unwrap().clone();
    answer.as_object_mut().unwrap().extend(fields);
    let mut op = whole();
    op.gas.paymaster = OURS;
    let (_service, paymaster) = erc7677(answer).await;
    let dialect = Erc7677Paymaster::new(entry_point);
    let agreed = paymaster.ask(dialect.data(&op, &Json::object([]))).await?;
    Ok(agreed.gas)
}

#[tokio::test]
async fn final_data_may_come_with_other_limits_of_the_paymaster() {
    let v0_7 = EntryPoint::v0_7(0x2105);
    let both = json!({"paymasterVerificationGasLimit": "0x7530", "paymasterPostOpGasLimit": 0});
    for (at, fields, [verification, post_op]) in [
        (v0_7, json!({}), [50_000, 20_000]),
        (
            v0_7,
            json!({"paymasterVerificationGasLimit": null}),
            [50_000, 20_000],
        ),
        (
            v0_7,
            json!({"paymasterVerificationGasLimit": "0x0"}),
            [50_000, 20_000],
        ),
        (v0_7, both.clone(), [30_000, 0]),
        (
            v0_7,
            json!({"paymasterPostOpGasLimit": "40000"}),
            [50_000, 40_000],
        ),
        // An operation of this version has no such limits.
        (EntryPoint::v0_6(0x2105), both, [50_000, 20_000]),
    ] {
        let gas = agreed(at, &fields).await.unwrap();

        let paymaster = PaymasterGas {
            verification: U256::from(verification),
            post_op: U256::from(post_op),
        };
        assert_eq!(
            gas,
            GasLimits {
                paymaster,
                ..limits()
            },
            "{fields}"
        );
    }
}

#[tokio::test]
async fn limits_of_the_paymaster_that_are_no_gas_are_an_error() {
    for value in ["lots", "0xffffffffffffffffffffffffffffffff"] {
        let fields = json!({"paymasterVerificationGasLimit": value});

        let error = agreed(EntryPoint::v0_7(0x2105), &fields).await.unwrap_err();

        assert!(matches!(error.failure(), Failure::Malformed(_)), "{error}");
    }
}

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use serde_json::{Value, json};

use super::*;
use crate::{
    CreateSession, Deploy, GasMargins, Payment, Request, SendTransaction, SmartAccountClient, TokenPayment,
    UserOpOptions, UserOpResponse,
    client::testing::{AGREED, account, asked},
    error::{Error, ErrorKind},
    permission::Policy,
    primitives::{Call, EntryPoint},
    rpc::testing::{Reply, TestService},
};

const NFT: Address = Address::repeat_byte(7);
const SEND: &str = "eth_sendUserOperation";
/// The gas that the calls use, in units of gas.
const USED: u64 = 100_000;

/// Returns the node's reply to the script, for calls that use an amount of gas and succeed or revert.
fn measured(used: u64, success: bool, code: u64, returned: &[u8]) -> Reply {
    let words = [used, u64::from(success), code].map(|word| U256::from(word).to_be_bytes::<32>());
    Reply::Result(json!(Bytes::from([words.as_flattened(), returned].concat())))
}

fn refused() -> Reply {
    Reply::Error(
        200,
        json!({"code": -32602, "message": "too many arguments, want at most 2"}),
    )
}

/// Returns the gas of a transaction with the operation's call data to an address without code.
fn of_bytes(op: &Value, zero: u64, other: u64) -> u64 {
    let call_data: Bytes = op["callData"].as_str().unwrap().parse().unwrap();
    let bytes = call_data.iter().map(|byte| if *byte == 0 { zero } else { other });
    21_000 + bytes.sum::<u64>()
}

/// Returns an account without code. Its bundler and paymaster estimate as if it stayed so, and its node
/// measures.
async fn new_account(
    biconomy: bool,
    zero_and_other: (u64, u64),
    measured: Reply,
) -> (TestService, SmartAccountClient) {
    let (zero, other) = zero_and_other;
    account(biconomy, move |method, params| {
        let limits = || {
            let gas = of_bytes(&params[0], zero, other);
            json!({
                "paymasterAndData": AGREED,
                "callGasLimit": format!("{gas:#x}"),
                "verificationGasLimit": "0x30d40",
                "preVerificationGas": "0xc350",
            })
        };
        match method {
            "eth_getCode" => Some(Reply::Result(json!("0x"))),
            "eth_call" if params.as_array().unwrap().len() == 3 => {
                assert_eq!(
                    params[2][format!("{:#x}", EntryPoint::V0_6)]["code"],
                    json!(Bytes::from(SCRIPT))
                );
                Some(measured.clone())
            }
            "eth_estimateUserOperationGas" => Some(Reply::Result(limits())),
            "pm_sponsorUserOperation" if params[1]["calculateGasLimits"] == true => {
                Some(Reply::Result(limits()))
            }
            _ => None,
        }
    })
    .await
}

fn mint() -> Call {
    Call::raw(NFT, [&[1, 2, 3, 4][..], &[0; 31], &[7]].concat())
}

async fn send(client: &SmartAccountClient, options: UserOpOptions) -> Result<UserOpResponse, Error> {
    client.send(SendTransaction::from(mint()).options(options)).await
}

/// Returns the call gas limits of the submitted operations.
fn sent(service: &TestService) -> Vec<U256> {
    let sent = asked(service, SEND).into_iter();
    sent.map(|params| params[0]["callGasLimit"].as_str().unwrap().parse().unwrap())
        .collect()
}

#[tokio::test]
async fn calls_of_a_new_account_are_measured_where_the_estimate_is_of_no_code() {
    let with_margins = UserOpOptions::new()
        .pay(Payment::Sponsored)
        .margins(GasMargins::default().call(100));
    for biconomy in [true, false] {
        for zero_and_other in [(4, 16), (10, 40), (0, 0)] {
            for (options, factor) in [
                (UserOpOptions::new(), 1),
                (Payment::Sponsored.into(), 1),
                (Payment::SponsoredOrOwn.into(), 1),
                (with_margins.clone(), 2),
            ] {
                let node = measured(USED, true, 45, &[]);
                let (service, client) = new_account(biconomy, zero_and_other, node).await;

                let _ = send(&client, options).await;

                let expected = U256::from(factor * (USED + USED / 8 + 5_000));
                assert_eq!(sent(&service), [expected], "{biconomy} {zero_and_other:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_first_grant_is_measured_where_the_estimate_is_of_no_code() {
    let (service, client) = new_account(false, (4, 16), measured(USED, true, 45, &[])).await;
    let grant = CreateSession::new([Policy::new(NFT, [1, 2, 3, 4])]).lasting(Duration::from_hours(1));

    let _ = client.create_session(grant).await;

    assert_eq!(sent(&service), [U256::from(USED + USED / 8 + 5_000)],);
}

#[tokio::test]
async fn an_operation_that_would_do_nothing_is_not_signed() {
    for biconomy in [true, false] {
        for node in [
            refused(),
            Reply::Drop,
            Reply::Result(json!("0x")),
            // The factory deploys nothing at the account's address.
            measured(700, true, 0, &[]),
        ] {
            let (service, client) = new_account(biconomy, (4, 16), node.clone()).await;

            for payment in [Payment::Own, Payment::Sponsored, Payment::SponsoredOrOwn] {
                let error = send(&client, payment.into()).await.err().unwrap();

                assert!(
                    matches!(
                        error.kind(),
                        ErrorKind::Service(error) if matches!(error.failure(), Failure::NoCode(_))
                    ),
                    "{node:?} {payment:?}: {error:?}" // Failure::NoCode
                );
            }
            let quote = client.gas_estimate(&[mint()]).await;
            assert!(quote.is_err(), "{quote:?}");
            assert_eq!(sent(&service).len(), 0, "{node:?}");
        }
    }
}

#[tokio::test]
async fn calls_that_revert_once_the_account_has_code_are_told() {
    let reason = hex!(
        "08c379a0" // Error(string)
        "0000000000000000000000000000000000000000000000000000000000000020"
        "0000000000000000000000000000000000000000000000000000000000000003"
        "6e6f740000000000000000000000000000000000000000000000000000000000" // "not"
    );
    let (service, client) = new_account(false, (4, 16), measured(USED, false, 45, &reason)).await;

    let error = send(&client, UserOpOptions::new()).await.err().unwrap();

    let ErrorKind::Service(error) = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(
        error
            .refusal()
            .and_then(|refusal| refusal.revert.clone())
            .as_deref(),
        Some("not")
    );
    assert_eq!(sent(&service).len(), 0);
}

#[tokio::test]
async fn nothing_is_measured_where_there_is_nothing_to_call_or_the_estimate_is_right() {
    let (service, client) = new_account(false, (4, 16), refused()).await;
    let _ = client.deploy(Deploy::default()).await;
    assert_eq!(sent(&service).len(), 1);

    let (service, client) = account(false, |method, _| {
        (method == "eth_getCode").then(|| Reply::Result(json!("0x")))
    })
    .await;
    let _ = send(&client, UserOpOptions::new()).await;
    let overridden = |params: &&Value| params.as_array().unwrap().len() > 2;
    assert_eq!(asked(&service, "eth_call").iter().filter(overridden).count(), 0);
    assert_eq!(sent(&service), [U256::from(100_000)]);
}

#[test]
fn calls_of_the_entry_point_itself_are_not_measured() {
    let entry_point = EntryPoint::V0_6;
    let call = crate::account::biconomy_v2::call_data(&[Call::transfer(entry_point, U256::from(1))]);

    assert!(holds(&call, entry_point));
    assert!(!holds(&call, NFT));
}

#[test]
fn gas_of_no_code_is_told_from_that_of_calls() {
    let call_data = [[0; 100], [1; 100]].concat();

    for (gas, is_of_none) in [
        (0, true),
        (2_000, true), // 4 and 16 a byte
        (5_000, true), // 10 and 40 a byte
        (16_000, false),
        (21_000, true),
        (23_000, true), // a transaction, and 4 and 16 a byte
        (23_300, true),
        (26_000, true), // a transaction, and 10 and 40 a byte
        (28_600, true),
        (28_601, false),
        (60_000, false),
    ] {
        assert_eq!(is_of_no_code(&call_data, U256::from(gas)), is_of_none, "{gas}");
        assert!(!is_of_no_code(&[], U256::from(gas)));
    }
}

#[tokio::test]
async fn tokens_are_quoted_anew_for_the_gas_that_was_measured() {
    let token = Address::with_last_byte(0xfe);
    let (service, client) = account(true, move |method, params| {
        let given = params[0]["callGasLimit"].as_str();
        let fee = if given.is_some() { 2 } else { 1 };
        Some(Reply::Result(match method {
            "eth_getCode" => json!("0x"),
            "eth_call" if params.as_array().unwrap().len() == 3 => {
                return Some(measured(USED, true, 45, &[]));
            }
            // The account's allowance and balance.
            "eth_call" => json!(format!("0x{:064x}", 10_000_000)),
            "pm_getFeeQuoteOrData" => json!({
                "paymasterAddress": AGREED[..42],
                "feeQuotes": [{"symbol": "USD", "decimal": 6, "tokenAddress": token, "maxGasFee": fee}],
            }),
            "pm_sponsorUserOperation" => json!({
                "paymasterAndData": AGREED,
                "callGasLimit": given.map_or_else(|| format!("{:#x}", of_bytes(&params[0], 4, 16)), str::to_owned),
                "verificationGasLimit": "0x30d40",
                "preVerificationGas": "0xc350",
            }),
            _ => return None,
        }))
    })
    .await;
    let pay = |most| UserOpOptions::from(Payment::from(TokenPayment::new(token, U256::from(most))));

    let too_dear = send(&client, pay(1_500_000)).await;
    let enough = send(&client, pay(2_000_001)).await;

    assert!(
        matches!(
            too_dear.as_ref().map_err(Error::kind),
            Err(ErrorKind::TooManyTokens { .. })
        ),
        "{too_dear:?}"
    );
    assert_eq!(
        sent(&service),
        [U256::from(USED + USED / 8 + 5_000)],
        "{enough:?}"
    );
}

#[tokio::test]
async fn a_node_that_measures_more_each_time_is_not_asked_for_ever() {
    let token = Address::with_last_byte(0xfe);
    let count = AtomicU64::new(0);
    let (service, client) = account(true, move |method, params| {
        let given = params[0]["callGasLimit"].as_str();
        Some(Reply::Result(match method {
            "eth_getCode" => json!("0x"),
            "eth_call" if params.as_array().unwrap().len() == 3 => {
                // Some gas more each time, which is again that of an account without code.
                let more = 20 * count.fetch_add(1, Ordering::Relaxed) + 20;
                return Some(measured((21_000 - 5_000) * 8 / 9 + more, true, 45, &[]));
            }
            "eth_call" => json!(format!("0x{:064x}", 10_000_000)),
            "pm_getFeeQuoteOrData" => json!({
                "paymasterAddress": AGREED[..42],
                "feeQuotes": [{"symbol": "USD", "decimal": 6, "tokenAddress": token, "maxGasFee": 1}],
            }),
            "pm_sponsorUserOperation" => json!({
                "paymasterAndData": AGREED,
                "callGasLimit": given.unwrap_or("0x5208"),
                "verificationGasLimit": "0x30d40",
                "preVerificationGas": "0xc350",
            }),
            _ => return None,
        }))
    })
    .await;

    let payment = Payment::from(TokenPayment::new(token, U256::from(2_000_000)));
    let _ = send(&client, payment.into()).await;

    assert_eq!(asked(&service, "pm_sponsorUserOperation").len(), 4);
    assert_eq!(sent(&service).len(), 1);
}

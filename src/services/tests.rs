use alloy::primitives::address;
use serde_json::{Value, json};

use super::*;
use crate::account::biconomy_v2::BiconomyV2;
use crate::{
    Payment, Request, SendTransaction, SmartAccountClient,
    client::testing::{AGREED, account, asked},
    primitives::{Call, Fees},
    rpc::{
        Failure, TOKEN_PAYMASTER,
        testing::{Reply, TestService},
    },
};

const SPONSOR: Address = address!("0000000000000000000000000000000000000005");
const OTHER: Address = Address::repeat_byte(7);

async fn send(client: &SmartAccountClient) -> Result<(), Error> {
    let call = Call::transfer(Address::ZERO, U256::ZERO);
    let sponsored = SendTransaction::from(call).pay(Payment::Sponsored);
    match client.send(sponsored).await {
        // The server replies to every submission with the hash of another operation.
        Ok(_) => Ok(()),
        Err(error) if matches!(error.kind(), ErrorKind::WrongHash { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Returns the result of a sponsored operation whose paymaster names a contract, with an optional accepted
/// contract.
async fn sponsored_by(biconomy: bool, named: Address, bound: Option<Address>) -> Result<(), Error> {
    let agreed = format!("{named:?}{}", &AGREED[42..]);
    let (service, client) = account(biconomy, move |method, _| {
        let answer = match method {
            "pm_sponsorUserOperation" => json!({
                "paymasterAndData": agreed,
                "callGasLimit": "0x1",
                "verificationGasLimit": "0x1",
                "preVerificationGas": "0x1",
            }),
            "pm_getPaymasterStubData" | "pm_getPaymasterData" => json!({ "paymasterAndData": agreed }),
            _ => return None,
        };
        Some(Reply::Result(answer))
    })
    .await;
    let services = client.services().clone();
    let services = match bound {
        Some(bound) => services.paymaster_address(bound),
        None => services,
    };
    let owner = alloy::signers::local::PrivateKeySigner::random();

    let sent = send(&SmartAccountClient::new(services, BiconomyV2::owned_by(owner))).await;

    let reached = asked(&service, "eth_sendUserOperation").len();
    assert_eq!(reached, usize::from(sent.is_ok()));
    sent
}

#[tokio::test]
async fn contract_that_sponsors_takes_no_tokens_and_is_the_one_that_was_named() {
    for biconomy in [true, false] {
        for (named, bound, refused) in [
            (SPONSOR, None, false),
            (SPONSOR, Some(SPONSOR), false),
            (OTHER, Some(SPONSOR), true),
            (TOKEN_PAYMASTER, None, true),
            (TOKEN_PAYMASTER, Some(SPONSOR), true),
            (TOKEN_PAYMASTER, Some(TOKEN_PAYMASTER), false),
        ] {
            let expected = match refused {
                true => Err(ErrorKind::NotTheSponsor(named).into()),
                false => Ok(()),
            };

            let sent = sponsored_by(biconomy, named, bound).await;

            assert_eq!(sent, expected, "{named} {bound:?}");
        }
    }
}

#[tokio::test]
async fn paymaster_that_stands_in_for_another_is_named() {
    let (service, client) = account(false, |method, _| {
        let other = format!("{OTHER:?}{}", &AGREED[42..]);
        let agreed = json!({ "paymasterAndData": other });
        (method == "pm_getPaymasterData").then(|| Reply::Result(agreed))
    })
    .await;

    let sent = send(&client).await;

    let changed = ServiceError::new(
        Service::Paymaster,
        "pm_getPaymasterData",
        Failure::Changed("the paymaster"),
    );
    assert_eq!(sent, Err(changed.into()));
    assert_eq!(asked(&service, "eth_sendUserOperation"), [Value::Null; 0]);
}

/// Returns the result of an operation, given the bundler's reply to `eth_supportedEntryPoints`.
async fn served(reply: Reply) -> (usize, Result<(), Error>) {
    let (service, client) = account(false, move |method, _| {
        (method == "eth_supportedEntryPoints").then(|| reply.clone())
    })
    .await;
    let sent = send(&client).await;
    let again = send(&client).await;
    assert_eq!(sent, again);
    (asked(&service, "eth_supportedEntryPoints").len(), sent)
}

#[tokio::test]
async fn bundler_is_asked_once_for_its_entry_points() {
    let unknown = json!({"code": -32601, "message": "Method not found"});
    for reply in [
        Reply::Result(json!([EntryPoint::V0_6])),
        Reply::Result(json!([OTHER, EntryPoint::V0_6])),
        Reply::Error(200, unknown),
    ] {
        assert_eq!(served(reply).await, (1, Ok(())));
    }
}

#[tokio::test]
async fn bundler_of_another_entry_point_is_named() {
    let wrong = Err(ErrorKind::WrongEntryPoint(EntryPoint::V0_6).into());
    for answer in [json!([]), json!([OTHER])] {
        assert_eq!(served(Reply::Result(answer)).await, (2, wrong.clone()));
    }
    for reply in [
        Reply::Drop,
        Reply::Result(json!("0x1")),
        Reply::Result(json!([1])),
    ] {
        let (_, sent) = served(reply).await;
        assert!(
            matches!(
                sent.as_ref().map_err(Error::kind),
                Err(ErrorKind::Service(error)) if error.service() == Service::Bundler
            ),
            "{sent:?}"
        );
    }
}

#[tokio::test]
async fn timeout_and_size_of_an_answer_can_be_set() {
    let service = TestService::always(Reply::Result(json!("0".repeat(5_000)))).await;

    let services = Services::new(80_002, service.http().limit(1_000)).unwrap();

    let error = services.node.block_number().await.unwrap_err();
    assert_eq!(error.failure(), &Failure::TooLarge(1_000));
}

#[tokio::test]
async fn fees_of_rundler_are_what_it_suggests_or_its_least_priority_fee_over_the_nodes() {
    let fees = |max: u64, priority: u64| Fees {
        max_fee_per_gas: U256::from(max),
        max_priority_fee_per_gas: U256::from(priority),
    };
    for (has_price, expected) in [(true, fees(900, 90)), (false, fees(2 * 100 + 50, 50))] {
        let service = TestService::start(move |method, _| match method {
            "rundler_getUserOperationGasPrice" if has_price => Reply::Result(json!({
                "suggested": {"maxFeePerGas": "900", "maxPriorityFeePerGas": "90"},
            })),
            "rundler_maxPriorityFeePerGas" => Reply::Result(json!("0x32")),
            "eth_feeHistory" => Reply::Result(json!({"baseFeePerGas": ["0x1", "0x64"]})),
            _ => Reply::Error(200, json!({"code": -32601, "message": "Method not found"})),
        })
        .await;
        let url = service.url();
        let services = Services::new(80_002, url.as_str())
            .and_then(|services| services.bundler(BundlerKind::RUNDLER, url.as_str()))
            .unwrap();

        assert_eq!(services.fees().await, Ok(expected), "{has_price}");
    }
}

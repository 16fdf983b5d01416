use alloy::primitives::{Address, B256, U256};
use serde_json::json;

use super::*;
use crate::{
    client::testing::{account, asked, known},
    primitives::{Asset, Call, NonceKey, UserOpHash},
    rpc::testing::Reply,
};

const SEND: &str = "eth_sendUserOperation";

#[tokio::test]
async fn every_request_in_any_lane_takes_a_given_nonce() {
    let nonce = NonceKey::from_bytes([7; 24]).at(3);
    let lane = NonceLane::Given(nonce);

    for request in 0..3 {
        let (service, client) = account(false, move |method, _| match method {
            SEND => Some(known()),
            "eth_getCode" if request == 0 => Some(Reply::Result(json!("0x"))),
            _ => None,
        })
        .await;

        let sent = match request {
            0 => client.deploy(Deploy::default().nonce(lane)).await,
            1 => {
                let transfer = Call::transfer(Address::ZERO, U256::from(1));
                client.send(SendTransaction::from(transfer).nonce(lane)).await
            }
            _ => {
                let one = Withdraw::new().amount(Asset::Native, U256::from(1));
                client.withdraw(one.nonce(lane)).await
            }
        };

        assert!(sent.is_ok(), "{request}: {sent:?}");
        let nonces: Vec<_> = asked(&service, SEND)
            .iter()
            .map(|op| op[0]["nonce"].clone())
            .collect();
        assert_eq!(nonces, [json!(nonce)], "{request}");
    }
}

#[test]
fn replacement_takes_a_payer_or_all_options() {
    let request = || SpeedUp::new(UserOpHash(B256::ZERO));
    let sponsored = UserOpOptions::from(Payment::Sponsored);

    assert_eq!(request().options, None);
    assert_eq!(request().pay(Payment::Sponsored).options, Some(sponsored.clone()));
    assert_eq!(
        request().pay(Payment::Own).options(sponsored.clone()).options,
        Some(sponsored)
    );
}

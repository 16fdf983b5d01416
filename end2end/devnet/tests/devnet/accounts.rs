use alloy::{
    primitives::{Address, Bytes, U256},
    sol_types::{SolCall, SolValue},
};
use serde_json::{Value, json};

use super::{
    DEVNET, call,
    operation::{getAddressForCounterFactualAccountCall, initForSmartAccountCall},
    post,
};

/// Owner, index and account address, as @biconomy/account computes them without a chain.
const ACCOUNTS: &str = include_str!("accounts.json");

#[tokio::test]
async fn accounts_have_the_addresses_they_have_in_production() {
    let accounts: Vec<(Address, U256, Address)> = serde_json::from_str(ACCOUNTS).expect("a list");
    let contracts = DEVNET.contracts();
    let questions = accounts.iter().map(|(owner, index, _)| {
        let question = getAddressForCounterFactualAccountCall {
            module: contracts.ecdsa_module,
            setup: initForSmartAccountCall { eoaOwner: *owner }.abi_encode().into(),
            index: *index,
        };
        let data = Bytes::from(question.abi_encode());
        call(
            "eth_call",
            json!([{"to": contracts.account_factory, "data": data}, "latest"]),
        )
    });

    let (_, answers) = post("/rpc", &questions.collect::<Value>()).await;

    let answers = answers.as_array().expect("a batch");
    assert_eq!((accounts.len(), answers.len()), (28, 28));
    for ((owner, index, expected), answer) in accounts.iter().zip(answers) {
        let account: Bytes = serde_json::from_value(answer["result"].clone()).expect("an answer");
        let account = Address::abi_decode(&account).expect("an address");
        assert_eq!(account, *expected, "of {owner}, index {index}");
    }
}

#[tokio::test]
async fn every_contract_has_code() {
    let contracts = serde_json::to_value(DEVNET.contracts()).expect("JSON");

    for (name, address) in contracts.as_object().expect("an object") {
        let (_, answer) = post("/rpc", &call("eth_getCode", json!([address, "latest"]))).await;
        let code = answer["result"].as_str().expect("code");
        assert!(code.len() > 2, "{name} has no code");
    }
}

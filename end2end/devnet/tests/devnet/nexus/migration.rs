use alloy::{
    primitives::{Address, Bytes, U256},
    sol,
    sol_types::SolCall,
};
use serde_json::{Value, json};

use super::{
    account::{Account, init_data},
    cases, field,
    session::{Key, action, selector, sudo},
};
use crate::support::{
    DEVNET, ask,
    operation::{self, executeBatch_y6UCall, send},
};

const MIGRATION: &str = include_str!("../../../../../tests/vectors-nexus/migration.json");

sol! {
    function updateImplementation(address implementation) external;
    function initializeAccount(bytes initData) external payable;
}

#[tokio::test]
async fn migrations_are_encoded_as_in_production() {
    let cases = cases(MIGRATION);

    assert_eq!(cases.len(), 6);
    for case in cases {
        let input = &case["input"];
        let account: Address = field(input, "account");
        let init_data = init_data(field(input, "owner"), field(input, "sessionReady"));

        let [update, initialize] = migration(init_data);
        let batch = executeBatch_y6UCall {
            to: vec![account, account],
            values: vec![U256::ZERO; 2],
            data: vec![update.into(), initialize.into()],
        };

        assert_eq!(
            Bytes::from(batch.abi_encode()),
            field::<Bytes>(&case["output"], "callData")
        );
    }
}

#[tokio::test]
async fn a_deployed_v2_account_migrates_in_one_operation() {
    let old = operation::Account::new().await;
    send("/bundler", &old.first_mint().await)
        .await
        .expect("a receipt");

    let mut op = migrating(&old).await;
    op["initCode"] = json!("0x");
    op["nonce"] = json!("0x1");
    migrate(&old, op).await;

    works_as_nexus(&old, 1).await;
}

#[tokio::test]
async fn a_v2_account_migrates_in_the_operation_that_creates_it() {
    let old = operation::Account::new().await;

    let op = migrating(&old).await;
    migrate(&old, op).await;

    works_as_nexus(&old, 0).await;
}

/// Encodes the two calls of the migration.
fn migration(init_data: Bytes) -> [Vec<u8>; 2] {
    let update = updateImplementationCall {
        implementation: DEVNET.contracts().nexus_implementation,
    };
    let initialize = initializeAccountCall { initData: init_data };
    [update.abi_encode(), initialize.abi_encode()]
}

/// Builds the operation that creates an account and migrates it.
async fn migrating(old: &operation::Account) -> Value {
    let [update, initialize] = migration(init_data(old.key.address(), true));
    let calls = [(old.address, update), (old.address, initialize)];
    old.first_operation(&calls).await
}

async fn migrate(old: &operation::Account, mut op: Value) {
    let params = json!([op, DEVNET.contracts().entry_point, {}]);
    let sponsored = ask("/paymaster", "pm_sponsorUserOperation", params)
        .await
        .expect("a sponsor");
    for (name, value) in sponsored.as_object().expect("an object") {
        op[name] = value.clone();
    }
    old.sign(&mut op).await;
    let receipt = send("/bundler", &op).await.expect("a receipt");
    assert_eq!(receipt["success"], true);
    println!("gas: migration {}", super::scenarios::gas(&receipt));
}

async fn works_as_nexus(old: &operation::Account, nfts: u64) {
    super::account::fund(old.address).await;
    let account = Account {
        key: old.key.clone(),
        address: old.address,
        init_data: Bytes::new(),
    };

    let mint = account.mint();
    let session = Key::new(vec![action(mint.to, selector(&mint), vec![sudo()])]);
    let calls = [mint.clone(), session.enabling()];
    assert_eq!(account.execute(&calls).await.expect("a receipt")["success"], true);
    assert_eq!(
        session.execute(old.address, &[mint]).await.expect("a receipt")["success"],
        true
    );
    assert_eq!(account.nfts().await, nfts + 2);

    let mut op = old.first_operation(&[old.safe_mint()]).await;
    op["initCode"] = json!("0x");
    op["nonce"] = json!(U256::from(nfts + 1));
    for (name, gas) in [
        ("callGasLimit", 300_000),
        ("verificationGasLimit", 300_000),
        ("preVerificationGas", 100_000),
    ] {
        op[name] = json!(U256::from(gas));
    }
    old.sign(&mut op).await;
    let refusal = send("/bundler", &op)
        .await
        .expect_err("entry point 0.6 is refused");
    assert!(
        refusal["message"]
            .as_str()
            .is_some_and(|text| text.contains("AA23")),
        "{refusal}"
    );
}

use alloy::{primitives::U256, sol_types::SolCall};
use serde_json::{Value, json};

use super::{
    BICONOMY_BUNDLER, BICONOMY_PAYMASTER, DEVNET, ask,
    operation::{Account, approveCall, fee_tokens, give_fee_tokens, send},
};

/// One fee token, in units.
const TOKEN: u64 = 1_000_000;

fn take(op: &mut Value, fields: &Value) {
    for (name, value) in fields.as_object().expect("an object") {
        if op.get(name).is_some() {
            // Biconomy writes numbers in decimal.
            let number = value
                .as_str()
                .filter(|text| !text.starts_with("0x"))
                .map(|text| text.parse::<U256>());
            op[name] = number.map_or(value.clone(), |number| json!(number.expect("a number")));
        }
    }
}

/// Returns the result of an ERC-7677 paymaster method for an operation.
async fn sponsored(method: &str, op: &Value) -> Value {
    let params = json!([op, DEVNET.contracts().entry_point, "0x13882", {}]);
    ask("/paymaster", method, params).await.expect(method)
}

fn approve_token_paymaster() -> (alloy::primitives::Address, Vec<u8>) {
    let contracts = DEVNET.contracts();
    let approve = approveCall {
        spender: contracts.token_paymaster,
        amount: U256::from(TOKEN),
    };
    (contracts.token, approve.abi_encode())
}

#[tokio::test]
async fn the_standard_paymaster_sponsors_in_two_steps() {
    let entry_point = DEVNET.contracts().entry_point;
    let account = Account::new().await;
    let mut op = account.first_operation(&[account.safe_mint()]).await;

    let stub = sponsored("pm_getPaymasterStubData", &op).await;
    take(&mut op, &stub);
    let estimate = ask(
        "/bundler",
        "eth_estimateUserOperationGas",
        json!([op, entry_point]),
    )
    .await;
    take(&mut op, &estimate.expect("an estimate"));
    let data = sponsored("pm_getPaymasterData", &op).await;
    take(&mut op, &data);
    account.sign(&mut op).await;
    let receipt = send("/bundler", &op).await.expect("a receipt");

    assert_eq!(receipt["success"], true);
    assert_eq!(account.nfts().await, U256::from(1));
}

#[tokio::test]
async fn an_operation_changed_after_the_paymaster_signed_is_refused() {
    let account = Account::new().await;
    let mut op = account.first_operation(&[account.safe_mint()]).await;
    let params = json!([op, {"mode": "SPONSORED", "calculateGasLimits": true}]);
    take(
        &mut op,
        &ask(BICONOMY_PAYMASTER, "pm_sponsorUserOperation", params)
            .await
            .expect("a sponsor"),
    );

    op["callGasLimit"] = json!("0x1e8480");
    account.sign(&mut op).await;
    let refusal = send(BICONOMY_BUNDLER, &op)
        .await
        .expect_err("the paymaster's signature is void");

    assert_eq!(refusal["code"], -32507, "{refusal}");
}

#[tokio::test]
async fn what_the_paymaster_signs_must_be_there() {
    let account = Account::new().await;
    let op = account.first_operation(&[account.safe_mint()]).await;
    let sponsor = async |op: &Value, wish: Value| {
        ask(BICONOMY_PAYMASTER, "pm_sponsorUserOperation", json!([op, wish])).await
    };

    let mut free = op.clone();
    free["maxFeePerGas"] = json!("0x0");
    for (op, wish) in [
        (&free, json!({"mode": "SPONSORED", "calculateGasLimits": true})),
        (&op, json!({"mode": "SPONSORED", "calculateGasLimits": false})),
        (&op, json!({"mode": "GIFT", "calculateGasLimits": true})),
        (
            &op,
            json!({"mode": "ERC20", "tokenInfo": {"feeTokenAddress": account.address}}),
        ),
    ] {
        let refusal = sponsor(op, wish.clone()).await.expect_err("a refusal");
        assert_eq!(refusal["code"], -32602, "{wish}: {refusal}");
    }
}

#[tokio::test]
async fn biconomys_dialect_quotes_and_takes_tokens() {
    let contracts = DEVNET.contracts();
    let account = Account::new().await;
    give_fee_tokens(account.address, U256::from(TOKEN)).await;
    let calls = [approve_token_paymaster(), account.safe_mint()];
    let mut op = account.first_operation(&calls).await;

    let wish =
        json!({"mode": "ERC20", "calculateGasLimits": true, "tokenInfo": {"tokenList": [contracts.token]}});
    let quotes = ask(BICONOMY_PAYMASTER, "pm_getFeeQuoteOrData", json!([op, wish]))
        .await
        .expect("quotes");
    let wish = json!({
        "mode": "ERC20",
        "calculateGasLimits": true,
        "tokenInfo": {"feeTokenAddress": contracts.token},
        "sponsorshipInfo": {"smartAccountInfo": {"name": "BICONOMY", "version": "2.0.0"}},
    });
    let offer = ask(BICONOMY_PAYMASTER, "pm_sponsorUserOperation", json!([op, wish]))
        .await
        .expect("an offer");
    take(&mut op, &offer);
    account.sign(&mut op).await;
    let receipt = send(BICONOMY_BUNDLER, &op).await.expect("a receipt");

    assert_eq!(receipt["success"], "true");
    assert_eq!(account.nfts().await, U256::from(1));
    let paid = U256::from(TOKEN) - fee_tokens(account.address).await;
    let quote = &quotes["feeQuotes"][0];
    let at_most = quote["maxGasFee"].as_f64().expect("a number") * TOKEN as f64;
    assert_eq!(
        (&quote["tokenAddress"], &quote["decimal"]),
        (&json!(contracts.token), &json!(6))
    );
    assert_eq!(quotes["paymasterAddress"], json!(contracts.token_paymaster));
    assert!(
        paid > U256::ZERO && paid.to::<u64>() as f64 <= at_most,
        "paid {paid} of {at_most}"
    );
}

#[tokio::test]
async fn without_tokens_the_token_paymaster_does_not_pay() {
    let contracts = DEVNET.contracts();
    let account = Account::new().await;
    let op = account
        .first_operation(&[approve_token_paymaster(), account.safe_mint()])
        .await;
    let context = json!({"token": contracts.token});

    let offer = ask(
        "/paymaster",
        "pm_sponsorUserOperation",
        json!([op, contracts.entry_point, context]),
    )
    .await;

    let refusal = offer.expect_err("the account has no tokens");
    assert!(
        refusal["message"]
            .as_str()
            .is_some_and(|text| text.contains("AA50")),
        "{refusal}"
    );
}

#[tokio::test]
async fn the_standard_paymaster_takes_tokens_too() {
    let contracts = DEVNET.contracts();
    let account = Account::new().await;
    give_fee_tokens(account.address, U256::from(TOKEN)).await;
    let mut op = account
        .first_operation(&[approve_token_paymaster(), account.safe_mint()])
        .await;
    let context = json!({"token": contracts.token});

    let quotes = json!([{"tokens": [contracts.token]}, contracts.entry_point, "0x13882"]);
    let quotes = ask("/paymaster", "pimlico_getTokenQuotes", quotes)
        .await
        .expect("quotes");
    let offer = ask(
        "/paymaster",
        "pm_sponsorUserOperation",
        json!([op, contracts.entry_point, context]),
    )
    .await;
    take(&mut op, &offer.expect("an offer"));
    account.sign(&mut op).await;
    let receipt = send("/bundler", &op).await.expect("a receipt");

    assert_eq!(
        (&receipt["success"], &receipt["paymaster"]),
        (&json!(true), &json!(contracts.token_paymaster.to_checksum(None)))
    );
    assert_eq!(quotes["quotes"][0]["paymaster"], json!(contracts.token_paymaster));
    assert!(fee_tokens(account.address).await < U256::from(TOKEN));
}

#[tokio::test]
async fn biconomys_bundler_estimates_with_fees_and_knows_the_status() {
    let entry_point = DEVNET.contracts().entry_point;
    let account = Account::new().await;
    let mut op = account.first_operation(&[account.safe_mint()]).await;
    let stub = sponsored("pm_getPaymasterStubData", &op).await;
    take(&mut op, &stub);

    let estimate = ask(
        BICONOMY_BUNDLER,
        "eth_estimateUserOperationGas",
        json!([op, entry_point]),
    )
    .await;
    let estimate = estimate.expect("an estimate");
    take(&mut op, &estimate);
    for field in [
        "callGasLimit",
        "verificationGasLimit",
        "preVerificationGas",
        "maxFeePerGas",
        "maxPriorityFeePerGas",
    ] {
        assert!(
            estimate[field]
                .as_str()
                .is_some_and(|text| text.parse::<u64>().is_ok_and(|value| value > 0)),
            "{field}"
        );
    }
    let data = sponsored("pm_getPaymasterData", &op).await;
    take(&mut op, &data);
    account.sign(&mut op).await;
    let receipt = send(BICONOMY_BUNDLER, &op).await.expect("a receipt");
    let status = ask(
        BICONOMY_BUNDLER,
        "biconomy_getUserOperationStatus",
        json!([receipt["userOpHash"]]),
    )
    .await;

    let status = status.expect("a status");
    assert_eq!(status["state"], "CONFIRMED");
    assert_eq!(status["transactionHash"], receipt["receipt"]["transactionHash"]);
    assert_eq!(status["userOperationReceipt"]["success"], "true");
}

#[tokio::test]
async fn a_simulation_type_that_does_not_exist_is_refused() {
    let account = Account::new().await;
    let op = account.first_operation(&[account.safe_mint()]).await;
    let entry_point = DEVNET.contracts().entry_point;

    let params = json!([op, entry_point, {"simulation_type": "none"}]);
    let refusal = ask(BICONOMY_BUNDLER, "eth_sendUserOperation", params)
        .await
        .expect_err("a refusal");

    assert_eq!(refusal["code"], -32602);
}

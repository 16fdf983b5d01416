use std::slice;

use alloy::{
    primitives::{B256, Bytes, U256},
    sol_types::SolCall,
};
use devnet::{Control, Fault, Service};
use serde_json::{Value, json};

use super::{
    account::Account,
    operation::{Call, Op, personal},
    session::{Key, action, selector, sudo},
};
use crate::support::{
    DEVNET, Namespace, ask,
    operation::{approveCall, fee_tokens, give_fee_tokens},
};

/// One fee token, in units.
const TOKEN: u64 = 1_000_000;

async fn unpaid(account: &Account, calls: &[Call]) -> Op {
    let mut op = account.op(calls).await;
    op.factory = Some(account.factory());
    op.signature = personal(&account.key, B256::ZERO);
    op
}

async fn without_coins() -> Account {
    let account = Account::new(true).await;
    ask("/rpc", "anvil_setBalance", json!([account.address, "0x0"]))
        .await
        .expect("a balance");
    account
}

/// Returns the result of an ERC-7677 method.
async fn sponsored(method: &str, op: &Value) -> Value {
    let params = json!([op, DEVNET.contracts().entry_point_v07, "0x13882", {}]);
    ask("/paymaster", method, params).await.expect(method)
}

#[tokio::test]
async fn the_standard_paymaster_sponsors_a_split_operation_in_two_steps() {
    let at = DEVNET.contracts();
    let account = without_coins().await;
    let mut op = unpaid(&account, &[account.mint()]).await;
    let mut asked = op.to_json();
    for limit in ["callGasLimit", "verificationGasLimit", "preVerificationGas"] {
        asked.as_object_mut().expect("an object").remove(limit);
    }

    let stub = sponsored("pm_getPaymasterStubData", &asked).await;
    op.take(&stub);
    let params = json!([op.to_json(), at.entry_point_v07]);
    let estimate = ask("/bundler", "eth_estimateUserOperationGas", params)
        .await
        .expect("an estimate");
    let data = sponsored("pm_getPaymasterData", &op.to_json()).await;
    let limit = "paymasterVerificationGasLimit";
    assert_ne!(data[limit], stub[limit], "the final data has a limit of its own");
    op.take(&data);
    account.sign(&mut op).await;
    let receipt = op.send().await.expect("a receipt");

    assert_eq!(
        (&stub["sponsor"]["name"], &stub["isFinal"]),
        (&json!("use-aa devnet"), &json!(false))
    );
    assert_eq!(stub["paymaster"], json!(at.paymaster_v07));
    assert!(stub["paymasterAndData"].is_null());
    assert!(
        estimate["paymasterVerificationGasLimit"].is_string(),
        "{estimate}"
    );
    assert_eq!(receipt["success"], true);
    assert_eq!(receipt["paymaster"], json!(at.paymaster_v07.to_checksum(None)));
    assert_eq!(account.nfts().await, 1);
}

#[tokio::test]
async fn a_split_operation_changed_after_the_paymaster_signed_is_refused() {
    let account = without_coins().await;
    let mut op = unpaid(&account, &[account.mint()]).await;
    let params = json!([op.to_json(), DEVNET.contracts().entry_point_v07, {}]);
    op.take(
        &ask("/paymaster", "pm_sponsorUserOperation", params)
            .await
            .expect("a sponsor"),
    );

    let mut changed = op.clone();
    changed.call_gas += U256::from(1);
    account.sign(&mut changed).await;
    let refusal = changed
        .send()
        .await
        .expect_err("the paymaster's signature is void");
    account.sign(&mut op).await;
    let receipt = op.send().await.expect("a receipt");

    assert_eq!(refusal["code"], -32507, "{refusal}");
    assert_eq!(receipt["success"], true, "{receipt}");
}

#[tokio::test]
async fn the_paymaster_of_split_operations_takes_tokens_too() {
    let at = DEVNET.contracts();
    let account = without_coins().await;
    give_fee_tokens(account.address, U256::from(TOKEN)).await;
    let approve = approveCall {
        spender: at.paymaster_v07,
        amount: U256::from(TOKEN),
    };
    let approve = Call::new(at.token, approve.abi_encode());
    let mut op = unpaid(&account, &[approve, account.mint()]).await;

    let quotes = json!([{"tokens": [at.token]}, at.entry_point_v07, "0x13882"]);
    let quotes = ask("/paymaster", "pimlico_getTokenQuotes", quotes)
        .await
        .expect("quotes");
    let params = json!([op.to_json(), at.entry_point_v07, {"token": at.token}]);
    op.take(
        &ask("/paymaster", "pm_sponsorUserOperation", params)
            .await
            .expect("an offer"),
    );
    account.sign(&mut op).await;
    let receipt = op.send().await.expect("a receipt");

    assert_eq!(receipt["success"], true);
    assert_eq!(quotes["quotes"][0]["paymaster"], json!(at.paymaster_v07));
    assert!(fee_tokens(account.address).await < U256::from(TOKEN));
    assert_eq!(account.nfts().await, 1);
}

#[tokio::test]
async fn a_session_is_sponsored_if_it_permits_paymasters() {
    let at = DEVNET.contracts();
    let account = Account::deployed().await;
    let mint = account.mint();
    let session = |permits: bool, policies: bool| {
        let mut session = Key::new(vec![action(mint.to, selector(&mint), vec![sudo()])]);
        session.session.permitERC4337Paymaster = permits;
        session.session.userOpPolicies = if policies { vec![sudo()] } else { Vec::new() };
        session
    };
    let sessions = [session(true, true), session(false, true), session(true, false)];
    let calls = sessions.each_ref().map(Key::enabling);
    assert_eq!(account.execute(&calls).await.expect("a receipt")["success"], true);
    let mint_sponsored = async |session: &Key| {
        let mut op = session.op(account.address, slice::from_ref(&mint)).await;
        op.verification_gas = U256::from(500_000);
        let data = sponsored("pm_getPaymasterData", &op.to_json()).await;
        op.take(&data);
        session.sign(&mut op).await;
        op.send().await
    };

    let receipt = mint_sponsored(&sessions[0]).await.expect("a receipt");
    assert_eq!(receipt["success"], true);
    assert_eq!(receipt["paymaster"], json!(at.paymaster_v07.to_checksum(None)));
    for (session, error) in [
        (&sessions[1], "PaymasterValidationNotEnabled(bytes32)"),
        (&sessions[2], "NoPoliciesSet(bytes32)"),
    ] {
        let refusal = mint_sponsored(session).await.expect_err(error);
        let selector = Bytes::copy_from_slice(&alloy::primitives::keccak256(error)[..4]).to_string();
        assert!(
            refusal["message"]
                .as_str()
                .is_some_and(|text| text.contains(&selector)),
            "{error}: {refusal}"
        );
    }
}

#[tokio::test]
async fn faults_and_the_log_of_a_namespace_cover_split_operations() {
    let namespace = Namespace::new("nexus-faults");
    let account = Account::deployed().await;
    let mut op = account.op(&[account.mint()]).await;
    account.sign(&mut op).await;
    let fault = Fault::on(Service::Bundler, "eth_sendUserOperation")
        .http(429)
        .times(1);
    namespace.control(Control::faults([fault])).await;

    let refusal = op.send_to(&namespace.path("/bundler")).await;
    let receipt = op.send_to(&namespace.path("/bundler")).await.expect("a receipt");

    assert!(refusal.is_err(), "the first send fails");
    assert_eq!(receipt["success"], true);
    let statuses: Vec<_> = namespace
        .logged("eth_sendUserOperation")
        .await
        .iter()
        .map(|entry| entry.status)
        .collect();
    assert_eq!(statuses, [Some(429), Some(200)]);
}

#[tokio::test]
async fn every_entry_point_is_served() {
    let at = DEVNET.contracts();
    let all = json!([at.entry_point, at.entry_point_v07, at.entry_point_v08]);

    for (path, method) in [
        ("/bundler", "eth_supportedEntryPoints"),
        ("/paymaster", "pm_supportedEntryPoints"),
    ] {
        let served = ask(path, method, json!([])).await.expect("a list");
        let served: Vec<alloy::primitives::Address> = serde_json::from_value(served).expect("addresses");
        assert_eq!(json!(served), all, "{path}");
    }
    let params = json!([{"sender": at.nft}, at.nft, "0x13882", {}]);
    let refusal = ask("/paymaster", "pm_getPaymasterStubData", params)
        .await
        .expect_err("a refusal");
    assert_eq!(refusal["code"], -32602, "{refusal}");
}

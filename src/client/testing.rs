//! An account on a test server that acts as node, bundler and paymaster.

use std::sync::{Arc, Mutex};

use alloy::{
    hex,
    primitives::{Address, B256},
    signers::local::PrivateKeySigner,
};
use serde_json::{Value, json};

use super::SmartAccountClient;
use crate::{
    account::{AccountKind, biconomy_v2::BiconomyV2},
    primitives::{EntryPoint, UserOpHash},
    rpc::{
        BundlerKind, PaymasterKind,
        testing::{Reply, TestService},
    },
    services::Services,
    session::merkle::{contracts::SESSION_KEY_MANAGER, set_merkle_root},
    tracking::Journal,
};

/// The paymaster data of the test server: the paymaster's address and four bytes.
pub(crate) const AGREED: &str = "0x000000000000000000000000000000000000000501020304";

/// Returns a deployed account and its test server, which replies by the rule, and otherwise with a default.
pub(crate) async fn account(
    biconomy: bool,
    rule: impl Fn(&str, &Value) -> Option<Reply> + Send + Sync + 'static,
) -> (TestService, SmartAccountClient) {
    account_of(&BiconomyV2::KIND, biconomy, rule).await
}

/// Returns an account of a kind as [`account`] does.
pub(crate) async fn account_of(
    kind: &dyn AccountKind,
    biconomy: bool,
    rule: impl Fn(&str, &Value) -> Option<Reply> + Send + Sync + 'static,
) -> (TestService, SmartAccountClient) {
    let owner = PrivateKeySigner::random();
    let address = owner.address();
    let service = TestService::start(move |method, params| {
        let answered = rule(method, params);
        answered.unwrap_or_else(|| {
            Reply::Result(match (method, params[0].as_str()) {
                ("eth_getCode", Some(of)) if of.parse() == Ok(address) => json!("0x"),
                _ => answer(method, params),
            })
        })
    })
    .await;
    let (bundler, paymaster) = match biconomy {
        true => (BundlerKind::BICONOMY, PaymasterKind::BICONOMY),
        false => (BundlerKind::STANDARD, PaymasterKind::ERC7677),
    };
    let url = service.url();
    let services = Services::new(80_002, url.as_str())
        .and_then(|services| services.bundler(bundler, url.as_str()))
        .and_then(|services| services.paymaster(paymaster, url.as_str()))
        .unwrap();
    (
        service,
        SmartAccountClient::of(services, kind.owned_by(Arc::new(owner))),
    )
}

/// Returns the parameters of the requests to a method, in order.
pub(crate) fn asked(service: &TestService, method: &str) -> Vec<Value> {
    let requests = service.requests().into_iter();
    let of_method = requests.filter(|(asked, _)| asked == method);
    of_method.map(|(_, params)| params).collect()
}

fn answer(method: &str, params: &Value) -> Value {
    match method {
        "eth_chainId" => json!("0x13882"),
        "eth_supportedEntryPoints" => json!([EntryPoint::V0_6, EntryPoint::V0_7]),
        "eth_getCode" => json!("0x60"),
        "eth_call" => json!(format!("0x{:064x}", 0)),
        "eth_getUserOperationByHash" => Value::Null,
        "eth_getBalance" | "eth_maxPriorityFeePerGas" => json!("0xf4240"),
        "eth_feeHistory" => json!({"baseFeePerGas": ["0x1", "0x1"]}),
        "biconomy_getGasFeeValues" => json!({"maxFeePerGas": "7", "maxPriorityFeePerGas": "1"}),
        // The hash of another operation: the error that ends each of these tests.
        "eth_sendUserOperation" => json!(UserOpHash(Default::default())),
        "pm_getPaymasterStubData" | "pm_getPaymasterData" => json!({ "paymasterAndData": AGREED }),
        "pm_sponsorUserOperation" if params[1]["calculateGasLimits"] == false => {
            json!({ "paymasterAndData": AGREED })
        }
        _ => json!({
            "paymasterAndData": AGREED,
            "callGasLimit": "0x186a0", // 100,000
            "verificationGasLimit": "0x30d40", // 200,000
            "preVerificationGas": "0xc350", // 50,000
        }),
    }
}

/// Returns the rule of a server that stores the Merkle root sent last.
pub(crate) fn keeping_root() -> impl Fn(&str, &Value) -> Option<Reply> + Send + Sync + 'static {
    let root = Mutex::new(B256::ZERO);
    let selector = hex::encode(&set_merkle_root(Address::ZERO, B256::ZERO).data[..4]);
    move |method, params| match method {
        "eth_sendUserOperation" => {
            let calls = params[0]["callData"].as_str().unwrap();
            if let Some((_, set)) = calls.split_once(&selector) {
                *root.lock().unwrap() = set[..64].parse().unwrap();
            }
            None
        }
        "eth_call" => {
            let to: Address = params[0]["to"].as_str().unwrap().parse().unwrap();
            (to == SESSION_KEY_MANAGER).then(|| Reply::Result(json!(*root.lock().unwrap())))
        }
        _ => None,
    }
}

/// Returns a bundler's reply to an operation that it has already.
pub(crate) fn known() -> Reply {
    Reply::Error(200, json!({"code": -32602, "message": "Already known"}))
}

/// Sets the submission of the pending operations back by a number of seconds.
pub(crate) async fn age_pending_user_ops(client: &SmartAccountClient, seconds: u64) {
    let age = move |journal: &mut Journal| {
        for op in &mut journal.ops {
            op.sent_at = op.sent_at.saturating_sub(seconds);
        }
    };
    client
        .pipeline
        .tracker
        .journal
        .change_journal(Box::new(age))
        .await
        .unwrap();
}

//! Every field of every answer replaced by a value of another kind, in every act.

use std::{collections::BTreeSet, time::Duration};

use devnet::{Fault, Service};
use serde_json::{Value, json};
use tokio::{runtime::Builder, time::timeout};
use use_aa::{Error, ErrorKind, rpc::Failure};

use super::{
    act::{Act, Scene},
    explore::service_error,
};
use crate::world::{Dialect, MISSING};

/// The fields of answers. A method whose answer is an object has some of them.
const FIELDS: [&str; 29] = [
    "",
    "actualGasCost",
    "actualGasUsed",
    "address",
    "baseFeePerGas",
    "blockHash",
    "blockNumber",
    "callGasLimit",
    "data",
    "fast",
    "isFinal",
    "logs",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
    "nonce",
    "number",
    "paymaster",
    "paymasterAndData",
    "preVerificationGas",
    "receipt",
    "sender",
    "state",
    "status",
    "success",
    "timestamp",
    "topics",
    "transactionHash",
    "userOpHash",
    "verificationGasLimit",
];

/// The methods whose answers have fields.
const OBJECTS: [&str; 12] = [
    "biconomy_getGasFeeValues",
    "biconomy_getUserOperationStatus",
    "eth_estimateUserOperationGas",
    "eth_feeHistory",
    "eth_getBlockByNumber",
    "eth_getTransactionReceipt",
    "eth_getUserOperationByHash",
    "eth_getUserOperationReceipt",
    "pimlico_getUserOperationGasPrice",
    "pm_getPaymasterData",
    "pm_getPaymasterStubData",
    "pm_sponsorUserOperation",
];

/// The longest time of an act, in simulated time.
const FOREVER: Duration = Duration::from_mins(30);
const PATIENCE: Duration = Duration::from_secs(60);

fn values() -> [(&'static str, Value); 9] {
    [
        ("null", Value::Null),
        ("missing", json!(MISSING)),
        ("number", json!(7)),
        ("fraction", json!(1.5)),
        ("decimal text", json!("7")),
        ("text", json!("none")),
        ("object", json!({"hex": {"hex": []}})),
        ("list", json!([[], null, 7])),
        ("megabyte", json!("0".repeat(1 << 20))),
    ]
}

/// Performs an act and waits for its operation. `fault` lasts for both.
async fn perform(scene: &Scene, fault: Fault) -> Result<(), Error> {
    let client = scene.client();
    scene.world.faults([fault]);
    if let Some(hash) = scene.perform(&client, PATIENCE).await? {
        let wait = use_aa::WaitOptions::default().timeout(PATIENCE);
        client.wait(hash, wait).await?;
    }
    Ok(())
}

/// Returns what is wrong with an act under a fault, if anything.
async fn wrong(scene: &Scene, service: Service, method: &str, fault: Fault) -> Option<String> {
    let scene = scene.twin().await.ok()?;
    let before = scene.world.nfts_of(scene.account);
    let Ok(outcome) = timeout(FOREVER, perform(&scene, fault)).await else {
        return Some("it hangs".to_owned());
    };
    let effects = scene.world.nfts_of(scene.account) - before;
    if effects > 1 {
        return Some(format!("{effects} NFTs"));
    }
    let error = outcome.err()?;
    let text = error.to_string();
    if scene
        .secrets()
        .iter()
        .any(|secret| text.contains(secret.as_str()))
    {
        return Some(format!("it shows a secret: {text}"));
    }
    // The operation may be sent and is kept, or the service and the method at fault are named.
    match (error.may_be_sent(), service_error(&error)) {
        (Some(hash), _) => {
            let pending = scene.client().pending_user_ops().await.unwrap_or_default();
            let is_kept = pending.iter().any(|op| op.hash == hash);
            (!is_kept).then(|| format!("the operation is lost: {text}"))
        }
        (None, Some(found)) => {
            let is_read = matches!(
                found.failure(),
                Failure::Malformed(_) | Failure::Missing | Failure::TooLarge(_) | Failure::Changed(_)
            );
            let is_named =
                format!("{:?}", found.service()) == format!("{service:?}") && found.method() == method;
            // A wrong number is a number: another service refuses what was made of it.
            (is_read && !is_named).then(|| format!("another method is named: {text}"))
        }
        (None, None) => {
            let is_typed = matches!(
                error.kind(),
                ErrorKind::WrongChain { .. }
                    | ErrorKind::WrongEntryPoint(_)
                    | ErrorKind::WrongClock { .. }
                    | ErrorKind::WrongHash { .. }
                    | ErrorKind::NotTheSponsor(_)
                    | ErrorKind::TooDear { .. }
                    | ErrorKind::Excessive { .. }
                    | ErrorKind::NonceTaken { .. }
                    | ErrorKind::NoSession
                    | ErrorKind::NotActive(_)
                    | ErrorKind::UntrackedSessions { .. }
                    | ErrorKind::Unsettled
            );
            (!is_typed).then(|| format!("an unexpected error: {} {text}", error.code()))
        }
    }
}

fn sweep(dialect: Dialect) {
    let mut wrongs = Vec::new();
    let mut trials = 0;
    for act in [
        Act::CreateFirst,
        Act::Mint,
        Act::SendFirst,
        Act::Send,
        Act::Revoke,
    ] {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        let runtime = runtime.expect("a runtime");
        runtime.block_on(async {
            let scene = Scene::before(act, dialect).await.expect("an account");
            let base = scene.twin().await.expect("a copy");
            base.world.forget();
            let none = Fault::on(Service::Node, "none").null();
            perform(&base, none).await.expect("the act succeeds");
            let requests = base.world.requests().into_iter();
            let methods =
                requests.map(|request| (format!("{:?}", request.service), request.method, request.service));
            let mut seen = BTreeSet::new();
            for (name, method, service) in methods {
                if !seen.insert((name, method.clone())) {
                    continue;
                }
                let is_object = OBJECTS.contains(&method.as_str());
                for field in FIELDS.iter().filter(|field| is_object || field.is_empty()) {
                    // An answer is too long in any field.
                    let values = values().into_iter();
                    let is_of_field = |kind: &str| match kind {
                        "megabyte" => field.is_empty(),
                        "missing" => !field.is_empty(),
                        _ => true,
                    };
                    for (kind, value) in values.filter(|(kind, _)| is_of_field(kind)) {
                        let calls = Fault::on(service, &method);
                        let fault = match field.is_empty() {
                            true => calls.rewrite(value),
                            false => calls.merge(json!({ *field: value })),
                        };
                        trials += 1;
                        if let Some(why) = wrong(&scene, service, &method, fault).await {
                            wrongs.push(format!("{dialect:?} {act} {method} {field}={kind}: {why}"));
                        }
                    }
                }
            }
        });
    }
    println!("{dialect:?}: {trials} trials");
    assert!(trials > 500, "only {trials} trials");
    assert!(
        wrongs.is_empty(),
        "{} are wrong:\n{}",
        wrongs.len(),
        wrongs.join("\n")
    );
}

#[test]
fn every_field_of_a_standard_service_may_be_anything() {
    sweep(Dialect::Standard);
}

#[test]
fn every_field_of_pimlicos_services_may_be_anything() {
    sweep(Dialect::Pimlico);
}

#[test]
fn every_field_of_biconomys_services_may_be_anything() {
    sweep(Dialect::Biconomy);
}

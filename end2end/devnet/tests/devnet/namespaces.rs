use devnet::{Control, Fault, Ready, Service};
use serde_json::{Value, json};

use super::{
    BICONOMY_BUNDLER, BICONOMY_PAYMASTER, DEVNET, Namespace, at, call,
    operation::{Account, send},
    post,
};

const PATHS: [&str; 5] = [
    "/rpc",
    "/bundler",
    "/paymaster",
    BICONOMY_BUNDLER,
    BICONOMY_PAYMASTER,
];

async fn get(path: &str) -> (u16, Value) {
    let answer = reqwest::get(at(path)).await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

#[tokio::test]
async fn faults_latency_and_log_of_a_namespace_are_its_own() {
    let (one, other) = (Namespace::new("one"), Namespace::new("other"));
    let refusal = Fault::any().refusal(-32000, "only here");
    let control = Control {
        latency_ms: Some(1),
        ..Control::faults([refusal])
    };
    one.control(control.clone()).await;

    for path in PATHS {
        let call = call("test_own", json!([]));
        let (_, here) = post(&one.path(path), &call).await;
        assert_eq!(here["error"]["message"], "only here", "{path}");
        for elsewhere in [other.path(path), path.to_owned()] {
            let (_, there) = post(&elsewhere, &call).await;
            assert_ne!(there["error"]["message"], "only here", "{elsewhere}");
        }
    }

    let services: Vec<_> = one
        .logged("test_own")
        .await
        .into_iter()
        .map(|entry| entry.service)
        .collect();
    let expected = [
        "node",
        "bundler",
        "paymaster",
        "biconomy-bundler",
        "biconomy-paymaster",
    ];
    assert_eq!(services, expected);
    assert_eq!(other.logged("test_own").await.len(), 5);
    let there = other.control(Control::default()).await;
    assert_eq!((there.latency_ms, there.faults), (Some(0), Some(Vec::new())));

    let cleared = reqwest::Client::new().delete(at(&one.path("/log"))).send().await;
    assert!(cleared.is_ok_and(|answer| answer.status().is_success()));
    assert_eq!(one.logged("test_own").await, []);
    assert_eq!(other.logged("test_own").await.len(), 5);
}

#[tokio::test]
async fn all_namespaces_are_over_one_chain() {
    let account = Account::new().await;

    let receipt = send("/t/sender/bundler", &account.first_mint().await).await;

    let receipt = receipt.expect("a receipt");
    let hash = json!([receipt["userOpHash"]]);
    let (_, elsewhere) = post(
        &Namespace::new("reader").path(BICONOMY_BUNDLER),
        &call("eth_getUserOperationByHash", hash),
    )
    .await;
    assert_eq!(elsewhere["result"]["userOperation"]["sender"], receipt["sender"]);
}

#[tokio::test]
async fn health_names_the_namespace_as_the_place_of_the_services() {
    let (status, health) = get("/t/health/health").await;

    let ready: Ready = serde_json::from_value(health).expect("a line");
    assert_eq!(status, 200);
    assert_eq!(ready.url, format!("{}/t/health", DEVNET.url()));
    assert_eq!(ready.contracts, *DEVNET.contracts());
    assert_eq!(ready.funded_keys, DEVNET.funded_keys());
}

#[tokio::test]
async fn what_concerns_all_namespaces_is_refused_in_one() {
    let namespace = Namespace::new("alone");
    let fault = Fault::on(Service::Node, "eth_call").drop();
    namespace.control(Control::faults([fault.clone()])).await;

    for (field, value) in [
        ("hold", json!(true)),
        ("clock", json!(600)),
        ("restart", json!("chain")),
        ("reorg", json!(1)),
        ("kill", json!("bundler")),
        ("restart_after_ms", json!(1)),
    ] {
        let (status, answer) = post(&namespace.path("/control"), &json!({field: value, "faults": []})).await;
        let reason = answer["error"].as_str().unwrap_or_default();
        assert_eq!(status, 400, "{field}");
        assert!(
            reason.starts_with(&format!("`{field}` concerns all namespaces")),
            "{reason}"
        );
    }

    let standing = namespace.control(Control::default()).await;
    assert_eq!(standing.faults, Some(vec![fault]));
    assert_eq!((standing.hold, standing.clock), (Some(false), Some(0)));
    assert_eq!(standing.dead, Some(Vec::new()));
}

#[tokio::test]
async fn a_namespace_heals_itself_alone() {
    let (sick, healed) = (Namespace::new("sick"), Namespace::new("healed"));
    let ill = Control {
        latency_ms: Some(1),
        ..Control::faults([Fault::any().drop()])
    };
    sick.control(ill.clone()).await;
    healed.control(ill).await;

    let heal = Control {
        heal: true,
        ..Control::default()
    };
    let healed = healed.control(heal).await;
    let sick = sick.control(Control::default()).await;

    assert_eq!((healed.latency_ms, healed.faults), (Some(0), Some(Vec::new())));
    assert_eq!(
        (sick.latency_ms, sick.faults),
        (Some(1), Some(vec![Fault::any().drop()]))
    );
}

#[tokio::test]
async fn a_namespace_that_was_removed_begins_anew() {
    let namespace = Namespace::new("removed");
    namespace.control(Control::faults([Fault::any().null()])).await;
    post(&namespace.path("/rpc"), &call("test_removed", json!([]))).await;

    for _ in 0..2 {
        let removed = reqwest::Client::new()
            .delete(at(&namespace.path("")))
            .send()
            .await;
        assert_eq!(removed.expect("an answer").status(), 204);
    }

    assert_eq!(namespace.logged("test_removed").await, []);
    let standing = namespace.control(Control::default()).await;
    assert_eq!(standing.faults, Some(Vec::new()));
}

#[tokio::test]
async fn what_is_no_name_is_not_found_and_the_reason_is_given() {
    let long = "x".repeat(65);
    for name in ["", long.as_str(), "a.b", "a%20b", "%C3%A4"] {
        for path in [format!("/t/{name}/health"), format!("/t/{name}/log")] {
            let (status, answer) = get(&path).await;
            let reason = answer["error"].as_str().unwrap_or_default();
            assert_eq!(status, 404, "{path}");
            assert!(
                reason.ends_with("use 1 to 64 letters, digits, `_` and `-`"),
                "{reason}"
            );
        }
        let remove = reqwest::Client::new().delete(at(&format!("/t/{name}")));
        assert_eq!(remove.send().await.expect("an answer").status(), 404);
    }
    for path in ["/t/one/two/health", "/nothing"] {
        let (status, answer) = get(path).await;
        assert_eq!(
            (status, &answer["error"]),
            (404, &json!(format!("nothing is served at {path}")))
        );
    }
    assert_eq!(get(&format!("/t/{}/health", &long[..64])).await.0, 200);
}

#[tokio::test]
async fn a_chain_that_is_not_served_is_refused_in_a_namespace_too() {
    let namespace = Namespace::new("chains");

    let (status, answer) = post(&namespace.path("/api/v2/1/key"), &call("eth_chainId", json!([]))).await;

    assert_eq!((status, &answer["error"]["code"]), (400, &json!(-32602)));
    assert_eq!(namespace.logged("eth_chainId").await.len(), 1);
}

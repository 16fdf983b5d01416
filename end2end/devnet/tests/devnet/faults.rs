use std::time::{Duration, Instant};

use devnet::{Control, Fault, Service};
use serde_json::{Value, json};

use super::{BICONOMY_BUNDLER, Namespace, at, call, post};

/// The raw HTTP response to a call of an unknown method.
struct Raw {
    status: u16,
    content_type: String,
    retry_after: Option<String>,
    body: String,
}

impl Raw {
    async fn of(namespace: &Namespace, path: &str, method: &str) -> Result<Self, reqwest::Error> {
        let answer = reqwest::Client::new()
            .post(at(&namespace.path(path)))
            .json(&call(method, json!([])))
            .send()
            .await?;
        let header = |name| answer.headers().get(name)?.to_str().ok().map(str::to_owned);
        Ok(Self {
            status: answer.status().as_u16(),
            content_type: header("content-type").unwrap_or_default(),
            retry_after: header("retry-after"),
            body: answer.text().await?,
        })
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

#[tokio::test]
async fn a_status_comes_with_a_json_rpc_error_or_a_page() {
    let namespace = Namespace::new("statuses");

    for status in [200, 400, 401, 404, 413, 429, 500, 502, 504] {
        let error = Fault::on(Service::Node, "test_error").http(status);
        let page = Fault::on(Service::Node, "test_page").html(status).retry_after(7);
        namespace.control(Control::faults([error, page])).await;

        let error = Raw::of(&namespace, "/rpc", "test_error")
            .await
            .expect("an answer");
        let page = Raw::of(&namespace, "/rpc", "test_page").await.expect("an answer");

        assert_eq!(
            (error.status, error.content_type.as_str()),
            (status, "application/json")
        );
        assert_eq!(error.json()["error"]["code"], -32000);
        assert_eq!(error.retry_after, None);
        assert_eq!((page.status, page.content_type.as_str()), (status, "text/html"));
        assert!(page.body.starts_with("<!doctype html>"));
        assert_eq!(page.retry_after.as_deref(), Some("7"));
    }
}

#[tokio::test]
async fn a_refusal_comes_with_the_status_of_the_dialect_unless_another_is_given() {
    let namespace = Namespace::new("refusals");
    let refusal = || Fault::on(Service::Bundler, "test_refusal").refusal(-32500, "no");

    for (fault, standard, biconomy) in [(refusal(), 200, 400), (refusal().status(503), 503, 503)] {
        namespace.control(Control::faults([fault])).await;
        for (path, status) in [("/bundler", standard), (BICONOMY_BUNDLER, biconomy)] {
            let answer = Raw::of(&namespace, path, "test_refusal")
                .await
                .expect("an answer");
            let error = &answer.json()["error"];
            assert_eq!(answer.status, status, "{path}");
            assert_eq!(error, &json!({"code": -32500, "message": "no"}), "{path}");
        }
    }
}

#[tokio::test]
async fn results_are_null_or_replaced_or_merged() {
    let namespace = Namespace::new("results");
    let faults = [
        Fault::on(Service::Node, "eth_gasPrice").null(),
        Fault::on(Service::Node, "net_version").rewrite("7"),
        Fault::on(Service::Node, "eth_getBlockByNumber").merge(json!({"number": "0x7"})),
    ];
    namespace.control(Control::faults(faults)).await;
    let ask = async |method, params| post(&namespace.path("/rpc"), &call(method, params)).await.1;

    let price = ask("eth_gasPrice", json!([])).await;
    let version = ask("net_version", json!([])).await;
    let block = ask("eth_getBlockByNumber", json!(["latest", false])).await;

    assert_eq!(price, json!({"jsonrpc": "2.0", "id": 1, "result": null}));
    assert_eq!(version["result"], "7");
    assert_eq!(block["result"]["number"], "0x7");
    assert!(block["result"]["hash"].is_string());
}

#[tokio::test]
async fn a_dropped_call_gets_no_answer_and_is_logged_so() {
    let namespace = Namespace::new("drops");
    let drop = Fault::on(Service::Node, "test_drop").drop();
    namespace.control(Control::faults([drop])).await;

    let answer = Raw::of(&namespace, "/rpc", "test_drop").await;

    assert!(answer.is_err());
    let log = namespace.logged("test_drop").await;
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].status, log[0].error.as_deref()), (None, Some("dropped")));
}

#[tokio::test]
async fn a_call_that_is_delivered_twice_has_the_second_answer() {
    let namespace = Namespace::new("twice");
    let twice = Fault::on(Service::Node, "evm_snapshot").twice().times(1);
    let snapshot = async || {
        let (_, answer) = post(&namespace.path("/rpc"), &call("evm_snapshot", json!([]))).await;
        let id = answer["result"].as_str().and_then(|id| id.strip_prefix("0x"));
        u64::from_str_radix(id.expect("hex"), 16).expect("a number")
    };

    let first = snapshot().await;
    namespace.control(Control::faults([twice])).await;
    let second = snapshot().await;
    let third = snapshot().await;

    assert_eq!((second - first, third - second), (2, 1));
}

#[tokio::test]
async fn in_a_batch_only_the_call_that_is_met_fails() {
    let namespace = Namespace::new("batches");
    let refusal = Fault::on(Service::Node, "eth_gasPrice").refusal(-32000, "no");
    namespace.control(Control::faults([refusal])).await;
    let batch = json!([call("eth_chainId", json!([])), call("eth_gasPrice", json!([]))]);

    let (status, answers) = post(&namespace.path("/rpc"), &batch).await;

    assert_eq!(status, 200);
    assert_eq!(answers[0]["result"], "0x13882");
    assert_eq!(answers[1]["error"]["message"], "no");
}

#[tokio::test]
async fn a_status_refuses_the_whole_batch() {
    let namespace = Namespace::new("whole-batches");
    let limit = Fault::on(Service::Node, "eth_gasPrice").http(429);
    namespace.control(Control::faults([limit])).await;
    let batch = json!([call("eth_chainId", json!([])), call("eth_gasPrice", json!([]))]);

    let (status, answers) = post(&namespace.path("/rpc"), &batch).await;

    assert_eq!(status, 429);
    assert_eq!(answers.as_array().map(Vec::len), Some(2));
    assert!(answers[0]["error"].is_object() && answers[1]["error"].is_object());
}

#[tokio::test]
async fn delay_and_latency_hold_calls_back() {
    let namespace = Namespace::new("delays");
    let delay = Fault::on(Service::Node, "eth_mining").delay(Duration::from_millis(150));
    let latency_ms = Some(50);
    namespace
        .control(Control {
            latency_ms,
            ..Control::faults([delay])
        })
        .await;
    let took = async |method| {
        let start = Instant::now();
        let _ = post(&namespace.path("/rpc"), &call(method, json!([]))).await;
        start.elapsed()
    };

    let latency = took("eth_syncing").await;
    let both = took("eth_mining").await;
    let entry = namespace.logged("eth_syncing").await[0].clone();

    assert!(latency >= Duration::from_millis(50), "{latency:?}");
    assert!(both >= Duration::from_millis(200), "{both:?}");
    let logged = entry.end_ms.expect("a time") - entry.start_ms;
    assert!(logged >= 50.0, "{logged}");
}

#[tokio::test]
async fn control_shows_what_remains() {
    let namespace = Namespace::new("remains");
    let fault = Fault::on(Service::Node, "test_remains").null();
    namespace
        .control(Control::faults([fault.clone().skip(1).times(2)]))
        .await;

    for _ in 0..2 {
        post(&namespace.path("/rpc"), &call("test_remains", json!([]))).await;
    }

    let standing = namespace.control(Control::default()).await;
    assert_eq!(standing.faults, Some(vec![fault.times(1)]));
}

#[tokio::test]
async fn a_control_that_is_not_understood_is_refused() {
    let namespace = Namespace::new("nonsense");
    for (control, reason) in [
        (
            json!({"faults": [{"kind": "explode"}]}),
            "unknown variant `explode`",
        ),
        (
            json!({"faults": [{"kind": "html", "status": 99}]}),
            "HTTP status 99",
        ),
        (
            json!({"faults": [{"kind": "html", "status": 600}]}),
            "HTTP status 600",
        ),
        (
            json!({"faults": [{"kind": "html", "retry_after": "1\n"}]}),
            "Retry-After",
        ),
        (json!({"latency": 5}), "unknown field `latency`"),
        (json!({"dead": ["chain"]}), "`dead` only answers"),
        (json!([]), "invalid type"),
    ] {
        let (status, answer) = post(&namespace.path("/control"), &control).await;
        let said = answer["error"].as_str().unwrap_or_default();
        assert_eq!(status, 400, "{control}");
        assert!(said.contains(reason), "{control}: {said}");
    }
}

#[test]
fn the_kinds_of_the_typescript_tests_are_these() {
    let error = serde_json::from_value::<devnet::Kind>(json!("no kind")).expect_err("no kind");
    let kinds = error.to_string();
    let (_, kinds) = kinds.split_once("expected one of ").expect("a list of kinds");
    let kinds: Vec<_> = kinds.split(", ").map(|kind| kind.trim_matches('`')).collect();

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../support/fault.ts");
    let source = std::fs::read_to_string(path).expect("the TypeScript faults");
    let list = source
        .split_once("KINDS = {")
        .and_then(|(_, rest)| rest.split_once('}'));
    let (list, _) = list.expect("a list of kinds");
    let listed: Vec<_> = list
        .lines()
        .filter_map(|line| line.trim().strip_suffix(": true,"))
        .collect();

    assert_eq!(listed, kinds);
}

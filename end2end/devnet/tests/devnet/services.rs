use serde_json::{Value, json};

use super::{BICONOMY_BUNDLER, BICONOMY_PAYMASTER, DEVNET, ask, at, call, post};

#[tokio::test]
async fn errors_come_with_the_status_of_the_dialect() {
    let nonsense = call(
        "eth_sendUserOperation",
        json!([{"sender": "nobody"}, DEVNET.contracts().entry_point]),
    );
    for (path, expected) in [("/bundler", 200), (BICONOMY_BUNDLER, 400)] {
        let (status, answer) = post(path, &nonsense).await;
        assert_eq!(status, expected, "{path}");
        assert!(answer["error"]["message"].is_string(), "{path}: {answer}");
    }
    for (path, expected) in [("/rpc", 200), ("/paymaster", 200), (BICONOMY_PAYMASTER, 400)] {
        let (status, answer) = post(path, &call("no_suchMethod", json!([]))).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (expected, &json!(-32601)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn every_service_answers_batches_in_order() {
    for path in ["/rpc", "/bundler", "/paymaster", BICONOMY_BUNDLER] {
        let batch = json!([
            {"jsonrpc": "2.0", "id": "first", "method": "eth_chainId", "params": []},
            {"jsonrpc": "2.0", "id": "second", "method": "no_suchMethod", "params": []},
        ]);
        let (status, answers) = post(path, &batch).await;
        assert_eq!(status, 200, "{path}");
        assert_eq!(
            answers[0],
            json!({"jsonrpc": "2.0", "id": "first", "result": "0x13882"}),
            "{path}"
        );
        assert_eq!(answers[1]["id"], "second", "{path}");
        assert!(answers[1]["error"]["code"].is_number(), "{path}: {answers}");
    }
}

#[tokio::test]
async fn what_is_not_json_rpc_is_refused() {
    let send = async |body: &'static str| {
        let answer = reqwest::Client::new()
            .post(at("/rpc"))
            .body(body)
            .send()
            .await
            .expect("an answer");
        answer.json::<Value>().await.expect("JSON")["error"]["code"].clone()
    };

    assert_eq!(send("{").await, json!(-32700));
    assert_eq!(send("[]").await, json!(-32600));
    assert_eq!(send("{}").await, json!(-32600));
    assert_eq!(send("7").await, json!(-32600));
}

#[tokio::test]
async fn parameters_may_be_left_out() {
    for path in ["/rpc", "/bundler", BICONOMY_BUNDLER] {
        let (_, answer) = post(path, &json!({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"})).await;
        assert_eq!(answer["result"], "0x13882", "{path}");
    }
}

#[tokio::test]
async fn another_chain_is_refused() {
    let (status, answer) = post("/api/v2/1/key", &call("eth_chainId", json!([]))).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(-32602)));

    let entry_point = DEVNET.contracts().entry_point;
    let op = json!({"sender": entry_point});
    let refused = ask(
        "/paymaster",
        "pm_getPaymasterStubData",
        json!([op, entry_point, "0x1", {}]),
    )
    .await;
    assert_eq!(refused.expect_err("chain 1")["code"], -32602);
}

#[tokio::test]
async fn calls_are_logged_with_service_methods_times_and_error() {
    let batch = json!([call("eth_accounts", json!([])), call("test_logged", json!([]))]);
    post("/rpc", &batch).await;
    post(BICONOMY_PAYMASTER, &call("test_logged", json!([]))).await;

    let log: Vec<devnet::Entry> = reqwest::get(at("/log"))
        .await
        .expect("an answer")
        .json()
        .await
        .expect("a log");
    let mine: Vec<_> = log
        .iter()
        .filter(|entry| entry.methods.iter().any(|name| name == "test_logged"))
        .collect();

    assert!(
        log.windows(2)
            .all(|pair| pair[0].id < pair[1].id && pair[0].start_ms <= pair[1].start_ms)
    );
    assert_eq!(mine.len(), 2);
    assert_eq!((mine[0].service.as_str(), mine[0].status), ("node", Some(200)));
    assert_eq!(mine[0].methods, ["eth_accounts", "test_logged"]);
    assert_eq!(
        (mine[1].service.as_str(), mine[1].status),
        ("biconomy-paymaster", Some(400))
    );
    for entry in mine {
        assert!(entry.error.is_some(), "{entry:?}");
        assert!(
            entry
                .end_ms
                .is_some_and(|end| end >= entry.start_ms && end < entry.start_ms + 5000.0),
            "{entry:?}"
        );
    }
}

#[tokio::test]
async fn any_origin_may_call() {
    let client = reqwest::Client::new();
    let preflight = client
        .request(reqwest::Method::OPTIONS, at("/bundler"))
        .header("origin", "http://dapp.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,x-anything")
        .send()
        .await
        .expect("an answer");
    assert!(preflight.status().is_success());
    for (name, allowed) in [("origin", "*"), ("methods", "*"), ("headers", "*")] {
        assert_eq!(
            preflight.headers()[format!("access-control-allow-{name}")],
            allowed
        );
    }

    let answer = client
        .get(at("/health"))
        .header("origin", "http://dapp.example")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let health: devnet::Ready = answer.json().await.expect("a line");
    assert_eq!((health.ready, health.chain_id), (true, 80002));
    assert_eq!(&health.contracts, DEVNET.contracts());
    assert_eq!(health.funded_keys, DEVNET.funded_keys());
}

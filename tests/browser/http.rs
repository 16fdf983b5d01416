use std::time::Duration;

use js_sys::{Function, Reflect, global};
use use_aa::rpc::{Failure, Http, Node};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

/// The page's `fetch`, replaced by that of a test until the value is dropped.
pub(crate) struct Fetch(JsValue);

impl Fetch {
    pub(crate) fn replaced(body: &str) -> Self {
        let name = JsValue::from_str("fetch");
        let original = Reflect::get(&global(), &name).unwrap();
        Reflect::set(&global(), &name, &Function::new_with_args("request", body)).unwrap();
        Self(original)
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        Reflect::set(&global(), &JsValue::from_str("fetch"), &self.0).unwrap();
    }
}

const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(15);

async fn chain_id(url: &str, timeout: Duration) -> Result<u64, Failure> {
    let http = Http::new(url.parse().unwrap()).timeout(timeout).limit(10_000);
    Node::new(http).chain_id().await.map_err(|error| {
        let told = format!("{error} {error:?} {:?}", error.failure());
        assert!(!told.contains("secret"), "{told}");
        error.failure().clone()
    })
}

async fn chain_id_when_fetch(body: &str, timeout: Duration) -> Result<u64, Failure> {
    let _fetch = Fetch::replaced(body);
    chain_id("https://service.example/secret-key-123", timeout).await
}

#[wasm_bindgen_test]
async fn question_and_answer_pass_through_fetch() {
    let answer = chain_id_when_fetch(
        "return request.json().then(question => new Response(JSON.stringify({
            id: question.id,
            result: request.method === 'POST' && question.method === 'eth_chainId' &&
                request.headers.get('content-type') === 'application/json' ? '0x13882' : null,
        })))",
        LONG,
    )
    .await;

    assert_eq!(answer, Ok(80_002));
}

#[wasm_bindgen_test]
async fn bad_answers_are_failures_of_their_own() {
    let excerpt = |text: &str| text.to_owned();
    for (fetch, expected) in [
        (
            "return Promise.resolve(new Response('<html>', {status: 500}))",
            Failure::Http {
                status: 500,
                excerpt: excerpt("<html>"),
            },
        ),
        (
            "return Promise.resolve(new Response('hello'))",
            Failure::NotJson {
                status: 200,
                excerpt: excerpt("hello"),
            },
        ),
        (
            "return Promise.resolve(new Response(null, {status: 204}))",
            Failure::NotJson {
                status: 204,
                excerpt: excerpt(""),
            },
        ),
        (
            "return Promise.resolve(new Response('x'.repeat(20000)))",
            Failure::TooLarge(10_000),
        ),
    ] {
        assert_eq!(chain_id_when_fetch(fetch, LONG).await, Err(expected), "{fetch}");
    }
}

#[wasm_bindgen_test]
async fn broken_connection_is_told_without_the_key() {
    for fetch in [
        "return Promise.reject(new TypeError('no way to ' + request.url))",
        "return Promise.resolve(new Response(new ReadableStream({pull(c) { c.error(new Error(request.url)) }})))",
    ] {
        let answer = chain_id_when_fetch(fetch, LONG).await;

        assert!(
            matches!(answer, Err(Failure::Unreachable(_))),
            "{fetch}: {answer:?}"
        );
    }
}

#[wasm_bindgen_test]
async fn service_that_is_not_there_is_unreachable() {
    let answer = chain_id("http://127.0.0.1:9/secret-key-123", LONG).await;

    assert!(matches!(answer, Err(Failure::Unreachable(_))), "{answer:?}");
}

#[wasm_bindgen_test]
async fn request_that_takes_too_long_is_aborted() {
    let answer = chain_id_when_fetch(
        "globalThis.aborted = 'no';
        request.signal.addEventListener('abort', () => { globalThis.aborted = 'yes' });
        return new Promise(() => {})",
        SHORT,
    )
    .await;

    assert_eq!(answer, Err(Failure::TimedOut(SHORT)));
    let aborted = Reflect::get(&global(), &JsValue::from_str("aborted")).unwrap();
    assert_eq!(aborted.as_string().as_deref(), Some("yes"));
}

#[wasm_bindgen_test]
async fn answer_that_does_not_end_times_out() {
    let answer = chain_id_when_fetch(
        "return Promise.resolve(new Response(new ReadableStream({start(c) { c.enqueue(new Uint8Array([123])) }})))",
        SHORT,
    )
    .await;

    assert_eq!(answer, Err(Failure::TimedOut(SHORT)));
}

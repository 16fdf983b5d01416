//! A local JSON-RPC service with scripted answers, for tests.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub(crate) use super::example::draft;
use super::{Http, ServiceUrl};

/// The service's reply to one request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A JSON-RPC result under HTTP 200.
    Result(Value),
    /// A JSON-RPC error under an HTTP status.
    Error(u16, Value),
    /// An HTTP answer with this status and body.
    Body(u16, String),
    /// An HTTP answer with this status and this many seconds in `Retry-After`.
    Later(u16, u64),
    /// Half of an answer, then the end of the connection.
    Half,
    /// The end of the connection, without an answer.
    Drop,
    /// An open connection without an answer.
    Silence,
}

/// A running service, which ends with the test's runtime.
pub(crate) struct TestService {
    url: ServiceUrl,
    requests: Arc<Mutex<Vec<Value>>>,
}

impl TestService {
    /// Starts a service that answers each JSON-RPC request by a rule.
    pub(crate) async fn start(rule: impl Fn(&str, &Value) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, rule) = (Arc::clone(&requests), Arc::new(rule));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&seen), Arc::clone(&rule)));
            }
        });
        Self {
            url: format!("{origin}/api/v2/80002/secret-key-123").parse().unwrap(),
            requests,
        }
    }

    /// Starts a service that gives the same reply to every request.
    pub(crate) async fn always(reply: Reply) -> Self {
        Self::start(move |_, _| reply.clone()).await
    }

    /// Returns the URL of the service, with a key in the path.
    pub(crate) fn url(&self) -> ServiceUrl {
        self.url.clone()
    }

    /// Creates a transport to the service.
    pub(crate) fn http(&self) -> Http {
        Http::new(self.url())
    }

    /// Returns the requests so far, as method and parameters.
    pub(crate) fn requests(&self) -> Vec<(String, Value)> {
        let requests = self.requests.lock().unwrap();
        requests
            .iter()
            .map(|request| (method(request).to_owned(), request["params"].clone()))
            .collect()
    }
}

async fn converse(
    mut stream: TcpStream,
    seen: Arc<Mutex<Vec<Value>>>,
    rule: Arc<impl Fn(&str, &Value) -> Reply>,
) {
    let Some(request) = read_request(&mut stream).await else {
        return;
    };
    seen.lock().unwrap().push(request.clone());
    let id = &request["id"];
    let mut later = String::new();
    let (status, body) = match rule(method(&request), &request["params"]) {
        Reply::Later(status, seconds) => {
            later = format!("retry-after: {seconds}\r\n");
            (status, String::new())
        }
        Reply::Result(result) => (
            200,
            json!({"jsonrpc": "2.0", "id": id, "result": result}).to_string(),
        ),
        Reply::Error(status, error) => (
            status,
            json!({"jsonrpc": "2.0", "id": id, "error": error}).to_string(),
        ),
        Reply::Body(status, body) => (status, body.replace("$id", &id.to_string())),
        Reply::Half => {
            let half = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"jsonrpc\":";
            stream.write_all(half.as_bytes()).await.unwrap();
            return;
        }
        Reply::Drop => return,
        Reply::Silence => {
            let mut end = [0];
            let _ = stream.read(&mut end).await;
            return;
        }
    };
    let answer = format!(
        "HTTP/1.1 {status} Test\r\ncontent-type: text/plain\r\nlocation: /elsewhere\r\n{later}connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    // The client may have closed the connection already: the answer was too large, or took too long.
    let _ = stream.write_all(answer.as_bytes()).await;
}

async fn read_request(stream: &mut TcpStream) -> Option<Value> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.parse::<usize>().ok())?
            })?;
            if body.len() >= length {
                return serde_json::from_str(body).ok();
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}

fn method(request: &Value) -> &str {
    request["method"].as_str().unwrap_or_default()
}

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use use_aa::{
    BoxFuture,
    rpc::{Answer, Http, HttpClient, Post, PostError, UrlError, Wire},
};

use crate::{
    pairs::{Fault, Faults},
    shape::Shape,
};

/// The number of characters of a request or an answer that are printed.
const PRINTED: usize = 3000;

/// An HTTP client that keeps the requests and answers of a cell.
#[derive(Clone, Default)]
pub(crate) struct Recorder {
    client: reqwest::Client,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    shape: Option<Arc<dyn Shape>>,
    /// The name of the service in the places of faults.
    service: &'static str,
    /// The faults at the next requests.
    pub(crate) faults: Arc<Faults>,
}

/// A request with its answer.
struct Exchange {
    url: String,
    request: String,
    answer: String,
}

impl Recorder {
    /// Creates a transport to a service whose requests are recorded.
    pub(crate) fn http(&self, service: &'static str, url: &str) -> Result<Http, UrlError> {
        let recorder = Self {
            service,
            ..self.clone()
        };
        Ok(Http::new(url.parse()?).through(HttpClient::over(recorder)))
    }

    /// Records a text between the exchanges.
    pub(crate) fn note(&self, text: &str) {
        self.exchanges().push(Exchange {
            url: String::new(),
            request: text.to_owned(),
            answer: String::new(),
        });
    }

    /// Returns the same recorder, which gives its requests and answers the shape of another service.
    pub(crate) fn shaped(&self, shape: Option<Arc<dyn Shape>>) -> Self {
        Self {
            shape,
            ..self.clone()
        }
    }

    /// Returns the exchanges with services, oldest first. Those with the node are named by their methods alone, unless
    /// the node refused.
    pub(crate) fn transcript(&self, node: &str) -> String {
        let mut text = String::new();
        for Exchange { url, request, answer } in self.exchanges().iter() {
            if url.is_empty() {
                let _ = writeln!(text, "    == {request}");
                continue;
            }
            if url == node && answer.starts_with("HTTP") && !is_refusal(answer) {
                let _ = writeln!(text, "    node: {}", method(request));
                continue;
            }
            let _ = writeln!(text, "    --> {url}\n        {}", excerpt(request));
            let _ = writeln!(text, "    <-- {}", excerpt(answer));
        }
        text
    }

    fn exchanges(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a request, with the fault that happens to it.
    async fn exchange_with(&self, fault: Fault, url: &str, body: &str) -> Result<Answer, PostError> {
        let lost = || Err(PostError::Unreachable("the connection was lost".to_owned()));
        let answer = |status, body: &str| {
            Ok(Answer {
                status,
                body: body.as_bytes().to_vec(),
                retry_after: None,
            })
        };
        let is_served = matches!(
            fault,
            Fault::AnswerDropped | Fault::Twice | Fault::Page { served: true } | Fault::Null { served: true }
        );
        if is_served {
            // The answer is not given.
            let _ = self.exchange(url, body).await;
        }
        match fault {
            Fault::Dropped | Fault::AnswerDropped => lost(),
            Fault::Twice => self.exchange(url, body).await,
            Fault::Late => {
                tokio::time::sleep(Fault::DELAY).await;
                self.exchange(url, body).await
            }
            Fault::Limit => answer(429, "Too Many Requests"),
            Fault::Page { .. } => answer(500, "<html><body>Internal Server Error</body></html>"),
            Fault::Refusal => answer(
                200,
                r#"{"jsonrpc":"2.0","error":{"code":-32000,"message":"out of order"}}"#,
            ),
            Fault::Null { .. } => answer(200, r#"{"jsonrpc":"2.0","result":null}"#),
        }
    }

    async fn exchange(&self, url: &str, body: &str) -> Result<Answer, PostError> {
        let Some(shape) = &self.shape else {
            return self.post_as_is(url, body.to_owned()).await;
        };
        let answer = |status: u16, body: String| Answer {
            status,
            body: body.into_bytes(),
            retry_after: None,
        };
        let asked: Value = serde_json::from_str(body).unwrap_or_default();
        let mut request = asked.clone();
        if let Some((status, body)) = shape.request(&mut request) {
            return Ok(answer(status, body));
        }
        let Answer { status, body, .. } = self.post_as_is(url, request.to_string()).await?;
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let (status, body) = shape.answer(&asked, status, body);
        Ok(answer(status, body.to_string()))
    }

    async fn post_as_is(&self, url: &str, body: String) -> Result<Answer, PostError> {
        let unreachable = |error: reqwest::Error| PostError::Unreachable(error.to_string());
        let request = self.client.post(url).header("content-type", "application/json");
        let answer = request.body(body).send().await.map_err(unreachable)?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.map_err(unreachable)?.to_vec();
        Ok(Answer {
            status,
            body,
            retry_after: None,
        })
    }
}

impl Wire for Recorder {
    fn post<'a>(&'a self, post: Post<'a>) -> BoxFuture<'a, Result<Answer, PostError>> {
        Box::pin(async move {
            let fault = self.faults.take(self.service, &method(post.body));
            let answer = match fault {
                Some(fault) => self.exchange_with(fault, post.url, post.body).await,
                None => self.exchange(post.url, post.body).await,
            };
            let shown = match &answer {
                Ok(Answer { status, body, .. }) => format!("HTTP {status} {}", String::from_utf8_lossy(body)),
                Err(error) => format!("{error:?}"),
            };
            let shown = fault.map_or(shown.clone(), |fault| format!("({fault:?}) {shown}"));
            self.exchanges().push(Exchange {
                url: post.url.to_owned(),
                request: post.body.to_owned(),
                answer: shown,
            });
            answer
        })
    }
}

/// Returns true if a shown answer is no JSON-RPC result.
fn is_refusal(answer: &str) -> bool {
    let json = answer.find('{').and_then(|start| answer.get(start..));
    let answer = json.and_then(|json| serde_json::from_str::<Value>(json).ok());
    answer.is_none_or(|answer| answer.get("error").is_some())
}

fn method(request: &str) -> String {
    let request = serde_json::from_str::<Value>(request).unwrap_or_default();
    request["method"].as_str().unwrap_or("?").to_owned()
}

fn excerpt(text: &str) -> String {
    match text.char_indices().nth(PRINTED) {
        Some((end, _)) => format!("{}... ({} bytes)", &text[..end], text.len()),
        None => text.trim_end().to_owned(),
    }
}

//! The part of JSON-RPC 2.0 that a proxy needs.

use serde_json::{Value, json};

/// One call of a JSON-RPC request.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) id: Value,
    pub(crate) method: String,
    pub(crate) params: Value,
}

/// A JSON-RPC error object.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct RpcError {
    pub(crate) code: i64,
    pub(crate) message: String,
    pub(crate) data: Option<Value>,
}

/// The result or the error of a call.
pub(crate) type Outcome = Result<Value, RpcError>;

/// The body of a JSON-RPC request.
#[derive(Debug)]
pub(crate) enum Request {
    Single(Call),
    Batch(Vec<Call>),
}

impl Request {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, RpcError> {
        let body: Value = serde_json::from_slice(body)
            .map_err(|error| RpcError::new(-32700, format!("not JSON: {error}")))?;
        match body {
            Value::Array(calls) if calls.is_empty() => Err(RpcError::new(-32600, "an empty batch")),
            Value::Array(calls) => calls
                .into_iter()
                .map(Call::parse)
                .collect::<Result<_, _>>()
                .map(Self::Batch),
            call => Call::parse(call).map(Self::Single),
        }
    }

    pub(crate) fn calls(&self) -> &[Call] {
        match self {
            Self::Single(call) => std::slice::from_ref(call),
            Self::Batch(calls) => calls,
        }
    }

    /// Builds the response body with an outcome for each call.
    pub(crate) fn answer(&self, outcomes: impl IntoIterator<Item = Outcome>) -> Value {
        let mut answers = self
            .calls()
            .iter()
            .zip(outcomes)
            .map(|(call, outcome)| response(&call.id, outcome));
        match self {
            Self::Single(_) => answers.next().unwrap_or_default(),
            Self::Batch(_) => answers.collect(),
        }
    }
}

impl Call {
    fn parse(mut call: Value) -> Result<Self, RpcError> {
        let Some(method) = call["method"].as_str().map(str::to_owned) else {
            return Err(RpcError::new(-32600, "a call without `method`"));
        };
        let params = match call["params"].take() {
            Value::Null => Value::Array(Vec::new()),
            params => params,
        };
        Ok(Self {
            id: call["id"].take(),
            method,
            params,
        })
    }

    /// Returns the parameter at `index`, or null.
    pub(crate) fn param(&self, index: usize) -> &Value {
        &self.params[index]
    }
}

impl RpcError {
    pub(crate) fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    pub(crate) fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(-32602, message)
    }

    pub(crate) fn unknown_method(method: &str) -> Self {
        Self::new(-32601, format!("the method {method} is not served here"))
    }

    fn from_json(error: &Value) -> Self {
        Self {
            code: error["code"].as_i64().unwrap_or(-32603),
            message: error["message"]
                .as_str()
                .map_or_else(|| error.to_string(), str::to_owned),
            data: error.get("data").cloned(),
        }
    }

    fn to_json(&self) -> Value {
        let mut error = json!({"code": self.code, "message": self.message});
        if let Some(data) = &self.data {
            error["data"] = data.clone();
        }
        error
    }
}

/// Builds the JSON-RPC response to one call.
pub(crate) fn response(id: &Value, outcome: Outcome) -> Value {
    match outcome {
        Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
        Err(error) => json!({"jsonrpc": "2.0", "id": id, "error": error.to_json()}),
    }
}

/// A server that calls are forwarded to over persistent connections.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    http: reqwest::Client,
    url: String,
    name: &'static str,
}

impl Upstream {
    pub(crate) fn new(http: reqwest::Client, name: &'static str, port: u16) -> Self {
        Self {
            http,
            url: format!("http://127.0.0.1:{port}"),
            name,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn call(&self, method: &str, params: Value) -> Outcome {
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let mut answer = self.post(&call).await.map_err(|error| {
            RpcError::new(
                -32603,
                format!("the {} behind this service does not answer: {error}", self.name),
            )
        })?;
        match answer.get("error") {
            Some(error) if !error.is_null() => Err(RpcError::from_json(error)),
            _ => Ok(answer["result"].take()),
        }
    }

    async fn post(&self, call: &Value) -> Result<Value, reqwest::Error> {
        self.http.post(&self.url).json(call).send().await?.json().await
    }
}

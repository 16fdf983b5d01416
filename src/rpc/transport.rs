use alloy::{
    rpc::{client::RpcClient, json_rpc::RpcError},
    transports::TransportError,
};
use serde_json::value::RawValue;

use super::{Failure, Refusal, error::excerpt};
use crate::platform::{BoxFuture, Json, sendable};

/// A connection to a service that answers JSON-RPC requests.
///
/// [`Http`](super::Http) is the connection of a page. alloy's [`RpcClient`] is another one, with the transports and
/// layers that alloy has.
///
/// # Examples
///
/// ```
/// use use_aa::{BoxFuture, Json, rpc::{Failure, Node, Transport}};
///
/// /// A node of chain 1 that knows nothing else.
/// struct Toy;
///
/// impl Transport for Toy {
///     fn call(&self, method: &'static str, _: Vec<Json>) -> BoxFuture<'_, Result<Json, Failure>> {
///         Box::pin(async move {
///             match method {
///                 "eth_chainId" => Ok("0x1".into()),
///                 _ => Err(Failure::Missing),
///             }
///         })
///     }
/// }
///
/// # futures::executor::block_on(async {
/// assert_eq!(Node::over(Toy).chain_id().await, Ok(1));
/// # });
/// ```
pub trait Transport: Send + Sync {
    /// Sends a request, and returns the result of the answer.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the service refuses the request, or does not answer it.
    fn call(&self, method: &'static str, params: Vec<Json>) -> BoxFuture<'_, Result<Json, Failure>>;
}

impl Transport for RpcClient {
    fn call(&self, method: &'static str, params: Vec<Json>) -> BoxFuture<'_, Result<Json, Failure>> {
        sendable(async move {
            let invalid =
                |error: serde_json::Error| Failure::Malformed(format!("the request is invalid: {error}"));
            let params = RawValue::from_string(Json::from(params).to_string()).map_err(invalid)?;
            // Parsing stays here: alloy takes an unparsable answer for an error if it looks like one, and redacts
            // nothing.
            let answer = self
                .request::<_, Box<RawValue>>(method, params)
                .await
                .map_err(failure)?;
            Json::parse(answer.get()).map_err(|error| Failure::Malformed(error.to_string()))
        })
    }
}

fn failure(error: TransportError) -> Failure {
    match error {
        RpcError::ErrorResp(payload) => {
            let data = payload.data.and_then(|data| Json::parse(data.get()).ok());
            Failure::Refused(Box::new(Refusal::new(payload.code, &payload.message, data)))
        }
        RpcError::NullResp => Failure::Missing,
        RpcError::SerError(error) => Failure::Malformed(format!("the request is invalid: {error}")),
        RpcError::DeserError { err, .. } => Failure::Malformed(err.to_string()),
        RpcError::Transport(kind) => match kind.as_http_error() {
            Some(error) => Failure::Http {
                status: error.status,
                excerpt: excerpt(&error.body),
            },
            // The error text of a foreign transport may hold the URL, and the key in it.
            None => Failure::Unreachable("the transport failed".to_owned()),
        },
        _ => Failure::Unreachable("the transport failed".to_owned()),
    }
}

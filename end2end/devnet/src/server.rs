//! The HTTP server of all services on one port.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequestParts, Path, State},
    http::{Request, StatusCode, Uri, request::Parts},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;
use tower_http::cors::CorsLayer;

use crate::{
    answer::{Dropped, json},
    control::Control,
    endpoint::Endpoint,
    jsonrpc::RpcError,
    namespace::{Namespace, Namespaces},
    ready::Ready,
    services::Services,
};

const MAX_BODY: usize = 32 << 20;

type App = State<Arc<Namespaces>>;

/// The namespace in the path of a request, or the root.
struct Addressed(Arc<Namespace>);

#[derive(Deserialize)]
struct NamespacePath {
    id: Option<String>,
}

#[derive(Deserialize)]
struct BiconomyPath {
    chain: String,
}

impl FromRequestParts<Arc<Namespaces>> for Addressed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<Namespaces>) -> Result<Self, Response> {
        let path = Path::<NamespacePath>::from_request_parts(parts, app).await;
        match path.ok().and_then(|Path(path)| path.id) {
            None => Ok(Self(Arc::clone(&app.root))),
            Some(id) => match app.named(&id) {
                Ok(namespace) => Ok(Self(namespace)),
                Err(error) => Err(refusal(StatusCode::NOT_FOUND, &error)),
            },
        }
    }
}

/// Serves connections forever.
pub(crate) async fn run(listener: &TcpListener, services: Arc<Services>, ready: Ready) {
    let router = router(Namespaces::new(services, ready));
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(connection(stream, router.clone()))),
            // Mostly out of file descriptors: some are freed soon.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

fn router(namespaces: Namespaces) -> Router {
    let cors = CorsLayer::permissive()
        .allow_private_network(true)
        .max_age(Duration::from_secs(24 * 60 * 60));
    Router::new()
        .merge(paths())
        .nest("/t/{id}", paths())
        .route("/t/{id}", delete(remove))
        .fallback(nothing)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(cors)
        .with_state(Arc::new(namespaces))
}

/// Builds the routes of one namespace.
fn paths() -> Router<Arc<Namespaces>> {
    let served = |endpoint: Endpoint| {
        post(move |Addressed(namespace): Addressed, body: Bytes| namespace.serve(endpoint, body))
    };
    let biconomy = |endpoint: Endpoint| {
        post(
            move |Addressed(namespace): Addressed, Path(path): Path<BiconomyPath>, body: Bytes| {
                serve_biconomy(namespace, endpoint, path, body)
            },
        )
    };
    Router::new()
        .route("/rpc", served(Endpoint::Node))
        .route("/bundler", served(Endpoint::Bundler))
        .route("/paymaster", served(Endpoint::Paymaster))
        .route("/api/v2/{chain}/{key}", biconomy(Endpoint::BiconomyBundler))
        .route("/api/v1/{chain}/{key}", biconomy(Endpoint::BiconomyPaymaster))
        .route(
            "/health",
            get(async |Addressed(namespace): Addressed| Json(namespace.ready.clone())),
        )
        .route("/log", get(log).delete(clear_log))
        .route("/control", get(remaining).post(control))
}

async fn serve_biconomy(
    namespace: Arc<Namespace>,
    endpoint: Endpoint,
    BiconomyPath { chain }: BiconomyPath,
    body: Bytes,
) -> Response {
    let own = namespace.ready.chain_id;
    if chain == own.to_string() {
        return namespace.serve(endpoint, body).await;
    }
    let error = RpcError::invalid_params(format!("chain {chain} is not served, only {own}"));
    namespace.refuse(endpoint, &body, error)
}

async fn log(Addressed(namespace): Addressed) -> Response {
    Json(namespace.journal.entries()).into_response()
}

async fn clear_log(Addressed(namespace): Addressed) -> StatusCode {
    namespace.journal.clear();
    StatusCode::NO_CONTENT
}

async fn remaining(Addressed(namespace): Addressed) -> Json<Control> {
    Json(namespace.standing().await)
}

async fn control(Addressed(namespace): Addressed, body: Bytes) -> Response {
    // Parsed as an object first: serde would accept a list as the fields in order.
    let object = serde_json::from_slice::<serde_json::Map<_, _>>(&body);
    let bad = |error: &dyn ToString| refusal(StatusCode::BAD_REQUEST, error);
    match object.and_then(|object| serde_json::from_value::<Control>(object.into())) {
        // Runs to its end even when the client disconnects.
        Ok(control) => {
            let applied = Arc::clone(&namespace);
            match tokio::spawn(async move { applied.apply(control).await }).await {
                Ok(Ok(())) => Json(namespace.standing().await).into_response(),
                Ok(Err(error)) => bad(&error),
                Err(panic) => bad(&panic),
            }
        }
        Err(error) => bad(&error),
    }
}

async fn remove(State(namespaces): App, Path(id): Path<String>) -> Response {
    match namespaces.remove(&id) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => refusal(StatusCode::NOT_FOUND, &error),
    }
}

async fn nothing(uri: Uri) -> Response {
    let reason = format!("nothing is served at {}", uri.path());
    refusal(StatusCode::NOT_FOUND, &reason)
}

fn refusal(status: StatusCode, reason: &dyn ToString) -> Response {
    json(status, &Value::from_iter([("error", reason.to_string())]))
}

/// Serves HTTP on one connection, and closes the connection when a response is marked [`Dropped`].
async fn connection(stream: TcpStream, router: Router) {
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let answer = router.clone().oneshot(request);
        async move {
            let response = answer.await.unwrap_or_else(|never: Infallible| match never {});
            match response.extensions().get::<Dropped>() {
                Some(_) => Err("dropped"),
                None => Ok(response),
            }
        }
    });
    // By default hyper closes a connection that was idle for 30 s, even while a client sends the next request.
    let served = hyper::server::conn::http1::Builder::new()
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), service);
    // A failed connection concerns its client alone, which sees the failure.
    let _ = served.await;
}

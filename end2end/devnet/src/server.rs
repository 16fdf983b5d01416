//! The one port.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{Request, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;
use tower_http::cors::CorsLayer;

use crate::{
    control::Control,
    devnet::Ready,
    jsonrpc::RpcError,
    service::{Dropped, Service, Services, json},
};

const MAX_BODY: usize = 32 << 20;

#[derive(Clone)]
struct App {
    services: Arc<Services>,
    ready: Arc<Ready>,
}

impl App {
    async fn biconomy(self, service: Service, chain: &str, body: Bytes) -> Response {
        let own = self.ready.chain_id;
        if chain == own.to_string() {
            return self.services.serve(service, body).await;
        }
        let error = RpcError::invalid_params(format!("chain {chain} is not served, only {own}"));
        self.services.refuse(service, &body, error)
    }
}

/// Serves for ever.
pub(crate) async fn run(listener: &TcpListener, services: Arc<Services>, ready: Ready) {
    let router = router(App {
        services,
        ready: Arc::new(ready),
    });
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(connection(stream, router.clone()))),
            // Out of file descriptors, mostly: some are freed soon.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

fn router(app: App) -> Router {
    let served = |service: Service| {
        post(
            move |State(app): State<App>, body: Bytes| async move { app.services.serve(service, body).await },
        )
    };
    let biconomy = |service: Service| {
        post(
            move |State(app): State<App>, Path((chain, _key)): Path<(String, String)>, body: Bytes| async move {
                app.biconomy(service, &chain, body).await
            },
        )
    };
    let cors = CorsLayer::permissive()
        .allow_private_network(true)
        .max_age(Duration::from_secs(24 * 60 * 60));
    Router::new()
        .route("/rpc", served(Service::Node))
        .route("/bundler", served(Service::Bundler))
        .route("/paymaster", served(Service::Paymaster))
        .route("/api/v2/{chain}/{key}", biconomy(Service::BiconomyBundler))
        .route("/api/v1/{chain}/{key}", biconomy(Service::BiconomyPaymaster))
        .route(
            "/health",
            get(async |State(app): State<App>| Json(app.ready.as_ref().clone())),
        )
        .route("/log", get(log).delete(clear_log))
        .route("/control", get(remaining).post(control))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(cors)
        .with_state(app)
}

async fn log(State(app): State<App>) -> Response {
    Json(app.services.journal.entries()).into_response()
}

async fn clear_log(State(app): State<App>) -> StatusCode {
    app.services.journal.clear();
    StatusCode::NO_CONTENT
}

async fn remaining(State(app): State<App>) -> Json<Control> {
    Json(app.services.standing().await)
}

async fn control(State(app): State<App>, body: Bytes) -> Response {
    // Read as an object first: a list would be taken for the fields in their order.
    let object = serde_json::from_slice::<serde_json::Map<_, _>>(&body);
    match object.and_then(|object| serde_json::from_value::<Control>(object.into())) {
        // It goes to its end also when the caller hangs up.
        Ok(control) => {
            let services = Arc::clone(&app.services);
            match tokio::spawn(async move { services.apply(control).await }).await {
                Ok(Ok(())) => Json(app.services.standing().await).into_response(),
                Ok(Err(error)) => refusal(&error),
                Err(panic) => refusal(&panic),
            }
        }
        Err(error) => refusal(&error),
    }
}

fn refusal(error: &impl ToString) -> Response {
    json(
        StatusCode::BAD_REQUEST,
        &Value::from_iter([("error", error.to_string())]),
    )
}

/// Speaks HTTP on one connection, and hangs up when a call is to be dropped.
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
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    // What fails here is one caller's connection, and the caller sees it.
    let _ = served.await;
}

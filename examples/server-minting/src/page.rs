//! The page and its router.

use any_spawner::Executor;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use leptos::prelude::*;
use leptos_router::{
    components::{Route, Router as PageRouter, Routes},
    hooks::use_query_map,
    path,
};

use crate::mint::{Mint, Minter};

/// The most bytes of a request's body.
const MOST_BYTES: usize = 4096;

/// The headers of every answer. The page is shown in no frame and runs no script: those that Leptos writes are for
/// hydration.
const HEADERS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// Returns the router of the page and of its server function.
pub fn router(minter: Minter) -> Router {
    // An executor that was set before stays.
    let _ = Executor::init_tokio();
    let call = move |request: Request| call(minter.clone(), request);
    Router::new()
        .route("/", get(leptos_axum::render_app_to_stream(Page)))
        .route("/api/{*function}", post(call))
        .layer(map_response(with_headers))
}

/// Calls a server function. Leptos reads a body of any length, so that the limit is kept here.
async fn call(minter: Minter, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let request = Request::from_parts(parts, Body::from(body));
    let context = move || provide_context(minter.clone());
    leptos_axum::handle_server_fns_with_context(context, request)
        .await
        .into_response()
}

async fn with_headers(mut response: Response) -> Response {
    let headers = HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value)));
    response.headers_mut().extend(headers);
    response
}

/// The page: a form for a voucher, and the outcome of the latest one.
#[component]
#[must_use]
pub fn Page() -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>"Mint with a voucher"</title>
            </head>
            <body>
                <PageRouter>
                    <Routes fallback=|| "There is no such page.">
                        <Route path=path!("/") view=Form />
                    </Routes>
                </PageRouter>
            </body>
        </html>
    }
}

#[component]
fn Form() -> impl IntoView {
    let mint = ServerAction::<Mint>::new();
    let error = move || mint.value().get().and_then(Result::err);
    let query = use_query_map();
    let minted = move || query.read().get("minted");
    view! {
        <main>
            <h1>"Mint with a voucher"</h1>
            <ActionForm action=mint>
                <label>"Voucher " <input name="voucher" required maxlength="64" autocomplete="off" /></label>
                <button>"Mint"</button>
            </ActionForm>
            <p role="status">{move || minted().map(|op| format!("Minted in operation {op}"))}</p>
            <p role="alert">{move || error().map(|error| error.to_string())}</p>
        </main>
    }
}

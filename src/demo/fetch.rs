//! Files that are served beside the page.

use leptos::prelude::window;
use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, RequestInit, Response};

/// The timeout for a file, in milliseconds.
const PATIENCE: u32 = 20_000;

/// Fetches the text of a file.
pub(super) async fn text(path: &str) -> Result<String, FetchError> {
    let unreachable = |error: JsValue| FetchError::unreachable(path, &error);
    let request = RequestInit::new();
    request.set_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE)));
    let response = JsFuture::from(window().fetch_with_str_and_init(path, &request)).await;
    let response: Response = response.map_err(unreachable)?.unchecked_into();
    if !response.ok() {
        return Err(FetchError::Status {
            path: path.to_owned(),
            status: response.status(),
        });
    }
    let text = JsFuture::from(response.text().map_err(unreachable)?).await;
    Ok(text.map_err(unreachable)?.as_string().unwrap_or_default())
}

/// An error of fetching a file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum FetchError {
    /// There was no response.
    #[error("{path} cannot be loaded: {reason}; check the connection, and that the server has the file")]
    Unreachable {
        /// The path of the file.
        path: String,
        /// The error of the browser.
        reason: String,
    },
    /// The server responded with an error status.
    #[error("{path} cannot be loaded: HTTP {status}; serve it beside the page")]
    Status {
        /// The path of the file.
        path: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server responded with other content.
    #[error("{path} is missing; serve it beside the page")]
    Missing {
        /// The path of the file.
        path: String,
    },
}

impl FetchError {
    /// The stable code of the error.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "file.unreachable",
            Self::Status { .. } => "file.http_status",
            Self::Missing { .. } => "file.missing",
        }
    }

    fn unreachable(path: &str, error: &JsValue) -> Self {
        let message = error
            .dyn_ref::<js_sys::Error>()
            .map(|error| String::from(error.message()));
        Self::Unreachable {
            path: path.to_owned(),
            reason: message.unwrap_or_else(|| "no reason given".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_its_code_and_its_text() {
        let path = || "a.rs".to_owned();
        for (error, code, text) in [
            (
                FetchError::Unreachable {
                    path: path(),
                    reason: "offline".to_owned(),
                },
                "file.unreachable",
                "a.rs cannot be loaded: offline; check the connection, and that the server has the file",
            ),
            (
                FetchError::Status {
                    path: path(),
                    status: 404,
                },
                "file.http_status",
                "a.rs cannot be loaded: HTTP 404; serve it beside the page",
            ),
            (
                FetchError::Missing { path: path() },
                "file.missing",
                "a.rs is missing; serve it beside the page",
            ),
        ] {
            assert_eq!((error.code(), error.to_string().as_str()), (code, text));
        }
    }
}

use leptos::{prelude::*, task::spawn_local};

use crate::demo::{
    components::{Alert, Copy},
    fetch::{self, FetchError},
};

/// A source file, served beside the page.
#[component]
pub(crate) fn Source(
    /// The path of the file, relative to the page.
    path: String,
) -> impl IntoView {
    let source = RwSignal::new(None);
    let path = StoredValue::new(path);
    let load = move || {
        spawn_local(async move {
            if let Some(path) = path.try_get_value() {
                source.try_set(Some(read(&path).await));
            }
        });
    };
    load();
    let shown = move || {
        let shown = match source.get()? {
            Ok(text) => view! {
                <header>
                    <h2 id="source">"The source of this example"</h2>
                    <Copy text=text.clone() what="source" />
                </header>
                // Focusable, so the arrow keys scroll the code without a pointer.
                <pre tabindex="0" role="region" aria-labelledby="source">
                    <code translate="no">{text}</code>
                </pre>
            }
            .into_any(),
            Err(error) => view! {
                <h2 id="source">"The source of this example"</h2>
                <Alert code=error.code() text=error.to_string()>
                    <button class="small" type="button" on:click=move |_| load()>
                        "Try again"
                    </button>
                </Alert>
            }
            .into_any(),
        };
        Some(shown)
    };
    view! { <section class="source">{shown}</section> }
}

/// Fetches the text of the file.
async fn read(path: &str) -> Result<String, FetchError> {
    let text = fetch::text(path).await?;
    // Many servers respond with the page itself for a missing file.
    if text.starts_with('<') {
        return Err(FetchError::Missing {
            path: path.to_owned(),
        });
    }
    Ok(text)
}

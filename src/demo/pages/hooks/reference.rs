use leptos::{prelude::*, task::spawn_local};
use use_aa::Json;

use super::states::States;
use crate::demo::{
    components::{Alert, Copy},
    fetch::{self, FetchError},
};

/// The reference of a hook, made of its source and documentation when the dapp was built.
#[derive(Clone)]
pub(super) struct Facts {
    /// The source of the example: the class and the text of each part.
    source: Vec<[String; 2]>,
    /// The type that the hook returns.
    pub(super) returns: String,
    /// The name, the type and the documentation of each field.
    pub(super) fields: Vec<[String; 3]>,
    /// The names of the documented errors, those of `ErrorKind`.
    pub(super) errors: Vec<String>,
}

impl Facts {
    /// Fetches the facts of a hook.
    async fn load(hook: &str) -> Result<Self, FetchError> {
        let path = format!("hooks/{hook}.json");
        let text = fetch::text(&path).await?;
        // Many servers respond with the page itself for a missing file.
        Self::read(&text).ok_or(FetchError::Missing { path })
    }

    fn read(text: &str) -> Option<Self> {
        let facts = Json::parse(text).ok()?;
        let list =
            |name| -> Option<Vec<Vec<String>>> { items(facts.get(name)?)?.iter().map(texts).collect() };
        let source = list("source")?.into_iter().map(|part| part.try_into().ok());
        let fields = list("fields")?.into_iter().map(|field| field.try_into().ok());
        Some(Self {
            source: source.collect::<Option<_>>()?,
            returns: facts.get("returns")?.as_str()?.to_owned(),
            fields: fields.collect::<Option<_>>()?,
            errors: texts(facts.get("errors")?)?,
        })
    }
}

fn items(list: &Json) -> Option<&[Json]> {
    match list {
        Json::Array(items) => Some(items),
        _ => None,
    }
}

fn texts(list: &Json) -> Option<Vec<String>> {
    let texts = items(list)?.iter().map(|item| Some(item.as_str()?.to_owned()));
    texts.collect()
}

/// The states and the fields of a hook, and the source of its example.
#[component]
pub(super) fn Reference(
    /// The name of the hook.
    hook: &'static str,
) -> impl IntoView {
    let facts = RwSignal::new(None);
    let load = move || {
        spawn_local(async move {
            facts.try_set(Some(Facts::load(hook).await));
        });
    };
    load();
    move || {
        let shown = match facts.get()? {
            Ok(facts) => view! {
                <States facts=facts.clone() />
                <Source parts=facts.source />
            }
            .into_any(),
            Err(error) => view! {
                <section class="source">
                    <h2>"The source of this example"</h2>
                    <Alert code=error.code() text=error.to_string()>
                        <button class="small" type="button" on:click=move |_| load()>
                            "Try again"
                        </button>
                    </Alert>
                </section>
            }
            .into_any(),
        };
        Some(shown)
    }
}

/// The source of the example, which runs above.
#[component]
fn Source(parts: Vec<[String; 2]>) -> impl IntoView {
    let text: String = parts.iter().map(|[_, text]| text.as_str()).collect();
    let parts = parts.into_iter().map(|[class, text]| match class.as_str() {
        "" => text.into_any(),
        _ => view! { <span class=class>{text}</span> }.into_any(),
    });
    view! {
        <section class="source">
            <header>
                <h2 id="source">"The source of this example"</h2>
                <Copy text what="source" />
            </header>
            // Focusable, so the arrow keys scroll the code without a pointer.
            <pre tabindex="0" role="region" aria-labelledby="source">
                <code translate="no">{parts.collect_view()}</code>
            </pre>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_read_strictly() {
        let text = r#"{"source":[["k","use"],[""," a;"]],"returns":"Query<A>","fields":[["data","A","Doc."]],
            "errors":["Owner"]}"#;

        let facts = Facts::read(text).unwrap();

        assert_eq!(facts.source, [["k", "use"], ["", " a;"]]);
        assert_eq!(facts.returns, "Query<A>");
        assert_eq!(facts.fields, [["data", "A", "Doc."]]);
        assert_eq!(facts.errors, ["Owner"]);
        for wrong in [
            "<!doctype html>",
            "{}",
            "[]",
            &text.replace("\"Doc.\"", "1"),
            &text.replace("\"A\",", ""),
        ] {
            assert!(Facts::read(wrong).is_none(), "{wrong}");
        }
    }
}

//! Parts of the dapp that are downloads of their own, and load when a page needs them.

use std::pin::Pin;

use leptos::{prelude::*, task::spawn_local, wasm_split::SplitLoaderError};

use super::components::Alert;

/// Creates the view of a part that is loaded.
pub(super) type View = fn() -> AnyView;

/// A part that loads.
pub(super) type Loading = Pin<Box<dyn Future<Output = Result<View, SplitLoaderError>>>>;

/// Makes a function async: it loads a part of the dapp, and then runs there.
///
/// The published program is split at these functions: what they alone use is not in the first download. Functions of one part
/// are one download, and what several parts use is a download for each set of them, so parts should be few. Other builds stay
/// whole. The error of the function has to tell of a [`SplitLoaderError`], too.
macro_rules! part {
    ($(#[$doc:meta])* in $part:ident: fn $name:ident($($argument:ident: $type:ty),*) -> $result:ty $body:block) => {
        $(#[$doc])*
        #[cfg(split)]
        #[leptos::wasm_split::wasm_split($part, wasm_split_path = leptos::wasm_split, fallible)]
        fn $name($($argument: $type),*) -> $result $body

        $(#[$doc])*
        #[cfg(not(split))]
        async fn $name($($argument: $type),*) -> $result $body
    };
}
pub(super) use part;

/// The words about a part that was not loaded.
pub(super) const NOT_LOADED: &str = "a part of this page was not loaded: there is no connection, or the page has a newer \
                                     version; try again, or reload the page";

/// A part of a page that loads when the component is created.
#[component]
pub(super) fn Chunk<Load: Fn() -> Loading + Copy + Send + Sync + 'static>(
    /// Loads the part.
    load: Load,
    /// Creates the view that is shown meanwhile.
    meanwhile: View,
) -> impl IntoView {
    let part = RwSignal::new(None);
    let start = move || {
        part.set(None);
        spawn_local(async move {
            let loaded = load().await;
            part.try_set(Some(loaded.ok()));
        });
    };
    start();
    move || match part.get() {
        None => meanwhile(),
        Some(Some(view)) => view(),
        Some(None) => view! { <NotLoaded again=Callback::new(move |()| start()) /> }.into_any(),
    }
}

/// The alert about a part that was not loaded.
#[component]
fn NotLoaded(again: Callback<()>) -> impl IntoView {
    view! {
        <Alert code="file.not_loaded" text=NOT_LOADED.to_owned()>
            <button class="small" type="button" on:click=move |_| again.run(())>
                "Try again"
            </button>
            <button class="small" type="button" on:click=|_| drop(location().reload())>
                "Reload the page"
            </button>
        </Alert>
    }
}

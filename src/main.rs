//! The sample dapp of `use-aa`: flowers that are minted with a session, without wallet prompts.

#![expect(unreachable_pub, reason = "the macro of the components widens what it makes")]
#![allow(
    dead_code,
    unused_imports,
    reason = "the pages of the hooks are for main_with_hooks.rs"
)]

mod demo;

use leptos::prelude::*;

fn main() {
    console_error_panic_hook::set_once();
    mount_to_body(|| view! { <demo::App hooks=|| view! { <HooksElsewhere /> }.into_any() /> });
}

/// Redirects to the pages of the hooks, a separate program that is not part of the download for minting.
#[component]
fn HooksElsewhere() -> impl IntoView {
    let there = format!("hooks.html{}", location().hash().unwrap_or_default());
    let _ = location().replace(&there);
    view! {
        <main class="page alone">
            <a href=there>"Hooks"</a>
        </main>
    }
}

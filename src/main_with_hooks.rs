//! The sample dapp of `use-aa` with a page for each hook.

#![expect(unreachable_pub, reason = "the macro of the components widens what it makes")]

mod demo;

use leptos::prelude::*;

fn main() {
    console_error_panic_hook::set_once();
    mount_to_body(|| view! { <demo::App hooks=|| view! { <demo::Hooks /> }.into_any() /> });
}

//! The sample dapp of `use-aa`: flowers that are minted with a session, without wallet prompts.

#![expect(unreachable_pub, reason = "the macro of the components widens what it makes")]

mod demo;

use leptos::prelude::*;

fn main() {
    // The published program has no words of panics: `trunk/panics.mjs`.
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
    mount_to_body(demo::App);
}

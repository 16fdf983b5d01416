//! The sample dapp of `use-aa`: flowers that are minted through a session, without a prompt.

#![expect(unreachable_pub, reason = "the macro of the components widens what it makes")]

mod demo;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(demo::App);
}

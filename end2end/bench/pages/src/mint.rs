//! A page that mints with a session.

use leptos::prelude::*;
use pages::{Connect, Mint};

fn main() {
    pages::mount(|| {
        view! {
            <Connect />
            <Mint />
        }
    });
}

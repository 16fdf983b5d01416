//! A page that creates a session.

use leptos::prelude::*;
use pages::{Connect, Create};

fn main() {
    pages::mount(|| {
        view! {
            <Connect />
            <Create />
        }
    });
}

//! A page that waits for an operation.

use leptos::prelude::*;
use pages::{Connect, Receipt};
use use_aa::UserOpHash;

fn main() {
    pages::mount_without_sessions(|| {
        let op = RwSignal::new(None::<UserOpHash>);
        view! {
            <Connect />
            <Receipt op />
        }
    });
}

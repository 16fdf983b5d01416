//! A page that waits for an operation.

use leptos::prelude::*;
use pages::{Connect, Receipt};
use use_aa::{BiconomyV2, UserOpHash};

fn main() {
    pages::mount_with(BiconomyV2::WITHOUT_SESSIONS, || {
        let op = RwSignal::new(None::<UserOpHash>);
        view! {
            <Connect />
            <Receipt op />
        }
    });
}

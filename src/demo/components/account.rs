use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use use_aa::use_smart_account;
use wasm_bindgen_futures::JsFuture;

use super::Long;

/// The address of the smart account, once there is one.
#[component]
pub(crate) fn SmartAccount() -> impl IntoView {
    let account = use_smart_account();
    move || {
        account.address.get().map(|address| {
            let address = address.to_string();
            view! {
                <dl class="account">
                    <dt id="account-label">"Smart account address"</dt>
                    <dd aria-labelledby="account-label">
                        <Long text=address.clone() />
                    </dd>
                    <Copy text=address />
                </dl>
            }
        })
    }
}

/// A button that copies a text.
#[component]
fn Copy(text: String) -> impl IntoView {
    const SHOWN: Duration = Duration::from_secs(2);

    let label = RwSignal::new("Copy");
    let copy = move |_| {
        // Browsers have no clipboard for pages that come over plain http from elsewhere.
        let copied = window()
            .is_secure_context()
            .then(|| JsFuture::from(window().navigator().clipboard().write_text(&text)));
        spawn_local(async move {
            let is_copied = match copied {
                Some(copied) => copied.await.is_ok(),
                None => false,
            };
            let said = if is_copied { "Copied" } else { "Not allowed" };
            label.try_set(said);
            set_timeout(
                move || {
                    label.try_set("Copy");
                },
                SHOWN,
            );
        });
    };
    view! {
        <dd>
            <button class="small" type="button" aria-label=move || format!("{} address", label.get()) on:click=copy>
                {label}
            </button>
        </dd>
    }
}

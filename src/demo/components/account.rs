use leptos::prelude::*;
use use_aa::use_smart_account;

use super::{Copy, Long};

/// The address of the smart account, with a placeholder until it is known.
#[component]
pub(crate) fn SmartAccount() -> impl IntoView {
    let account = use_smart_account();
    let address = move || match account.address.get() {
        Some(address) => {
            let address = address.to_string();
            view! {
                <dd aria-labelledby="account-label">
                    <Long text=address.clone() />
                </dd>
                <dd>
                    <Copy text=address what="address" />
                </dd>
            }
            .into_any()
        }
        None => view! { <dd class="skeleton" aria-hidden="true"></dd> }.into_any(),
    };
    view! {
        <dl class="account">
            <dt id="account-label">"Smart account address"</dt>
            {address}
        </dl>
    }
}

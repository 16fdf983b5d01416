use leptos::prelude::*;
use use_aa::use_smart_account;

use super::{Copy, Long};

/// The address of the smart account, once it is known.
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
                    <dd>
                        <Copy text=address what="address" />
                    </dd>
                </dl>
            }
        })
    }
}

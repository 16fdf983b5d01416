use leptos::prelude::*;
use use_aa::use_smart_account;

use crate::demo::{config::use_config, pages::Page};

/// The header: the name, the pages, the chain, and the button to disconnect.
#[component]
pub(crate) fn Header(
    /// The current page.
    page: Signal<Page>,
) -> impl IntoView {
    let account = use_smart_account();
    let link = move |to: Page| {
        view! {
            <li>
                <a
                    href=to.path()
                    aria-current=move || (page.get() == to).then_some("page")
                    on:pointerenter=move |_| to.fetch()
                    on:focus=move |_| to.fetch()
                >
                    {to.name()}
                </a>
            </li>
        }
    };
    view! {
        <header class="bar">
            <a class="brand" href=Page::Mint.path()>
                <img src="favicon.svg" width="32" height="32" alt="" />
                "Night Bloom"
            </a>
            <nav aria-label="Pages">
                <ul>{Page::ALL.map(link)}</ul>
            </nav>
            <p class="chain">{use_config().chain_name.clone()}</p>
            <button
                class="small"
                class:absent=move || account.address.with(Option::is_none)
                type="button"
                on:click=move |_| account.disconnect.run(())
            >
                "Disconnect"
            </button>
        </header>
    }
}

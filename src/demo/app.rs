use std::sync::Arc;

use leptos::{ev, prelude::*, task::spawn_local};
use leptos_use_event_listener::use_event_listener;
use use_aa::{LocalStore, SmartAccountProvider};

use super::{
    components::{Alert, ChosenKind, Conditions, Header, is_online},
    config::Config,
    pages::use_page,
    record::Record,
};

/// The dapp, for the chain that `config.json` names.
#[component]
pub(crate) fn App() -> impl IntoView {
    let config = RwSignal::new(None);
    let load = move || spawn_local(Config::load(config));
    load();
    let _stop = use_event_listener(window(), ev::online, move |_| {
        if config.with_untracked(|config| matches!(config, Some(Err(_)))) {
            load();
        }
    });

    move || {
        let dapp = match config.get()? {
            Ok(config) => view! { <Dapp config /> }.into_any(),
            Err(error) => view! {
                <main class="page alone">
                    <h1>{if is_online() { "This page is not set up yet" } else { "You are offline" }}</h1>
                    <Alert code=error.code() text=error.to_string()>
                        <button class="small" type="button" on:click=move |_| load()>
                            "Try again"
                        </button>
                    </Alert>
                </main>
            }
            .into_any(),
        };
        Some(dapp)
    }
}

#[component]
fn Dapp(config: Config) -> impl IntoView {
    let page = use_page();
    let config = Arc::new(config);
    let chosen = ChosenKind::restore(config.kinds());
    let kind = chosen.signal();
    provide_context(chosen);
    provide_context(config.clone());
    provide_context(Record::restore(config.services.chain_id()));
    let services = Signal::derive(move || config.services_of(kind.get()));
    view! {
        <SmartAccountProvider services account=chosen store=LocalStore::new()>
            <Header page />
            <Conditions />
            {move || page.get().view()}
            <footer class="foot">
                "A sample dapp of use-aa, account abstraction for Leptos. It connects to the services of its chain only. "
                <a href="guide/index.html">"Guide"</a>
            </footer>
        </SmartAccountProvider>
    }
}

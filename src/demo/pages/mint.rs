mod connect_step;
mod mint_session;
mod mint_step;
mod session_step;
mod under_way;

use leptos::{prelude::*, wasm_split::SplitLoaderError};
use use_aa::{Error, ErrorKind, Payment, Query, Sessions, use_session, use_smart_account};

use self::{
    connect_step::ConnectStep, mint_session::use_mint_session, mint_step::MintStep,
    session_step::SessionStep, under_way::UnderWay,
};
use crate::demo::{
    chunk::{Chunk, Loading, View, part},
    components::{ChainNotice, Gallery, Slow, on_other_account, unless_said},
    config::use_config,
    nft::Garden,
};

/// The three steps from a wallet to a flower. What follows the wallet loads in the meantime.
#[component]
pub(crate) fn Mint() -> impl IntoView {
    let gas = match use_config().payment() {
        Payment::Sponsored => "and the gas is on us",
        _ => "and your account pays its own gas",
    };
    view! {
        <main class="mint">
            <section>
                <h1>"Flowers that open without a prompt"</h1>
                <p class="lead">
                    "Allow this page one thing for one hour. Then mint as often as you like: your wallet stays closed, "
                    {gas} "."
                </p>
                <ChainNotice />
                <ConnectStep />
            </section>
            <Chunk load meanwhile />
        </main>
    }
}

/// Creates the frame of the steps that load.
fn meanwhile() -> AnyView {
    view! {
        <section aria-busy="true">
            <div class="step"></div>
        </section>
        <section class="garden" aria-busy="true">
            <img src="bud.svg" width="120" height="120" alt="" />
        </section>
    }
    .into_any()
}

/// Loads the steps that follow the connection, and the flowers.
pub(super) fn load() -> Loading {
    Box::pin(steps())
}

part! {
    in steps: fn steps() -> Result<View, SplitLoaderError> {
        Ok(|| view! { <Steps /> }.into_any())
    }
}

/// The steps that follow the connection, and the flowers.
#[component]
fn Steps() -> impl IntoView {
    let account = use_smart_account();
    let session = use_mint_session();
    let garden = use_garden();
    let garden_error = unless_said(garden.error, account.error);
    let session_error = unless_said(unless_said(unread(session.all), account.error), garden.error);
    let own = use_session().on_error(move |error, _| {
        if matches!(error.kind(), ErrorKind::NoSession | ErrorKind::NotActive(_)) {
            session.all.refetch.run(());
        }
    });
    on_other_account(move || own.reset.run(()));
    let under_way = RwSignal::new(Vec::new());
    let is_opening = Signal::derive(move || {
        own.is_pending.get() || under_way.with(|hashes| !hashes.is_empty()) || garden.is_fetching.get()
    });
    view! {
        <section>
            <Slow is_busy=Signal::derive(move || garden.is_fetching.get() || session.all.is_fetching.get()) />
            <SessionStep session unread=session_error />
        </section>
        <section class="garden" aria-label="Mint and garden">
            <MintStep session own under_way included=garden.refetch />
            <UnderWay shown=under_way ended=garden.refetch />
            <Gallery garden error=garden_error is_opening />
        </section>
    }
}

/// Returns the error of reading the sessions. After a successful read, service errors are left to later requests.
fn unread(sessions: Query<Sessions>) -> Signal<Option<Error>> {
    Signal::derive(move || {
        let were_read = sessions.data.with(Option::is_some);
        let error = sessions.error.get();
        error.filter(|error| !were_read || error.service().is_none())
    })
}

/// Queries the account's flowers.
fn use_garden() -> Query<Garden> {
    let account = use_smart_account();
    let config = use_config();
    let known = StoredValue::new(Garden::default());
    Query::new(
        move || account.address.get(),
        move |owner| {
            let config = config.clone();
            async move {
                let before = known.try_get_value().ok_or(ErrorKind::Disposed)?;
                let garden = Garden::read(&config.services, config.nft, owner, before).await?;
                known.try_set_value(garden.clone());
                Ok(garden)
            }
        },
    )
}

use std::time::Duration;

use leptos::prelude::*;
use use_aa::{Error, Query, Session, use_smart_account};

use crate::demo::{config::use_config, terms::mint};

/// The session that lasts longest of those that may mint.
#[derive(Clone, Copy)]
pub(super) struct MintSession {
    /// All sessions of the account that can be used here.
    pub(super) all: Query<Vec<Session>>,
    /// The last second of the one that lasts longest, if there is one.
    pub(super) valid_until: Memo<Option<u64>>,
    /// The time, in seconds since 1970.
    pub(super) now: Signal<u64>,
    /// Whether it can be used now.
    pub(super) is_active: Memo<bool>,
}

/// Asks the chain which sessions the account has.
pub(super) fn use_mint_session() -> MintSession {
    let account = use_smart_account();
    let nft = use_config().nft;
    let all = Query::new(
        move || account.address.get(),
        move |_| {
            let client = account.client.get_untracked();
            async move { Ok(client.ok_or(Error::NotConnected)?.sessions().await?.active()) }
        },
    );
    let valid_until = Memo::new(move |_| {
        let call = mint(nft, account.address.get()?);
        all.data.with(|sessions| {
            let leaves = sessions.iter().flatten().flat_map(|session| &session.leaves);
            let may_mint = leaves.filter(|leaf| leaf.permission().is_some_and(|it| it.allows(&call).is_ok()));
            let ends = may_mint.map(|leaf| match leaf.interval().valid_until {
                0 => u64::MAX,
                second => second,
            });
            ends.max()
        })
    });
    let now = use_clock();
    let is_active = Memo::new(move |_| valid_until.get().is_some_and(|end| now.get() <= end));
    MintSession {
        all,
        valid_until,
        now,
        is_active,
    }
}

/// The time, in seconds since 1970.
fn use_clock() -> Signal<u64> {
    const TICK: Duration = Duration::from_secs(5);

    let now = RwSignal::new(seconds());
    if let Ok(clock) = set_interval_with_handle(move || now.set(seconds()), TICK) {
        on_cleanup(move || clock.clear());
    }
    now.into()
}

fn seconds() -> u64 {
    (js_sys::Date::now() / 1000.0) as u64
}

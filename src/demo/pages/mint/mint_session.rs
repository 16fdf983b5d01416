use std::time::Duration;

use leptos::prelude::*;
use use_aa::{Query, SessionId, SessionRecord, SessionStatus, Sessions, use_sessions, use_smart_account};

use crate::demo::{components::seconds, config::use_config, terms::mint};

/// The session to mint with: the usable one that expires last, otherwise the latest pending one, otherwise the latest
/// that has ended.
#[derive(Clone, Copy)]
pub(super) struct MintSession {
    /// All sessions of the account.
    pub(super) all: Query<Sessions>,
    /// The status of the session, if there is one.
    pub(super) status: Memo<Option<SessionStatus>>,
    /// The session, if the chain or the store has one.
    pub(super) id: Memo<Option<SessionId>>,
    /// The expiry of the session in Unix seconds, if there is one.
    pub(super) valid_until: Memo<Option<u64>>,
    /// The current Unix time in seconds.
    pub(super) now: Signal<u64>,
    /// True when the session can be used now.
    pub(super) is_active: Memo<bool>,
    /// The expiry of a session that the wallet has just signed, in Unix seconds, until the sessions are read again.
    pub(super) signed: RwSignal<Option<u64>>,
}

/// Selects the session to mint with from the account's sessions.
pub(super) fn use_mint_session() -> MintSession {
    let account = use_smart_account();
    let nft = use_config().nft;
    let all = use_sessions();
    let best = Memo::new(move |_| {
        let call = mint(nft, account.address.get()?);
        // The expiry of the permission that allows the mint.
        let end = |record: &SessionRecord| {
            let permissions = record.session.permissions.iter();
            let may_mint = permissions.filter(|permission| permission.allows(&call).is_ok());
            let ends = may_mint.map(|permission| match permission.interval().valid_until {
                0 => u64::MAX,
                second => second,
            });
            ends.max()
        };
        all.data.with(|sessions| {
            let records = sessions.iter().flat_map(|sessions| &sessions.all);
            let known = records.enumerate().filter_map(|(place, record)| {
                let (rank, end) = (rank(record)?, end(record)?);
                let last = if rank == Rank::Usable { end } else { place as u64 };
                Some(((rank, last), (record.status, end, record.id())))
            });
            known.max_by_key(|(order, ..)| *order).map(|(_, best)| best)
        })
    });
    let id = Memo::new(move |_| Some(best.get()?.2));
    let now = use_clock();
    let signed = RwSignal::new(None);
    Effect::new(move |before: Option<Option<Sessions>>| {
        let now = all.data.get();
        if before.is_some_and(|before| before != now) {
            signed.set(None);
        }
        now
    });
    let best = Memo::new(move |_| match signed.get() {
        Some(end) => Some((SessionStatus::Granted, end)),
        None => best.get().map(|(status, end, _)| (status, end)),
    });
    let valid_until = Memo::new(move |_| best.get().map(|(_, end)| end));
    let status = Memo::new(move |_| {
        let (status, end) = best.get()?;
        // The chain is polled rarely, so the clock decides about the expiry between polls.
        Some(match status {
            status if !status.is_active() => status,
            _ if now.get() > end => SessionStatus::Expired,
            _ if now.get().saturating_add(SessionStatus::SOON) >= end => SessionStatus::ExpiringSoon,
            status => status,
        })
    });
    MintSession {
        all,
        status,
        id,
        valid_until,
        now,
        is_active: Memo::new(move |_| status.get().is_some_and(SessionStatus::is_active)),
        signed,
    }
}

/// The preference among sessions, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Ended,
    UnderWay,
    Usable,
}

/// Returns the rank of a session, or `None` if it was never granted or its key is not in this store.
fn rank(record: &SessionRecord) -> Option<Rank> {
    match record.status {
        status if status.is_active() => record.has_key.then_some(Rank::Usable),
        status if status.is_under_way() => Some(Rank::UnderWay),
        SessionStatus::Expired | SessionStatus::Revoked | SessionStatus::Superseded => Some(Rank::Ended),
        _ => None,
    }
}

/// Returns the current Unix time in seconds, updated every 5 seconds.
fn use_clock() -> Signal<u64> {
    const TICK: Duration = Duration::from_secs(5);

    let now = RwSignal::new(seconds());
    if let Ok(clock) = set_interval_with_handle(move || now.set(seconds()), TICK) {
        on_cleanup(move || clock.clear());
    }
    now.into()
}

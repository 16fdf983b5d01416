use leptos::prelude::*;
use use_aa::{ErrorKind, Mutation, Query, Sessions, use_smart_account};

use crate::demo::components::{Action, Failure, Notice};

/// Notices about sessions that cannot be listed.
#[component]
pub(super) fn Notices(
    /// The sessions of the account.
    sessions: Query<Sessions>,
) -> impl IntoView {
    let count = move |count: fn(&Sessions) -> u64| {
        let known = sessions.data;
        Memo::new(move |_| known.with(|sessions| sessions.as_ref().map_or(0, count)))
    };
    let elsewhere = count(|sessions| sessions.untracked);
    let damaged = count(|sessions| sessions.damaged as u64);
    let account = use_smart_account();
    let discard = Mutation::new(move |()| {
        let client = account.client.get_untracked();
        async move { client.ok_or(ErrorKind::NotConnected)?.discard_damaged().await }
    })
    .on_success(move |(), ()| sessions.refetch.run(()));
    let of_others = move || {
        let count = elsewhere.get();
        (count > 0).then(|| {
            let many = counted(count, "session");
            let text = format!(
                "The chain holds {many} of another device, or from before this site's data was removed. What they may \
                 do is not known here. If that was not you, end all sessions."
            );
            view! { <Notice code="notice.untracked_sessions" text /> }
        })
    };
    let set_aside = move || {
        let count = damaged.get();
        (count > 0).then(|| {
            let what = match count {
                1 => "1 entry of this browser's record is damaged and was set aside".to_owned(),
                more => format!("{more} entries of this browser's record are damaged and were set aside"),
            };
            let forget = Callback::new(move |()| discard.mutate.run(()));
            let text = format!("{what}. The sessions below are not touched by that.");
            view! {
                <Notice code="notice.damaged_entries" text />
                <div class="actions">
                    <Action label="Forget them" act=forget is_busy=discard.is_pending is_main=false />
                </div>
            }
        })
    };
    let again = Callback::new(move |()| discard.mutate.run(()));
    view! {
        {of_others}
        {set_aside}
        <Failure error=discard.error retry=again dismiss=discard.reset />
    }
}

/// Formats a count with its noun in singular or plural.
fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        more => format!("up to {more} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_told_from_several() {
        assert_eq!(counted(1, "session"), "1 session");
        assert_eq!(counted(2, "session"), "up to 2 sessions");
    }
}

use leptos::prelude::*;
use use_aa::Sessions;

/// What people should know of sessions that cannot be shown.
#[component]
pub(super) fn Notices(
    /// What is known.
    sessions: Signal<Option<Sessions>>,
) -> impl IntoView {
    let count = move |count: fn(&Sessions) -> u64| {
        Memo::new(move |_| sessions.with(|sessions| sessions.as_ref().map_or(0, count)))
    };
    let elsewhere = count(|sessions| sessions.elsewhere);
    let damaged = count(|sessions| sessions.damaged as u64);
    let notice = |text| view! { <p class="notice" role="note">{text}</p> };
    let counted = |count: u64, what: &str| match count {
        1 => format!("1 {what}"),
        more => format!("up to {more} {what}s"),
    };
    let of_others = move || {
        let count = elsewhere.get();
        (count > 0).then(|| {
            let many = counted(count, "session");
            notice(format!(
                "The chain holds {many} of another device, or from before this site's data was removed. What they may \
                 do is not known here. If that was not you, end all sessions."
            ))
        })
    };
    let set_aside = move || {
        let count = damaged.get();
        (count > 0).then(|| {
            let what = match count {
                1 => "1 entry of this browser's record is damaged and was set aside".to_owned(),
                more => format!("{more} entries of this browser's record are damaged and were set aside"),
            };
            notice(format!("{what}. The sessions below are not touched by that."))
        })
    };
    view! { {of_others} {set_aside} }
}

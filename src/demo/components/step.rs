use leptos::prelude::*;

/// Where the user stands with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It comes after another one.
    Later,
    /// It is what one does next.
    Now,
    /// It is done.
    Done,
}

/// One of the steps from a wallet to a flower.
#[component]
pub(crate) fn Step(
    /// Its place, from 1.
    number: u8,
    /// What is done.
    title: &'static str,
    /// Where the user stands.
    progress: Signal<Progress>,
    /// What stands beside the title.
    #[prop(optional, into)]
    badge: ViewFn,
    /// The rest.
    children: Children,
) -> impl IntoView {
    let class = move || match progress.get() {
        Progress::Later => "step later",
        Progress::Now => "step now",
        Progress::Done => "step done",
    };
    let mark = move || match progress.get() {
        Progress::Done => "✓".to_owned(),
        _ => number.to_string(),
    };
    view! {
        <section class=class>
            <span class="number" aria-hidden="true">
                {mark}
            </span>
            <div>
                <h2>{title} {badge.run()}</h2>
                {children()}
            </div>
        </section>
    }
}

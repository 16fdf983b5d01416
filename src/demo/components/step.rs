use leptos::prelude::*;

/// The progress of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// A step before this one is not done.
    Later,
    /// The current step.
    Now,
    /// The step is done.
    Done,
}

/// A step on the way from a wallet to a flower.
#[component]
pub(crate) fn Step(
    /// The position of the step, from 1.
    number: u8,
    /// The title.
    title: &'static str,
    /// The progress of the step.
    progress: Signal<Progress>,
    /// The badge beside the title.
    #[prop(optional, into)]
    badge: ViewFn,
    /// The content.
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
            <span class="number" aria-hidden="true" translate="no" prop:textContent=mark></span>
            <div>
                <h2>{title} {badge.run()}</h2>
                {children()}
            </div>
        </section>
    }
}

use leptos::prelude::*;
use use_aa::{Error, ErrorKind, OwnerError, StoreError, UserOpHash};

use super::Alert;

/// An error with its next step, while there is one.
#[component]
pub(crate) fn Failure(
    /// The error.
    error: Signal<Option<Error>>,
    /// Repeats the action.
    retry: Callback<()>,
    /// Replaces an operation that may have been sent, with the same nonce: `retry` could execute the calls twice.
    #[prop(optional)]
    resend: Option<Callback<UserOpHash>>,
    /// Repeats the action with `replace_unknown(true)`: sessions that are not in this store are revoked.
    #[prop(optional_no_strip, into)]
    replace: Option<Callback<()>>,
    /// Clears the error.
    #[prop(optional)]
    dismiss: Option<Callback<()>>,
    /// True while the next step is not available.
    #[prop(optional)]
    is_busy: Signal<bool>,
) -> impl IntoView {
    let button = |label: &'static str, act: Callback<()>, is_busy: Signal<bool>| {
        view! {
            <button
                class="small"
                type="button"
                disabled=is_busy
                on:click=move |_| act.run(())
                prop:textContent=label
            ></button>
        }
    };
    let next_step = move |label, act| button(label, act, is_busy);
    move || {
        error.get().map(|error| {
            let next = match (error.kind(), error.may_be_sent()) {
                // Repeats only the wait.
                (ErrorKind::TimedOut { .. }, _) => Some(next_step("Try again", retry)),
                (_, Some(op)) => resend.map(|resend| {
                    let again = Callback::new(move |()| resend.run(op));
                    next_step("Try again", again)
                }),
                (ErrorKind::UntrackedSessions { .. } | ErrorKind::Store(StoreError::Damaged(_)), None) => {
                    replace.map(|act| next_step("Replace them", act))
                }
                (_, None) if may_pass(&error) => Some(next_step("Try again", retry)),
                _ => None,
            };
            view! {
                <Alert code=error.code() text=error.to_string()>
                    {next} {dismiss.map(|dismiss| button("Dismiss", dismiss, Signal::default()))}
                </Alert>
            }
        })
    }
}

/// Filters out an error of a service that another error already reports.
pub(crate) fn unless_said(
    error: Signal<Option<Error>>,
    said: Signal<Option<Error>>,
) -> Signal<Option<Error>> {
    let service = |error: &Option<Error>| Some(error.as_ref()?.service()?.service());
    Signal::derive(move || {
        let error = error.get();
        let is_said = service(&error).is_some() && service(&error) == said.with(service);
        error.filter(|_| !is_said)
    })
}

/// Returns true if the same action may succeed later: by itself, or after the user has fixed a service, the browser's
/// storage or the wallet.
fn may_pass(error: &Error) -> bool {
    error.is_retryable()
        || match error.kind() {
            ErrorKind::Service(_)
            | ErrorKind::Store(_)
            | ErrorKind::Dropped { .. }
            | ErrorKind::WrongClock { .. } => true,
            ErrorKind::Owner(error) => !matches!(error, OwnerError::WrongSigner { .. }),
            _ => false,
        }
}

use leptos::prelude::*;
use use_aa::{Error, OwnerError, StoreError, UserOpHash};

use super::Alert;

/// An error, as long as there is one, with the next step.
#[component]
pub(crate) fn Failure(
    /// The error.
    error: Signal<Option<Error>>,
    /// Does it again.
    retry: Callback<()>,
    /// Sends an operation once more that may be on its way, in the same nonce: `retry` would have it happen twice.
    #[prop(optional)]
    resend: Option<Callback<UserOpHash>>,
    /// Does it even if sessions that are not known here end.
    #[prop(optional_no_strip, into)]
    replace: Option<Callback<()>>,
    /// Takes the error away.
    #[prop(optional)]
    dismiss: Option<Callback<()>>,
    /// Whether the next step has to wait.
    #[prop(optional)]
    is_busy: Signal<bool>,
) -> impl IntoView {
    let button = |label: &'static str, act: Callback<()>, is_busy: Signal<bool>| {
        view! {
            <button class="small" type="button" disabled=is_busy on:click=move |_| act.run(())>
                {label}
            </button>
        }
    };
    let next_step = move |label, act| button(label, act, is_busy);
    move || {
        error.get().map(|error| {
            let next = match &error {
                // It is waiting that is done again.
                Error::TimedOut { .. } => Some(next_step("Try again", retry)),
                error if let Some(op) = error.may_be_sent() => resend.map(|resend| {
                    let again = Callback::new(move |()| resend.run(op));
                    next_step("Try again", again)
                }),
                Error::SessionsElsewhere { .. } | Error::Store(StoreError::Damaged(_)) => {
                    replace.map(|act| next_step("Replace them", act))
                }
                error if may_pass(error) => Some(next_step("Try again", retry)),
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

/// An error, unless another one already says that the same service fails.
pub(crate) fn unless_said(
    error: Signal<Option<Error>>,
    said: Signal<Option<Error>>,
) -> Signal<Option<Error>> {
    let service = |error: &Option<Error>| match error {
        Some(Error::Service(error)) => Some(error.service),
        _ => None,
    };
    Signal::derive(move || {
        let error = error.get();
        let is_said = service(&error).is_some() && service(&error) == said.with(service);
        error.filter(|_| !is_said)
    })
}

/// Whether the same may succeed another time: by itself, or once its reader has mended a service, the browser's storage
/// or the wallet.
fn may_pass(error: &Error) -> bool {
    error.is_retryable()
        || match error {
            Error::Service(_) | Error::Store(_) | Error::Dropped { .. } | Error::WrongClock { .. } => true,
            Error::Owner(error) => !matches!(error, OwnerError::WrongSigner { .. }),
            _ => false,
        }
}

use leptos::prelude::*;
use use_aa::{Mutation, Sent, UserOpHash};

use super::Operations;

/// The state of a mutation: pending, included in a transaction, or failed with the next step.
#[component]
pub(crate) fn Outcome<Request, Answer>(
    /// The mutation.
    of: Mutation<Request, Answer>,
    /// The text while the operation is being prepared.
    #[prop(default = "Preparing, signing and sending")]
    preparing: &'static str,
    /// The operations that were sent and are not included yet.
    #[prop(optional)]
    under_way: RwSignal<Vec<UserOpHash>>,
    /// Called when an operation is included.
    #[prop(optional)]
    included: Option<Callback<()>>,
    /// Repeats the action with `replace_unknown(true)`: sessions that are not in this store are revoked.
    #[prop(optional)]
    replace: Option<Callback<()>>,
) -> impl IntoView
where
    Request: Clone + Send + Sync + 'static,
    Answer: Sent,
{
    let retry = Callback::new(move |()| {
        if let Some(request) = of.variables.get_untracked() {
            of.mutate.run(request);
        }
    });
    view! {
        <Operations
            latest=of.user_op()
            is_pending=of.is_pending
            preparing
            is_asking=of.is_awaiting_signature()
            cancel=of.cancel
            error=of.error
            retry
            replace
            dismiss=of.reset
            under_way
            included
        />
    }
}

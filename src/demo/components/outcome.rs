use leptos::prelude::*;
use use_aa::{Mutation, UserOpHash, UserOpResponse};

use super::Operations;

/// What has become of a mutation: that it is under way, the transaction that carried it, or why not and what to do.
#[component]
pub(crate) fn Outcome<Request>(
    /// The mutation.
    of: Mutation<Request, UserOpResponse>,
    /// What to say while it is being prepared.
    #[prop(default = "Preparing, signing and sending")]
    preparing: &'static str,
    /// Those that were sent and are not on the chain yet.
    #[prop(optional)]
    under_way: RwSignal<Vec<UserOpHash>>,
    /// Told when an operation is on the chain.
    #[prop(optional)]
    included: Option<Callback<()>>,
    /// Does it even if sessions that are not known here end.
    #[prop(optional)]
    replace: Option<Callback<()>>,
) -> impl IntoView
where
    Request: Clone + Send + Sync + 'static,
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
            error=of.error
            retry
            replace
            dismiss=of.reset
            under_way
            included
        />
    }
}

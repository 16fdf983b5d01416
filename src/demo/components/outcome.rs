use leptos::prelude::*;
use use_aa::{Error, Mutation, UserOpHash, UserOpResponse};

use super::{Failure, Operations};

/// What has become of a mutation: that it is under way, the transaction that carried it, or why not and what to do.
#[component]
pub(crate) fn Outcome<Request>(
    /// The mutation.
    of: Mutation<Request, UserOpResponse>,
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
    let Mutation {
        error,
        is_pending,
        data: latest,
        reset,
        ..
    } = of;
    view! { <Said error is_pending latest reset retry under_way included replace /> }
}

/// The same for every kind of request, which keeps it to one copy of its code.
#[component]
fn Said(
    error: Signal<Option<Error>>,
    is_pending: Signal<bool>,
    latest: Signal<Option<UserOpResponse>>,
    reset: Callback<()>,
    retry: Callback<()>,
    under_way: RwSignal<Vec<UserOpHash>>,
    included: Option<Callback<()>>,
    replace: Option<Callback<()>>,
) -> impl IntoView {
    view! {
        <Failure error retry replace dismiss=reset />
        <Operations is_pending latest preparing="Preparing, signing and sending" under_way included />
    }
}

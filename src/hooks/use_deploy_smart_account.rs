use super::{Mutation, use_smart_account};
use crate::{Deploy, UserOpResponse};

/// Deploys the account, and does nothing else. This is optional: the first operation also deploys the account.
///
/// On the server the signals are idle and `None`.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{Deploy, Payment, Request, use_deploy_smart_account};
///
/// #[component]
/// fn DeployButton() -> impl IntoView {
///     let deploy = use_deploy_smart_account();
///     let go = move |_| deploy.mutate.run(Deploy::default().pay(Payment::Sponsored));
///     view! { <button on:click=go disabled=deploy.is_pending>"Deploy"</button> }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_deploy_smart_account() -> Mutation<Deploy, UserOpResponse> {
    let connection = use_smart_account().connection;
    Mutation::sending(connection, |client, request| async move {
        client?.deploy(request).await
    })
}

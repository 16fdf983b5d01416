use super::{Mutation, use_smart_account};
use crate::{Migrate, UserOpResponse};

/// Turns the account into one of another kind at the same address, in one operation of its owner.
///
/// Once the operation is included, the account of before refuses every operation. Mount a provider whose kind is that of the
/// new account, for example [`Nexus::migrated_from`](crate::Nexus::migrated_from), and connect again. Name what the user loses
/// first: [`left_behind`](crate::SmartAccountClient::left_behind).
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
/// use use_aa::{Migrate, Nexus, Payment, Request, use_migrate};
///
/// #[component]
/// fn Modernize() -> impl IntoView {
///     let migrate = use_migrate();
///     let go = move |_| migrate.mutate.run(Migrate::with(Nexus::migration).pay(Payment::Sponsored));
///     view! {
///         <button on:click=go disabled=migrate.is_pending>"Move to Nexus"</button>
///         {move || migrate.error.get().map(|error| error.to_string())}
///     }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_migrate() -> Mutation<Migrate, UserOpResponse> {
    let connection = use_smart_account().connection;
    Mutation::sending(connection, |client, request| async move {
        client?.migrate(request).await
    })
}

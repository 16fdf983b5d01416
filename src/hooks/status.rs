/// How far a [`Mutation`](super::Mutation) or a [`Query`](super::Query) has come.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{Status, use_create_session};
///
/// #[component]
/// fn Progress() -> impl IntoView {
///     let create = use_create_session();
///     move || match create.status.get() {
///         Status::Idle => "",
///         Status::Pending => "Answer your wallet",
///         Status::Success => "The session is on its way",
///         Status::Error => "It was not created",
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status {
    /// Nothing was asked yet.
    #[default]
    Idle,
    /// It was asked, and there is no answer yet.
    Pending,
    /// The last answer is in `data`.
    Success,
    /// The last attempt failed, `error` tells why.
    Error,
}

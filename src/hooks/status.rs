/// The status of a [`Mutation`](super::Mutation) or a [`Query`](super::Query).
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
    /// There was no call or fetch yet.
    #[default]
    Idle,
    /// A call or fetch is running, and there is no result yet.
    Pending,
    /// The last call or fetch succeeded; the result is in `data`.
    Success,
    /// The last call or fetch failed; the reason is in `error`.
    Error,
}

use leptos::prelude::*;
use use_aa::{Error, use_smart_account};

use super::{Failure, unless_said};

/// The error of the services, while they are not available.
#[component]
pub(crate) fn ServicesFailure(
    /// An error that another part of the page shows.
    #[prop(optional)]
    said: Signal<Option<Error>>,
) -> impl IntoView {
    let account = use_smart_account();
    // The wallet's own errors are shown beside its button.
    let of_services = Signal::derive(move || {
        account
            .error
            .get()
            .filter(|_| account.connect.error.with(Option::is_none))
    });
    let reload = Callback::new(|()| drop(location().reload()));
    view! { <Failure error=unless_said(of_services, said) retry=reload /> }
}

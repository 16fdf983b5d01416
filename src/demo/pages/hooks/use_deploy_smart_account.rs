use alloy::primitives::Address;
use leptos::prelude::*;
use use_aa::{Deploy, ErrorKind, Payment, Query, Request, use_deploy_smart_account, use_smart_account};

use crate::demo::components::{Action, Failure, Outcome};

/// Shows whether the account is deployed, and deploys it.
#[component]
pub(crate) fn Deployment(account: Address, payment: Payment) -> impl IntoView {
    let client = use_smart_account().client;
    let is_deployed = Query::new(
        move || Some(account),
        move |_| {
            let client = client.get_untracked();
            async move { client.ok_or(ErrorKind::NotConnected)?.is_deployed().await }
        },
    );
    let deploy = use_deploy_smart_account();
    let deploy_now = Callback::new(move |()| deploy.mutate.run(Deploy::default().pay(payment)));
    let state = move || match is_deployed.data.get() {
        Some(true) => "The account is deployed.",
        Some(false) => "The account is not deployed yet. It has its address all the same, and can receive.",
        None => "Asking the chain.",
    };

    view! {
        <p role="status">{state}</p>
        <Failure error=is_deployed.error retry=is_deployed.refetch />
        <div class="actions">
            <Action
                label="Deploy"
                act=deploy_now
                is_busy=deploy.is_pending
                is_possible=Signal::derive(move || is_deployed.data.get() != Some(true))
            />
        </div>
        <Outcome of=deploy included=is_deployed.refetch />
    }
}

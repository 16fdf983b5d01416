use std::{future::pending, time::Duration};

use alloy::primitives::{Address, B256, U256};
use leptos::prelude::*;
use use_aa::{
    Asset, Error, ErrorKind, Explanation, Mutation, OwnerError, SignerError, StoreError, UserOpHash,
    Violation,
    permission::PolicyError,
    rpc::{Failure as Reason, Refusal, Service, ServiceError},
};

use super::reference::Facts;
use crate::demo::components::{Action, Failure};

/// A state of a hook, as a page may find it.
#[derive(Clone, Debug)]
enum State {
    Idle,
    Pending,
    Success,
    Failed(Error),
}

impl State {
    fn name(&self) -> &'static str {
        match self {
            Self::Idle => "Idle",
            Self::Pending => "Pending",
            Self::Success => "Success",
            Self::Failed(error) => error.code(),
        }
    }
}

/// The states of a hook, one at a time, without a fault and without a request: the parts of a page that show the state, and
/// the fields that the hook returns with their values.
#[component]
pub(super) fn States(
    /// The facts of the hook.
    facts: Facts,
) -> impl IntoView {
    let failed = facts
        .errors
        .iter()
        .filter_map(|name| error(name))
        .map(State::Failed);
    let states = [State::Idle, State::Pending, State::Success]
        .into_iter()
        .chain(failed);
    let states = StoredValue::new(states.collect::<Vec<_>>());
    let shown = RwSignal::new(0);
    let hook = Mutation::new(|state: State| async move {
        match state {
            State::Success => Ok(()),
            State::Failed(error) => Err(error),
            State::Idle | State::Pending => pending().await,
        }
    });
    let show = Callback::new(move |state: usize| {
        shown.set(state);
        match states.with_value(|states| states.get(state).cloned()) {
            None | Some(State::Idle) => hook.reset.run(()),
            Some(state) => hook.mutate.run(state),
        }
    });
    let run = Callback::new(move |()| show.run(1));
    let dismiss = Callback::new(move |()| show.run(0));
    let options = states.with_value(|states| states.iter().map(State::name).collect::<Vec<_>>());
    let options = options.into_iter().enumerate().map(|(number, name)| {
        view! { <option value=number.to_string()>{name}</option> }
    });
    let told = move || match (hook.is_pending.get(), hook.is_success.get()) {
        (true, _) => "Under way",
        (_, true) => "Done",
        _ => "",
    };
    let row = move |[name, of, doc]: [String; 3]| {
        let value = value(&name, &of, hook);
        view! {
            <tr>
                <th scope="row">
                    <code translate="no">{name}</code>
                </th>
                <td>
                    <code translate="no">{of}</code>
                </td>
                <td>
                    <code translate="no">{move || value.get()}</code>
                </td>
                <td>{doc}</td>
            </tr>
        }
    };
    view! {
        <section class="states" aria-labelledby="states">
            <header>
                <h2 id="states">"Its states"</h2>
                <label>
                    "Show " <select
                        translate="no"
                        prop:value=move || shown.get().to_string()
                        on:change=move |event| show.run(event_target_value(&event).parse().unwrap_or_default())
                    >
                        {options.collect_view()}
                    </select>
                </label>
            </header>
            <div class="preview" role="group" aria-label="Preview">
                <Action label="Run" act=run is_busy=hook.is_pending is_main=false />
                <p aria-live="polite" class:turning=hook.is_pending prop:textContent=told></p>
                <Failure error=hook.error retry=run dismiss />
            </div>
            <p>"It returns " <code translate="no">{facts.returns}</code> ":"</p>
            // Focusable, so the arrow keys scroll the table without a pointer.
            <div class="wide" tabindex="0" role="region" aria-label="Fields">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Field"</th>
                            <th scope="col">"Type"</th>
                            <th scope="col">"Now"</th>
                            <th scope="col">"Meaning"</th>
                        </tr>
                    </thead>
                    <tbody>{facts.fields.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

/// Returns the value of a field in the state that is shown. What runs an action has no value.
fn value(name: &str, of: &str, hook: Mutation<State, ()>) -> Signal<&'static str> {
    let some = |is_some: bool| if is_some { "Some(…)" } else { "None" };
    let flag = |is_true: bool| if is_true { "true" } else { "false" };
    match name {
        "is_idle" => Signal::derive(move || flag(hook.is_idle.get())),
        "is_pending" | "is_loading" | "is_fetching" => Signal::derive(move || flag(hook.is_pending.get())),
        "is_success" => Signal::derive(move || flag(hook.is_success.get())),
        "is_error" => Signal::derive(move || flag(hook.is_error.get())),
        "error" => Signal::derive(move || some(hook.error.with(Option::is_some))),
        "variables" => Signal::derive(move || some(!hook.is_idle.get())),
        "status" => Signal::derive(move || match () {
            () if hook.is_pending.get() => "Pending",
            () if hook.is_success.get() => "Success",
            () if hook.is_error.get() => "Error",
            () => "Idle",
        }),
        _ if of.contains("Option<") => Signal::derive(move || some(hook.is_success.get())),
        _ if of.contains("Vec<") => Signal::derive(move || if hook.is_success.get() { "[…]" } else { "[]" }),
        _ => Signal::stored("–"),
    }
}

/// Returns an example of an error. The name is that of the kind in the documentation, or `Refused` for the refusal of an
/// operation.
fn error(name: &str) -> Option<Error> {
    let contract = Address::repeat_byte(0xc0);
    let session = Address::repeat_byte(0x5e);
    let op = UserOpHash(B256::repeat_byte(0x0b));
    let (nonce, cost, held) = (U256::from(7), U256::from(2_000_000_000_000_000_u64), U256::ZERO);
    let refusal = |code, message| {
        let refused = Reason::Refused(Box::new(Refusal::new(code, message, None)));
        ServiceError::new(Service::Bundler, "eth_sendUserOperation", refused)
    };
    let forbidden = || {
        Box::new(Violation::Contract {
            allowed: contract,
            called: Address::repeat_byte(0xca),
        })
    };
    let kind = match name {
        "AlreadyDeployed" => ErrorKind::AlreadyDeployed,
        "CallsNotKept" => ErrorKind::CallsNotKept(op),
        "Deploying" => ErrorKind::Deploying { hash: op },
        "Dropped" => ErrorKind::Dropped { hash: op, nonce },
        "Forbidden" => ErrorKind::Forbidden(forbidden()),
        "ForbiddenByChain" => ErrorKind::ForbiddenByChain {
            violation: forbidden(),
            source: refusal(-32500, "AA23 reverted"),
        },
        "LeavesBehind" => ErrorKind::LeavesBehind {
            sessions: 2,
            deposit: cost,
        },
        "NoCalls" => ErrorKind::NoCalls,
        "NoOwner" => ErrorKind::NoOwner,
        "NoPaymaster" => ErrorKind::NoPaymaster,
        "NoSession" => ErrorKind::NoSession,
        "NonceTaken" => ErrorKind::NonceTaken {
            nonce,
            source: refusal(-32500, "AA25 invalid account nonce"),
        },
        "NotActive" => ErrorKind::NotActive(session),
        "NotCancellable" => ErrorKind::NotCancellable(op),
        "NotConnected" => ErrorKind::NotConnected,
        "NotEnough" => ErrorKind::NotEnough {
            asset: Asset::Native,
            wanted: cost,
            held,
        },
        "NotPending" => ErrorKind::NotPending(op),
        "NothingToRevoke" => ErrorKind::NothingToRevoke,
        "NothingToWithdraw" => ErrorKind::NothingToWithdraw,
        "Owner" => OwnerError::Rejected.into(),
        "PaymentNotGiven" => ErrorKind::PaymentNotGiven(contract),
        "Policy" => PolicyError::Endless(0).into(),
        "Refused" => refusal(-32500, "AA21 didn't pay prefund").into(),
        "RefusedByContract" => ErrorKind::RefusedByContract {
            explanation: Explanation::new(
                "InvalidSession(bytes32)",
                "the session is not enabled",
                "create a session",
            ),
            source: refusal(-32500, "AA23 reverted"),
        },
        "Replaced" => ErrorKind::Replaced {
            hash: op,
            nonce,
            by: None,
        },
        "Service" => {
            let late = Reason::TimedOut(Duration::from_secs(20));
            ServiceError::new(Service::Bundler, "eth_sendUserOperation", late).into()
        }
        "SessionSigner" => SignerError::Failed("the signer is offline".to_owned()).into(),
        "Store" => StoreError::Full.into(),
        "TimedOut" => ErrorKind::TimedOut {
            hash: op,
            after: Duration::from_secs(120),
            last: None,
        },
        "UntrackedSessions" => ErrorKind::UntrackedSessions { grants: 2 },
        "WouldLock" => ErrorKind::WouldLock(contract),
        "WrongChain" => ErrorKind::WrongChain {
            service: Service::Node,
            expected: 80_002,
            found: 137,
        },
        _ => return None,
    };
    Some(kind.into())
}

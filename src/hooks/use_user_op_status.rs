use leptos::prelude::*;

use super::{Awaited, Query, use_user_op_wait::wait_for};
use crate::{UserOpReceipt, UserOpStatus, WaitOptions};

/// Returns the status of an operation, from its building to its inclusion or another end. The status is `None` while
/// there is no operation.
///
/// For a mutation this is the status of the latest call's operation. For a hash the status begins at
/// [`UserOpStatus::Pending`]. The hook stops waiting when its component is disposed.
///
/// On the server the status is `None`, or [`UserOpStatus::Pending`] for a hash.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{Call, SendTransaction, UserOpStatus, use_send_transaction, use_user_op_status};
///
/// #[component]
/// fn Pay(call: Call) -> impl IntoView {
///     let send = use_send_transaction();
///     let status = use_user_op_status(send);
///     let line = move || match status.get() {
///         None => String::new(),
///         Some(UserOpStatus::AwaitingSignature) => "Answer your wallet".to_owned(),
///         Some(UserOpStatus::Included { receipt }) => format!("Done in {}", receipt.transaction.hash),
///         Some(UserOpStatus::Failed(error)) => error.to_string(),
///         Some(_) => "Under way".to_owned(),
///     };
///     let pay = move |_| send.mutate.run(SendTransaction::from(call.clone()));
///     view! { <button on:click=pay>"Pay"</button><p role="status">{line}</p> }
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_user_op_status(op: impl Into<Awaited>) -> Signal<Option<UserOpStatus>> {
    use_user_op_status_with(op, WaitOptions::default())
}

/// Returns the status of an operation like [`use_user_op_status`], with a given timeout and number of confirmations.
/// With more than one confirmation the status continues from [`UserOpStatus::Included`] to
/// [`UserOpStatus::Confirmed`].
///
/// On the server the status is `None`, or [`UserOpStatus::Pending`] for a hash.
///
/// # Panics
///
/// Without a [`SmartAccountProvider`](super::SmartAccountProvider) above.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{UserOpHash, UserOpStatus, use_user_op_status_with};
///
/// #[component]
/// fn Settled(op: UserOpHash) -> impl IntoView {
///     let status = use_user_op_status_with(op, 3);
///     move || matches!(status.get(), Some(UserOpStatus::Confirmed { .. })).then_some("Three blocks deep")
/// }
/// ```
#[must_use]
#[track_caller]
pub fn use_user_op_status_with(
    op: impl Into<Awaited>,
    wait: impl Into<WaitOptions>,
) -> Signal<Option<UserOpStatus>> {
    let (op, wait) = (op.into(), wait.into());
    let confirmations = wait.depth();
    // A reorg may remove the operation's block before the requested confirmations are reached.
    let seen = RwSignal::new(None::<UserOpReceipt>);
    let see = move |receipt: Option<&UserOpReceipt>| {
        let is_news = seen.try_with_untracked(|seen| seen.as_ref() != receipt);
        if is_news == Some(true) {
            seen.try_set(receipt.cloned());
        }
    };
    let Query { data, error, .. } = wait_for(move || op.hash(), wait, see);
    Signal::derive(move || {
        let Some(hash) = op.hash() else { return op.before() };
        if let Some(error) = error.get() {
            return Some(error.into());
        }
        let seen = seen.get().filter(|receipt| receipt.hash == hash);
        Some(match (data.get(), seen) {
            (Some(receipt), _) if confirmations > 1 => UserOpStatus::Confirmed {
                receipt,
                confirmations,
            },
            (Some(receipt), _) | (None, Some(receipt)) => UserOpStatus::Included { receipt },
            (None, None) => UserOpStatus::Pending(hash),
        })
    })
}

#[cfg(test)]
mod tests {
    use alloy::{
        primitives::{Address, B256},
        signers::local::PrivateKeySigner,
    };

    use super::*;
    use crate::{
        BiconomyV2, ErrorKind, MemoryStore, Mutation, Services, SmartAccountClient, UserOpHash,
        UserOpResponse, Wallet,
        hooks::{
            provide_smart_account,
            testing::{Answers, rejected, settle, with_owner},
        },
    };

    const HASH: UserOpHash = UserOpHash(B256::repeat_byte(7));

    fn services() -> Services {
        Services::new(80002, "http://127.0.0.1:1").unwrap()
    }

    fn response() -> UserOpResponse {
        SmartAccountClient::new(services(), BiconomyV2::at(Address::ZERO)).response(HASH)
    }

    #[test]
    fn a_mutations_operation_is_followed_until_it_has_a_hash_or_fails() {
        with_owner(|_| {
            let account = provide_smart_account(services(), BiconomyV2::KIND, MemoryStore::default());
            let mut answers = Answers::new(3);
            let ask = answers.ask();
            let send = Mutation::<_, UserOpResponse>::sending(account.connection, move |_, request: ()| {
                ask(request)
            });
            let status = use_user_op_status(send);
            assert_eq!(status.get_untracked(), None);

            send.mutate.run(());
            settle();
            assert_eq!(status.get_untracked(), Some(UserOpStatus::Building));
            answers.give(0, Err(rejected()));
            assert_eq!(status.get_untracked(), Some(UserOpStatus::Failed(rejected())));

            send.mutate.run(());
            settle();
            assert_eq!(status.get_untracked(), Some(UserOpStatus::Building));
            answers.give(1, Ok(response()));
            assert_eq!(status.get_untracked(), Some(UserOpStatus::Pending(HASH)));

            // The next operation is another one.
            send.mutate.run(());
            settle();
            assert_eq!(status.get_untracked(), Some(UserOpStatus::Building));
            send.reset.run(());
            assert_eq!(status.get_untracked(), None);
        });
    }

    #[test]
    fn stages_of_an_older_call_are_not_taken_for_those_of_the_newest() {
        with_owner(|_| {
            let account = provide_smart_account(services(), BiconomyV2::KIND, MemoryStore::default());
            let key = PrivateKeySigner::from_slice(&[7; 32]).unwrap();
            account.connect.mutate.run(Wallet::local("key", key));
            settle();
            let clients = StoredValue::new(Vec::<SmartAccountClient>::new());
            let send = Mutation::<_, UserOpResponse>::sending(account.connection, move |client, ()| {
                clients.update_value(|clients| clients.push(client.unwrap()));
                std::future::pending()
            });
            let status = use_user_op_status(send);
            send.mutate.run(());
            send.mutate.run(());
            let tell = |call: usize, status| {
                clients.with_value(|clients| clients[call].pipeline.stages.report(status))
            };

            tell(1, UserOpStatus::AwaitingSignature);
            tell(0, UserOpStatus::Submitting);

            assert_eq!(status.get_untracked(), Some(UserOpStatus::AwaitingSignature));
        });
    }

    #[test]
    fn every_end_of_waiting_is_told_as_what_it_is() {
        let nonce = alloy::primitives::U256::from(5);
        let by = Some(UserOpHash(B256::repeat_byte(8)));
        for (error, expected) in [
            (
                ErrorKind::Dropped { hash: HASH, nonce }.into(),
                UserOpStatus::Dropped { hash: HASH, nonce },
            ),
            (
                ErrorKind::Replaced {
                    hash: HASH,
                    nonce,
                    by,
                }
                .into(),
                UserOpStatus::Replaced { hash: HASH, by },
            ),
            (
                ErrorKind::TimedOut {
                    hash: HASH,
                    after: std::time::Duration::ZERO,
                    last: None,
                }
                .into(),
                UserOpStatus::TimedOut(HASH),
            ),
            (rejected(), UserOpStatus::Failed(rejected())),
        ] {
            assert_eq!(UserOpStatus::from(error), expected);
        }
    }
}

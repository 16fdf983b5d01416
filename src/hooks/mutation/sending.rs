use std::future::Future;

use leptos::prelude::*;

use super::Mutation;
use crate::{
    Error, SmartAccountClient, Status, UserOpHash, UserOpStatus,
    client::Cancellation,
    hooks::{connection::Connection, sent::Sent},
};

impl<Request, Answer> Mutation<Request, Answer>
where
    Request: Clone + Send + Sync + 'static,
    Answer: Sent,
{
    /// Creates a mutation that sends an operation with the connected client, and records the operation's stages.
    pub(in crate::hooks) fn sending<Act, Doing>(connection: Connection, act: Act) -> Self
    where
        Act: Fn(Result<SmartAccountClient, Error>, Request) -> Doing + Send + Sync + 'static,
        Doing: Future<Output = Result<Answer, Error>> + Send + 'static,
    {
        connection.warm_up();
        let stage = RwSignal::new(None);
        let latest = StoredValue::new(Cancellation::default());
        let told = move || telling(connection, stage, latest);
        let mutation = Self::new(move |request| act(told(), request));
        let calls = mutation.calls;
        Self {
            stage: Some(stage),
            // The call goes on, so that a proposed session is taken back.
            cancel: Callback::new(move |()| {
                calls.cancel(|| latest.try_get_value().is_some_and(|latest| latest.cancel()));
            }),
            ..mutation
        }
    }

    /// Returns the operation hash of the latest call, once the bundler has accepted the operation.
    ///
    /// The hash is also available if the call failed and the operation [may be sent](Error::may_be_sent) all the
    /// same. Wait for that operation before sending another one.
    #[must_use]
    pub fn user_op(self) -> Signal<Option<UserOpHash>> {
        let Self { data, error, .. } = self;
        Signal::derive(move || {
            let sent = data.try_with(|sent| sent.as_ref().and_then(Answer::user_op));
            let doubtful = || error.try_get().flatten()?.may_be_sent();
            sent.flatten().or_else(doubtful)
        })
    }

    /// Returns a signal that is true while the latest call waits for a signature, for example of the user in the wallet.
    /// [`cancel`](Self::cancel) ends the wait.
    #[must_use]
    pub fn is_awaiting_signature(self) -> Signal<bool> {
        let stage = self.before_hash();
        Signal::derive(move || matches!(stage.try_get().flatten(), Some(UserOpStatus::AwaitingSignature)))
    }

    /// Returns the stage of the latest call, while its operation has no hash.
    pub(in crate::hooks) fn before_hash(self) -> Signal<Option<UserOpStatus>> {
        let Self {
            status, error, stage, ..
        } = self;
        Signal::derive(move || match status.try_get()? {
            Status::Pending => {
                let stage = stage.and_then(|stage| stage.try_get().flatten());
                Some(stage.unwrap_or(UserOpStatus::Building))
            }
            Status::Error => error.try_get().flatten().map(UserOpStatus::from),
            Status::Idle | Status::Success => None,
        })
    }
}

/// Returns the connected client with a listener that writes stages to a signal, until a newer call begins, and with the
/// cancellation of this call.
fn telling(
    connection: Connection,
    stage: RwSignal<Option<UserOpStatus>>,
    latest: StoredValue<Cancellation>,
) -> Result<SmartAccountClient, Error> {
    let cancellation = Cancellation::default();
    latest.try_set_value(cancellation.clone());
    stage.try_set(None);
    let (client, this) = (connection.client()?, cancellation.clone());
    let client = client.on_stage(move |status| {
        if latest.try_with_value(|latest| latest.is(&this)) == Some(true) {
            stage.try_set(Some(status));
        }
    });
    Ok(client.cancelled_by(cancellation))
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use alloy::signers::local::PrivateKeySigner;

    use super::*;
    use crate::{
        BiconomyV2, MemoryStore, Services, UserOpResponse, Wallet,
        hooks::{
            provide_smart_account,
            testing::{settle, with_owner},
        },
    };

    #[test]
    fn a_call_is_cancelled_until_its_operation_is_submitted() {
        with_owner(|_| {
            let services = Services::new(80002, "http://127.0.0.1:1").unwrap();
            let account = provide_smart_account(services, BiconomyV2::KIND, MemoryStore::default());
            let key = PrivateKeySigner::from_slice(&[7; 32]).unwrap();
            account.connect.mutate.run(Wallet::local("key", key));
            settle();
            let clients = StoredValue::new(Vec::<SmartAccountClient>::new());
            let send = Mutation::<_, UserOpResponse>::sending(account.connection, move |client, ()| {
                clients.update_value(|clients| clients.push(client.unwrap()));
                pending()
            });
            let is_asking = send.is_awaiting_signature();
            let stages = |call: usize| clients.with_value(|clients| clients[call].pipeline.stages.clone());
            assert!(!is_asking.get_untracked());

            send.mutate.run(());
            stages(0).report(UserOpStatus::AwaitingSignature);
            assert!(is_asking.get_untracked());
            send.cancel.run(());
            assert!(!is_asking.get_untracked());
            assert_eq!(send.status.get_untracked(), Status::Idle);
            assert!(stages(0).cancellation.submit().is_err());

            send.mutate.run(());
            stages(1).cancellation.submit().unwrap();
            send.cancel.run(());
            assert_eq!(send.status.get_untracked(), Status::Pending);
        });
    }
}

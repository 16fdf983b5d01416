use std::future::Future;

use leptos::prelude::*;

use super::Mutation;
use crate::{
    Error, SmartAccountClient, Status, UserOpHash, UserOpResponse, UserOpStatus,
    hooks::connection::Connection,
};

impl<Request> Mutation<Request, UserOpResponse>
where
    Request: Clone + Send + Sync + 'static,
{
    /// A mutation that has the account send an operation, with the client there is, and is told how far that comes.
    pub(in crate::hooks) fn sending<Act, Doing>(connection: Connection, act: Act) -> Self
    where
        Act: Fn(Result<SmartAccountClient, Error>, Request) -> Doing + Send + Sync + 'static,
        Doing: Future<Output = Result<UserOpResponse, Error>> + Send + 'static,
    {
        let stage = RwSignal::new(None);
        let calls = StoredValue::new(0_u64);
        let told = move || telling(connection, stage, calls);
        Self {
            stage: Some(stage),
            ..Self::new(move |request| act(told(), request))
        }
    }

    /// The operation of the latest call, as soon as the bundler has taken it, and where nobody knows whether it has:
    /// wait for that one before another is sent.
    #[must_use]
    pub fn user_op(self) -> Signal<Option<UserOpHash>> {
        let Self { data, error, .. } = self;
        Signal::derive(move || {
            let sent = data.try_get().flatten();
            let doubtful = || error.try_get().flatten()?.may_be_sent();
            sent.map(UserOpHash::from).or_else(doubtful)
        })
    }

    /// How far the latest call has come before there is a hash. It is tracked.
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

/// The client, which tells a signal how far it comes, unless a newer call does.
fn telling(
    connection: Connection,
    stage: RwSignal<Option<UserOpStatus>>,
    calls: StoredValue<u64>,
) -> Result<SmartAccountClient, Error> {
    let number = calls.try_update_value(|calls| {
        *calls += 1;
        *calls
    });
    stage.try_set(None);
    let client = connection.client()?;
    Ok(client.on_stage(move |status| {
        if calls.try_get_value() == number {
            stage.try_set(Some(status));
        }
    }))
}

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
    /// Creates a mutation that sends an operation with the connected client, and records the operation's stages.
    pub(in crate::hooks) fn sending<Act, Doing>(connection: Connection, act: Act) -> Self
    where
        Act: Fn(Result<SmartAccountClient, Error>, Request) -> Doing + Send + Sync + 'static,
        Doing: Future<Output = Result<UserOpResponse, Error>> + Send + 'static,
    {
        connection.warm_up();
        let stage = RwSignal::new(None);
        let calls = StoredValue::new(0_u64);
        let told = move || telling(connection, stage, calls);
        Self {
            stage: Some(stage),
            ..Self::new(move |request| act(told(), request))
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
            let sent = data.try_get().flatten();
            let doubtful = || error.try_get().flatten()?.may_be_sent();
            sent.map(UserOpHash::from).or_else(doubtful)
        })
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

/// Returns the connected client with a listener that writes stages to a signal, until a newer call begins.
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

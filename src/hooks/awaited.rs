use std::fmt;

use leptos::prelude::*;

use super::{Mutation, sent::Sent};
use crate::{UserOpHash, UserOpStatus};

/// The operation that [`use_user_op_wait`](super::use_user_op_wait) and
/// [`use_user_op_status`](super::use_user_op_status) follow, converted from a mutation that sends an operation, a
/// hash, a response, or a signal of an optional hash or response.
///
/// # Examples
///
/// ```
/// use leptos::prelude::*;
/// use use_aa::{Awaited, UserOpHash};
///
/// # Owner::new().with(|| {
/// let sent = RwSignal::new(None::<UserOpHash>);
/// let awaited = Awaited::from(sent);
/// # let _ = awaited;
/// # });
/// ```
#[derive(Clone, Copy)]
pub struct Awaited {
    hash: Signal<Option<UserOpHash>>,
    before: Option<Signal<Option<UserOpStatus>>>,
}

impl Awaited {
    const fn of(hash: Signal<Option<UserOpHash>>) -> Self {
        Self { hash, before: None }
    }

    /// Returns the operation's hash, once there is one. The hash is tracked.
    pub(super) fn hash(self) -> Option<UserOpHash> {
        self.hash.try_get().flatten()
    }

    /// Returns the stage of the operation before it has a hash, if known. The stage is tracked.
    pub(super) fn before(self) -> Option<UserOpStatus> {
        self.before?.try_get().flatten()
    }
}

impl<T: Sent> From<T> for Awaited {
    fn from(sent: T) -> Self {
        Self::of(Signal::stored(sent.user_op()))
    }
}

impl<T: Sent> From<Signal<Option<T>>> for Awaited {
    fn from(sent: Signal<Option<T>>) -> Self {
        let hash = |sent: &Option<T>| sent.as_ref().and_then(T::user_op);
        Self::of(Signal::derive(move || sent.try_with(hash).flatten()))
    }
}

impl<T: Sent> From<RwSignal<Option<T>>> for Awaited {
    fn from(sent: RwSignal<Option<T>>) -> Self {
        Signal::<Option<T>>::from(sent).into()
    }
}

impl<T: Sent> From<ReadSignal<Option<T>>> for Awaited {
    fn from(sent: ReadSignal<Option<T>>) -> Self {
        Signal::<Option<T>>::from(sent).into()
    }
}

impl<T: Sent> From<Memo<Option<T>>> for Awaited {
    fn from(sent: Memo<Option<T>>) -> Self {
        Signal::<Option<T>>::from(sent).into()
    }
}

impl<Request, Answer> From<Mutation<Request, Answer>> for Awaited
where
    Request: Clone + Send + Sync + 'static,
    Answer: Sent,
{
    fn from(sending: Mutation<Request, Answer>) -> Self {
        Self {
            before: Some(sending.before_hash()),
            ..Self::of(sending.user_op())
        }
    }
}

impl fmt::Debug for Awaited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = self.hash.try_get_untracked().flatten();
        f.debug_tuple("Awaited").field(&hash).finish()
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, B256};

    use super::*;
    use crate::{BiconomyV2, Services, SmartAccountClient, UserOpResponse, hooks::testing::with_owner};

    const HASH: UserOpHash = UserOpHash(B256::repeat_byte(7));

    fn response() -> UserOpResponse {
        let services = Services::new(80002, "http://127.0.0.1:1").unwrap();
        SmartAccountClient::new(services, BiconomyV2::at(Address::ZERO)).response(HASH)
    }

    #[test]
    fn everything_that_names_an_operation_can_be_awaited() {
        with_owner(|_| {
            let hash = RwSignal::new(Some(HASH));
            let sent = RwSignal::new(Some(response()));
            let table = [
                ("a hash", Awaited::from(HASH)),
                ("a response", response().into()),
                ("a signal of a hash", Signal::derive(move || hash.get()).into()),
                ("a signal to write", hash.into()),
                ("a signal to read", hash.read_only().into()),
                ("a memo", Memo::new(move |_| hash.get()).into()),
                ("a mutation's data", Signal::derive(move || sent.get()).into()),
                ("a kept response", sent.into()),
                ("a response to read", sent.read_only().into()),
                (
                    "a memo of a response",
                    Memo::new_with_compare(move |_| sent.get(), |_, _| true).into(),
                ),
            ];

            for (what, awaited) in table {
                assert_eq!(awaited.hash(), Some(HASH), "{what}");
            }
        });
    }

    #[test]
    fn what_is_not_there_yet_or_any_more_is_not_awaited() {
        with_owner(|owner| {
            let sent = RwSignal::new(None::<UserOpResponse>);
            let awaited = Awaited::from(sent);
            assert_eq!(awaited.hash(), None);

            sent.set(Some(response()));
            assert_eq!(awaited.hash(), Some(HASH));
            let component = owner.child();
            let of_gone = component.with(|| Awaited::from(RwSignal::new(Some(HASH))));
            component.cleanup();

            assert_eq!(of_gone.hash(), None);
        });
    }
}

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use alloy::primitives::Bytes;

use crate::{error::Error, platform::BoxFuture, signer::OwnerError};

/// The cancellation of a request, until the operation of the request is submitted. Clones are handles to the same
/// cancellation.
#[derive(Clone, Default)]
pub(crate) struct Cancellation(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    is_cancelled: bool,
    is_submitted: bool,
    /// The task that waits for a signature.
    waiting: Option<Waker>,
}

impl Cancellation {
    /// Cancels the request. Returns false if the operation is submitted already.
    #[cfg_attr(not(any(feature = "hooks", test)), allow(dead_code))]
    pub(crate) fn cancel(&self) -> bool {
        let mut state = self.state();
        state.is_cancelled |= !state.is_submitted;
        let (is_cancelled, waiting) = (state.is_cancelled, state.waiting.take());
        // Waking a task may poll it at once.
        drop(state);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
        is_cancelled
    }

    /// Returns true if both are handles to the same cancellation.
    #[cfg_attr(not(feature = "hooks"), allow(dead_code))]
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Ends the time in which the request can be cancelled, because the operation is submitted next.
    ///
    /// # Errors
    ///
    /// [`OwnerError::Unanswered`] if the request was cancelled.
    pub(crate) fn submit(&self) -> Result<(), Error> {
        let mut state = self.state();
        state.is_submitted |= !state.is_cancelled;
        match state.is_cancelled {
            true => Err(OwnerError::Unanswered.into()),
            false => Ok(()),
        }
    }

    /// Lets the request be cancelled again, because the operation was refused.
    pub(crate) fn refuse(&self) {
        self.state().is_submitted = false;
    }

    /// Waits for a signature, unless the request is cancelled.
    ///
    /// # Errors
    ///
    /// Those of the signer, and [`OwnerError::Unanswered`] if the request was cancelled.
    pub(crate) async fn unless(
        &self,
        mut signature: BoxFuture<'_, Result<Bytes, Error>>,
    ) -> Result<Bytes, Error> {
        poll_fn(|context| {
            {
                let mut state = self.state();
                if state.is_cancelled {
                    return Poll::Ready(Err(OwnerError::Unanswered.into()));
                }
                state.waiting = Some(context.waker().clone());
            }
            signature.as_mut().poll(context)
        })
        .await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;

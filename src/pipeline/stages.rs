use std::{fmt, sync::Arc};

use super::Cancellation;
use crate::tracking::UserOpStatus;

/// The listener for the stages of a client's operations, if any, and the cancellation of the client's requests.
#[derive(Clone, Default)]
pub(crate) struct Stages {
    listener: Option<Arc<dyn Fn(UserOpStatus) + Send + Sync>>,
    pub(crate) cancellation: Cancellation,
}

impl Stages {
    pub(crate) fn new(listener: impl Fn(UserOpStatus) + Send + Sync + 'static) -> Self {
        Self {
            listener: Some(Arc::new(listener)),
            cancellation: Cancellation::default(),
        }
    }

    /// Reports a stage to the listener.
    pub(crate) fn report(&self, status: UserOpStatus) {
        if let Some(listener) = &self.listener {
            listener(status);
        }
    }
}

impl fmt::Debug for Stages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stages")
            .field("listener", &self.listener.is_some())
            .finish_non_exhaustive()
    }
}

use std::{fmt, sync::Arc};

use crate::tracking::UserOpStatus;

/// The listener for the stages of a client's operations, if any.
#[derive(Clone, Default)]
pub(crate) struct Stages(Option<Arc<dyn Fn(UserOpStatus) + Send + Sync>>);

impl Stages {
    pub(crate) fn new(listener: impl Fn(UserOpStatus) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    /// Reports a stage to the listener.
    pub(crate) fn report(&self, status: UserOpStatus) {
        if let Self(Some(listener)) = self {
            listener(status);
        }
    }
}

impl fmt::Debug for Stages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stages").field(&self.0.is_some()).finish()
    }
}

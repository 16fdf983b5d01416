use super::Pipeline;
use crate::error::{Error, ErrorKind};

impl Pipeline {
    /// Returns an error with the explanation of the account kind, if a contract of the account has refused the operation.
    pub(crate) fn explained(&self, error: Error) -> Error {
        let Some(source) = error.service() else {
            return error;
        };
        let Some(refusal) = source.refusal() else {
            return error;
        };
        // An operation of an account with its delegation contains none.
        let is_delegated = self.cache.lock().is_deployed() == Some(true);
        if !is_delegated && self.account.is_refused_delegation(&refusal.message) {
            return Error::from(ErrorKind::RefusedDelegation {
                source: source.clone(),
            });
        }
        let data = refusal.data.as_ref().map(ToString::to_string);
        let said = format!("{} {}", refusal.message, data.unwrap_or_default());
        match self.account.explain(&said) {
            Some(explanation) => Error::from(ErrorKind::RefusedByContract {
                explanation,
                source: source.clone(),
            }),
            None => error,
        }
    }
}

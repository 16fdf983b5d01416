use super::{Payment, Pipeline, UserOpOptions};
use crate::{
    error::Error,
    rpc::{Reason, Refusal, ServiceError},
};

impl Pipeline {
    /// Returns the options of a second attempt, if one can succeed after a refusal: with higher fees or more
    /// pre-verification gas if those were too low, on the other state of deployment if the operation was built on the wrong
    /// one, or paid by the account if the paymaster cannot pay and the payment allows that.
    ///
    /// The bundler has not accepted the refused operation, so that nothing happens twice.
    pub(crate) fn remedy(&self, error: &Error, options: &UserOpOptions) -> Option<UserOpOptions> {
        let refusal = error.service().and_then(ServiceError::refusal);
        if let Some(refusal) = refusal
            && refusal.reason() == Some(Reason::LowFees)
            && options.fixed_fees().is_none()
        {
            self.services.refuse_fees(refusal);
            return Some(options.clone());
        }
        match refusal.and_then(Refusal::reason) {
            Some(Reason::LowPreVerification) => return Some(options.clone().more_pre_verification()),
            // The fees are known by now.
            Some(Reason::NoFees) => return Some(options.clone()),
            _ => {}
        }
        // The entry point's word counts more than that of a node that lags behind.
        if let Some(deployed) = refusal.and_then(Refusal::says_deployed) {
            self.cache
                .lock()
                .learn_deployment(deployed || self.account.is_deployed());
            return Some(options.clone());
        }
        let falls_back =
            options.payment == Payment::SponsoredOrOwn && refusal.is_some_and(Refusal::is_of_paymaster);
        falls_back.then(|| options.clone().pay(Payment::Own))
    }
}

use std::sync::{Mutex, MutexGuard, PoisonError};

use alloy::primitives::U256;

use super::{NonceLane, Payment, Pipeline, UserOpOptions};
use crate::{
    account::OperationSigner,
    error::Error,
    rpc::{Bundler, Reason, Refusal, ServiceError},
    services::Services,
};

/// The attempts to send one operation: the remedies that were applied, each once, and the nonce that all attempts share.
///
/// A bundler names one reason at a time, so an operation may need several remedies. The shared nonce lets the chain
/// include one of the operations at most, even if a refusal was not the truth.
#[derive(Default)]
pub(crate) struct Remedies {
    applied: Vec<Remedy>,
    nonce: Mutex<Option<U256>>,
    /// True if an operation may have been sent before, without a remedy.
    keeps_nonce: bool,
}

/// The change after a refusal that may make the next attempt succeed.
#[derive(Clone, Copy, PartialEq)]
enum Remedy {
    Fees,
    /// The fees that the second refusal demands, and a quarter more: they are rising from one attempt to the next.
    RisingFees,
    /// None but the time: the fees are known by now.
    KnownFees,
    PreVerification,
    /// More verification gas than the estimate, as [`UserOpOptions::beside_others`] explains.
    Verification,
    Deployment,
    Payer,
}

impl Pipeline {
    /// Changes the options for another attempt, if one can succeed after a refusal: with higher fees or more gas if those
    /// were too low, on the other state of deployment if the operation was built on the wrong one, or paid by the account if
    /// the paymaster cannot pay and the payment allows that. Returns false if none can.
    ///
    /// Every attempt has the nonce of the first one, so that nothing happens twice.
    pub(crate) fn remedy(&self, error: &Error, options: &mut UserOpOptions, applied: &mut Remedies) -> bool {
        let applied = &mut applied.applied;
        let refusal = error.service().and_then(|error| Some((error, error.refusal()?)));
        let found = refusal.and_then(|(error, refusal)| {
            let remedy = Remedy::find(error, refusal, options, applied)?;
            Some((refusal, remedy)).filter(|_| !applied.contains(&remedy))
        });
        let Some((refusal, remedy)) = found else {
            return false;
        };
        applied.push(remedy);
        match remedy {
            Remedy::Fees => self.services.refuse_fees(refusal, options.fee_floor(), false),
            Remedy::RisingFees => self.services.refuse_fees(refusal, options.fee_floor(), true),
            Remedy::KnownFees => {}
            Remedy::PreVerification => *options = options.clone().more_pre_verification(refusal),
            Remedy::Verification => *options = options.clone().beside_others(),
            Remedy::Deployment => {
                let is_deployed = refusal.says_deployed() == Some(true) || self.account.is_deployed();
                return self.cache.lock().learn_deployment(is_deployed);
            }
            Remedy::Payer => options.payment = Payment::Own,
        }
        true
    }

    /// Returns the nonce of the attempts in a lane. The first attempt determines it.
    pub(crate) async fn nonce_of(
        &self,
        lane: NonceLane,
        signer: OperationSigner,
        attempts: &Remedies,
    ) -> Result<U256, Error> {
        let known = *attempts.nonce();
        match known {
            Some(nonce) => Ok(nonce),
            None => {
                let nonce = self.nonce_in(lane, signer).await?;
                Ok(*attempts.nonce().get_or_insert(nonce))
            }
        }
    }
}

impl Remedies {
    /// Returns true if no operation of an earlier attempt may have been sent.
    pub(crate) const fn is_first(&self) -> bool {
        self.applied.is_empty() && !self.keeps_nonce
    }

    /// Lets the next attempt determine the nonce anew, unless an operation was sent with it. Returns the nonce that is not
    /// needed any more.
    pub(crate) fn forget_nonce(&self) -> Option<U256> {
        self.is_first().then(|| self.nonce().take()).flatten()
    }

    /// Keeps the nonce of the attempts: an earlier one may have been sent.
    pub(crate) const fn keep_nonce(&mut self) {
        self.keeps_nonce = true;
    }

    fn nonce(&self) -> MutexGuard<'_, Option<U256>> {
        self.nonce.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remedy {
    /// Returns the remedy of a refusal, if there is one.
    fn find(
        error: &ServiceError,
        refusal: &Refusal,
        options: &UserOpOptions,
        applied: &[Self],
    ) -> Option<Self> {
        let falls_back = options.payment == Payment::SponsoredOrOwn;
        // An estimate may have had fees of 0, as the fees were not known yet.
        let is_of_estimate = error.method() == Services::ESTIMATE && !applied.contains(&Self::KnownFees);
        match refusal.reason() {
            Some(Reason::LowFees) if is_of_estimate => Some(Self::KnownFees),
            Some(Reason::LowFees) if options.fixed_fees().is_none() => {
                Some(match applied.contains(&Self::Fees) {
                    true => Self::RisingFees,
                    false => Self::Fees,
                })
            }
            Some(Reason::LowPreVerification) => Some(Self::PreVerification),
            Some(Reason::NoFees) => Some(Self::KnownFees),
            // The entry point's word counts more than that of a node that lags behind.
            _ if refusal.says_deployed().is_some() => Some(Self::Deployment),
            // The estimate has just passed the same validation, with ample gas.
            _ if error.method() == Bundler::SEND
                && refusal.may_lack_verification_gas()
                && !applied.contains(&Self::Verification) =>
            {
                Some(Self::Verification)
            }
            _ if falls_back && refusal.is_of_paymaster() => Some(Self::Payer),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;

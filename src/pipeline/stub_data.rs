use std::time::Duration;

use alloy::primitives::Address;

use super::UserOpOptions;
use crate::{
    error::Error,
    platform::Json,
    primitives::{GasLimits, UserOpDraft, UserOperation},
    rpc::{ServiceError, Stub},
    services::{AnyPayer, Services, StubCache, StubData},
};

/// The gas of an operation, estimated with stub data.
pub(crate) struct Stubbed {
    pub(crate) gas: GasLimits,
    stub: Stub,
    /// The draft that was sent to the paymaster, if the stub data was requested for this operation.
    asked: Option<UserOpDraft>,
}

impl Services {
    /// The maximum age of the stub data after a warm-up: 200 s.
    const STUBS_ARE_FRESH: Duration = Duration::from_secs(200);

    /// Fetches a paymaster's stub data for operations like the given one, unless it was fetched within the
    /// last 200 s. A failure is ignored, because sending an operation reports it.
    pub(crate) async fn fetch_stub(&self, draft: &UserOpDraft, context: &Json) {
        let Ok(AnyPayer::StubData(paymaster)) = self.payer() else {
            return;
        };
        if self.stubs().find(context, Self::STUBS_ARE_FRESH).is_none()
            && let Ok(stub) = paymaster.stub(draft, context).await
        {
            self.stubs().insert(context, stub);
        }
    }

    /// Returns the paymaster contract of the cached stub data, if there is any.
    pub(crate) fn cached_paymaster(&self, context: &Json) -> Option<Address> {
        Some(self.usable_stub(context)?.paymaster.paymaster)
    }

    /// Estimates gas with the cached stub data. If there is none, or the bundler refuses it, new stub data is
    /// requested.
    pub(crate) async fn stubbed(
        &self,
        paymaster: &StubData<'_>,
        draft: &UserOpDraft,
        context: &Json,
        options: &UserOpOptions,
    ) -> Result<Stubbed, ServiceError> {
        if let Some(stub) = self.usable_stub(context) {
            match self.limits(draft, Some(&stub), options).await {
                Err(error) if error.refusal().is_some() => self.stubs().remove(context),
                gas => {
                    let asked = None;
                    return gas.map(|gas| Stubbed { gas, stub, asked });
                }
            }
        }
        let stub = paymaster.stub(draft, context).await?;
        let gas = self.limits(draft, Some(&stub), options).await?;
        let asked = Some(draft.clone());
        Ok(Stubbed { gas, stub, asked })
    }

    /// Requests the paymaster's final data. Returns `None` if the cached stub data does not resemble that
    /// data, so that gas must be estimated again.
    pub(crate) async fn agree(
        &self,
        paymaster: &StubData<'_>,
        draft: UserOpDraft,
        context: &Json,
        stubbed: Stubbed,
    ) -> Result<Option<UserOperation>, Error> {
        let Stubbed { gas, stub, asked } = stubbed;
        let is_settled = stub.is_final && asked.as_ref() == Some(&draft);
        let mut op = draft.fill(gas, Some(stub.paymaster.clone()));
        if !is_settled {
            let agreed = paymaster.data(&op, context).await?;
            if asked.is_none() && !stub.is_like(&agreed.paymaster) {
                self.stubs().remove(context);
                return Ok(None);
            }
            if agreed.paymaster.paymaster != stub.paymaster.paymaster {
                return Err(ServiceError::changed_paymaster(paymaster.method(), "the paymaster").into());
            }
            op.gas = agreed.gas;
            op.paymaster = Some(agreed.paymaster);
        }
        self.stubs().insert(context, stub);
        Ok(Some(op))
    }

    /// Returns cached stub data that is not final, so that it can be used for any operation.
    fn usable_stub(&self, context: &Json) -> Option<Stub> {
        self.stubs()
            .find(context, StubCache::LONGEST)
            .filter(|stub| !stub.is_final)
    }
}

#[cfg(test)]
mod tests;

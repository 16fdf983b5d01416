use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use alloy::primitives::Address;
use serde_json::Value;

use super::{Error, Options, Services};
use crate::{
    platform,
    primitives::{GasLimits, UserOpDraft, UserOperation},
    rpc::{Erc7677Paymaster, Paymaster, ServiceError, Stub, named_paymaster},
};

/// The cache of paymasters' stub data (ERC-7677). With cached stub data, gas is estimated without a request
/// for it.
#[derive(Debug, Default)]
pub(super) struct Stubs(Mutex<Vec<Known>>);

/// Stub data, the context that the paymaster got, and the time of the request.
#[derive(Debug)]
struct Known {
    context: Value,
    stub: Stub,
    learned: Duration,
}

/// The gas of an operation, estimated with stub data.
pub(super) struct Stubbed {
    pub(super) gas: GasLimits,
    stub: Stub,
    /// The draft that was sent to the paymaster, if the stub data was requested for this operation.
    asked: Option<UserOpDraft>,
}

impl Services {
    /// The maximum age of the stub data of an operation: 300 s.
    const STUBS_LAST: Duration = Duration::from_secs(300);
    /// The maximum age of the stub data after a warm-up: 200 s.
    const STUBS_ARE_FRESH: Duration = Duration::from_secs(200);

    /// Fetches a paymaster's stub data for operations like the given one, unless it was fetched within the
    /// last 200 s. A failure is ignored, because sending an operation reports it.
    pub(super) async fn learn_stub(&self, draft: &UserOpDraft, context: &Value) {
        let Some(Paymaster::Erc7677(paymaster)) = &self.paymaster else {
            return;
        };
        if self.stub(context, Self::STUBS_ARE_FRESH).is_none()
            && let Ok(stub) = paymaster.stub(draft, context).await
        {
            self.note_stub(context, stub);
        }
    }

    /// Returns the paymaster contract of the cached stub data, if there is any.
    pub(super) fn known_paymaster(&self, context: &Value) -> Option<Address> {
        Some(self.usable_stub(context)?.paymaster())
    }

    /// Estimates gas with the cached stub data. If there is none, or the bundler refuses it, new stub data is
    /// requested.
    pub(super) async fn stubbed(
        &self,
        paymaster: &Erc7677Paymaster,
        draft: &UserOpDraft,
        context: &Value,
        options: &Options,
    ) -> Result<Stubbed, ServiceError> {
        if let Some(stub) = self.usable_stub(context) {
            match self.limits(draft, &stub.paymaster_and_data, options).await {
                Err(error) if error.refusal().is_some() => self.forget_stub(context),
                gas => {
                    let asked = None;
                    return gas.map(|gas| Stubbed { gas, stub, asked });
                }
            }
        }
        let stub = paymaster.stub(draft, context).await?;
        let gas = self.limits(draft, &stub.paymaster_and_data, options).await?;
        let asked = Some(draft.clone());
        Ok(Stubbed { gas, stub, asked })
    }

    /// Requests the paymaster's final data. Returns `None` if the cached stub data does not resemble that
    /// data, so that gas must be estimated again.
    pub(super) async fn agree(
        &self,
        paymaster: &Erc7677Paymaster,
        draft: UserOpDraft,
        context: &Value,
        stubbed: Stubbed,
    ) -> Result<Option<UserOperation>, Error> {
        let Stubbed { gas, stub, asked } = stubbed;
        let is_settled = stub.is_final && asked.as_ref() == Some(&draft);
        let mut op = draft.fill(gas, stub.paymaster_and_data.clone());
        if !is_settled {
            op.paymaster_and_data = paymaster.data(&op, context).await?;
        }
        if asked.is_none() && !stub.is_like(&op.paymaster_and_data) {
            self.forget_stub(context);
            return Ok(None);
        }
        if named_paymaster(&op.paymaster_and_data) != stub.paymaster() {
            return Err(ServiceError::changed_paymaster("pm_getPaymasterData").into());
        }
        self.note_stub(context, stub);
        Ok(Some(op))
    }

    /// Returns cached stub data that is not final, so that it can be used for any operation.
    fn usable_stub(&self, context: &Value) -> Option<Stub> {
        self.stub(context, Self::STUBS_LAST).filter(|stub| !stub.is_final)
    }

    fn stub(&self, context: &Value, most: Duration) -> Option<Stub> {
        let stubs = self.known_stubs();
        let known = stubs.iter().find(|known| known.context == *context)?;
        (known.age() < most).then(|| known.stub.clone())
    }

    fn note_stub(&self, context: &Value, stub: Stub) {
        let mut stubs = self.known_stubs();
        stubs.retain(|known| known.context != *context && known.age() < Self::STUBS_LAST);
        stubs.push(Known {
            context: context.clone(),
            stub,
            learned: platform::monotonic(),
        });
    }

    fn forget_stub(&self, context: &Value) {
        self.known_stubs().retain(|known| known.context != *context);
    }

    fn known_stubs(&self) -> MutexGuard<'_, Vec<Known>> {
        let Stubs(stubs) = self.stubs();
        stubs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn age(&self) -> Duration {
        platform::monotonic().saturating_sub(self.learned)
    }
}

#[cfg(test)]
mod tests;

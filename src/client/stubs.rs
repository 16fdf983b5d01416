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

/// Paymasters' stand-ins that were learned. They save asking: gas is estimated with one at once.
#[derive(Debug, Default)]
pub(super) struct Stubs(Mutex<Vec<Known>>);

/// A stand-in, what the paymaster was told for it, and when.
#[derive(Debug)]
struct Known {
    context: Value,
    stub: Stub,
    learned: Duration,
}

/// An operation's gas, estimated with a stand-in.
pub(super) struct Stubbed {
    pub(super) gas: GasLimits,
    stub: Stub,
    /// What the paymaster was asked about, if it was.
    asked: Option<UserOpDraft>,
}

impl Services {
    /// How old a stand-in may be when an operation uses it.
    const STUBS_LAST: Duration = Duration::from_secs(300);
    /// How old a stand-in may be when it is to be at hand for the next operation.
    const STUBS_ARE_FRESH: Duration = Duration::from_secs(200);

    /// Learns a paymaster's stand-in for operations like this one, unless that was just done. Where it is refused it
    /// stays unknown: whoever sends an operation will be told.
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

    /// Whom the known stand-in names to pay, if there is one.
    pub(super) fn known_paymaster(&self, context: &Value) -> Option<Address> {
        Some(self.usable_stub(context)?.paymaster())
    }

    /// Estimates gas with the stand-in that is known. Where there is none, or the bundler does not take it, with a
    /// fresh one.
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

    /// Has the paymaster agree. `None` when the stand-in that was known is not like what it agrees with, so that gas is
    /// to be estimated again.
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

    /// A stand-in that is not the real thing, and may stand in for any.
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

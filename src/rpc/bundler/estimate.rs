use alloy::primitives::U256;

use super::Bundler;
use crate::{
    primitives::{Fees, GasLimits, PaymasterGas, UserOpDraft},
    rpc::{
        Asked, Question, Refusal, StateOverride, Stub,
        user_op::{WireUserOp, gas_limits},
    },
};

/// The form of an operation whose gas is estimated. Gas limits are optional in
/// [ERC-7769](https://eips.ethereum.org/EIPS/eip-7769), and bundlers disagree about unknown ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum EstimateForm {
    /// Gas limits of 0, which most bundlers take for unknown.
    #[default]
    Zeros = 0,
    /// A verification gas limit that suffices for every validation, and fees of 0, so that the account need not have
    /// the gas. The bundlers of the reference implementation simulate the validation under that limit.
    Ample = 1,
}

impl EstimateForm {
    /// The verification gas limit of [`Ample`](Self::Ample).
    const AMPLE: u64 = 5_000_000;

    /// Returns the other form.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Zeros => Self::Ample,
            Self::Ample => Self::Zeros,
        }
    }
}

impl From<u8> for EstimateForm {
    fn from(form: u8) -> Self {
        match form {
            0 => Self::Zeros,
            _ => Self::Ample,
        }
    }
}

impl Bundler {
    /// Estimates the gas limits of an operation, in units of gas, under any payment.
    ///
    /// `stub` is a paymaster's stub data, if any, whose gas limits are kept. `state` overrides the chain's state during
    /// the estimation.
    ///
    /// # Errors
    ///
    /// Fails if the bundler fails, or refuses because the operation would fail.
    pub fn estimate<'a>(
        &'a self,
        draft: &'a UserOpDraft,
        stub: Option<&'a Stub>,
        state: &'a StateOverride,
    ) -> Asked<'a, GasLimits> {
        self.estimate_in(EstimateForm::Zeros, draft, stub, state)
    }

    /// Estimates the gas limits of an operation in one form.
    pub(crate) fn estimate_in<'a>(
        &'a self,
        form: EstimateForm,
        draft: &'a UserOpDraft,
        stub: Option<&'a Stub>,
        state: &'a StateOverride,
    ) -> Asked<'a, GasLimits> {
        let (fees, verification) = match form {
            EstimateForm::Zeros => (draft.fees, U256::ZERO),
            EstimateForm::Ample => (Fees::default(), U256::from(EstimateForm::AMPLE)),
        };
        let paymaster = stub.map(|stub| stub.gas).unwrap_or_default();
        let gas = GasLimits {
            verification,
            paymaster,
            ..GasLimits::default()
        };
        let draft = UserOpDraft {
            fees,
            ..draft.clone()
        };
        let op = WireUserOp::draft(&draft, &self.entry_point)
            .gas(gas, &self.entry_point)
            .paymaster(stub.map(|stub| &stub.paymaster), &self.entry_point)
            .signature(&draft.dummy_signature);
        let mut params = self.params(op);
        if !state.is_empty() {
            params.push(state.as_json().clone());
        }
        let question = Question::new("eth_estimateUserOperationGas", params, move |answer| {
            let mut gas = gas_limits(answer, &self.entry_point)?;
            gas.paymaster = match stub {
                Some(stub) => stub.gas.or(gas.paymaster),
                None => PaymasterGas::default(),
            };
            Ok(gas)
        });
        self.endpoint.answer(question)
    }
}

impl Refusal {
    /// Returns true if the operation may be refused because a call reverts.
    pub(crate) fn may_be_of_call(&self) -> bool {
        const REVERTS: i64 = -32521;
        self.aa.is_none()
            && self.reason().is_none()
            && (self.code == REVERTS || self.is_revert() || self.code == 0)
    }

    /// Returns true if an estimate may be refused because of its form: neither the entry point nor a contract has
    /// refused the operation, or the validation had no gas.
    pub(crate) fn may_be_of_form(&self) -> bool {
        match self.aa {
            Some(aa) => self.says_any(&["OOG"]) || matches!(aa.number(), 40 | 41 | 51),
            None => !self.is_verdict() && self.reason().is_none() && !self.is_revert() && !self.is_unread(),
        }
    }
}

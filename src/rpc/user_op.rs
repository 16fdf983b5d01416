use alloy::primitives::Bytes;

use super::{Failure, part::Part};
use crate::{
    platform::Json,
    primitives::{
        EntryPoint, GasLimits, PaymasterData, SignedUserOperation, UserOpDraft, UserOperation, WireField,
    },
};

/// A user operation in its JSON-RPC form: all values in hex, unknown fields left out.
#[derive(Clone, Debug)]
pub(super) struct WireUserOp(pub(super) Json);

impl WireUserOp {
    /// Creates the JSON form of an unsigned draft.
    pub(super) fn draft(draft: &UserOpDraft, entry_point: &EntryPoint) -> Self {
        let fields = entry_point.draft_fields(draft).into_iter();
        fields.fold(Self(Json::object([])), Self::with)
    }

    /// Creates the JSON form of a complete operation without its signature and paymaster.
    pub(super) fn whole(op: &UserOperation, entry_point: &EntryPoint) -> Self {
        let draft = UserOpDraft {
            sender: op.sender,
            nonce: op.nonce,
            deployment: op.deployment.clone(),
            call_data: op.call_data.clone(),
            fees: op.fees,
            dummy_signature: Bytes::new(),
        };
        Self::draft(&draft, entry_point).gas(op.gas)
    }

    /// Creates the JSON form of a signed operation.
    pub(super) fn signed(signed: &SignedUserOperation, entry_point: &EntryPoint) -> Self {
        Self::whole(&signed.op, entry_point)
            .paymaster(signed.op.paymaster.as_ref(), entry_point)
            .signature(&signed.signature)
    }

    pub(super) fn gas(self, gas: GasLimits) -> Self {
        self.with(("callGasLimit", WireField::Number(gas.call)))
            .with(("verificationGasLimit", WireField::Number(gas.verification)))
            .with(("preVerificationGas", WireField::Number(gas.pre_verification)))
    }

    pub(super) fn paymaster(self, paymaster: Option<&PaymasterData>, entry_point: &EntryPoint) -> Self {
        self.with(entry_point.paymaster_field(paymaster))
    }

    pub(super) fn signature(self, signature: &Bytes) -> Self {
        self.with(("signature", WireField::Bytes(signature.clone())))
    }

    fn with(mut self, (name, value): (&'static str, WireField)) -> Self {
        self.0[name] = match value {
            WireField::Address(address) => address.into(),
            WireField::Number(number) => number.into(),
            WireField::Bytes(bytes) => (&bytes).into(),
        };
        self
    }
}

/// Reads the three gas limits of an answer.
pub(super) fn gas_limits(answer: Part<'_>) -> Result<GasLimits, Failure> {
    // The field's name before ERC-7769; some bundlers answer both.
    let older = answer.field("verificationGas").find();
    let verification = answer.field("verificationGasLimit");
    let verification = verification.find().or(older).unwrap_or(verification);
    Ok(GasLimits {
        call: answer.field("callGasLimit").gas()?,
        verification: verification.gas()?,
        pre_verification: answer.field("preVerificationGas").gas()?,
    })
}

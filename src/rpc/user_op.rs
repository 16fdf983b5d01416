use alloy::primitives::Bytes;

use super::{Failure, part::Part};
use crate::{
    platform::Json,
    primitives::{
        EntryPoint, GasLimits, PaymasterData, PaymasterGas, SignedUserOperation, UserOpDraft, UserOperation,
        WireField, WireValue,
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
        Self::draft(&draft, entry_point).gas(op.gas, entry_point)
    }

    /// Creates the JSON form of a signed operation.
    pub(super) fn signed(signed: &SignedUserOperation, entry_point: &EntryPoint) -> Self {
        Self::whole(&signed.op, entry_point)
            .paymaster(signed.op.paymaster.as_ref(), entry_point)
            .signature(&signed.signature)
    }

    pub(super) fn gas(self, gas: GasLimits, entry_point: &EntryPoint) -> Self {
        let op = self
            .with(("callGasLimit", WireValue::Number(gas.call)))
            .with(("verificationGasLimit", WireValue::Number(gas.verification)))
            .with(("preVerificationGas", WireValue::Number(gas.pre_verification)));
        match entry_point.paymaster_gas() {
            Some([verification, post_op]) if gas.paymaster != PaymasterGas::default() => op
                .with((verification, WireValue::Number(gas.paymaster.verification)))
                .with((post_op, WireValue::Number(gas.paymaster.post_op))),
            _ => op,
        }
    }

    pub(super) fn paymaster(self, paymaster: Option<&PaymasterData>, entry_point: &EntryPoint) -> Self {
        let fields = entry_point.paymaster_fields(paymaster).into_iter();
        fields.fold(self, Self::with)
    }

    pub(super) fn signature(self, signature: &Bytes) -> Self {
        self.with(("signature", WireValue::Bytes(signature.clone())))
    }

    fn with(mut self, (name, value): WireField) -> Self {
        self.0[name] = match value {
            WireValue::Address(address) => address.into(),
            WireValue::Number(number) => number.into(),
            WireValue::Bytes(bytes) => (&bytes).into(),
            WireValue::Fields(fields) => fields.into_iter().fold(Self(Json::object([])), Self::with).0,
        };
        self
    }
}

/// Reads the gas limits of an answer: three, and those of a paymaster that are not null.
pub(super) fn gas_limits(answer: Part<'_>, entry_point: &EntryPoint) -> Result<GasLimits, Failure> {
    // The field's name before ERC-7769; some bundlers answer both.
    let older = answer.field("verificationGas").find();
    let verification = answer.field("verificationGasLimit");
    let verification = verification.find().or(older).unwrap_or(verification);
    Ok(GasLimits {
        call: answer.field("callGasLimit").gas()?,
        verification: verification.gas()?,
        pre_verification: answer.field("preVerificationGas").gas()?,
        paymaster: paymaster_gas(answer, entry_point, PaymasterGas::default())?,
    })
}

/// Reads the gas limits of a paymaster, if the version of the entry point has them. One that is null or missing is that of
/// `known`.
pub(super) fn paymaster_gas(
    answer: Part<'_>,
    entry_point: &EntryPoint,
    known: PaymasterGas,
) -> Result<PaymasterGas, Failure> {
    let Some([verification, post_op]) = entry_point.paymaster_gas() else {
        return Ok(known);
    };
    let limit = |name, known| answer.field(name).find().map_or(Ok(known), Part::gas);
    Ok(PaymasterGas {
        verification: limit(verification, known.verification)?,
        post_op: limit(post_op, known.post_op)?,
    })
}

#[cfg(test)]
mod tests {
    use alloy::{
        eips::eip7702::{Authorization, SignedAuthorization},
        primitives::{Address, U256, address, uint},
    };

    use super::*;
    use crate::primitives::{Deployment, Fees};

    /// Returns the JSON of a draft that delegates to Nexus, with the authorization of a vector of `@biconomy/abstractjs`.
    fn delegating(entry_point: EntryPoint) -> Json {
        let authorization = Authorization {
            chain_id: U256::from(1_540_709_404),
            address: address!("000000004F43C49e93C970E84001853a70923B03"),
            nonce: 34,
        };
        let signed = SignedAuthorization::new_unchecked(
            authorization,
            1,
            uint!(0x50d0b8fe712b6deb4554a7ccd5a7b96c22ebfbb6467ecd787d9c7ecd9d58b9d7_U256),
            uint!(0x6df2ebc8e8194d97e1c8da541e22b124a12706807181c499b635d3bbb19b23cb_U256),
        );
        let draft = UserOpDraft {
            sender: Address::repeat_byte(7),
            nonce: U256::ZERO,
            deployment: Some(Deployment::Delegation(Box::new(signed))),
            call_data: Bytes::new(),
            fees: Fees::default(),
            dummy_signature: Bytes::new(),
        };
        WireUserOp::draft(&draft, &entry_point).0
    }

    #[test]
    fn delegation_is_written_beside_the_operation() {
        let [v0_7, v0_8] = [EntryPoint::v0_7(1), EntryPoint::v0_8(1)].map(delegating);

        let authorization = &v0_7["eip7702Auth"];
        for (field, expected) in [
            ("chainId", "0x5bd55c1c"),
            ("address", "0x000000004F43C49e93C970E84001853a70923B03"),
            ("nonce", "0x22"),
            (
                "r",
                "0x50d0b8fe712b6deb4554a7ccd5a7b96c22ebfbb6467ecd787d9c7ecd9d58b9d7",
            ),
            (
                "s",
                "0x6df2ebc8e8194d97e1c8da541e22b124a12706807181c499b635d3bbb19b23cb",
            ),
            ("yParity", "0x1"),
        ] {
            let found = authorization[field].as_str();
            let is_same = found.is_some_and(|found| found.eq_ignore_ascii_case(expected));
            assert!(is_same, "{field}: {found:?}");
        }
        assert_eq!(v0_8["eip7702Auth"], v0_7["eip7702Auth"]);
        assert_eq!(v0_7["factory"], Json::Null);
        assert_eq!(v0_8["factory"].as_str(), Some("0x7702"));
    }
}

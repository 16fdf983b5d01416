use std::sync::Arc;

use alloy::primitives::Address;

use super::{
    LIMITS, OURS, Paymaster, Protocol, Sponsorship, Stub, StubDataPaymaster, TokenRate, is_left, payment,
    unchanged,
};
use crate::{
    platform::Json,
    primitives::{EntryPoint, GasLimits, PaymasterData, PaymasterGas, UserOpDraft, UserOperation, checksum},
    rpc::{
        Failure, Question,
        part::Part,
        user_op::{WireUserOp, paymaster_gas},
    },
};

/// An [ERC-7677](https://eips.ethereum.org/EIPS/eip-7677) paymaster service: stub data for the gas estimation, then the
/// final paymaster data. [`PaymasterClient`](super::PaymasterClient) has an example.
#[derive(Clone, Copy, Debug)]
pub struct Erc7677Paymaster {
    entry_point: EntryPoint,
}

impl Erc7677Paymaster {
    /// Creates the dialect for an entry point.
    #[must_use]
    pub const fn new(entry_point: EntryPoint) -> Self {
        Self { entry_point }
    }

    /// Returns the parameters of both questions about an operation.
    fn params(&self, op: &WireUserOp, context: &Json) -> Vec<Json> {
        vec![
            op.0.clone(),
            checksum(&self.entry_point.address).into(),
            self.chain_id(),
            context.clone(),
        ]
    }

    fn chain_id(&self) -> Json {
        format!("{:#x}", self.entry_point.chain_id).into()
    }
}

impl Paymaster for Erc7677Paymaster {
    fn protocol(&self) -> Protocol<'_> {
        Protocol::StubData(self)
    }

    fn at(&self, entry_point: EntryPoint) -> Arc<dyn Paymaster> {
        Arc::new(Self::new(entry_point))
    }
}

impl StubDataPaymaster for Erc7677Paymaster {
    fn method(&self) -> &'static str {
        "pm_getPaymasterData"
    }

    fn stub<'a>(&'a self, draft: &'a UserOpDraft, context: &'a Json) -> Question<'a, Stub> {
        let op = WireUserOp::draft(draft, &self.entry_point).gas(GasLimits::default(), &self.entry_point);
        let params = self.params(&op, context);
        // The gas limits are not known yet, so the paymaster cannot change them.
        let read = move |answer: Part<'_>| {
            Ok(Stub {
                paymaster: agreed(answer, &op, &[OURS])?,
                gas: paymaster_gas(answer, &self.entry_point, PaymasterGas::default())?,
                is_final: answer.field("isFinal").is_true(),
            })
        };
        Question::new("pm_getPaymasterStubData", params, read)
    }

    /// Any change of the operation invalidates the data. Some services measure their own validation again for the final data,
    /// and return its limits; viem takes them too.
    fn data<'a>(&'a self, op: &'a UserOperation, context: &'a Json) -> Question<'a, Sponsorship> {
        let gas = op.gas;
        let op = WireUserOp::whole(op, &self.entry_point);
        let params = self.params(&op, context);
        Question::new(self.method(), params, move |answer| {
            let paymaster = agreed(answer, &op, &[OURS, LIMITS])?;
            let mut own = paymaster_gas(answer, &self.entry_point, gas.paymaster)?;
            // No paymaster validates with no gas; services write 0 for a limit that they do not set.
            if own.verification.is_zero() {
                own.verification = gas.paymaster.verification;
            }
            Ok(Sponsorship {
                paymaster,
                gas: GasLimits {
                    paymaster: own,
                    ..gas
                },
            })
        })
    }

    /// ERC-7677 has no such method; this is
    /// [Pimlico's](https://docs.pimlico.io/references/paymaster/erc20-paymaster/endpoints/pimlico_getTokenQuotes).
    fn rates<'a>(&'a self, tokens: &'a [Address]) -> Question<'a, Vec<TokenRate>> {
        let params = vec![
            Json::object([("tokens", tokens.iter().copied().collect())]),
            checksum(&self.entry_point.address).into(),
            self.chain_id(),
        ];
        Question::new("pimlico_getTokenQuotes", params, |answer| {
            let rates = answer.field("quotes").members()?.map(TokenRate::read);
            let mut rates = rates.collect::<Result<Vec<_>, _>>()?;
            let mut left = tokens.to_vec();
            rates.retain(|rate| is_left(&mut left, rate.token));
            Ok(rates)
        })
    }
}

/// Reads the paymaster data of an answer that changes none of the fields.
fn agreed(answer: Part<'_>, op: &WireUserOp, fixed: &[&[&'static str]]) -> Result<PaymasterData, Failure> {
    for fields in fixed {
        unchanged(answer, &op.0, fields)?;
    }
    payment(answer)
}

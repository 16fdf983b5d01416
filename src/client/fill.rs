use alloy::primitives::{Bytes, U256};

use super::{Error, Services, TokenPayment};
use crate::{
    primitives::{GasLimits, UserOpDraft, UserOperation},
    rpc::{Paymaster, Service, SponsorMode},
};

/// Who pays for an operation's gas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Payment {
    /// The account, with native coin.
    #[default]
    Own,
    /// A paymaster. When it refuses nothing is sent: the account never pays instead.
    Sponsored,
    /// The account, in a token, through a paymaster. When it refuses nothing is sent: the account never pays in
    /// native coin instead.
    Token(TokenPayment),
}

impl Services {
    /// The most gas that an operation may ask for, in units: more is a mistake or a lie.
    const MOST_GAS: u64 = 100_000_000;

    /// An operation as services have filled it, if it asks for no more gas than is sensible.
    pub(super) fn sensible(payer: Service, op: UserOperation) -> Result<UserOperation, Error> {
        let most = U256::from(Self::MOST_GAS);
        let found = op.gas.total();
        if found > most {
            return Err(Error::Excessive {
                service: payer,
                what: "an amount of gas",
                found,
                most,
            });
        }
        Ok(op)
    }

    /// Fees and limits do not depend on each other, so both are asked for at once.
    pub(super) async fn pay_own(&self, mut draft: UserOpDraft) -> Result<(Service, UserOperation), Error> {
        let nothing = Bytes::new();
        draft.fees = self.known_fees(Self::FEES_LAST).unwrap_or_default();
        let (fees, gas) = futures::join!(self.fees(), self.bundler.estimate(&draft, &nothing));
        draft.fees = fees?;
        let gas = with_margin(gas?);
        let cost = gas.total().saturating_mul(draft.fees.max_fee_per_gas);
        if cost > self.most_cost {
            let most = self.most_cost;
            return Err(Error::TooDear { cost, most });
        }
        Ok((Service::Bundler, draft.fill(gas, nothing)))
    }

    /// Has the paymaster agree, whoever pays it.
    pub(super) async fn sponsor(&self, mut draft: UserOpDraft) -> Result<(Service, UserOperation), Error> {
        match self.paymaster_service()? {
            Paymaster::Biconomy(paymaster) => {
                draft.fees = self.fees().await?;
                let agreed = paymaster.sponsor(&draft, None, SponsorMode::Sponsored).await?;
                let op = draft.fill(agreed.gas, agreed.paymaster_and_data);
                Ok((Service::Paymaster, op))
            }
            Paymaster::Erc7677(paymaster) => {
                let context = serde_json::json!({});
                draft.fees = self.known_fees(Self::FEES_LAST).unwrap_or_default();
                let (fees, stub) = futures::join!(self.fees(), paymaster.stub(&draft, &context));
                draft.fees = fees?;
                let stub = stub?;
                let gas = with_margin(self.bundler.estimate(&draft, &stub.paymaster_and_data).await?);
                let mut op = draft.fill(gas, stub.paymaster_and_data);
                if !stub.is_final {
                    op.paymaster_and_data = paymaster.data(&op, &context).await?;
                }
                Ok((Service::Bundler, op))
            }
        }
    }
}

/// Estimates are made with a dummy signature, at which modules return earlier than they will at a real one.
pub(super) fn with_margin(gas: GasLimits) -> GasLimits {
    let margin: U256 = gas.verification >> 2;
    GasLimits {
        verification: gas.verification.saturating_add(margin),
        ..gas
    }
}

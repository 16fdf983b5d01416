use super::BundlerDialect;
use crate::{
    primitives::Fees,
    rpc::{Failure, part::Part},
};

/// [Rundler's](https://github.com/alchemyplatform/rundler) fees, as Alchemy offers them.
pub(super) struct Rundler;

impl BundlerDialect for Rundler {
    fn name(&self) -> &'static str {
        "rundler"
    }

    fn fees_method(&self) -> Option<&'static str> {
        Some("rundler_getUserOperationGasPrice")
    }

    fn read_fees(&self, answer: Part<'_>) -> Result<Fees, Failure> {
        answer.field("suggested").find().unwrap_or(answer).fees()
    }

    fn priority_fee_method(&self) -> Option<&'static str> {
        Some("rundler_maxPriorityFeePerGas")
    }
}

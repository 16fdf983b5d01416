use super::BundlerDialect;
use crate::{
    primitives::Fees,
    rpc::{Failure, part::Part},
};

/// [Pimlico's](https://docs.pimlico.io/references/bundler) gas prices and operation status.
pub(super) struct Pimlico;

impl BundlerDialect for Pimlico {
    fn name(&self) -> &'static str {
        "pimlico"
    }

    fn fees_method(&self) -> Option<&'static str> {
        Some("pimlico_getUserOperationGasPrice")
    }

    fn read_fees(&self, answer: Part<'_>) -> Result<Fees, Failure> {
        let mut offers = ["fast", "standard"].into_iter();
        let offer = offers.find_map(|name| answer.field(name).find());
        offer.unwrap_or(answer).fees()
    }

    fn status_method(&self) -> Option<(&'static str, &'static str)> {
        Some(("pimlico_getUserOperationStatus", "status"))
    }
}

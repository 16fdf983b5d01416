//! A toy dialect of bundlers: that of alto, with the bundler's price for patient users.

use use_aa::{
    BundlerKind, Fees,
    rpc::{BundlerDialect, Failure, Part},
};

/// The dialect.
struct Patient;

/// The kind that an app passes to `Services::bundler`.
pub(super) const PATIENT: BundlerKind = BundlerKind::new(&Patient);

impl BundlerDialect for Patient {
    fn name(&self) -> &'static str {
        "patient"
    }

    fn fees_method(&self) -> Option<&'static str> {
        Some("pimlico_getUserOperationGasPrice")
    }

    fn read_fees(&self, answer: Part<'_>) -> Result<Fees, Failure> {
        answer.field("slow").fees()
    }
}

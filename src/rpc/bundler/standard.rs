use super::BundlerDialect;

/// [ERC-7769](https://eips.ethereum.org/EIPS/eip-7769) alone.
pub(super) struct Standard;

impl BundlerDialect for Standard {
    fn name(&self) -> &'static str {
        "standard"
    }
}

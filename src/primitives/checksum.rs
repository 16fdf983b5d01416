use alloy::primitives::Address;

/// Writes an address with the checksum of [ERC-55](https://eips.ethereum.org/EIPS/eip-55).
// The `Display` of an address can abbreviate it, which would cost a page seven kilobytes.
pub(crate) fn checksum(address: &Address) -> String {
    address.to_checksum(None)
}

use alloy::primitives::{B256, keccak256};

/// Returns the signing hash of typed data ([EIP-712](https://eips.ethereum.org/EIPS/eip-712)), from the hashes of its
/// domain and its message.
pub(crate) fn typed_data_hash(domain: B256, message: B256) -> B256 {
    keccak256([&[0x19, 0x01], domain.as_slice(), message.as_slice()].concat())
}

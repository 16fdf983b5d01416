use alloy::primitives::{U256, address, bytes};

use crate::primitives::{Fees, UserOpDraft};

/// Returns an operation of a deployed account.
pub(crate) fn draft() -> UserOpDraft {
    UserOpDraft {
        sender: address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e"),
        nonce: U256::from(2) << 64,
        deployment: None,
        call_data: bytes!("00007a8c"),
        fees: Fees {
            max_fee_per_gas: U256::from(1_000_000_000),
            max_priority_fee_per_gas: U256::ZERO,
        },
        dummy_signature: bytes!("d1d1"),
    }
}

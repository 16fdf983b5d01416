use alloy::primitives::Address;

use super::OwnerError;

impl OwnerError {
    /// Returns each error with its code and its text.
    pub(crate) fn samples() -> Vec<(Self, &'static str, &'static str)> {
        vec![
            (
                Self::Rejected,
                "owner.rejected",
                "the user rejected the wallet request; send it again and approve it in the wallet",
            ),
            (
                Self::Disconnected,
                "owner.disconnected",
                "the wallet is locked or disconnected; connect it and try again",
            ),
            (
                Self::Busy,
                "owner.busy",
                "the wallet has a pending request; answer it in the wallet first",
            ),
            (
                Self::Wallet {
                    code: -32603,
                    message: "out of order.".to_owned(),
                },
                "owner.wallet_failed",
                "the wallet failed: out of order (code -32603); try again or use another wallet",
            ),
            (
                Self::Malformed("no signature".to_owned()),
                "owner.malformed_answer",
                "the wallet's answer is invalid: no signature; use another wallet",
            ),
            (
                Self::WrongSigner {
                    owner: Address::repeat_byte(1),
                    signed: Address::repeat_byte(2),
                },
                "owner.wrong_signer",
                "the wallet signed with another account: 0x0202020202020202020202020202020202020202 instead \
                 of 0x0101010101010101010101010101010101010101; select \
                 0x0101010101010101010101010101010101010101 in the wallet",
            ),
            (
                Self::NoTypedData,
                "owner.no_typed_data",
                "the owner's signer does not support typed data (EIP-712); use a wallet or a local key",
            ),
            (
                Self::Signer("out of order".to_owned()),
                "owner.signer_failed",
                "the owner's signer failed: out of order; check the signer and try again",
            ),
        ]
    }
}

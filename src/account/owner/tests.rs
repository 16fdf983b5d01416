use alloy::primitives::Address;

use super::OwnerError;

impl OwnerError {
    /// Returns each error with its code and its text.
    pub(crate) fn samples() -> Vec<(Self, &'static str, &'static str)> {
        vec![
            (
                Self::Rejected,
                "owner.rejected",
                "the request was rejected in the wallet: nothing was signed and nothing was sent",
            ),
            (
                Self::Disconnected,
                "owner.disconnected",
                "the wallet is not connected: connect it and try again",
            ),
            (
                Self::Busy,
                "owner.busy",
                "the wallet is still asking about an earlier request: answer that one first",
            ),
            (
                Self::Wallet {
                    code: -32603,
                    message: "out of order.".to_owned(),
                },
                "owner.wallet_failed",
                "the wallet answered with an error (-32603): out of order; try again, or use another wallet",
            ),
            (
                Self::Malformed("no signature".to_owned()),
                "owner.malformed_answer",
                "the wallet's answer cannot be used: no signature; use another wallet",
            ),
            (
                Self::WrongSigner {
                    owner: Address::repeat_byte(1),
                    signed: Address::repeat_byte(2),
                },
                "owner.wrong_signer",
                "the wallet signed as 0x0202020202020202020202020202020202020202, but the account belongs to \
                 0x0101010101010101010101010101010101010101: switch the wallet to that address",
            ),
            (
                Self::NoTypedData,
                "owner.no_typed_data",
                "this owner's signer cannot sign typed data: use a wallet or a local key",
            ),
            (
                Self::Signer("out of order".to_owned()),
                "owner.signer_failed",
                "the owner's signer failed, and nothing was sent: out of order",
            ),
        ]
    }
}

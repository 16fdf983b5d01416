use alloy::primitives::Address;

use super::ImportError;

impl ImportError {
    /// Returns each error with its code and its text.
    pub(crate) fn samples() -> Vec<(Self, &'static str, &'static str)> {
        vec![
            (
                Self::Sessions,
                "import.malformed_sessions",
                "the text under `<account>_sessions` is malformed; pass JSON with a list of `leafNodes`",
            ),
            (
                Self::Session(3),
                "import.malformed_session",
                "leaf node 3 under `<account>_sessions` is malformed; restore its `validUntil`, \
                 `validAfter`, `sessionValidationModule` and `sessionKeyData`",
            ),
            (
                Self::Signers,
                "import.malformed_signers",
                "the text under `<account>_signers` is malformed; pass JSON with one key for each address",
            ),
            (
                Self::Signer(Address::repeat_byte(7)),
                "import.malformed_signer",
                "the signer under `<account>_signers` is malformed: \
                 0x0707070707070707070707070707070707070707; restore the `pvKey` of this address",
            ),
        ]
    }
}

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
            (
                Self::Grants,
                "import.malformed_grants",
                "the text of the grants is malformed; pass the JSON of what `grantPermissionTypedDataSign` returned",
            ),
            (
                Self::UnknownContract {
                    grant: 1,
                    role: "policy",
                    contract: Address::repeat_byte(7),
                },
                "import.unknown_contract",
                "grant 1 names an unknown policy: 0x0707070707070707070707070707070707070707; grant a session with \
                 the canonical contracts",
            ),
            (
                Self::OtherChain(80_002),
                "import.other_chain",
                "no grant is for chain 80002; pass grants for this chain, or use a client of the grants' chain",
            ),
            (
                Self::OtherKey(Address::repeat_byte(7)),
                "import.other_key",
                "no grant is for the key 0x0707070707070707070707070707070707070707; pass the key of the session \
                 that was granted",
            ),
            (
                Self::OtherModule,
                "import.other_module",
                "the sessions are of another session module than the account's; use the account kind that granted \
                 them",
            ),
        ]
    }
}

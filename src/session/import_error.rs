#[cfg(test)]
mod tests;

use alloy::primitives::Address;
use thiserror::Error;

use crate::{permission::Refusal, primitives::checksum};

/// The error of an import from another library, which leaves the ledger unchanged. Grants are counted from 0.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The text of the sessions cannot be read.
    #[error("the text under `<account>_sessions` is malformed; pass JSON with a list of `leafNodes`")]
    Sessions,
    /// A session is incomplete.
    #[error(
        "leaf node {0} under `<account>_sessions` is malformed; restore its `validUntil`, `validAfter`, \
         `sessionValidationModule` and `sessionKeyData`"
    )]
    Session(usize),
    /// The text of the keys cannot be read.
    #[error("the text under `<account>_signers` is malformed; pass JSON with one key for each address")]
    Signers,
    /// A key is invalid, or belongs to another address.
    #[error("the signer under `<account>_signers` is malformed: {}; restore the `pvKey` of this address", checksum(.0))]
    Signer(Address),
    /// The text of the grants of `@biconomy/abstractjs` cannot be read.
    #[error(
        "the text of the grants is malformed; pass the JSON of what `grantPermissionTypedDataSign` returned"
    )]
    Grants,
    /// A grant is damaged or not that of the account, or no permission describes what it allows.
    #[error("`{}` of grant {grant} {}", .refusal.subject, .refusal.text)]
    Grant {
        /// The index of the grant.
        grant: usize,
        /// The part of the grant, and the reason.
        refusal: Refusal,
    },
    /// A grant names a contract that is not one of the account's
    /// [contracts](crate::session::smart_sessions::SmartSessionsContracts).
    #[error("grant {grant} names an unknown {role}: {}; grant a session with the canonical contracts", checksum(.contract))]
    UnknownContract {
        /// The index of the grant.
        grant: usize,
        /// The role of the contract: policy or session validator.
        role: &'static str,
        /// The contract.
        contract: Address,
    },
    /// No grant is for the chain of the client.
    #[error("no grant is for chain {0}; pass grants for this chain, or use a client of the grants' chain")]
    OtherChain(u64),
    /// A key is that of no grant.
    #[error("no grant is for the key {}; pass the key of the session that was granted", checksum(.0))]
    OtherKey(Address),
    /// The account has another session module than the sessions.
    #[error(
        "the sessions are of another session module than the account's; use the account kind that granted them"
    )]
    OtherModule,
}

impl ImportError {
    /// Returns the stable code of the error: a row of the [table](crate::guide::errors).
    ///
    /// # Examples
    ///
    /// ```
    /// use use_aa::ImportError;
    ///
    /// assert_eq!(ImportError::Sessions.code(), "import.malformed_sessions");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Sessions => "import.malformed_sessions",
            Self::Session(_) => "import.malformed_session",
            Self::Signers => "import.malformed_signers",
            Self::Signer(_) => "import.malformed_signer",
            Self::Grants => "import.malformed_grants",
            Self::Grant { refusal, .. } => refusal.code,
            Self::UnknownContract { .. } => "import.unknown_contract",
            Self::OtherChain(_) => "import.other_chain",
            Self::OtherKey(_) => "import.other_key",
            Self::OtherModule => "import.other_module",
        }
    }
}

#[cfg(test)]
mod tests;

use alloy::primitives::Address;
use thiserror::Error;

use crate::primitives::checksum;

/// The error of an import from `@biconomy/account`, which leaves the ledger unchanged.
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
        }
    }
}

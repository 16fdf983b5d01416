use alloy::primitives::U256;

use crate::{
    error::{Error, ErrorKind},
    primitives::{UserOpHash, UserOpReceipt},
};

/// The status of an operation, from the first request to its end.
///
/// # Examples
///
/// ```
/// use use_aa::UserOpStatus;
///
/// fn line(status: &UserOpStatus) -> String {
///     match status {
///         UserOpStatus::AwaitingSignature => "Answer your wallet".to_owned(),
///         UserOpStatus::Included { receipt } if receipt.success => "Done".to_owned(),
///         UserOpStatus::Included { receipt } => match &receipt.reason {
///             Some(reason) => format!("It was refused: {reason}"),
///             None => "It was refused".to_owned(),
///         },
///         UserOpStatus::Failed(error) => error.to_string(),
///         _ => "Under way".to_owned(),
///     }
/// }
/// assert_eq!(line(&UserOpStatus::Building), "Under way");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum UserOpStatus {
    /// The operation's nonce, gas, fees and payment are being requested.
    Building,
    /// The signer is being asked to sign: the owner's wallet, or the session key.
    AwaitingSignature,
    /// The operation is being recorded in the store and submitted to the bundler.
    Submitting,
    /// The bundler has accepted the operation, or may have, and no block contains it.
    Pending(UserOpHash),
    /// The operation is on chain.
    Included {
        /// The receipt. A reverted operation is included too.
        receipt: UserOpReceipt,
    },
    /// The operation has the requested number of confirmations.
    Confirmed {
        /// The receipt.
        receipt: UserOpReceipt,
        /// The requested number of confirmations, including the operation's own block.
        confirmations: u64,
    },
    /// The bundler has lost the operation, and its nonce is unused.
    Dropped {
        /// The operation.
        hash: UserOpHash,
        /// The operation's nonce.
        nonce: U256,
    },
    /// Another operation has used the nonce.
    Replaced {
        /// The operation.
        hash: UserOpHash,
        /// The operation that was included instead, if the chain's logs contain it.
        by: Option<UserOpHash>,
    },
    /// The operation was not included before the timeout. It may still be included.
    TimedOut(UserOpHash),
    /// The operation was not sent, or waiting for it is impossible.
    Failed(Error),
}

impl UserOpStatus {
    /// Returns the operation's hash, if the status has one.
    #[must_use]
    pub const fn hash(&self) -> Option<UserOpHash> {
        match self {
            Self::Pending(hash)
            | Self::TimedOut(hash)
            | Self::Dropped { hash, .. }
            | Self::Replaced { hash, .. } => Some(*hash),
            Self::Included { receipt } | Self::Confirmed { receipt, .. } => Some(receipt.hash),
            Self::Building | Self::AwaitingSignature | Self::Submitting | Self::Failed(_) => None,
        }
    }
}

impl From<Error> for UserOpStatus {
    /// Converts an error of sending or waiting into the status of the operation.
    fn from(error: Error) -> Self {
        match (error.may_be_sent(), error.kind()) {
            (_, &ErrorKind::TimedOut { hash, .. }) => Self::TimedOut(hash),
            (Some(hash), _) => Self::Pending(hash),
            (None, &ErrorKind::Dropped { hash, nonce }) => Self::Dropped { hash, nonce },
            (None, &ErrorKind::Replaced { hash, by, .. }) => Self::Replaced { hash, by },
            (None, _) => Self::Failed(error),
        }
    }
}

use std::{fmt, sync::Arc};

use alloy::primitives::U256;

use super::{Error, SmartAccountClient};
use crate::primitives::{UserOpHash, UserOpReceipt};

/// How far an operation has come, from the first question to its end.
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
    /// What it needs is asked for: nonce, gas, fees, who pays.
    Building,
    /// Whoever signs is asked to: the owner's wallet, or the session's key.
    AwaitingSignature,
    /// It is kept in the store and handed to the bundler.
    Submitting,
    /// The bundler has taken it, or may have, and it is in no block.
    Pending(UserOpHash),
    /// The chain has it.
    Included {
        /// What became of it: also a revert is an inclusion.
        receipt: UserOpReceipt,
    },
    /// It lies as deep in the chain as was wanted.
    Confirmed {
        /// What became of it.
        receipt: UserOpReceipt,
        /// How many blocks were wanted, its own included.
        confirmations: u64,
    },
    /// The bundler has lost it, and its nonce is unused.
    Dropped {
        /// The operation.
        hash: UserOpHash,
        /// Its nonce.
        nonce: U256,
    },
    /// Another operation has used its nonce.
    Replaced {
        /// The operation.
        hash: UserOpHash,
        /// The other one, where the chain tells.
        by: Option<UserOpHash>,
    },
    /// It was not included as long as it was waited for. It still may be.
    TimedOut(UserOpHash),
    /// It was not sent, or it cannot be waited for.
    Failed(Error),
}

impl UserOpStatus {
    /// The operation's hash, as soon as there is one.
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
    /// What an error of sending or waiting says of the operation.
    fn from(error: Error) -> Self {
        match error {
            Error::TimedOut { hash, .. } => Self::TimedOut(hash),
            error if let Some(hash) = error.may_be_sent() => Self::Pending(hash),
            Error::Dropped { hash, nonce } => Self::Dropped { hash, nonce },
            Error::Replaced { hash, by, .. } => Self::Replaced { hash, by },
            error => Self::Failed(error),
        }
    }
}

/// Who hears how far the operations of a client have come.
#[derive(Clone, Default)]
pub(super) struct Stages(Option<Arc<dyn Fn(UserOpStatus) + Send + Sync>>);

impl fmt::Debug for Stages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stages").field(&self.0.is_some()).finish()
    }
}

impl SmartAccountClient {
    /// Tells a listener how far each operation has come that this client sends, until the bundler has it:
    /// [`UserOpStatus::Building`] to [`UserOpStatus::Pending`]. Clones that were made before do not tell it. The
    /// default is nobody.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use use_aa::{Error, SendTransaction, SmartAccountClient};
    /// # async fn send(client: SmartAccountClient, request: SendTransaction) -> Result<(), Error> {
    /// let told = client.on_stage(|status| println!("{status:?}"));
    /// told.send(request).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn on_stage(mut self, listener: impl Fn(UserOpStatus) + Send + Sync + 'static) -> Self {
        self.stages = Stages(Some(Arc::new(listener)));
        self
    }

    pub(crate) fn tell(&self, status: UserOpStatus) {
        if let Stages(Some(listener)) = &self.stages {
            listener(status);
        }
    }
}

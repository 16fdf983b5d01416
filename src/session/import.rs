use std::any::Any;

use alloy::primitives::Address;

use super::{ImportError, SessionLedger, SessionState};
use crate::{signer::SessionKey, store::StoredKey};

/// The sessions that another library has stored, for
/// [`import_sessions`](crate::SmartAccountClient::import_sessions). A page that imports none links no reader.
pub trait SessionImport: Send {
    /// Returns the unencrypted keys of the sessions.
    fn open_keys(&self) -> Vec<SessionKey>;

    /// Records the sessions in a ledger of the same session module, with their keys in stored form.
    ///
    /// # Errors
    ///
    /// [`ImportError::OtherModule`] if the ledger is of another session module, or another [`ImportError`] for sessions
    /// that are not those of the account. On an error nothing is recorded.
    fn record(
        self,
        ledger: &mut dyn SessionLedger,
        keys: Vec<StoredKey>,
        target: &ImportTarget<'_>,
    ) -> Result<(), ImportError>;
}

/// Returns a ledger as that of one session module.
pub(super) fn ledger_of<Ledger: SessionLedger>(
    ledger: &mut dyn SessionLedger,
) -> Result<&mut Ledger, ImportError> {
    let ledger: &mut dyn Any = ledger;
    ledger.downcast_mut().ok_or(ImportError::OtherModule)
}

/// The account into whose ledger sessions are [imported](SessionImport).
///
/// # Examples
///
/// ```
/// use alloy::primitives::Address;
/// use use_aa::{
///     ImportError,
///     session::{
///         ImportTarget, SessionImport, SessionModule, SessionState,
///         smart_sessions::{Imported, SmartSessions},
///     },
/// };
///
/// let module = SmartSessions::new(SmartSessions::CANONICAL, true);
/// let state = SessionState::default();
/// let target = ImportTarget { account: Address::repeat_byte(9), chain_id: 80002, state: &state };
///
/// let imported = Imported::read("[]", [])?.record(&mut *module.new_ledger(), Vec::new(), &target);
/// assert_eq!(imported, Err(ImportError::OtherChain(80002)));
/// # Ok::<(), ImportError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ImportTarget<'a> {
    /// The account.
    pub account: Address,
    /// The chain id.
    pub chain_id: u64,
    /// The sessions on chain.
    pub state: &'a SessionState,
}

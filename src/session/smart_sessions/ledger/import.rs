use super::{Fate, Record, SmartLedger};
use crate::{
    session::{
        Session, SessionEvent, SessionLedger, SessionState,
        smart_sessions::{SignedGrant, SmartSession},
    },
    store::StoredKey,
};

impl SmartLedger {
    /// Records a session that another library has granted, with its grant and its key. `state` is on chain. A session that
    /// is recorded with the same grant stays as it is, and gets its key if it had none.
    pub(in crate::session::smart_sessions) fn import(
        &mut self,
        session: Session,
        grant: SignedGrant,
        key: Option<StoredKey>,
        state: &SessionState,
    ) {
        let Some(permission_id) = grant.session(0).map(SmartSession::permission_id) else {
            return;
        };
        let is_same = |record: &Record| {
            record.permission_id == permission_id && record.grant.as_ref().is_none_or(|held| *held == grant)
        };
        let key = key.filter(|key| self.key(key.address()).is_none());
        self.keys.extend(key);
        if !self.records.iter().any(is_same) {
            let mut record = Record {
                session,
                permission_id,
                grant: Some(grant),
                deployment: None,
                fate: Fate::Signed,
                enabled_at: 0,
                ending: None,
            };
            let state = state.clone();
            record.apply(&SessionEvent::Observed { state, next: 0 }, 0);
            self.add(record, None);
        }
        self.sweep(0);
    }
}

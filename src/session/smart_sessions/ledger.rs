mod import;
mod record;
mod written;

use alloy::primitives::{Address, B256};

use self::record::Fate;
pub(super) use self::record::Record;
use super::{
    Grant, SmartSessions,
    counters::counters,
    proof::{FirstUse, SmartProof},
};
use crate::{
    permission::PolicyError,
    platform::Json,
    session::{
        GrantId, LimitCounter, OwnerGrant, PendingGrant, Proposal, Revocation, Session, SessionChange,
        SessionEvent, SessionId, SessionLedger, SessionProof, SessionRecord, SessionState, SessionStatus,
        record::{has_ended, status_at},
    },
    signer::SessionKey,
    store::StoredKey,
};

/// The sessions of an account that this store knows, in the order of their grants.
#[derive(Clone, Debug)]
pub(super) struct SmartLedger {
    pub(super) sessions: SmartSessions,
    records: Vec<Record>,
    keys: Vec<StoredKey>,
    /// Entries that could not be read, unchanged.
    damaged: Vec<Json>,
}

impl SmartLedger {
    /// The maximum number of sessions that have ended.
    const MOST_ENDED: usize = 64;
    /// The time that a key is kept after its session has ended, in seconds.
    const KEY_GRACE: u64 = 900;
    /// The time for which a node may lag behind the one that has shown a session, in seconds.
    const LAG: u64 = 60;

    /// Creates an empty ledger.
    pub(super) const fn new(sessions: SmartSessions) -> Self {
        Self {
            sessions,
            records: Vec::new(),
            keys: Vec::new(),
            damaged: Vec::new(),
        }
    }

    /// Adds a session and its key.
    fn add(&mut self, record: Record, key: Option<StoredKey>) {
        self.records
            .retain(|other| other.permission_id != record.permission_id);
        self.records.push(record);
        if let Some(key) = key {
            self.keys.retain(|other| other.address() != key.address());
            self.keys.push(key);
        }
    }

    fn of_id(&self, id: SessionId) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(move |record| record.session.id == id)
    }

    /// Returns true if a session can sign operations on a state of the chain. A session that was just enabled counts, as
    /// the node may lag behind.
    fn is_usable(record: &Record, state: &SessionState) -> bool {
        record.is_on_chain(state) || matches!(record.fate, Fate::Signed | Fate::Enabled)
    }

    /// Returns the session of a key that can sign operations on a state of the chain.
    fn usable(&self, state: &SessionState, id: SessionId) -> Option<&Record> {
        self.of_id(id)
            .filter(|record| Self::is_usable(record, state))
            .last()
    }

    /// Returns the permission ids that a revocation ends.
    fn ended(&self, state: &SessionState, revoked: &Revocation) -> Vec<B256> {
        let is_ended = |record: &&Record| match revoked {
            Revocation::None => false,
            Revocation::These(ids) => ids.contains(&record.session.id),
            Revocation::IfPresent(id) => record.session.id == *id,
            Revocation::All => true,
        };
        let alive = |record: &&Record| record.fate.is_alive() || record.is_on_chain(state);
        let known = self.records.iter().filter(alive).filter(is_ended);
        let mut ids = known.map(|record| record.permission_id).collect::<Vec<_>>();
        if *revoked == Revocation::All {
            ids.extend(
                state
                    .0
                    .iter()
                    .filter(|id| !ids.contains(id))
                    .copied()
                    .collect::<Vec<_>>(),
            );
        }
        ids
    }

    /// Removes keys that sign nothing any more, and sessions that ended long ago.
    fn sweep(&mut self, now: u64) {
        let end = now.saturating_sub(Self::KEY_GRACE);
        let records = &self.records;
        let needs_key =
            |record: &Record| record.fate.is_alive() && !has_ended(&record.session.permissions, end);
        self.keys.retain(|key| {
            let mut own = records
                .iter()
                .filter(|record| record.session.id == key.address())
                .peekable();
            // The key of an entry that is set aside has no record.
            own.peek().is_none() || own.any(needs_key)
        });
        let ended = records.iter().filter(|record| !needs_key(record)).count();
        let mut surplus = ended.saturating_sub(Self::MOST_ENDED);
        self.records.retain(|record| {
            let is_surplus = surplus > 0 && !needs_key(record);
            surplus -= usize::from(is_surplus);
            !is_surplus
        });
    }
}

impl SessionLedger for SmartLedger {
    fn to_text(&self) -> String {
        self.written().to_string()
    }

    fn boxed_clone(&self) -> Box<dyn SessionLedger> {
        Box::new(self.clone())
    }

    fn damaged(&self) -> usize {
        self.damaged.len()
    }

    fn discard_damaged(&mut self) {
        self.damaged.clear();
    }

    fn key(&self, id: SessionId) -> Option<&StoredKey> {
        self.keys.iter().find(|key| key.address() == id)
    }

    fn unsealed_keys(&self) -> Vec<SessionKey> {
        let open = |key: &StoredKey| match key {
            StoredKey::Open(key) => Some(key.clone()),
            StoredKey::Sealed(_) => None,
        };
        self.keys.iter().filter_map(open).collect()
    }

    fn replace_key(&mut self, key: StoredKey) {
        if let Some(kept) = self.keys.iter_mut().find(|kept| kept.address() == key.address()) {
            *kept = key;
        }
    }

    /// A new session ends no other one.
    fn knows(&self, _state: &SessionState) -> bool {
        true
    }

    fn needs_sequence(&self, _state: &SessionState) -> bool {
        false
    }

    fn sessions(&self, state: &SessionState) -> Vec<Session> {
        let usable = self
            .records
            .iter()
            .filter(|record| Self::is_usable(record, state));
        usable.map(|record| record.session.clone()).collect()
    }

    /// A session that the chain may have enabled meanwhile can be revoked too.
    fn revocable(&self, state: &SessionState) -> Vec<SessionId> {
        let alive = |record: &&Record| record.fate.is_alive() || record.is_on_chain(state);
        let alive = self.records.iter().filter(alive);
        alive.map(|record| record.session.id).collect()
    }

    fn session(&self, state: &SessionState, id: SessionId) -> Option<Session> {
        let was_granted = |record: &&Record| {
            Self::is_usable(record, state) || !matches!(record.fate, Fate::Proposed | Fate::Failed)
        };
        let granted = self.of_id(id).filter(was_granted).last()?;
        Some(granted.session.clone())
    }

    fn records(&self, state: &SessionState, pending: &[PendingGrant], now: u64) -> Vec<SessionRecord> {
        let record = |record: &Record| {
            let permissions = &record.session.permissions;
            let status = match record.fate {
                _ if record.is_on_chain(state) => status_at(permissions, now),
                Fate::Signed => match status_at(permissions, now) {
                    SessionStatus::Active => SessionStatus::Granted,
                    status => status,
                },
                _ if has_ended(permissions, now) => SessionStatus::Expired,
                Fate::Proposed => {
                    let id = GrantId(record.permission_id);
                    match pending.iter().find(|pending| pending.grant == id) {
                        Some(PendingGrant { hash: Some(hash), .. }) => SessionStatus::Submitted(*hash),
                        Some(_) => SessionStatus::AwaitingSignature,
                        None => SessionStatus::Draft,
                    }
                }
                Fate::Enabled | Fate::Missing | Fate::Revoked => SessionStatus::Revoked,
                Fate::Failed => SessionStatus::Failed,
            };
            let has_key = self.key(record.session.id).is_some();
            SessionRecord::new(record.session.clone(), status, has_key)
        };
        self.records.iter().map(record).collect()
    }

    fn untracked(&self, state: &SessionState, _next: u64) -> u64 {
        let is_known = |id: &&B256| self.records.iter().any(|record| record.permission_id == **id);
        let unknown = state.0.iter().filter(|id| !is_known(id));
        unknown.count() as u64
    }

    fn untracked_grants(&self, _next: u64) -> u64 {
        1
    }

    /// A damaged entry does not stand in the way: the other sessions are independent of it.
    fn lost(&self, _state: &SessionState) -> u64 {
        0
    }

    fn base(&self, _grant: GrantId) -> Option<SessionState> {
        None
    }

    fn propose(
        &mut self,
        state: &SessionState,
        change: SessionChange,
        now: u64,
        _sequence: u64,
    ) -> Result<Proposal, PolicyError> {
        let ended = self.ended(state, &change.revoked);
        let granted = match change.permissions.is_empty() {
            true => None,
            false => Some(self.sessions.granted(&change)?),
        };
        let is_all = change.revoked == Revocation::All;
        let proposal = self.sessions.proposal(state, &ended, granted, is_all);
        for record in &mut self.records {
            if ended.contains(&record.permission_id) {
                record.ending = Some(proposal.grant);
            }
        }
        if !change.permissions.is_empty() {
            let record = Record::new(&change, proposal.grant.0, Fate::Proposed);
            self.add(record, change.key);
        }
        self.sweep(now);
        Ok(proposal)
    }

    fn draft(&mut self, change: SessionChange, now: u64) -> Result<GrantId, PolicyError> {
        let id = self.sessions.granted(&change)?.permission_id();
        self.add(Record::new(&change, id, Fate::Proposed), change.key);
        self.sweep(now);
        Ok(GrantId(id))
    }

    fn record_signed(
        &mut self,
        change: SessionChange,
        owner: OwnerGrant,
        now: u64,
    ) -> Result<(), PolicyError> {
        let session = self.sessions.granted(&change)?;
        let id = session.permission_id();
        let grant = Grant::new(owner.account, owner.chain_id, session, &self.sessions.contracts);
        let mut record = Record::new(&change, id, Fate::Signed);
        // The address 0 is the default validator.
        record.grant = Some(grant.signed(Address::ZERO, &owner.signature));
        record.deployment = owner.deployment;
        self.add(record, change.key);
        self.sweep(now);
        Ok(())
    }

    fn apply(&mut self, event: SessionEvent, now: u64) {
        for record in &mut self.records {
            record.apply(&event, now);
        }
        if let SessionEvent::Withdrawn(grant) = event {
            let is_withdrawn =
                |record: &Record| record.permission_id == grant.0 && record.fate == Fate::Failed;
            self.records.retain(|record| !is_withdrawn(record));
        }
        self.sweep(now);
    }

    fn is_current(&self, state: &SessionState, next: u64, now: u64) -> bool {
        let mut after = self.clone();
        let state = state.clone();
        after.apply(SessionEvent::Observed { state, next }, now);
        after.records == self.records && after.keys.len() == self.keys.len()
    }

    fn counters(
        &self,
        state: &SessionState,
        id: SessionId,
        account: Address,
    ) -> Result<Vec<LimitCounter>, PolicyError> {
        let Some(record) = self.usable(state, id) else {
            return Ok(Vec::new());
        };
        let is_used = record.is_on_chain(state);
        let mut limits = Vec::new();
        for (index, permission) in record.session.permissions.iter().enumerate() {
            let counted = counters(
                record.permission_id,
                permission,
                account,
                &self.sessions.contracts,
            );
            limits.extend(counted.into_iter().map(|(limit, counter)| LimitCounter {
                permission: index,
                limit,
                counter: counter.filter(|_| is_used),
            }));
        }
        Ok(limits)
    }

    fn prove(
        &self,
        state: &SessionState,
        session: &Session,
        _policies: &[usize],
        in_batch: bool,
        _form: u8,
    ) -> Option<Box<dyn SessionProof>> {
        // One key may have several sessions.
        let is_chosen = |record: &&Record| record.session == *session && Self::is_usable(record, state);
        let record = self.records.iter().filter(is_chosen).last()?;
        let first_use = match record.is_on_chain(state) || record.fate == Fate::Enabled {
            true => None,
            false => Some(FirstUse {
                grant: record.grant.clone()?,
                packing: self.sessions.packing,
                deployment: record.deployment.clone(),
            }),
        };
        Some(Box::new(SmartProof {
            module: self.sessions.contracts.module,
            permission_id: record.permission_id,
            key_validator: record.key_validator(&self.sessions.contracts),
            first_use,
            in_batch,
        }))
    }
}

#[cfg(test)]
mod tests;

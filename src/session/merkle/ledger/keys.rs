use super::Ledger;
use crate::{session::SessionId, signer::SessionKey, store::StoredKey};

impl Ledger {
    /// The time that a key is kept after its session has ended, in seconds.
    const KEY_GRACE: u64 = 900;

    /// Returns the key of a session, in its stored form.
    #[must_use]
    pub fn key(&self, id: SessionId) -> Option<&StoredKey> {
        self.keys.iter().find(|key| key.address() == id)
    }

    /// Removes the keys of sessions that ended at least 15 minutes before `now`, in seconds since 1970. The margin is
    /// for a clock that is ahead.
    pub(super) fn expire(&mut self, now: u64) {
        let spent = self.spent_keys(now);
        self.keys.retain(|key| !spent.contains(&key.address()));
    }

    /// Returns the keys of ended sessions, by the rule of [`expire`](Self::expire).
    pub(crate) fn spent_keys(&self, now: u64) -> Vec<SessionId> {
        let end = now.saturating_sub(Self::KEY_GRACE);
        let is_spent = |id: &SessionId| {
            let mut own = self
                .leaves
                .iter()
                .filter(|(_, leaf)| leaf.mentions(*id))
                .peekable();
            own.peek().is_some() && own.all(|(_, leaf)| leaf.interval().has_ended(end))
        };
        self.keys
            .iter()
            .map(StoredKey::address)
            .filter(is_spent)
            .collect()
    }

    /// Returns the unencrypted keys, which a vault could seal.
    pub(crate) fn open_keys(&self) -> impl Iterator<Item = &SessionKey> {
        self.keys.iter().filter_map(|key| match key {
            StoredKey::Open(key) => Some(key),
            StoredKey::Sealed(_) => None,
        })
    }

    /// Replaces the stored form of a key.
    pub(crate) fn keep(&mut self, key: StoredKey) {
        let address = key.address();
        if let Some(kept) = self.keys.iter_mut().find(|kept| kept.address() == address) {
            *kept = key;
        }
    }
}

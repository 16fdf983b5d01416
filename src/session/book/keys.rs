use super::{Book, KeptKey, SessionId};
use crate::session::SessionKey;

impl Book {
    /// How long a key is kept after its session has ended, in seconds.
    const KEY_GRACE: u64 = 900;

    /// The key of a session, as it is kept.
    #[must_use]
    pub fn key(&self, id: SessionId) -> Option<&KeptKey> {
        self.keys.iter().find(|key| key.address() == id)
    }

    /// Forgets the keys of sessions that have ended, at a moment in seconds since 1970. A quarter of an hour is added,
    /// for this clock may be ahead.
    pub fn expire(&mut self, now: u64) {
        let spent = self.spent_keys(now);
        self.keys.retain(|key| !spent.contains(&key.address()));
    }

    /// The keys of sessions that have ended.
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
        self.keys.iter().map(KeptKey::address).filter(is_spent).collect()
    }

    /// Keys that lie open, although a vault could seal them.
    pub(crate) fn open_keys(&self) -> impl Iterator<Item = &SessionKey> {
        self.keys.iter().filter_map(|key| match key {
            KeptKey::Open(key) => Some(key),
            KeptKey::Sealed(_) => None,
        })
    }

    /// Keeps a key in another form.
    pub(crate) fn keep(&mut self, key: KeptKey) {
        let address = key.address();
        if let Some(kept) = self.keys.iter_mut().find(|kept| kept.address() == address) {
            *kept = key;
        }
    }
}

use super::{Ledger, recorded_tree::Fate};
use crate::session::{GrantId, SessionEvent};

/// An event of a grant, as the trees see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TreeEvent {
    /// The chain holds the tree of the event.
    Current,
    /// The chain has held the tree of the event, and holds a later one.
    Past,
    /// The grant of the event was included and reverted, or will never be included.
    Failed,
    /// The grant of the event was not submitted.
    Withdrawn,
}

/// The place of a tree in the order of the grants, relative to the tree of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Earlier,
    Same,
    Later,
}

impl Fate {
    /// Returns the state of a tree after an event, or `None` if the tree is removed.
    ///
    /// In every case that this table omits, the state is unchanged.
    ///
    /// | Event | Tree | State | Next state |
    /// |---|---|---|---|
    /// | current, past | same | any | on chain |
    /// | current | later | on chain | recorded |
    /// | failed | same, with leaves | recorded | failed |
    /// | failed | same, without leaves | recorded | removed |
    /// | withdrawn | same | recorded | removed |
    pub(super) const fn after(self, event: TreeEvent, place: Place, has_leaves: bool) -> Option<Self> {
        match (event, place, self) {
            (TreeEvent::Current | TreeEvent::Past, Place::Same, _) => Some(Self::OnChain),
            // After a reorganization an earlier tree may be on chain again.
            (TreeEvent::Current, Place::Later, Self::OnChain) => Some(Self::Recorded),
            (TreeEvent::Failed, Place::Same, Self::Recorded) if has_leaves => Some(Self::Failed),
            // A later end of all sessions must not be attributed to a failed grant without leaves.
            (TreeEvent::Failed | TreeEvent::Withdrawn, Place::Same, Self::Recorded) => None,
            _ => Some(self),
        }
    }
}

impl Ledger {
    /// Records an event. `now` is in seconds since 1970.
    ///
    /// The state of each recorded tree follows from the event. Then the trees that were on chain long ago, the leaves
    /// without a tree, the keys that can no longer be used, and the keys of sessions that ended at least 15 minutes ago
    /// are removed.
    ///
    /// An event of an unknown grant changes no tree, unless the chain holds the grant and its sequence number shows that
    /// another device has made it.
    pub fn apply(&mut self, event: SessionEvent, now: u64) {
        let (grant, event) = match event {
            SessionEvent::Observed { state, next } => {
                self.supersede(state.word(), next);
                (GrantId(state.word()), TreeEvent::Current)
            }
            SessionEvent::Included(grant) => match self.on_chain() > self.position(grant.0) {
                true => (grant, TreeEvent::Past),
                false => (grant, TreeEvent::Current),
            },
            SessionEvent::Failed(grant) => (grant, TreeEvent::Failed),
            SessionEvent::Withdrawn(grant) => (grant, TreeEvent::Withdrawn),
        };
        if let Some(same) = self.position(grant.0) {
            self.step(same, event);
            if event == TreeEvent::Current {
                self.drop_past(same);
            }
        }
        self.sweep();
        self.expire(now);
    }

    /// Moves each tree to its next state. `same` is the position of the event's tree.
    fn step(&mut self, same: usize, event: TreeEvent) {
        let mut positions = 0..;
        self.trees.retain_mut(|tree| {
            let place = match positions.next() {
                Some(at) if at == same => Place::Same,
                Some(at) if at < same => Place::Earlier,
                _ => Place::Later,
            };
            let next = tree.fate.after(event, place, !tree.leaves.is_empty());
            tree.fate = next.unwrap_or(tree.fate);
            next.is_some()
        });
    }
}

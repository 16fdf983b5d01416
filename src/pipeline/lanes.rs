use std::time::Duration;

use alloy::primitives::U256;

use super::chain_cache::is_recent;
use crate::{account::OperationSigner, platform, primitives::NonceKey};

/// The nonce lanes that a client has begun. No other client sends in them.
#[derive(Debug, Default)]
pub(crate) struct Lanes(Vec<Lane>);

#[derive(Debug)]
struct Lane {
    /// The signer of the lane's operations.
    signer: OperationSigner,
    key: NonceKey,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The lane waits for its next operation.
    Free { next: U256 },
    /// An operation has taken the lane, at this time.
    Taken { at: Duration },
}

impl State {
    fn taken() -> Self {
        Self::Taken {
            at: platform::monotonic(),
        }
    }
}

impl Lanes {
    /// The maximum number of lanes.
    const MOST: usize = 16;

    /// Records a new lane, which an operation takes. The newest lanes are kept.
    pub(crate) fn begin(&mut self, signer: OperationSigner, key: NonceKey) {
        self.0.push(Lane {
            signer,
            key,
            state: State::taken(),
        });
        let surplus = self.0.len().saturating_sub(Self::MOST);
        self.0.drain(..surplus);
    }

    /// Records that the nonce of an operation was used, so that its lane is free again.
    pub(crate) fn free(&mut self, used: U256) {
        let key = NonceKey::of(used);
        if let Some(lane) = self.0.iter_mut().find(|lane| lane.key == key) {
            lane.state = State::Free {
                next: used.saturating_add(U256::ONE),
            };
        }
    }

    /// Takes a free lane of a signer, and returns its next nonce.
    pub(crate) fn take(&mut self, signer: OperationSigner) -> Option<U256> {
        let mut own = self.0.iter_mut().filter(|lane| lane.signer == signer);
        own.find_map(|lane| match lane.state {
            State::Free { next } => {
                lane.state = State::taken();
                Some(next)
            }
            State::Taken { .. } => None,
        })
    }

    /// Returns true if an operation with another nonce key has taken a lane within the last 60 s.
    pub(crate) fn are_taken_beside(&self, nonce: U256) -> bool {
        let own = NonceKey::of(nonce);
        let is_taken = |lane: &Lane| matches!(lane.state, State::Taken { at } if is_recent(at));
        self.0.iter().any(|lane| lane.key != own && is_taken(lane))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: OperationSigner = OperationSigner::Owner;
    const SESSION: OperationSigner = OperationSigner::Session;

    fn key(byte: u8) -> NonceKey {
        NonceKey::from_bytes([byte; 24])
    }

    #[test]
    fn lane_is_taken_again_when_it_is_free() {
        let mut lanes = Lanes::default();
        lanes.begin(SESSION, key(1));

        assert_eq!(lanes.take(SESSION), None);
        lanes.free(key(1).at(0));
        lanes.free(key(2).at(0));

        assert_eq!(lanes.take(OWNER), None);
        assert_eq!(lanes.take(SESSION), Some(key(1).at(1)));
        assert_eq!(lanes.take(SESSION), None);
    }

    #[test]
    fn operation_knows_of_others_on_their_way() {
        let mut lanes = Lanes::default();
        lanes.begin(SESSION, key(1));

        assert!(!lanes.are_taken_beside(key(1).at(0)));
        assert!(lanes.are_taken_beside(key(2).at(0)));
        lanes.begin(OWNER, key(2));
        assert!(lanes.are_taken_beside(key(1).at(0)));
        lanes.free(key(2).at(0));
        assert!(!lanes.are_taken_beside(key(1).at(0)));
    }
}

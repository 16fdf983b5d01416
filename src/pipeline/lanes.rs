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

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// The lane waits for its next operation.
    Free { next: U256 },
    /// An operation has taken this nonce. Once it was sent, the time of that.
    Taken { nonce: U256, sent: Option<Duration> },
}

impl State {
    /// Returns the first nonce that was not used when last seen.
    const fn unused(&self) -> U256 {
        match self {
            Self::Free { next: nonce } | Self::Taken { nonce, .. } => *nonce,
        }
    }
}

impl Lanes {
    /// The maximum number of lanes.
    const MOST: usize = 16;

    /// Records a new lane, whose first nonce an operation takes. The newest lanes are kept.
    pub(crate) fn begin(&mut self, signer: OperationSigner, key: NonceKey) {
        let (nonce, sent) = (key.at(0), None);
        self.0.push(Lane {
            signer,
            key,
            state: State::Taken { nonce, sent },
        });
        let surplus = self.0.len().saturating_sub(Self::MOST);
        self.0.drain(..surplus);
    }

    /// Takes a free lane of a signer, and returns its next nonce.
    pub(crate) fn take(&mut self, signer: OperationSigner) -> Option<U256> {
        let mut own = self.0.iter_mut().filter(|lane| lane.signer == signer);
        own.find_map(|lane| match lane.state {
            State::Free { next: nonce } => {
                lane.state = State::Taken { nonce, sent: None };
                Some(nonce)
            }
            State::Taken { .. } => None,
        })
    }

    /// Records that the nonce of an operation was used, so that its lane is free again. The same may be recorded again when
    /// the lane has gone on.
    pub(crate) fn free(&mut self, used: U256) {
        let lane = self.of(used).filter(|lane| lane.state.unused() <= used);
        if let Some(lane) = lane {
            let next = used.saturating_add(U256::ONE);
            lane.state = State::Free { next };
        }
    }

    /// Returns a nonce that was taken and is not needed. It must not have been sent.
    pub(crate) fn give_back(&mut self, nonce: U256) {
        let lane = self.of(nonce);
        let unsent = State::Taken { nonce, sent: None };
        if let Some(lane) = lane.filter(|lane| lane.state == unsent) {
            lane.state = State::Free { next: nonce };
        }
    }

    /// Records that the operation with a nonce is being sent.
    pub(crate) fn record_sending(&mut self, nonce: U256) {
        self.change_sent(nonce, Some(platform::monotonic()));
    }

    /// Records that the operation with a nonce was refused.
    pub(crate) fn record_unsent(&mut self, nonce: U256) {
        self.change_sent(nonce, None);
    }

    /// Returns true if an operation with another nonce key was sent within the last 60 s, and is not known to be included.
    pub(crate) fn are_in_use_beside(&self, nonce: U256) -> bool {
        let own = NonceKey::of(nonce);
        let is_sent = |lane: &Lane| match lane.state {
            State::Taken { sent: Some(at), .. } => is_recent(at),
            _ => false,
        };
        self.0.iter().any(|lane| lane.key != own && is_sent(lane))
    }

    fn change_sent(&mut self, of: U256, now: Option<Duration>) {
        if let Some(Lane {
            state: State::Taken { nonce, sent },
            ..
        }) = self.of(of)
            && *nonce == of
        {
            *sent = now;
        }
    }

    fn of(&mut self, nonce: U256) -> Option<&mut Lane> {
        let key = NonceKey::of(nonce);
        self.0.iter_mut().find(|lane| lane.key == key)
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
    fn nonce_that_was_used_is_not_taken_again() {
        let mut lanes = Lanes::default();
        lanes.begin(SESSION, key(1));
        lanes.free(key(1).at(0));
        assert_eq!(lanes.take(SESSION), Some(key(1).at(1)));

        // The receipt of the first operation is seen again.
        lanes.free(key(1).at(0));

        assert_eq!(lanes.take(SESSION), None);
        lanes.free(key(1).at(1));
        lanes.free(key(1).at(0));
        assert_eq!(lanes.take(SESSION), Some(key(1).at(2)));
    }

    #[test]
    fn nonce_is_given_back_unless_it_was_sent() {
        let mut lanes = Lanes::default();
        lanes.begin(SESSION, key(1));
        lanes.begin(SESSION, key(2));
        lanes.record_sending(key(2).at(0));

        lanes.give_back(key(1).at(0));
        lanes.give_back(key(2).at(0));

        assert_eq!(lanes.take(SESSION), Some(key(1).at(0)));
        assert_eq!(lanes.take(SESSION), None);
    }

    #[test]
    fn operation_knows_of_others_that_were_sent() {
        let mut lanes = Lanes::default();
        lanes.begin(SESSION, key(1));
        lanes.begin(OWNER, key(2));

        assert!(!lanes.are_in_use_beside(key(1).at(0)));
        lanes.record_sending(key(2).at(0));
        assert!(lanes.are_in_use_beside(key(1).at(0)));
        assert!(!lanes.are_in_use_beside(key(2).at(0)));
        lanes.record_unsent(key(2).at(0));
        assert!(!lanes.are_in_use_beside(key(1).at(0)));
        lanes.record_sending(key(2).at(0));
        lanes.free(key(2).at(0));
        assert!(!lanes.are_in_use_beside(key(1).at(0)));
    }
}

use alloy::primitives::Address;

use super::StoreError;

impl StoreError {
    /// Returns each error with its code and its text.
    pub(crate) fn samples() -> Vec<(Self, &'static str, &'static str)> {
        vec![
            (
                Self::Unavailable("the page may not".to_owned()),
                "store.unavailable",
                "sessions cannot be stored here: the page may not",
            ),
            (
                Self::Full,
                "store.full",
                "the store for sessions is full: make room in it and try again",
            ),
            (
                Self::Damaged("no JSON".to_owned()),
                "store.damaged",
                "the stored sessions cannot be read (no JSON): a new session would end them, so say that it may",
            ),
            (
                Self::Newer(4000),
                "store.newer_version",
                "the stored sessions are of version 4000, which is newer than this page: reload it",
            ),
            (
                Self::NoRandomness("no source".to_owned()),
                "store.no_randomness",
                "neither keys nor nonces can be made: no source",
            ),
            (
                Self::Locked(Address::repeat_byte(7)),
                "store.sealed_elsewhere",
                "the key of the session 0x0707070707070707070707070707070707070707 cannot be opened, for this browser \
                 did not seal it: create a new session",
            ),
        ]
    }
}

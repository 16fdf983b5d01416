use alloy::primitives::Address;

use super::StoreError;
use crate::platform::NoRandomness;

impl StoreError {
    /// Returns each error with its code and its text.
    pub(crate) fn samples() -> Vec<(Self, &'static str, &'static str)> {
        vec![
            (
                Self::Unavailable("no IndexedDB; pass another store".to_owned()),
                "store.unavailable",
                "the session store is unavailable: no IndexedDB; pass another store",
            ),
            (
                Self::Full,
                "store.full",
                "the session store is full; free space and try again",
            ),
            (
                Self::Damaged("no JSON".to_owned()),
                "store.damaged",
                "the stored sessions cannot be read: no JSON; pass `replace_unknown(true)` to revoke and \
                 replace them",
            ),
            (
                Self::Newer(4000),
                "store.newer_version",
                "the stored sessions have a newer format: version 4000; reload the page, or update the program",
            ),
            (
                Self::NoRandomness(NoRandomness.to_string()),
                "store.no_randomness",
                "a key or nonce cannot be generated: no secure source of random bytes; open the page over \
                 HTTPS in a browser with `crypto.getRandomValues`",
            ),
            (
                Self::Locked(Address::repeat_byte(7)),
                "store.sealed_elsewhere",
                "the session key cannot be decrypted with this store's vault: \
                 0x0707070707070707070707070707070707070707; create a new session",
            ),
        ]
    }
}

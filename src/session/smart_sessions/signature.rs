use alloy::{
    primitives::{B256, Bytes},
    sol_types::SolValue,
};

use super::{EnableMode, Packing, SmartSession, contracts::EnableSession};

/// Returns the signature of an operation by an enabled session: the permission id and the key's signature, in the form
/// that the session's [validator](super::KeyValidator) reads.
///
/// # Examples
///
/// ```
/// use alloy::primitives::B256;
/// use use_aa::session::smart_sessions::{KeyValidator, use_signature};
///
/// let dummy = use_signature(B256::repeat_byte(1), &KeyValidator::K1.dummy_signature());
/// assert_eq!(dummy.len(), 1 + 32 + 65);
/// ```
#[must_use]
pub fn use_signature(permission_id: B256, key_signature: &[u8]) -> Bytes {
    [&[USE][..], permission_id.as_slice(), key_signature]
        .concat()
        .into()
}

/// A [`Grant`](super::Grant) with the owner's signature, which the first operation of each session brings to the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedGrant {
    mode: EnableMode,
    sessions: Vec<EnableSession>,
}

impl SignedGrant {
    pub(super) const fn new(mode: EnableMode, sessions: Vec<EnableSession>) -> Self {
        Self { mode, sessions }
    }

    /// Returns the session at an index of the grant.
    #[must_use]
    pub fn session(&self, index: usize) -> Option<&SmartSession> {
        self.sessions.get(index).map(|enabled| &enabled.sessionToEnable)
    }

    /// Returns the signature of an operation that enables the session at an index of the grant and is made by it.
    /// `key_signature` has the form that the session's [validator](super::KeyValidator) reads. `None` if the grant has
    /// no such session.
    #[must_use]
    pub fn signature(&self, index: usize, key_signature: &[u8], packing: Packing) -> Option<Bytes> {
        let data = self.data(index, key_signature)?;
        let mut signature = vec![self.mode as u8];
        signature.extend(packing.pack(&data));
        Some(signature.into())
    }

    /// Returns the data of such a signature before its packing: the session with the owner's signature, and the key's
    /// signature.
    #[must_use]
    pub fn data(&self, index: usize, key_signature: &[u8]) -> Option<Bytes> {
        let session = self.sessions.get(index)?.clone();
        let encoded = (session, Bytes::copy_from_slice(key_signature)).abi_encode_params();
        Some(encoded.into())
    }

    /// Returns the grant as bytes for a store.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut bytes = vec![self.mode as u8];
        bytes.extend(self.sessions.abi_encode());
        bytes.into()
    }

    /// Reads a grant from the bytes of a store. `None` if they are damaged.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (mode, sessions) = bytes.split_first()?;
        let mode = match mode {
            1 => EnableMode::Attested,
            2 => EnableMode::Unattested,
            _ => return None,
        };
        let sessions = Vec::<EnableSession>::abi_decode_validate(sessions).ok()?;
        Some(Self { mode, sessions })
    }
}

/// The mode byte of a signature by an enabled session.
const USE: u8 = 0;

use alloy::{
    hex,
    primitives::{Address, B256, Bytes, aliases::U48, keccak256},
    sol_types::SolValue,
};

use super::{Interval, Leaf};
use crate::{
    contracts::modules::{SessionData, SessionKeyManager},
    primitives::{Call, UserOpHash},
};

/// 65 bytes that have a signature's shape, but that no session key made: services estimate with them.
const DUMMY: [u8; 65] = hex!(
    "73c3ac716c487ca34bb858247b5ccf1dc354fbaabdd089af3b2ac8e78ba85a49" // r
    "59a2d76250325bd67c11771c31fccda87c33ceec17cc0de912690521bb95ffcb" // s
    "1b"                                                               // v
);

/// A session key's signature as an estimate needs it: right in length and shape, valid for nothing.
#[must_use]
pub fn dummy_signature() -> Bytes {
    DUMMY.into()
}

/// A leaf and what proves that the account's root contains it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenLeaf {
    /// The leaf.
    pub leaf: Leaf,
    /// Its siblings on the way to the root.
    pub proof: Vec<B256>,
}

/// The call that makes the session key manager hold a root. It replaces the account's earlier one.
#[must_use]
pub fn set_merkle_root(manager: Address, root: B256) -> Call {
    Call::new(manager, SessionKeyManager::setMerkleRootCall { merkleRoot: root })
}

/// What the session key manager reads: the leaf, its proof, and the session key's signature over the user
/// operation's hash ([EIP-191](https://eips.ethereum.org/EIPS/eip-191)).
#[must_use]
pub fn module_signature(proven: &ProvenLeaf, signature: Bytes) -> Bytes {
    let (valid_until, valid_after) = times(proven.leaf.interval());
    let fields = (
        valid_until,
        valid_after,
        proven.leaf.module(),
        proven.leaf.key_data().clone(),
        proven.proof.clone(),
        signature,
    );
    fields.abi_encode_params().into()
}

/// What the batch router reads: one leaf for each call of the batch, in the calls' order, with what that call's
/// module needs besides, and the session's signature over a [`BatchDigest`].
#[must_use]
pub fn batch_module_signature<'a>(
    manager: Address,
    calls: impl IntoIterator<Item = (&'a ProvenLeaf, Bytes)>,
    signature: Bytes,
) -> Bytes {
    let sessions = calls.into_iter().map(|(proven, extra)| {
        let (valid_until, valid_after) = times(proven.leaf.interval());
        SessionData {
            validUntil: valid_until,
            validAfter: valid_after,
            sessionValidationModule: proven.leaf.module(),
            sessionKeyData: proven.leaf.key_data().clone(),
            merkleProof: proven.proof.clone(),
            callSpecificData: extra,
        }
    });
    (manager, sessions.collect::<Vec<_>>(), signature)
        .abi_encode_params()
        .into()
}

/// What a session's signer signs for the batch router. Two kinds of router are in use, at the same address of
/// different chains, and neither tells which it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchDigest {
    /// The user operation's hash as it is.
    #[default]
    Plain,
    /// The user operation's hash, bound to the session key manager.
    Bound,
}

impl BatchDigest {
    /// The bytes to sign, as a personal message.
    #[must_use]
    pub fn of(self, hash: UserOpHash, manager: Address) -> B256 {
        match self {
            Self::Bound => keccak256([hash.0.as_slice(), manager.as_slice()].concat()),
            Self::Plain => hash.0,
        }
    }

    /// The other kind.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Bound => Self::Plain,
            Self::Plain => Self::Bound,
        }
    }
}

/// A leaf's interval is within 48 bits, so nothing is cut off.
fn times(interval: Interval) -> (U48, U48) {
    (
        U48::wrapping_from(interval.valid_until),
        U48::wrapping_from(interval.valid_after),
    )
}

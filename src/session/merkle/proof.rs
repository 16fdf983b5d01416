use alloy::primitives::{Address, B256, Bytes, U256, keccak256};

use super::Leaf;
use crate::{
    permission::Interval,
    primitives::{Call, Encoder, UserOpHash},
    session::merkle::contracts::SessionKeyManager,
};

/// A leaf and its Merkle proof.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{Bytes, address};
/// use use_aa::{Interval, session::merkle::{Leaf, ProvenLeaf, Tree}};
///
/// let module = address!("000006bC2eCdAe38113929293d241Cf252D91861");
/// let leaf = |data: &'static str| Leaf::new(Interval::ALWAYS, module, Bytes::from(data));
/// let (mint, trade) = (leaf("may mint")?, leaf("may trade")?);
/// let tree = Tree::new([mint.hash(), trade.hash()]);
///
/// let proof = tree.proof(mint.hash()).ok_or("no leaf of the tree")?;
/// let proven = ProvenLeaf { leaf: mint, proof };
/// assert_eq!(proven.proof, [trade.hash()]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenLeaf {
    /// The leaf.
    pub leaf: Leaf,
    /// The sibling hashes on the path from the leaf to the root.
    pub proof: Vec<B256>,
}

impl ProvenLeaf {
    /// Returns the fields that both signatures encode: the leaf, its proof, and further bytes.
    fn fields(&self, more: &[u8]) -> Encoder {
        let Interval {
            valid_after,
            valid_until,
        } = self.leaf.interval();
        let proof = self.proof.iter().copied().fold(Encoder::default(), Encoder::word);
        Encoder::default()
            .word(U256::from(valid_until))
            .word(U256::from(valid_after))
            .address(self.leaf.module())
            .bytes(self.leaf.key_data())
            .array(proof)
            .bytes(more)
    }
}

/// Returns the call that sets the Merkle root in the session key manager. The new root replaces the account's earlier
/// root.
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::b256};
/// use use_aa::session::merkle::{set_merkle_root, contracts::SESSION_KEY_MANAGER};
///
/// let root = b256!("1fe6359a5ec88ee4508a1c7bc78825830a7d38bf0aae9a97df86341d22f952cd");
/// let call = set_merkle_root(SESSION_KEY_MANAGER, root);
/// assert_eq!(call.to, SESSION_KEY_MANAGER);
/// assert_eq!(call.data[..], hex!(
///     "7cb64759"                                                         // setMerkleRoot
///     "1fe6359a5ec88ee4508a1c7bc78825830a7d38bf0aae9a97df86341d22f952cd" // root
/// ));
/// ```
#[must_use]
pub fn set_merkle_root(manager: Address, root: B256) -> Call {
    Call::new(manager, SessionKeyManager::setMerkleRootCall { merkleRoot: root })
}

/// Encodes the session key manager's signature: the leaf, its proof, and the session key's signature of the user
/// operation's hash ([EIP-191](https://eips.ethereum.org/EIPS/eip-191)).
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::bytes};
/// use use_aa::{Interval, session::merkle::contracts::ABI_SESSION_VALIDATION};
/// use use_aa::session::merkle::{Leaf, ProvenLeaf, module_signature};
/// use use_aa::signer::dummy_session_signature;
///
/// let interval = Interval { valid_after: 160_704_324, valid_until: Interval::MAX };
/// let leaf = Leaf::new(interval, ABI_SESSION_VALIDATION, bytes!("1234"))?;
/// let proven = ProvenLeaf { leaf, proof: vec![] };
///
/// assert!(module_signature(&proven, dummy_session_signature()).starts_with(&hex!(
///     "0000000000000000000000000000000000000000000000000000ffffffffffff" // valid until
///     "0000000000000000000000000000000000000000000000000000000009942744" // valid after
///     "000000000000000000000000000006bc2ecdae38113929293d241cf252d91861" // module
/// )));
/// # Ok::<(), use_aa::permission::PolicyError>(())
/// ```
#[must_use]
pub fn module_signature(proven: &ProvenLeaf, signature: Bytes) -> Bytes {
    proven.fields(&signature).encode(&[]).into()
}

/// Encodes the batch router's signature: for each call of the batch, in order, a leaf with its call-specific data, and
/// the session key's signature of a [`BatchDigest`].
///
/// # Examples
///
/// A batch of two calls, both under one leaf, without call-specific data:
///
/// ```
/// use alloy::{hex, primitives::{Bytes, bytes}};
/// use use_aa::{Interval, session::merkle::contracts::{ABI_SESSION_VALIDATION, SESSION_KEY_MANAGER}};
/// use use_aa::session::merkle::{Leaf, ProvenLeaf, batch_module_signature};
/// use use_aa::signer::dummy_session_signature;
///
/// let leaf = Leaf::new(Interval::ALWAYS, ABI_SESSION_VALIDATION, bytes!("1234"))?;
/// let proven = ProvenLeaf { leaf, proof: vec![] };
/// let calls = [(&proven, Bytes::new()), (&proven, Bytes::new())];
///
/// let signature = batch_module_signature(SESSION_KEY_MANAGER, calls, dummy_session_signature());
/// assert!(signature.starts_with(&hex!(
///     "000000000000000000000000000002fbffedd9b33f4e7156f2de8d48945e7489" // manager
///     "0000000000000000000000000000000000000000000000000000000000000060" // offset of the sessions
/// )));
/// assert_eq!(signature[127], 2); // sessions
/// # Ok::<(), use_aa::permission::PolicyError>(())
/// ```
#[must_use]
pub fn batch_module_signature<'a>(
    manager: Address,
    calls: impl IntoIterator<Item = (&'a ProvenLeaf, Bytes)>,
    signature: Bytes,
) -> Bytes {
    let sessions = calls
        .into_iter()
        .fold(Encoder::default(), |sessions, (proven, extra)| {
            sessions.fields(proven.fields(&extra))
        });
    Encoder::default()
        .address(manager)
        .array(sessions)
        .bytes(&signature)
        .encode(&[])
        .into()
}

/// The digest that a session key signs for the batch router.
///
/// Two kinds of router are deployed at the same address of different chains, and neither reports its kind.
///
/// # Examples
///
/// ```
/// use use_aa::{UserOpHash, session::merkle::{BatchDigest, contracts::SESSION_KEY_MANAGER}};
///
/// let text = "0x690dc157cd42850f5e3a6bd9e3ce49d183ddd9cb1c07ce64fe5ac6bf7e72fb3f";
/// let hash: UserOpHash = text.parse()?;
/// assert_eq!(BatchDigest::Plain.of(hash, SESSION_KEY_MANAGER).to_string(), text);
/// assert_eq!(BatchDigest::Plain.other(), BatchDigest::Bound);
/// # Ok::<(), alloy::hex::FromHexError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchDigest {
    /// The hash of the user operation.
    #[default]
    Plain,
    /// The hash of the user operation's hash and the session key manager's address.
    Bound,
}

impl BatchDigest {
    /// Returns the bytes to sign as a personal message.
    #[must_use]
    pub fn of(self, hash: UserOpHash, manager: Address) -> B256 {
        match self {
            Self::Bound => keccak256([hash.0.as_slice(), manager.as_slice()].concat()),
            Self::Plain => hash.0,
        }
    }

    /// Returns the other kind of digest.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Bound => Self::Plain,
            Self::Plain => Self::Bound,
        }
    }
}

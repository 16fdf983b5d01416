//! Session keys: the policies, the Merkle tree of permissions, and the signatures that prove a permission.

mod book;
mod call_policy;
mod erc20;
mod file_store;
mod guards;
mod interval;
mod key;
mod leaf;
mod permission;
mod policy;
mod rule;
mod signature;
mod signer;
mod store;
mod tree;
mod vault;
mod words;

use self::interval::Moment;
pub use self::{
    book::{Book, ImportError, Imported, Session, SessionId, SessionRecord, SessionStatus},
    call_policy::{Argument, CallPolicy, Ordered},
    erc20::Erc20Policy,
    file_store::FileStore,
    guards::Guards,
    interval::Interval,
    key::{NotAKey, SessionKey},
    leaf::Leaf,
    permission::{Permission, Violation},
    policy::{Policy, PolicyError},
    rule::{Condition, Rule, Word},
    signature::{
        BatchDigest, ProvenLeaf, batch_module_signature, dummy_signature, module_signature, set_merkle_root,
    },
    signer::{SessionSigner, SignerError},
    store::{Change, Listener, MemoryStore, SessionStore, StoreError, Subscription, Turn, store_key},
    tree::Tree,
    vault::{KeptKey, KeyVault, SealedKey},
    words::Names,
};
pub(crate) use self::{
    book::{Grant, TreeChange, Without},
    signer::signed,
    vault::KeptSigner,
};

//! The session key manager of Biconomy V2: a Merkle tree of permissions whose root is on chain.

pub mod contracts;
mod key_data;
mod leaf;
mod ledger;
mod proof;
mod sessions;
mod tree;

pub use self::{
    contracts::MerkleContracts,
    leaf::Leaf,
    ledger::{Imported, Ledger, MerkleSession},
    proof::{BatchDigest, ProvenLeaf, batch_module_signature, module_signature, set_merkle_root},
    sessions::{MerkleSessions, store_key},
    tree::Tree,
};

use alloy::primitives::B256;
use serde_json::{Value, json};

use crate::session::leaf::hex;

/// A tree that the chain holds, held or was asked to hold.
#[derive(Clone, Debug)]
pub(super) struct Noted {
    pub(super) root: B256,
    /// The root that the chain held when it was asked to hold this one.
    pub(super) base: Option<B256>,
    /// The place of its grant in the row of all grants of the account.
    pub(super) sequence: Option<u64>,
    pub(super) fate: Fate,
    pub(super) leaves: Vec<B256>,
}

/// What is known of a tree's grant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is on its way, or nobody ever sent it.
    #[default]
    Noted,
    /// The chain was seen to hold the tree.
    Held,
    /// It was included and reverted, or never will be included.
    Failed,
}

impl Noted {
    /// The tree as it is written down.
    pub(super) fn written(&self) -> Value {
        let mut written = json!({"root": self.root, "leaves": self.leaves});
        if let Some(base) = self.base {
            written["base"] = json!(base);
        }
        if let Some(sequence) = self.sequence {
            written["sequence"] = json!(sequence);
        }
        match self.fate {
            Fate::Noted => {}
            Fate::Held => written["fate"] = json!("held"),
            Fate::Failed => written["fate"] = json!("failed"),
        }
        written
    }

    /// The tree that was written down, if it is one.
    pub(super) fn read(written: &Value) -> Option<Self> {
        let leaves = written["leaves"].as_array()?.iter().map(hex);
        Some(Self {
            root: hex(&written["root"])?,
            base: hex(&written["base"]),
            sequence: written["sequence"].as_u64(),
            fate: match written["fate"].as_str() {
                Some("held") => Fate::Held,
                Some("failed") => Fate::Failed,
                _ => Fate::Noted,
            },
            leaves: leaves.collect::<Option<_>>()?,
        })
    }
}

use alloy::primitives::B256;

use crate::platform::Json;

/// A recorded tree, which is, was or may come on chain.
#[derive(Clone, Debug)]
pub(super) struct RecordedTree {
    pub(super) root: B256,
    /// The root that was on chain when the grant of this root was prepared.
    pub(super) base: Option<B256>,
    /// The sequence number of the grant among all grants of the account.
    pub(super) sequence: Option<u64>,
    pub(super) fate: Fate,
    pub(super) leaves: Vec<B256>,
}

/// The outcome of a tree's grant, as far as known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Fate {
    /// The grant is pending or was never submitted.
    #[default]
    Recorded,
    /// The tree was confirmed on chain.
    OnChain,
    /// The grant was included and reverted, or will never be included.
    Failed,
}

impl RecordedTree {
    /// Returns the tree in its stored form.
    pub(super) fn written(&self) -> Json {
        let mut written = Json::object([
            ("root", self.root.into()),
            ("leaves", self.leaves.iter().copied().collect()),
        ]);
        if let Some(base) = self.base {
            written["base"] = base.into();
        }
        if let Some(sequence) = self.sequence {
            written["sequence"] = sequence.into();
        }
        match self.fate {
            Fate::Recorded => {}
            Fate::OnChain => written["fate"] = "held".into(),
            Fate::Failed => written["fate"] = "failed".into(),
        }
        written
    }

    /// Reads a tree from its stored form.
    pub(super) fn read(written: &Json) -> Option<Self> {
        let leaves = written["leaves"].members()?.iter().map(Json::parsed);
        Some(Self {
            root: written["root"].parsed()?,
            base: written["base"].parsed(),
            sequence: written["sequence"].as_u64(),
            fate: match written["fate"].as_str() {
                Some("held") => Fate::OnChain,
                Some("failed") => Fate::Failed,
                _ => Fate::Recorded,
            },
            leaves: leaves.collect::<Option<_>>()?,
        })
    }
}

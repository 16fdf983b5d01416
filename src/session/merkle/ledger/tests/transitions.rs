use std::collections::BTreeSet;

use Fate::{Failed as F, OnChain as O, Recorded as R};

use proptest::prelude::*;

use super::{
    super::transition::{Place, TreeEvent},
    *,
};

/// The next state of a tree that is recorded, on chain, or failed; `None` if the tree is removed.
type Next = [Option<Fate>; 3];

const SAME: Next = [Some(R), Some(O), Some(F)];
const ON_CHAIN: Next = [Some(O), Some(O), Some(O)];

/// Each event, and what becomes of an earlier tree, of the event's own and of a later one.
const TABLE: [(TreeEvent, [Next; 3]); 4] = [
    (TreeEvent::Current, [SAME, ON_CHAIN, [Some(R), Some(R), Some(F)]]),
    (TreeEvent::Past, [SAME, ON_CHAIN, SAME]),
    (TreeEvent::Failed, [SAME, [Some(F), Some(O), Some(F)], SAME]),
    (TreeEvent::Withdrawn, [SAME, [None, Some(O), Some(F)], SAME]),
];

fn next(event: TreeEvent, place: Place, fate: Fate) -> Option<Fate> {
    let row = TABLE.iter().find(|(of, _)| *of == event).unwrap();
    row.1[place as usize][[R, O, F].iter().position(|state| *state == fate).unwrap()]
}

/// A tree of the model.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Known {
    root: B256,
    fate: Fate,
    sequence: Option<u64>,
    has_leaves: bool,
}

/// The states of trees, in the order of their grants.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model(Vec<Known>);

impl Model {
    fn of(ledger: &Ledger) -> Self {
        let trees = ledger.trees.iter().map(|tree| Known {
            root: tree.root,
            fate: tree.fate,
            sequence: tree.sequence,
            has_leaves: !tree.leaves.is_empty(),
        });
        Self(trees.collect())
    }

    fn last(&self, is_it: impl Fn(&Known) -> bool) -> Option<usize> {
        self.0.iter().rposition(is_it)
    }

    fn on_chain(&self) -> Option<usize> {
        self.last(|known| known.fate == O)
    }

    fn position(&self, root: B256) -> Option<usize> {
        self.last(|known| known.root == root)
    }

    fn propose(&mut self, base: B256, root: B256, sequence: u64) {
        if root == base && self.position(root).is_some() {
            return;
        }
        let again = |known: &Known| known.root == root && known.fate == R;
        let again = self.0.iter().position(again);
        again.map(|at| self.0.remove(at));
        self.0.push(Known {
            root,
            fate: R,
            sequence: Some(sequence),
            has_leaves: !root.is_zero(),
        });
    }

    /// Another device has made a grant if the chain holds one that the ledger knows neither as the last one on chain nor
    /// as a later one, and whose sequence number is a later one.
    fn supersede(&mut self, root: B256, next: u64) {
        let Some(held) = self.on_chain() else { return };
        let is_in_doubt = self.position(root).is_none_or(|at| at < held);
        if is_in_doubt && self.0[held].sequence.is_some_and(|last| last + 1 < next) {
            let other = Known {
                root,
                fate: O,
                sequence: Some(next - 1),
                has_leaves: self.position(root).is_some_and(|at| self.0[at].has_leaves),
            };
            self.0.insert(held + 1, other);
        }
    }

    fn apply(&mut self, event: SessionEvent) {
        if let SessionEvent::Observed { state, next } = &event {
            self.supersede(state.word(), *next);
        }
        let same = |grant: GrantId| self.position(grant.0);
        let (same, event) = match event {
            SessionEvent::Included(grant) if same(grant) < self.on_chain() => (same(grant), TreeEvent::Past),
            SessionEvent::Included(grant) => (same(grant), TreeEvent::Current),
            SessionEvent::Observed { state, .. } => (same(GrantId(state.word())), TreeEvent::Current),
            SessionEvent::Failed(grant) => (same(grant), TreeEvent::Failed),
            SessionEvent::Withdrawn(grant) => (same(grant), TreeEvent::Withdrawn),
        };
        let Some(same) = same else { return };
        let trees = self.0.iter().enumerate().filter_map(|(at, known)| {
            let place = match at.cmp(&same) {
                std::cmp::Ordering::Less => Place::Earlier,
                std::cmp::Ordering::Equal => Place::Same,
                std::cmp::Ordering::Greater => Place::Later,
            };
            let fate = match (event, place, known.fate) {
                // The end of all sessions is no longer recorded once it has failed.
                (TreeEvent::Failed, Place::Same, R) if !known.has_leaves => None,
                (event, place, fate) => next(event, place, fate),
            };
            Some(Known {
                fate: fate?,
                ..*known
            })
        });
        self.0 = trees.collect();
    }
}

#[test]
fn each_transition_is_that_of_the_table() {
    for (event, rows) in TABLE {
        for (place, row) in [Place::Earlier, Place::Same, Place::Later].into_iter().zip(rows) {
            for (fate, expected) in [R, O, F].into_iter().zip(row) {
                assert_eq!(
                    fate.after(event, place, true),
                    expected,
                    "{event:?} {place:?} {fate:?}"
                );
            }
        }
    }
    assert_eq!(R.after(TreeEvent::Failed, Place::Same, false), None);
}

/// A step in the life of a ledger: a grant on top of a tree, the end of all sessions, or an event of a grant.
#[derive(Clone, Debug)]
enum Step {
    Grant { base: usize, policy: u8 },
    End { base: usize },
    Observed { at: usize, others: u64 },
    Included(usize),
    Failed(usize),
    Withdrawn(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let tree = || 0..8_usize;
    prop_oneof![
        3 => (tree(), 0..4_u8).prop_map(|(base, policy)| Step::Grant { base, policy }),
        1 => tree().prop_map(|base| Step::End { base }),
        2 => (tree(), 0..3_u64).prop_map(|(at, others)| Step::Observed { at, others }),
        1 => tree().prop_map(Step::Included),
        1 => tree().prop_map(Step::Failed),
        1 => tree().prop_map(Step::Withdrawn),
    ]
}

/// The key of a policy.
fn signer(policy: u8) -> SessionKey {
    SessionKey::try_from(B256::repeat_byte(policy + 1)).unwrap()
}

/// Checks that a key goes with the last session that is or may come on chain, and that the leaves of each tree are kept.
/// `keys` are the policies whose keys are in the ledger.
fn check_keys(ledger: &Ledger, keys: &mut BTreeSet<u8>) -> Result<(), TestCaseError> {
    let since = ledger.on_chain().unwrap_or(0);
    keys.retain(|number| {
        let hash = policy(*number).leaf(signer(*number).address()).unwrap().hash();
        let is_open = |tree: &RecordedTree| tree.fate != F && tree.leaves.contains(&hash);
        ledger.trees[since..].iter().any(is_open)
    });
    let is_kept = |number: &u8| ledger.key(signer(*number).address()).is_some();
    let kept = (0..4).filter(is_kept).collect::<BTreeSet<_>>();
    prop_assert_eq!(&kept, &*keys, "the policies with a key");
    for tree in ledger.trees.iter().filter(|tree| !tree.leaves.is_empty()) {
        prop_assert!(
            ledger.tree(tree.root).is_some(),
            "the leaves of each tree are kept"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn ledger_walks_the_table(steps in prop::collection::vec(step(), 1..24)) {
        let (mut ledger, mut model, mut sequence) = (Ledger::default(), Model::default(), 0);
        let mut keys = BTreeSet::new();
        for step in steps {
            // A place beyond the trees is an unknown root.
            let root = |at: usize| GrantId(ledger.trees.get(at).map_or(B256::repeat_byte(0xee), |tree| tree.root));
            let event = match step {
                Step::Grant { base, .. } | Step::End { base } => {
                    let base = ledger.tree(root(base).0).unwrap_or_else(|| Tree::new([]));
                    let change = match step {
                        Step::Grant { policy: number, .. } => {
                            let key = signer(number);
                            keys.insert(number);
                            LeafChange {
                                leaves: vec![policy(number).leaf(key.address()).unwrap()],
                                key: Some(key.into()),
                                ..LeafChange::default()
                            }
                        }
                        _ => LeafChange { revoked: Revocation::All, ..LeafChange::default() },
                    };
                    let (granted, _) = ledger.record(base.root(), &base, change, NOW, Some(sequence));
                    model.propose(base.root(), granted, sequence);
                    sequence += 1;
                    prop_assert_eq!(&Model::of(&ledger), &model);
                    check_keys(&ledger, &mut keys)?;
                    continue;
                }
                Step::Observed { at, others } => {
                    SessionEvent::Observed { state: SessionState::of(root(at).0), next: sequence + others }
                }
                Step::Included(at) => SessionEvent::Included(root(at)),
                Step::Failed(at) => SessionEvent::Failed(root(at)),
                Step::Withdrawn(at) => SessionEvent::Withdrawn(root(at)),
            };

            ledger.apply(event.clone(), NOW);

            model.apply(event.clone());
            prop_assert_eq!(&Model::of(&ledger), &model, "{:?}", event);
            check_keys(&ledger, &mut keys)?;
            let read = Ledger::read(Some(&ledger.to_text()), &MerkleContracts::default());
            prop_assert_eq!(&Model::of(&read.unwrap()), &model, "what is written is read");
            if let SessionEvent::Observed { state, next } = event {
                prop_assert!(ledger.is_tidy(state.word(), next, NOW), "an observation changes nothing again");
            }
        }
    }
}

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

/// The states of trees without their leaves, in the order of their grants.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model(Vec<(B256, Fate)>);

impl Model {
    fn of(ledger: &Ledger) -> Self {
        Self(ledger.trees.iter().map(|tree| (tree.root, tree.fate)).collect())
    }

    fn last(&self, is_it: impl Fn(&(B256, Fate)) -> bool) -> Option<usize> {
        self.0.iter().rposition(is_it)
    }

    fn propose(&mut self, base: B256, root: B256) {
        if root == base && self.last(|(known, _)| *known == root).is_some() {
            return;
        }
        let again = self.0.iter().position(|known| *known == (root, R));
        again.map(|at| self.0.remove(at));
        self.0.push((root, R));
    }

    fn apply(&mut self, event: SessionEvent) {
        let on_chain = self.last(|(_, fate)| *fate == O);
        let same = |grant: GrantId| self.last(|(root, _)| *root == grant.0);
        let (same, event) = match event {
            SessionEvent::Included(grant) if same(grant) < on_chain => (same(grant), TreeEvent::Past),
            SessionEvent::Included(grant) | SessionEvent::Observed { grant, .. } => {
                (same(grant), TreeEvent::Current)
            }
            SessionEvent::Failed(grant) => (same(grant), TreeEvent::Failed),
            SessionEvent::Withdrawn(grant) => (same(grant), TreeEvent::Withdrawn),
        };
        let Some(same) = same else { return };
        let trees = self.0.iter().enumerate().filter_map(|(at, (root, fate))| {
            let place = match at.cmp(&same) {
                std::cmp::Ordering::Less => Place::Earlier,
                std::cmp::Ordering::Equal => Place::Same,
                std::cmp::Ordering::Greater => Place::Later,
            };
            Some((*root, next(event, place, *fate)?))
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
    // The end of all sessions is no longer recorded once it has failed.
    assert_eq!(R.after(TreeEvent::Failed, Place::Same, false), None);
}

/// A step in the life of a ledger: a grant on top of a tree, or an event of one.
#[derive(Clone, Debug)]
enum Step {
    Grant { base: usize, policy: u8 },
    Observed(usize),
    Included(usize),
    Failed(usize),
    Withdrawn(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let tree = || 0..8_usize;
    prop_oneof![
        3 => (tree(), 0..4_u8).prop_map(|(base, policy)| Step::Grant { base, policy }),
        1 => tree().prop_map(Step::Observed),
        1 => tree().prop_map(Step::Included),
        1 => tree().prop_map(Step::Failed),
        1 => tree().prop_map(Step::Withdrawn),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn ledger_walks_the_table(steps in prop::collection::vec(step(), 1..24)) {
        let (mut ledger, mut model) = (Ledger::default(), Model::default());
        let id = Address::repeat_byte(7);
        for step in steps {
            // A place beyond the trees is an unknown root.
            let root = |at: usize| GrantId(ledger.trees.get(at).map_or(B256::repeat_byte(0xee), |tree| tree.root));
            let event = match step {
                Step::Grant { base, policy: number } => {
                    let base = ledger.tree(root(base).0).unwrap_or_else(|| Tree::new([]));
                    let leaf = policy(number).leaf(id).unwrap();
                    let granted = ledger.grant(&base, None, vec![leaf], NOW);
                    model.propose(base.root(), granted);
                    prop_assert_eq!(&Model::of(&ledger), &model);
                    continue;
                }
                Step::Observed(at) => SessionEvent::Observed { grant: root(at), next: 0 },
                Step::Included(at) => SessionEvent::Included(root(at)),
                Step::Failed(at) => SessionEvent::Failed(root(at)),
                Step::Withdrawn(at) => SessionEvent::Withdrawn(root(at)),
            };

            ledger.apply(event, NOW);

            model.apply(event);
            prop_assert_eq!(&Model::of(&ledger), &model, "{:?}", event);
            for tree in &ledger.trees {
                prop_assert!(ledger.tree(tree.root).is_some(), "the leaves of each tree are kept");
            }
            let read = Ledger::read(Some(&ledger.to_text()), &MerkleContracts::default());
            prop_assert_eq!(&Model::of(&read.unwrap()), &model, "what is written is read");
            if let SessionEvent::Observed { grant, .. } = event {
                prop_assert!(ledger.is_tidy(grant.0, 0, NOW), "an observation changes nothing again");
            }
        }
    }
}

use alloy::primitives::B256;
use serde_json::Value;

use super::store::{kept, told};
use crate::session::merkle::{Imported, Leaf, Ledger, Tree};

/// The maximum number of candidate trees on chain to test.
const TREES: usize = 6;

/// Fuzzes the stored text of `@biconomy/account`, with the sessions on the first line and the keys on the next.
///
/// The import takes all of the text or nothing, and the sessions on chain are usable at once.
pub fn import(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let (sessions, signers) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(imported) = Imported::read(sessions, signers) else {
        return;
    };
    assert_eq!(imported.leaves().len(), nodes(sessions));
    hides_keys(&imported, signers);

    let hashes = imported.leaves().iter().map(Leaf::hash).collect::<Vec<_>>();
    let held = [0, 1, hashes.len() / 2, hashes.len()].into_iter();
    for count in held.take(TREES) {
        let root = Tree::new(hashes.iter().copied().take(count)).root();
        let mut ledger = Ledger::default();

        ledger.import(imported.clone(), root);

        let once = kept(&ledger);
        told(&ledger, root, 1_700_000_000);
        let known = imported.leaves()[..count.min(hashes.len())]
            .iter()
            .filter_map(Leaf::key);
        for id in known {
            let sessions = ledger.all_sessions(root);
            assert!(sessions.iter().any(|session| session.id == id));
        }
        ledger.import(imported.clone(), root);
        assert_eq!(kept(&ledger), once, "importing again changes it");
    }
    let mut other = Ledger::default();
    other.import(imported, B256::repeat_byte(0x77));
    kept(&other);
}

fn nodes(sessions: &str) -> usize {
    let sessions = serde_json::from_str::<Value>(sessions).unwrap_or_default();
    sessions["leafNodes"].as_array().map_or(0, Vec::len)
}

/// Asserts that `Debug` of the import does not show the keys.
fn hides_keys(imported: &Imported, signers: &str) {
    let shown = format!("{imported:?}").to_lowercase();
    let signers = serde_json::from_str::<Value>(signers).unwrap_or_default();
    for signer in signers
        .as_object()
        .into_iter()
        .flat_map(|signers| signers.values())
    {
        let secret = signer["pvKey"].as_str().unwrap_or_default().to_lowercase();
        let secret = secret.trim_start_matches("0x");
        // The rest of a key with so many leading zeros may occur by chance.
        assert!(secret.starts_with("00000000") || !shown.contains(secret));
    }
}

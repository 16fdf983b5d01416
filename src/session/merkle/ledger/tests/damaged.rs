use serde_json::{Value, json};

use super::*;
use crate::session::merkle::MerkleContracts;

const SECRET: &str = "0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

fn read(written: &Value) -> Ledger {
    Ledger::read(Some(&written.to_string()), &MerkleContracts::BICONOMY).unwrap()
}

fn empty() -> Value {
    json!({"version": 2, "trees": [], "leaves": {}, "keys": {}})
}

#[test]
fn debug_hides_the_keys() {
    let mut ledger = Ledger::default();
    grant(&mut ledger, B256::ZERO, &policy(1));
    let secret = ledger.to_text().split("\"keys\"").nth(1).unwrap()[50..100].to_owned();

    assert!(!format!("{ledger:?}").contains(&secret));
}

#[test]
fn key_that_cannot_be_read_is_counted_and_not_kept() {
    let other = format!("{:#x}", Address::repeat_byte(1));
    for keys in [
        json!({other.clone(): SECRET}),
        json!({SECRET: SECRET}),
        json!({other.clone(): {"key": SECRET}}),
        json!({other: {"sealed": {"not": SECRET}}}),
    ] {
        let mut written = empty();
        written["keys"] = keys;

        let ledger = read(&written);

        assert_eq!(ledger.damaged(), 1, "{written}");
        let text = ledger.to_text();
        for shown in [&text, &format!("{ledger:?}")] {
            assert!(!shown.contains("5a5a"), "{shown}");
        }
        assert_eq!(read(&serde_json::from_str(&text).unwrap()).damaged(), 1);
    }
}

#[test]
fn keys_that_were_set_aside_before_are_not_kept_either() {
    let mut written = empty();
    written["damaged"] = json!([
        {"keys": {"0x00": SECRET}},
        format!("{{\"version\":1,\"keys\":{{\"0x00\":\"{SECRET}"),
        {SECRET: 1},
        SECRET,
        {"trees": "one"}
    ]);

    let text = read(&written).to_text();

    let again = serde_json::from_str::<Value>(&text).unwrap();
    let kept = json!([{"keys": null}, {"text": null}, {"text": null}, {"text": null}, {"trees": "one"}]);
    assert_eq!(again["damaged"], kept);
}

#[test]
fn what_is_set_aside_does_not_grow_without_end() {
    let mut written = empty();
    written["trees"] = (0..100).map(|_| json!("x".repeat(10_000))).collect();

    let ledger = read(&written);

    assert_eq!(ledger.damaged(), 64);
    assert!(ledger.to_text().len() < 2_000);
}

#[test]
fn what_is_damaged_is_discarded_and_the_rest_stays() {
    let mut ledger = Ledger::default();
    let (root, id) = grant(&mut ledger, B256::ZERO, &policy(1));
    ledger.damaged.set_aside("trees", &Json::Null);

    ledger.discard_damaged();

    let again = read(&serde_json::from_str(&ledger.to_text()).unwrap());
    assert_eq!(again.damaged(), 0);
    assert_eq!(again.sessions(root)[0].id, id);
}

#[test]
fn nothing_of_an_unreadable_text_is_kept_in_the_ledger_that_replaces_it() {
    let ledger = Ledger::in_place_of_damaged();

    let again = read(&serde_json::from_str(&ledger.to_text()).unwrap());

    assert_eq!((ledger.damaged(), again.damaged()), (1, 1));
}

#[test]
fn leaves_that_are_lost_end_with_the_sessions_that_they_may_be_of() {
    let mut ledger = Ledger::default();
    let key = SessionKey::random().unwrap();
    let id = key.address();
    let leaves = [1, 2].map(|number| lasting(number).leaf(id).unwrap());
    let both = ledger.grant(&Tree::new([]), Some(key.into()), leaves.to_vec(), NOW);
    let (root, other) = grant(&mut ledger, both, &lasting(3));
    let lost = leaves[1].hash();
    ledger.leaves.retain(|(hash, _)| *hash != lost);

    let renewed = revoke(&mut ledger, root, Revocation::IfPresent(other));
    let revoked = revoke(&mut ledger, root, Revocation::These(vec![id]));

    assert_eq!(
        (ledger.lost(root), ledger.unread(root), ledger.lost(both)),
        (1, 1, 1)
    );
    assert_eq!(
        ledger.tree(renewed).unwrap().leaves(),
        leaves.map(|leaf| leaf.hash())
    );
    assert_eq!(ledger.lost(revoked), 0);
    assert_eq!(ledger.all_sessions(revoked).len(), 1);
    assert_eq!(ledger.all_sessions(revoked)[0].id, other);
}

#[test]
fn leaves_of_unknown_modules_end_with_the_session_whose_key_they_name() {
    let contracts = MerkleContracts {
        abi_validation: Address::repeat_byte(7),
        ..MerkleContracts::BICONOMY
    };
    let mut ledger = Ledger::default();
    let ids = [1, 2].map(Address::repeat_byte);
    let [first, second] = ids.map(|id| lasting(1).leaf(id).unwrap().checked_by(&contracts));
    let known = lasting(2).leaf(ids[0]).unwrap();
    let root = ledger.grant(&Tree::new([]), None, vec![first, second.clone(), known], NOW);
    let mut ledger = Ledger::read(Some(&ledger.to_text()), &MerkleContracts::BICONOMY).unwrap();

    let revoked = revoke(&mut ledger, root, Revocation::These(vec![ids[0]]));

    assert_eq!((ledger.unread(root), ledger.lost(root)), (2, 0));
    assert_eq!(revoked, second.hash());
}

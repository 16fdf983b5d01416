use serde_json::json;

use super::*;
use crate::contracts::Contracts;

const SECRET: &str = "0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

fn read(written: &Value) -> Book {
    Book::read(Some(&written.to_string()), &Contracts::BICONOMY).unwrap()
}

fn empty() -> Value {
    json!({"version": 2, "trees": [], "leaves": {}, "keys": {}})
}

#[test]
fn debug_hides_the_keys() {
    let mut book = Book::default();
    grant(&mut book, B256::ZERO, &policy(1));
    let secret = book.to_text().unwrap().split("\"keys\"").nth(1).unwrap()[50..100].to_owned();

    assert!(!format!("{book:?}").contains(&secret));
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

        let book = read(&written);

        assert_eq!(book.damaged(), 1, "{written}");
        let text = book.to_text().unwrap();
        for shown in [&text, &format!("{book:?}")] {
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

    let text = read(&written).to_text().unwrap();

    let again = serde_json::from_str::<Value>(&text).unwrap();
    let kept = json!([{"keys": null}, {"text": null}, {"text": null}, {"text": null}, {"trees": "one"}]);
    assert_eq!(again["damaged"], kept);
}

#[test]
fn what_is_set_aside_does_not_grow_without_end() {
    let mut written = empty();
    written["trees"] = (0..100).map(|_| json!("x".repeat(10_000))).collect();

    let book = read(&written);

    assert_eq!(book.damaged(), 64);
    assert!(book.to_text().unwrap().len() < 2_000);
}

#[test]
fn what_is_damaged_is_discarded_and_the_rest_stays() {
    let mut book = Book::default();
    let (root, id) = grant(&mut book, B256::ZERO, &policy(1));
    book.damaged.set_aside("trees", &json!(null));

    book.discard_damaged();

    let again = read(&serde_json::from_str(&book.to_text().unwrap()).unwrap());
    assert_eq!(again.damaged(), 0);
    assert_eq!(again.sessions(root)[0].id, id);
}

#[test]
fn nothing_of_a_text_that_cannot_be_read_is_kept_in_the_book_that_replaces_it() {
    let book = Book::in_place_of_damaged();

    let again = read(&serde_json::from_str(&book.to_text().unwrap()).unwrap());

    assert_eq!((book.damaged(), again.damaged()), (1, 1));
}

#[test]
fn leaves_that_are_lost_end_with_the_sessions_that_they_may_be_of() {
    let mut book = Book::default();
    let key = SessionKey::random().unwrap();
    let id = key.address();
    let leaves = [1, 2].map(|number| lasting(number).leaf(id).unwrap());
    let both = book.grant(&Tree::new([]), Some(key.into()), leaves.to_vec(), NOW);
    let (root, other) = grant(&mut book, both, &lasting(3));
    let lost = leaves[1].hash();
    book.leaves.retain(|(hash, _)| *hash != lost);

    let renewed = revoke(&mut book, root, Without::IfThere(other));
    let revoked = revoke(&mut book, root, Without::These(vec![id]));

    assert_eq!((book.lost(root), book.unread(root), book.lost(both)), (1, 1, 1));
    assert_eq!(
        book.tree(renewed).unwrap().leaves(),
        leaves.map(|leaf| leaf.hash())
    );
    assert_eq!(book.lost(revoked), 0);
    assert_eq!(book.all_sessions(revoked).len(), 1);
    assert_eq!(book.all_sessions(revoked)[0].id, other);
}

#[test]
fn leaves_of_unknown_modules_end_with_the_session_whose_key_they_name() {
    let contracts = Contracts {
        abi_session_validation: Address::repeat_byte(7),
        ..Contracts::BICONOMY
    };
    let mut book = Book::default();
    let ids = [1, 2].map(Address::repeat_byte);
    let [first, second] = ids.map(|id| lasting(1).leaf(id).unwrap().checked_by(&contracts));
    let known = lasting(2).leaf(ids[0]).unwrap();
    let root = book.grant(&Tree::new([]), None, vec![first, second.clone(), known], NOW);
    let mut book = Book::read(Some(&book.to_text().unwrap()), &Contracts::BICONOMY).unwrap();

    let revoked = revoke(&mut book, root, Without::These(vec![ids[0]]));

    assert_eq!((book.unread(root), book.lost(root)), (2, 0));
    assert_eq!(revoked, second.hash());
}

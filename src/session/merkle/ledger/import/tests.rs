use alloy::primitives::address;
use serde_json::{Value, json};

use super::*;
use crate::{
    permission::Policy,
    session::{GrantId, SessionId, SessionStatus, merkle::Tree},
};

/// The address of the private key 1.
const FIRST: SessionId = address!("7e5f4552091a69125d5dfcb7b8c2659029395bdf");
/// The address of the private key 2.
const SECOND: SessionId = address!("2b5ad5c4795c026514f8317c7a215e218dccd6cf");

/// Returns the stored text of three grants, the last one to the second key.
fn sessions() -> Value {
    json!({
        "merkleRoot": "0x05bde1f197294510ac860a384e90727a1fbdfe5d037f1a534ab7cdfb3e7760da",
        "leafNodes": [
            node("7e5f4552091a69125d5dfcb7b8c2659029395bdf", 0),
            node("2b5ad5c4795c026514f8317c7a215e218dccd6cf", 1_900_000_000),
            node("2b5ad5c4795c026514f8317c7a215e218dccd6cf", 0),
        ]
    })
}

fn node(key: &str, valid_until: u64) -> Value {
    let key_data = [
        "0x",
        key,                                        // session key
        "1758f42af7026fbbb559dc60ece0de3ef81f665e", // contract
        "40d097c3",                                 // selector
        "00000000000000000000000000000000",         // value limit
        "0000",                                     // number of rules
    ];
    json!({
        "validUntil": valid_until,
        "validAfter": 0,
        "sessionValidationModule": "0x000006bc2ecdae38113929293d241cf252d91861",
        "sessionPublicKey": format!("0x{key}"),
        "sessionKeyData": key_data.concat(),
        "sessionID": "kq3vyd5bm1",
        "status": "PENDING"
    })
}

fn signers() -> Value {
    let secret = |number: u8| format!("0x{number:064x}");
    json!({
        "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf":
            {"pvKey": secret(1), "pbKey": "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"},
        "0x2b5ad5c4795c026514f8317c7a215e218dccd6cf":
            {"pvKey": secret(2), "pbKey": "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"},
        // The original creates two keys for each session and uses one.
        "0x6813eb9362372eef6200f3b1dbc3f819671cba69":
            {"pvKey": secret(3), "pbKey": "0x6813Eb9362372EEF6200f3b1dbC3f819671cBA69"}
    })
}

fn imported() -> Imported {
    Imported::read(&sessions().to_string(), &signers().to_string()).unwrap()
}

/// Returns the root of the tree over the first leaves.
fn root(leaves: usize) -> B256 {
    Tree::new(imported().leaves[..leaves].iter().map(Leaf::hash)).root()
}

fn ids(ledger: &Ledger, root: B256) -> Vec<SessionId> {
    ledger
        .sessions(root)
        .into_iter()
        .map(|session| session.id)
        .collect()
}

#[test]
fn the_tree_of_all_leaves_has_the_root_that_the_original_gave_it() {
    let given = sessions()["merkleRoot"].clone();

    assert_eq!(json!(root(3)), given);
}

#[test]
fn the_chain_says_how_many_of_the_grants_were_made() {
    for (granted, sessions) in [(0, vec![]), (1, vec![FIRST]), (3, vec![FIRST, SECOND])] {
        let mut ledger = Ledger::default();

        ledger.import(imported(), root(granted));

        assert_eq!(ids(&ledger, root(granted)), sessions, "{granted} granted");
        assert_eq!(
            ids(&ledger, root(3)),
            [FIRST, SECOND],
            "what is on its way is kept"
        );
        for session in ledger.sessions(root(granted)) {
            for leaf in &session.leaves {
                assert!(ledger.prove(root(granted), leaf).is_some());
            }
        }
    }
}

#[test]
fn both_leaves_of_a_key_are_one_session() {
    let mut ledger = Ledger::default();

    ledger.import(imported(), root(3));

    let sessions = ledger.sessions(root(3));
    assert_eq!(sessions[1].leaves, imported().leaves[1..]);
}

#[test]
fn keys_without_a_session_are_not_kept() {
    let mut ledger = Ledger::default();

    ledger.import(imported(), root(1));

    assert_eq!(ledger.keys.len(), 2);
}

#[test]
fn importing_again_changes_nothing() {
    let mut ledger = Ledger::default();
    ledger.import(imported(), root(1));
    let once = ledger.to_text();

    ledger.import(imported(), root(1));

    assert_eq!(ledger.to_text(), once);
}

#[test]
fn what_is_known_here_stays() {
    let mut ledger = Ledger::default();
    let key = SessionKey::random().unwrap();
    let (id, leaf) = (key.address(), policy_leaf(key.address()));
    let ours = ledger.grant(&Tree::new([]), Some(key.into()), vec![leaf], 0);

    ledger.import(imported(), root(1));

    assert_eq!(ids(&ledger, ours), [id]);
    assert_eq!(ids(&ledger, root(1)), [FIRST]);
}

#[test]
fn a_grant_builds_on_what_was_imported() {
    let mut ledger = Ledger::default();
    ledger.import(imported(), root(1));
    let key = SessionKey::random().unwrap();
    let (id, leaf) = (key.address(), policy_leaf(key.address()));
    let base = ledger.tree(root(1)).unwrap();

    let next = ledger.grant(&base, Some(key.into()), vec![leaf], 0);
    ledger.import(imported(), next);

    assert_eq!(ids(&ledger, next), [FIRST, id]);
    assert_eq!(
        ledger.trees.len(),
        3,
        "importing once more, when the chain has gone on, adds nothing"
    );
}

#[test]
fn missing_keys_can_follow() {
    let mut ledger = Ledger::default();
    let without = Imported::read(&sessions().to_string(), "").unwrap();
    ledger.import(without, root(3));
    assert!(ids(&ledger, root(3)).is_empty());

    ledger.import(imported(), root(3));

    assert_eq!(ids(&ledger, root(3)), [FIRST, SECOND]);
}

#[test]
fn nothing_kept_is_nothing_imported() {
    for (sessions, signers) in [("", ""), (r#"{"merkleRoot":"","leafNodes":[]}"#, "{}")] {
        let mut ledger = Ledger::default();

        ledger.import(Imported::read(sessions, signers).unwrap(), B256::ZERO);

        assert_eq!(ledger.to_text(), Ledger::default().to_text());
    }
}

#[test]
fn damaged_sessions_are_an_error() {
    for text in [
        "null",
        "[]",
        "{}",
        r#"{"leafNodes":{}}"#,
        "<html>",
        "{\"leafNodes\":[",
    ] {
        let read = Imported::read(text, "{}");

        assert_eq!(read.err(), Some(ImportError::Sessions), "{text}");
    }
    for (field, damaged) in [
        ("validUntil", json!("0")),
        ("validUntil", json!(1_u64 << 48)),
        ("validAfter", json!(-1)),
        ("validAfter", json!(null)),
        ("sessionValidationModule", json!("0x")),
        ("sessionKeyData", json!("0x0")),
        ("sessionKeyData", json!([])),
    ] {
        let mut sessions = sessions();
        sessions["leafNodes"][1][field] = damaged.clone();

        let read = Imported::read(&sessions.to_string(), "{}");

        assert_eq!(read.err(), Some(ImportError::Session(1)), "{field} {damaged}");
    }
}

#[test]
fn damaged_signers_are_an_error() {
    for text in ["null", "[]", "1", r#"{"no address":{}}"#, "<html>"] {
        let read = Imported::read("", text);

        assert_eq!(read.err(), Some(ImportError::Signers), "{text}");
    }
    for damaged in [
        json!(null),
        json!(format!("0x{:064x}", 0)),
        json!(format!("0x{:064x}", 2)),
        json!("0x01"),
        json!(1),
    ] {
        let mut signers = signers();
        signers["0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"]["pvKey"] = damaged.clone();

        let read = Imported::read("", &signers.to_string());

        assert_eq!(read.err(), Some(ImportError::Signer(FIRST)), "{damaged}");
    }
}

#[test]
fn no_secret_is_shown() {
    let secret = "5a".repeat(32);
    let address = SessionKey::try_from(B256::repeat_byte(0x5a)).unwrap().address();
    let good = json!({address.to_string(): {"pvKey": format!("0x{secret}")}});
    let damaged = json!({FIRST.to_string(): {"pvKey": format!("0x{secret}")}});

    let imported = Imported::read("", &good.to_string()).unwrap();
    let error = Imported::read("", &damaged.to_string()).unwrap_err();
    let garbled = Imported::read("", &format!("{{\"{secret}")).unwrap_err();

    for shown in [
        format!("{imported:?}"),
        format!("{error:?} {error}"),
        format!("{garbled:?} {garbled}"),
    ] {
        assert!(!shown.contains("5a5a5a5a"), "{shown}");
    }
}

fn policy_leaf(key: SessionId) -> Leaf {
    let nft = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
    Policy::new(nft, [4; 4]).leaf(key).unwrap()
}

#[test]
fn keys_are_kept_where_the_other_library_has_replaced_a_grant_of_ours() {
    let mut ledger = Ledger::default();
    let key = SessionKey::random().unwrap();
    let (id, leaf) = (key.address(), policy_leaf(key.address()));
    let ours = ledger.grant(&Tree::new([]), Some(key.into()), vec![leaf], 0);
    ledger.apply(SessionEvent::Included(GrantId(ours)), 0);

    ledger.import(imported(), root(3));
    let once = ledger.to_text();
    ledger.import(imported(), root(3));

    assert_eq!(ids(&ledger, root(3)), [FIRST, SECOND]);
    assert!(ledger.key(id).is_none());
    assert_eq!(
        ledger.listed(root(3), &[], 0)[0].status,
        SessionStatus::Superseded
    );
    assert_eq!(ledger.to_text(), once);
}

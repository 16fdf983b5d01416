use alloy::primitives::{Address, B256, address, bytes};
use futures::lock::Mutex;
use serde_json::{Value, json};

use super::*;
use crate::{
    platform::BoxFuture,
    primitives::Call,
    primitives::{Fees, NonceKey},
    session::GrantId,
    store::Change,
    tracking::PendingPayment,
};

const ACCOUNT: Address = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");

fn op(number: u8) -> PendingUserOp {
    PendingUserOp {
        hash: UserOpHash(B256::with_last_byte(number)),
        sender: ACCOUNT,
        nonce: NonceKey::ZERO.at(number.into()),
        kind: UserOpKind::Send,
        sent_at: 1_700_000_000,
        calls: Some(vec![Call::raw(NFT, bytes!("40d097c3")).value(U256::from(3))]),
        session: None,
        enables: None,
        payment: PendingPayment::Sponsored,
        fees: Fees {
            max_fee_per_gas: U256::from(7),
            max_priority_fee_per_gas: U256::from(1),
        },
        replaces: None,
        deploys: false,
        since: Some(12),
    }
}

fn read(text: &str) -> Journal {
    Journal::read(Some(text), ACCOUNT).unwrap()
}

fn hash(number: u8) -> String {
    format!("0x{number:064x}")
}

fn written() -> Value {
    json!({
        "version": 1,
        "ops": [{
            "hash": hash(1),
            "nonce": "0x1",
            "kind": "send",
            "sentAt": 1_700_000_000,
            "calls": [{"to": NFT, "value": "0x3", "data": "0x40d097c3"}],
            "payment": "sponsored",
            "maxFeePerGas": "0x7",
            "maxPriorityFeePerGas": "0x1",
            "deploys": false,
            "since": 12,
        }],
        "over": [],
        "damaged": [],
    })
}

#[test]
fn an_operation_is_written_and_read_as_it_is() {
    let mut journal = Journal::default();
    journal.add(op(1));

    let text = journal.to_text().unwrap().unwrap();

    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), written());
    assert_eq!(read(&text).ops, [op(1)]);
}

#[test]
fn every_kind_and_payment_comes_back() {
    let grant = UserOpKind::Grant {
        grant: GrantId(B256::repeat_byte(4)),
        modules: vec![NFT, ACCOUNT],
    };
    let token = PendingPayment::Token {
        token: NFT,
        most: U256::from(500_000),
    };
    let table = [
        (UserOpKind::Send, PendingPayment::Own),
        (UserOpKind::Deploy, PendingPayment::Sponsored),
        (grant, PendingPayment::SponsoredOrOwn),
        (UserOpKind::Session, token),
        (UserOpKind::Batch, PendingPayment::Own),
        (UserOpKind::Cancel, PendingPayment::Own),
    ];
    for (kind, payment) in table {
        let op = PendingUserOp {
            kind,
            payment,
            session: Some(NFT),
            enables: Some(GrantId(B256::repeat_byte(5))),
            replaces: Some(op(9).hash),
            deploys: true,
            calls: None,
            since: None,
            ..op(1)
        };
        let mut journal = Journal::default();
        journal.add(op.clone());

        let text = journal.to_text().unwrap().unwrap();

        assert_eq!(read(&text).ops, [op]);
    }
}

#[test]
fn what_is_damaged_is_set_aside_and_the_rest_goes_on() {
    for (place, damaged) in [
        ("/ops/0", json!(null)),
        ("/ops/0/hash", json!("0x12")),
        ("/ops/0/nonce", json!(1)),
        ("/ops/0/kind", json!("steal")),
        ("/ops/0/kind", json!("grant")),
        ("/ops/0/sentAt", json!("yesterday")),
        ("/ops/0/calls", json!([{"to": "nobody"}])),
        ("/ops/0/calls", json!({})),
        ("/ops/0/payment", json!("token")),
        ("/ops/0/maxFeePerGas", json!(null)),
        ("/ops/0/deploys", json!("no")),
        ("/ops/0/since", json!("0x1")),
    ] {
        let mut text = written();
        let whole = text["ops"][0].clone();
        *text.pointer_mut(place).unwrap() = damaged;
        let broken = text["ops"][0].clone();
        let mut whole_too = whole.clone();
        whole_too["hash"] = json!(hash(2));
        text["ops"].as_array_mut().unwrap().push(whole_too);

        let journal = read(&text.to_string());

        assert_eq!(journal.ops.len(), 1, "{place}");
        assert_eq!(journal.ops[0].hash, op(2).hash, "{place}");
        assert_eq!(journal.damaged, [broken], "{place}");
        // The entry stays set aside.
        let again = read(&journal.to_text().unwrap().unwrap());
        assert_eq!(again.damaged, journal.damaged, "{place}");
    }
}

#[test]
fn text_that_is_no_journal_is_set_aside_whole() {
    for text in ["", "<html>", "[]", "{}", "null", r#"{"version": 1, "ops": 7}"#] {
        let journal = read(text);

        assert!(journal.ops.is_empty(), "{text}");
        assert_eq!(journal.damaged, [json!(text)], "{text}");
    }
}

#[test]
fn what_is_damaged_counts_until_it_is_discarded() {
    let mut journal = read(&json!({"version": 1, "ops": [7, written()["ops"][0]]}).to_string());
    assert_eq!(journal.damaged(), 1);

    journal.discard_damaged();

    let again = read(&journal.to_text().unwrap().unwrap());
    assert_eq!((again.ops, again.damaged.len()), (vec![op(1)], 0));
}

#[test]
fn what_is_damaged_and_too_large_to_keep_counts_all_the_same() {
    let large = "7".repeat(Journal::MOST_CALL_DATA + 1);
    for text in [large.clone(), json!({"version": 1, "ops": [large]}).to_string()] {
        let journal = read(&text);

        assert_eq!(journal.damaged, [Value::Null]);
        let again = journal.to_text().unwrap();
        assert_eq!(read(&again.unwrap()).damaged, [Value::Null]);
    }
}

#[test]
fn journal_of_a_newer_version_is_left_alone() {
    let newer = Journal::read(Some(r#"{"version": 2, "ops": []}"#), ACCOUNT);

    assert_eq!(newer.err(), Some(StoreError::Newer(2)));
}

#[test]
fn nothing_to_keep_is_no_text() {
    let mut journal = read(&written().to_string());

    journal.remove(op(1).hash);

    assert_eq!(journal.to_text(), Ok(None));
}

#[test]
fn operations_of_a_nonce_end_together() {
    let mut journal = Journal::default();
    let faster = PendingUserOp {
        hash: op(7).hash,
        replaces: Some(op(1).hash),
        ..op(1)
    };
    for op in [op(1), op(2), faster.clone()] {
        journal.add(op);
    }

    journal.end(|other| other.nonce == op(1).nonce);

    let again = read(&journal.to_text().unwrap().unwrap());
    for mut journal in [journal, again] {
        assert_eq!(journal.ops, [op(2)]);
        assert_eq!(journal.over, [op(1), faster.clone()]);
        // A reorg has removed the block of one of them.
        journal.reopen(faster.hash);
        assert_eq!(journal.ops, [op(2), faster.clone()]);
        assert_eq!(journal.over, [op(1)]);
    }
}

/// A store that is full: a change is made, and not kept.
#[derive(Default)]
struct FullStore(Mutex<Option<String>>);

impl SessionStore for FullStore {
    fn read<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<String>, StoreError>> {
        Box::pin(async { Ok(self.0.lock().await.clone()) })
    }

    fn update<'a>(&'a self, _: &'a str, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async {
            let text = self.0.lock().await.clone();
            change(text).and(Err(StoreError::Full))
        })
    }
}

#[tokio::test]
async fn an_operation_that_was_recorded_before_is_known_though_the_store_is_full() {
    let mut journal = Journal::default();
    for number in [1, 2] {
        assert!(!journal.add(op(number)));
    }
    journal.end(|other| other.hash == op(2).hash);
    let store = FullStore(Mutex::new(journal.to_text().unwrap()));
    let journals = Journals::new(EntryPoint::v0_6(80_002), ACCOUNT, Arc::new(store));

    // One is pending, one has ended, and one is new.
    for (number, is_again) in [(1, true), (2, true), (3, false)] {
        let recorded = journals.record_sending(op(number)).await;

        assert_eq!(recorded, (is_again, Err(StoreError::Full)), "{number}");
    }
}

#[test]
fn neither_operations_nor_damage_grow_without_end() {
    let mut journal = Journal::default();
    let grant = PendingUserOp {
        kind: UserOpKind::Grant {
            grant: GrantId::NONE,
            modules: Vec::new(),
        },
        ..op(0)
    };
    journal.add(grant.clone());
    for number in 1..=100 {
        journal.add(op(number));
    }
    let damage = json!({"version": 1, "ops": [], "damaged": vec![7; 100]});

    assert_eq!(journal.ops.len(), Journal::MOST);
    assert_eq!(journal.ops[0], grant);
    assert_eq!(journal.ops.last(), Some(&op(100)));
    journal.end(|_| true);
    assert_eq!(journal.ops, []);
    assert_eq!(journal.over.len(), Journal::MOST_OVER);
    assert_eq!(journal.over.last(), Some(&op(100)));
    assert_eq!(read(&damage.to_string()).damaged.len(), Journal::MOST_DAMAGED);
}

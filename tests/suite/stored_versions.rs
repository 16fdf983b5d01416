//! The texts of stores that earlier versions wrote are read, and show the same sessions and pending operations.
//!
//! Each file of `tests/fixtures/stores/` was written by the code of a commit: `sessions-1.json` by 61d3fbc,
//! `sessions-2-first.json` and `operations-1-first.json` by 158ca0a, `sessions-2.json` and `operations-1.json` by 044f49d
//! and by all later ones. A change of a format adds a file here.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use alloy::primitives::{Address, B256, U256, address, b256, bytes};
use serde_json::Value;
use use_aa::{
    BiconomyV2, Call, MemoryStore, NonceKey, PendingPayment, Services, SessionId, SessionStatus,
    SessionStore, SmartAccountClient, UserOpHash, UserOpKind,
    session::{GrantId, SessionLedger, SessionModule, SessionProof, SessionState, merkle::MerkleSessions},
    store::StoredKey,
};

use crate::support::Outcome;

const SESSIONS_1: &str = include_str!("../fixtures/stores/sessions-1.json");
const SESSIONS_2_FIRST: &str = include_str!("../fixtures/stores/sessions-2-first.json");
const SESSIONS_2: &str = include_str!("../fixtures/stores/sessions-2.json");
const OPERATIONS_1_FIRST: &str = include_str!("../fixtures/stores/operations-1-first.json");
const OPERATIONS_1: &str = include_str!("../fixtures/stores/operations-1.json");

const CHAIN: u64 = 80002;
const ACCOUNT: Address = address!("58F903f277EFeDF01CF6939f64Af3B657AC4a9Af");
const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
const TOKEN: Address = address!("fee0000000000000000000000000000000000006");
const SESSION_KEY_MANAGER: Address = address!("000002FbFfedd9B33F4E7156F2DE8D48945E7489");
const NOW: u64 = 1_700_000_000;

/// The addresses of the private keys 1 to 4.
const KEYS: [SessionId; 4] = [
    address!("7E5F4552091A69125d5DfCb7b8C2659029395Bdf"),
    address!("2B5AD5c4795c026514f8317c7a215E218DcCD6cF"),
    address!("6813Eb9362372EEF6200f3b1dbC3f819671cBA69"),
    address!("1efF47bc3a10a45D4B230B5d10E37751FE6AA718"),
];

/// The grant of the first two sessions.
const BOTH: GrantId = GrantId(b256!(
    "83ec5382539c86e9b93acac98a1541cae71d1d62899dab7c4a87ca0a7d4fa1e3"
));
/// The grant of the second session, with two permissions, after the first one was revoked.
const SECOND: GrantId = GrantId(b256!(
    "439422db8fa838d458a17b4e2dd9cc9d2e9ca0f03c7f8a981ba57960632e5098"
));

fn ledger(text: &str) -> Box<dyn SessionLedger> {
    MerkleSessions::default().ledger(Some(text)).unwrap()
}

/// Returns the sessions of a ledger with their status, the number of their permissions, and true for a key in the
/// ledger, while a grant is in force.
fn listed(ledger: &dyn SessionLedger, grant: GrantId) -> Vec<(SessionId, SessionStatus, usize, bool)> {
    let records = ledger.records(&SessionState::of(grant.0), &[], NOW).into_iter();
    let record = records.map(|record| {
        let permissions = record.session.permissions.len();
        (record.id(), record.status, permissions, record.has_key)
    });
    record.collect()
}

/// Returns the proof of a session's permissions while a grant is in force.
fn proof(
    ledger: &dyn SessionLedger,
    grant: GrantId,
    id: SessionId,
    permissions: &[usize],
    in_batch: bool,
) -> Option<Box<dyn SessionProof>> {
    let state = SessionState::of(grant.0);
    let session = ledger.session(&state, id)?;
    ledger.prove(&state, &session, permissions, in_batch, 0)
}

#[test]
fn sessions_of_version_1_are_read() {
    let ledger = ledger(SESSIONS_1);

    let [first, second, third, _] = KEYS;
    assert_eq!(
        listed(&*ledger, BOTH),
        [
            (first, SessionStatus::Active, 1, true),
            (second, SessionStatus::Active, 1, true),
            (third, SessionStatus::Draft, 1, true),
        ]
    );
    let proof = proof(&*ledger, BOTH, second, &[0], false);
    assert!(proof.is_some());
    assert_eq!(ledger.damaged(), 0);
}

#[test]
fn sessions_of_version_2_are_read() {
    for (text, damaged) in [(SESSIONS_2_FIRST, 0), (SESSIONS_2, 1)] {
        let ledger = ledger(text);

        let [first, second, third, fourth] = KEYS;
        assert_eq!(
            listed(&*ledger, SECOND),
            [
                (first, SessionStatus::Revoked, 1, false),
                (second, SessionStatus::Active, 2, true),
                (third, SessionStatus::Failed, 1, false),
                (fourth, SessionStatus::Draft, 1, false),
            ]
        );
        let Some(StoredKey::Sealed(sealed)) = ledger.key(second) else {
            panic!("the key of the second session is sealed");
        };
        assert_eq!(sealed.bytes[..], [1, 2]);
        let proof = proof(&*ledger, SECOND, second, &[0, 1], true);
        assert!(proof.is_some());
        assert_eq!(ledger.damaged(), damaged);
    }
}

#[test]
fn sessions_are_written_in_the_newest_format() {
    let written = ledger(SESSIONS_2).to_text();

    assert_eq!(json(&written), json(SESSIONS_2), "keep the new text as a fixture");
    // A text of an earlier version becomes one of this version, and shows the same.
    for (text, grant) in [(SESSIONS_1, BOTH), (SESSIONS_2_FIRST, SECOND)] {
        let earlier = ledger(text);
        let again = ledger(&earlier.to_text());
        assert_eq!(listed(&*again, grant), listed(&*earlier, grant));
        assert_eq!(json(&again.to_text())["version"], json(SESSIONS_2)["version"]);
    }
}

#[tokio::test]
async fn pending_operations_of_version_1_are_read() -> Outcome {
    for text in [OPERATIONS_1_FIRST, OPERATIONS_1] {
        let client = client_with(&format!("use-aa:ops:{CHAIN}:{ACCOUNT}"), text).await?;

        let ops = client.pending_user_ops().await?;

        let [grant, session, send] = &ops[..] else {
            panic!("three operations are pending: {ops:?}");
        };
        for (op, number) in ops.iter().zip(1..) {
            assert_eq!(op.hash, UserOpHash(B256::with_last_byte(number)));
            assert_eq!((op.sender, op.sent_at), (ACCOUNT, NOW));
            assert_eq!(op.fees.max_fee_per_gas, U256::from(7));
        }
        let modules = vec![SESSION_KEY_MANAGER];
        assert_eq!(grant.kind, UserOpKind::Grant { grant: BOTH, modules });
        let grants = NonceKey::from_bytes(*b"use-aa session grants v1");
        assert_eq!((grant.nonce, grant.deploys), (grants.at(0), true));
        assert_eq!(session.kind, UserOpKind::Session);
        assert_eq!(session.session, Some(KEYS[1]));
        assert_eq!(session.replaces, Some(UserOpHash(B256::with_last_byte(9))));
        let most = U256::from(500_000);
        assert_eq!(session.payment, PendingPayment::Token { token: TOKEN, most });
        assert_eq!(session.calls, None);
        let mint = Call::raw(NFT, bytes!("40d097c3")).value(U256::from(3));
        assert_eq!(send.calls, Some(vec![mint]));
    }
    Ok(())
}

/// Creates a client of the account whose store holds a text.
async fn client_with(key: &str, text: &str) -> Result<SmartAccountClient, Box<dyn std::error::Error>> {
    let store = MemoryStore::default();
    let text = text.to_owned();
    store.update(key, Box::new(move |_| Ok(Some(text)))).await?;
    let services = Services::new(CHAIN, "http://127.0.0.1:1")?;
    Ok(SmartAccountClient::new(services, BiconomyV2::at(ACCOUNT)).store(Arc::new(store)))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

use alloy::primitives::{Address, U256, bytes};

use super::*;
use crate::{
    permission::{Permission, Policy, Rule},
    primitives::Deployment,
    session::SessionModule,
};

const SHOP: Address = Address::repeat_byte(7);
const ACCOUNT: Address = Address::repeat_byte(9);
const SESSIONS: SmartSessions = SmartSessions::new(SmartSessions::CANONICAL, true);
const NOW: u64 = 1_700_000_000;

fn policy() -> Policy {
    Policy::new(SHOP, [1, 2, 3, 4])
        .rule(Rule::equal(0, SHOP))
        .value_limit_per_call(5)
        .at_most_uses(3)
        .total_of(1, U256::from(9))
}

fn change(number: u8) -> SessionChange {
    let key = SessionKey::try_from(B256::repeat_byte(number)).unwrap();
    SessionChange {
        id: key.address(),
        permissions: vec![Permission::from(policy())],
        key: Some(key.into()),
        salt: B256::repeat_byte(number),
        is_sponsored: true,
        ..SessionChange::default()
    }
}

fn owner() -> OwnerGrant {
    OwnerGrant {
        account: ACCOUNT,
        chain_id: 80_002,
        signature: [7; 65].into(),
        deployment: Some(Deployment::Factory {
            factory: SHOP,
            data: bytes!("1234"),
        }),
    }
}

fn signed(numbers: impl IntoIterator<Item = u8>) -> SmartLedger {
    let mut ledger = SmartLedger::new(SESSIONS);
    for number in numbers {
        ledger.draft(change(number), NOW).unwrap();
        ledger.record_signed(change(number), owner(), NOW).unwrap();
    }
    ledger
}

fn state(ledger: &SmartLedger, records: &[usize]) -> SessionState {
    let mut ids = records
        .iter()
        .map(|at| ledger.records[*at].permission_id)
        .collect::<Vec<_>>();
    ids.sort_unstable();
    SessionState(ids)
}

fn statuses(ledger: &SmartLedger, state: &SessionState) -> Vec<SessionStatus> {
    let records = ledger.records(state, &[], NOW).into_iter();
    records.map(|record| record.status).collect()
}

fn observe(ledger: &mut SmartLedger, state: &SessionState, now: u64) {
    let state = state.clone();
    ledger.apply(SessionEvent::Observed { state, next: 0 }, now);
}

#[test]
fn ledger_is_read_as_it_was_written() {
    let mut ledger = signed([1, 2, 3]);
    ledger.draft(change(4), NOW).unwrap();
    let on_chain = state(&ledger, &[1]);
    observe(&mut ledger, &on_chain, NOW);
    let id = ledger.records[2].session.id;
    let revoked = SessionChange {
        revoked: Revocation::These(vec![id]),
        ..SessionChange::default()
    };
    ledger.propose(&on_chain, revoked, NOW, 0).unwrap();

    let read = SmartLedger::read(Some(&ledger.to_text()), SESSIONS).unwrap();

    assert_eq!(read.records, ledger.records);
    assert_eq!(read.to_text(), ledger.to_text());
    assert!(read.unsealed_keys().len() == 4 && read.damaged() == 0);
}

#[test]
fn unreadable_entry_is_set_aside_and_its_key_is_kept() {
    let ledger = signed([1, 2]);
    let id = ledger.records[0].session.id;
    let mut written: serde_json::Value = serde_json::from_str(&ledger.to_text()).unwrap();
    written["sessions"][0]["grant"] = "0x09".into();
    written["keys"].as_array_mut().unwrap().push("0x00".into());

    let mut read = SmartLedger::read(Some(&written.to_string()), SESSIONS).unwrap();
    observe(&mut read, &SessionState::default(), NOW);

    assert_eq!((read.damaged(), read.records.len()), (2, 1));
    assert!(read.key(id).is_some());
    assert!(!read.to_text().contains("0x00\""));
    read.discard_damaged();
    assert_eq!(read.damaged(), 0);
}

#[test]
fn text_of_another_format_is_an_error() {
    for (text, is_newer) in [
        ("{", false),
        ("{}", false),
        ("{\"version\":2}", true),
        ("{\"version\":1}", false),
    ] {
        let error = SmartLedger::read(Some(text), SESSIONS).unwrap_err();

        assert_eq!(
            matches!(error, crate::store::StoreError::Newer(2)),
            is_newer,
            "{text}: {error}"
        );
    }
    assert_eq!(SmartLedger::in_place_of_damaged(SESSIONS).damaged(), 1);
    assert!(SmartLedger::read(None, SESSIONS).unwrap().records.is_empty());
}

#[test]
fn session_is_granted_enabled_and_gone() {
    let mut ledger = signed([1]);
    let (nothing, enabled) = (SessionState::default(), state(&ledger, &[0]));
    let session = ledger.records[0].session.clone();
    let first_use = |ledger: &SmartLedger, state: &SessionState| {
        let proof = ledger.prove(state, &session, &[0], false, 0)?;
        Some((proof.grant(), proof.deployment().is_some()))
    };
    let grant = GrantId(ledger.records[0].permission_id);

    assert_eq!(statuses(&ledger, &nothing), [SessionStatus::Granted]);
    assert_eq!(first_use(&ledger, &nothing), Some((Some(grant), true)));
    assert_eq!(first_use(&ledger, &enabled), Some((None, false)));
    ledger.apply(SessionEvent::Failed(grant), NOW);
    assert_eq!(
        statuses(&ledger, &nothing),
        [SessionStatus::Granted],
        "the signature is still valid"
    );
    ledger.apply(SessionEvent::Included(grant), NOW);
    observe(&mut ledger, &nothing, NOW + 59);
    assert_eq!(
        first_use(&ledger, &nothing),
        Some((None, false)),
        "the node lags behind"
    );
    observe(&mut ledger, &nothing, NOW + 60);
    assert_eq!(statuses(&ledger, &nothing), [SessionStatus::Revoked]);
    assert_eq!(first_use(&ledger, &nothing), None);
    observe(&mut ledger, &enabled, NOW + 61);
    assert_eq!(statuses(&ledger, &enabled), [SessionStatus::Active]);
}

#[test]
fn revocation_ends_sessions_and_unused_grants() {
    let mut ledger = signed([1, 2]);
    let enabled = state(&ledger, &[0]);
    let other = B256::repeat_byte(0xee);
    let on_chain = SessionState(vec![enabled.word(), other]);
    let all = SessionChange {
        revoked: Revocation::All,
        ..SessionChange::default()
    };

    let proposal = ledger.propose(&on_chain, all, NOW, 0).unwrap();

    assert_eq!(proposal.grant, GrantId::NONE);
    assert_eq!(
        proposal.calls.len(),
        2 * 3,
        "two for each session, those of other devices included"
    );
    assert_eq!(proposal.after, SessionState::default());
    assert_eq!(SESSIONS.revoke_all(&on_chain).calls.len(), 2 * 2);
    ledger.apply(SessionEvent::Included(proposal.grant), NOW);
    assert_eq!(
        statuses(&ledger, &SessionState::default()),
        [SessionStatus::Revoked; 2]
    );
    assert!(ledger.keys.is_empty() && ledger.revocable(&SessionState::default()).is_empty());
}

#[test]
fn draft_that_the_owner_rejects_leaves_nothing() {
    let mut ledger = SmartLedger::new(SESSIONS);
    let grant = ledger.draft(change(1), NOW).unwrap();
    assert_eq!(
        statuses(&ledger, &SessionState::default()),
        [SessionStatus::Draft]
    );

    ledger.apply(SessionEvent::Withdrawn(grant), NOW);

    assert!(ledger.records.is_empty() && ledger.sessions(&SessionState::default()).is_empty());
}

#[test]
fn keys_and_sessions_do_not_pile_up() {
    let mut ledger = signed(1..=80);
    let all = SessionChange {
        revoked: Revocation::All,
        ..SessionChange::default()
    };
    let proposal = ledger.propose(&SessionState::default(), all, NOW, 0).unwrap();

    ledger.apply(SessionEvent::Included(proposal.grant), NOW);

    assert_eq!(
        (ledger.records.len(), ledger.keys.len()),
        (SmartLedger::MOST_ENDED, 0)
    );
}

#[test]
fn state_after_a_grant_is_what_the_chain_will_show() {
    let ledger = signed([1, 2]);
    let (first, both) = (state(&ledger, &[0]), state(&ledger, &[0, 1]));
    let second = GrantId(ledger.records[1].permission_id);

    assert_eq!(SESSIONS.after(&first, second), Some(both.clone()));
    assert_eq!(SESSIONS.after(&both, second), Some(both.clone()));
    assert_eq!(
        SESSIONS.after(&both, GrantId::NONE),
        Some(SessionState::default())
    );
    let mut ledger = ledger;
    let id = ledger.records[0].session.id;
    let one = SessionChange {
        revoked: Revocation::These(vec![id]),
        ..SessionChange::default()
    };
    let proposal = ledger.propose(&both, one, NOW, 0).unwrap();
    assert_eq!(SESSIONS.after(&both, proposal.grant), None);
    assert_eq!(proposal.after, state(&ledger, &[1]));
}

use alloy::primitives::Address;

use crate::session::{
    ImportTarget, SessionImport, SessionLedger, SessionModule, SessionState,
    smart_sessions::{Imported, SmartSessions},
};

const SESSIONS: SmartSessions = SmartSessions::new(SmartSessions::CANONICAL, false);

/// Fuzzes the grants of `@biconomy/abstractjs`, as JSON.
///
/// The import takes all grants of the chain or nothing, each session has a proof, and a repeated import changes nothing.
pub fn grants(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let Ok(imported) = Imported::read(text, []) else {
        return;
    };
    let state = SessionState::default();
    let import = |ledger: &mut dyn SessionLedger| {
        let target = ImportTarget {
            account: Address::repeat_byte(9),
            chain_id: 80_002,
            state: &state,
        };
        imported.clone().record(ledger, Vec::new(), &target)
    };
    let mut ledger = SESSIONS.new_ledger();

    if import(&mut *ledger).is_err() {
        return assert_eq!(ledger.to_text(), SESSIONS.new_ledger().to_text());
    }

    let once = ledger.to_text();
    let read = SESSIONS
        .ledger(Some(&once))
        .expect("what was written can be read");
    assert_eq!((read.damaged(), read.to_text()), (0, once.clone()));
    for session in ledger.sessions(&state) {
        let counted = ledger.counters(&state, session.id, Address::repeat_byte(9));
        assert!(counted.is_ok() && !session.permissions.is_empty());
        let proof = ledger.prove(&state, &session, &[0], false, 0);
        assert!(proof.is_some_and(|proof| proof.grant().is_some()));
    }
    import(&mut *ledger).expect("it was imported before");
    assert_eq!(ledger.to_text(), once, "importing again changes it");
}

mod policies;
mod refused;

use alloy::primitives::{B256, Selector, address};
use serde_json::{Value, json};

use super::*;
use crate::{
    permission::{Counted, Interval, Limit, Permission, Policy, Rule, Word},
    session::{
        Revocation, SessionChange, SessionEvent, SessionModule, SessionState, SessionStatus,
        merkle::MerkleSessions,
        smart_sessions::{
            ActionRule, FALLBACK_SELECTOR, FALLBACK_TARGET, OnChainPolicy, PLAIN_TRANSFER, SmartSession,
            SmartSessions, UniversalAction,
            contracts::{ActionData, ERC7739Context, PolicyData},
        },
    },
};

const CONTRACTS: SmartSessionsContracts = SmartSessionsContracts::CANONICAL;
const SESSIONS: SmartSessions = SmartSessions::new(CONTRACTS, false);
const ACCOUNT: Address = Address::repeat_byte(9);
const CHAIN: u64 = 80_002;
const SHOP: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
const BUY: Selector = Selector::new([1, 2, 3, 4]);

fn key() -> SessionKey {
    SessionKey::try_from(B256::repeat_byte(1)).unwrap()
}

fn buy() -> Policy {
    Policy::new(SHOP, BUY)
        .rule(Rule::equal(0, SHOP))
        .rule(Rule::at_most(1, 5u8))
        .at_most_uses(3)
}

fn granting(policies: &[Policy], validator: KeyValidator) -> SmartSession {
    let permissions = policies.iter().cloned().map(Permission::from);
    let permissions = permissions.collect::<Vec<_>>();
    let salt = B256::repeat_byte(2);
    SmartSession::granting(&permissions, validator, key().address(), salt, &CONTRACTS).unwrap()
}

/// Returns the session with other policies in its only action.
fn with_policies(policies: &[OnChainPolicy]) -> SmartSession {
    let mut session = granting(&[buy()], KeyValidator::K1);
    session.actions[0] = ActionData::new(SHOP, BUY, policies, &CONTRACTS).unwrap();
    session
}

/// Returns a grant in the form of `@biconomy/abstractjs`, signed for the account on the chain.
fn grant_of(session: &SmartSession, nonce: u8) -> Value {
    let grant = Grant::new(ACCOUNT, CHAIN, session.clone(), &CONTRACTS).nonce(U256::from(nonce));
    let policies = |policies: &[PolicyData]| {
        let policy =
            |it: &PolicyData| json!({"policy": it.policy, "address": it.policy, "initData": it.initData});
        policies.iter().map(policy).collect::<Value>()
    };
    let action = |it: &ActionData| {
        json!({
            "actionTargetSelector": it.actionTargetSelector,
            "actionTarget": it.actionTarget,
            "actionPolicies": policies(&it.actionPolicies),
        })
    };
    let content = |it: &ERC7739Context| json!({"appDomainSeparator": it.appDomainSeparator, "contentName": it.contentName});
    let messages = &session.erc7739Policies;
    json!({
        "mode": "0x02",
        "permissionId": session.permission_id(),
        "signature": Bytes::from([7; 65]),
        "enableSessionData": {
            "enableSession": {
                "chainDigestIndex": 0,
                "hashesAndChainIds": [{
                    "chainId": "80002",
                    "sessionDigest": grant.digests()[0].sessionDigest,
                }],
                "sessionToEnable": {
                    "sessionValidator": session.sessionValidator,
                    "sessionValidatorInitData": session.sessionValidatorInitData,
                    "salt": session.salt,
                    "userOpPolicies": policies(&session.userOpPolicies),
                    "erc7739Policies": {
                        "allowedERC7739Content": messages.allowedERC7739Content.iter().map(content).collect::<Value>(),
                        "erc1271Policies": policies(&messages.erc1271Policies),
                    },
                    "actions": session.actions.iter().map(action).collect::<Value>(),
                    "permitERC4337Paymaster": session.permitERC4337Paymaster,
                    "chainId": "80002",
                },
                "permissionEnableSig": Bytes::from([8; 65]),
            },
            "validator": CONTRACTS.k1_validator,
            "accountType": "nexus",
        },
    })
}

fn import_at(
    ledger: &mut dyn SessionLedger,
    grants: &Value,
    state: &SessionState,
) -> Result<(), ImportError> {
    let imported = Imported::read(&grants.to_string(), [key()])?;
    let keys = imported.open_keys().into_iter().map(StoredKey::from).collect();
    let target = ImportTarget {
        account: ACCOUNT,
        chain_id: CHAIN,
        state,
    };
    imported.record(ledger, keys, &target)
}

fn import(grants: &Value) -> Result<Box<dyn SessionLedger>, ImportError> {
    let mut ledger = SESSIONS.new_ledger();
    let imported = import_at(&mut *ledger, grants, &SessionState::default());
    if imported.is_err() {
        assert_eq!(
            ledger.to_text(),
            SESSIONS.new_ledger().to_text(),
            "nothing is stored"
        );
    }
    imported.map(|()| ledger)
}

fn code(imported: Result<Box<dyn SessionLedger>, ImportError>) -> &'static str {
    imported.map_or_else(|error| error.code(), |_| "imported")
}

fn permissions_of(session: &SmartSession) -> Vec<Permission> {
    let ledger = import(&grant_of(session, 0)).unwrap();
    ledger.sessions(&SessionState::default()).remove(0).permissions
}

#[test]
fn session_of_either_validator_is_used_and_enabled_by_its_first_use() {
    let key_signature = Bytes::from([9; 65]);
    for (validator, v) in [(KeyValidator::K1, 9), (KeyValidator::Ownable, 13)] {
        let session = granting(&[buy()], validator);
        let id = session.permission_id();
        let enabled = SessionState::of(id);
        let grants = grant_of(&session, 3);
        let text = import(&grants).unwrap().to_text();
        let ledger = SESSIONS.ledger(Some(&text)).unwrap();
        let granted = ledger.sessions(&SessionState::default());
        let [granted] = &granted[..] else {
            panic!("there is one session");
        };
        let prove = |state: &SessionState| ledger.prove(state, granted, &[0], false, 0).unwrap();

        let [first, next] = [SessionState::default(), enabled.clone()].map(|state| prove(&state));

        assert_eq!(first.grant(), Some(crate::session::GrantId(id)));
        assert_eq!(
            first.signature(key_signature.clone())[0],
            EnableMode::Unattested as u8
        );
        assert!(first.deployment().is_none() && next.grant().is_none());
        let used = next.signature(key_signature.clone());
        let mut expected = [&[0][..], id.as_slice(), &key_signature].concat();
        *expected.last_mut().unwrap() = v;
        assert_eq!(used[..], expected);
        let mut here = SESSIONS.new_ledger();
        import_at(&mut *here, &grants, &enabled).unwrap();
        assert_eq!(here.records(&enabled, &[], 0)[0].status, SessionStatus::Active);
        assert_eq!(
            here.prove(&enabled, granted, &[0], false, 0).unwrap().grant(),
            None
        );
    }
}

#[test]
fn owner_signature_is_brought_along_with_its_validator() {
    let session = granting(&[buy()], KeyValidator::K1);
    let grant = Grant::new(ACCOUNT, CHAIN, session.clone(), &CONTRACTS);
    let ledger = import(&grant_of(&session, 0)).unwrap();
    let granted = ledger.sessions(&SessionState::default()).remove(0);
    let proof = ledger
        .prove(&SessionState::default(), &granted, &[0], false, 0)
        .unwrap();

    let signature = proof.signature([9; 65].into());

    let signed = grant.signed(CONTRACTS.k1_validator, &[8; 65]);
    assert_eq!(Some(signature), signed.signature(0, &[9; 65], SESSIONS.packing));
}

#[test]
fn import_is_repeated_without_effect_and_revives_nothing() {
    let session = granting(&[buy()], KeyValidator::K1);
    let grants = json!([grant_of(&session, 0)]);
    let nothing = SessionState::default();
    let mut ledger = import(&grants).unwrap();
    let once = ledger.to_text();

    import_at(&mut *ledger, &grants, &nothing).unwrap();
    assert_eq!(ledger.to_text(), once);
    let revoked = SessionChange {
        revoked: Revocation::All,
        ..SessionChange::default()
    };
    let proposal = ledger.propose(&nothing, revoked, 0, 0).unwrap();
    ledger.apply(SessionEvent::Included(proposal.grant), 0);
    import_at(&mut *ledger, &grants, &nothing).unwrap();

    assert_eq!(ledger.records(&nothing, &[], 0)[0].status, SessionStatus::Revoked);
    assert!(ledger.key(key().address()).is_none() && ledger.sessions(&nothing).is_empty());
    // The owner signs again after the revocation, with the next nonce.
    import_at(&mut *ledger, &json!([grant_of(&session, 1)]), &nothing).unwrap();
    assert_eq!(ledger.records(&nothing, &[], 0)[0].status, SessionStatus::Granted);
    assert!(ledger.key(key().address()).is_some());
}

#[test]
fn grants_of_other_chains_stay_where_they_are() {
    let session = granting(&[buy()], KeyValidator::K1);
    let mut elsewhere = grant_of(&session, 0);
    let enable = &mut elsewhere["enableSessionData"]["enableSession"];
    enable["hashesAndChainIds"][0]["chainId"] = "1".into();
    enable["sessionToEnable"]["chainId"] = "1".into();

    let ledger = import(&json!([elsewhere, grant_of(&session, 0)])).unwrap();

    assert_eq!(ledger.sessions(&SessionState::default()).len(), 1);
}

#[test]
fn debug_hides_the_keys() {
    let grants = grant_of(&granting(&[buy()], KeyValidator::K1), 0);

    let shown = format!("{:?}", Imported::read(&grants.to_string(), [key()]).unwrap());

    assert!(!shown.to_lowercase().contains(&"01".repeat(32)));
}

use alloy::primitives::{B256, Bytes};
use serde_json::{Value, json};
use use_aa::{
    ImportError, SessionKey,
    session::{
        ImportTarget, SessionImport, SessionModule, SessionState,
        smart_sessions::{Grant, Imported, SmartSessions},
    },
};

use crate::{
    support::Outcome,
    vectors::read::{hex, small},
};

/// Checks that a grant of the original is imported with the signature that the original would send, or not at all.
/// `personal` is the key's signature of the operation as a personal message.
pub(super) fn imported(
    input: &Value,
    output: &Value,
    grant: &Grant,
    personal: Bytes,
    enabled: Option<Bytes>,
) -> Outcome {
    let digests = grant.digests();
    let digests = digests
        .iter()
        .map(|digest| json!({"chainId": digest.chainId, "sessionDigest": digest.sessionDigest}));
    let grants = json!([{
        "mode": "0x02",
        "permissionId": grant.sessions()[0].session.permission_id(),
        "enableSessionData": {
            "enableSession": {
                "chainDigestIndex": 0,
                "hashesAndChainIds": digests.collect::<Value>(),
                "sessionToEnable": input["sessions"][0]["session"],
                "permissionEnableSig": output["ownerSignature"],
            },
            "validator": input["ownerValidator"],
            "accountType": "nexus",
        },
    }]);
    let key = SessionKey::try_from(hex::<B256>(&input["sessionPrivateKey"])?)?;
    let module = SmartSessions::new(SmartSessions::CANONICAL, false);
    let (mut ledger, state) = (module.new_ledger(), SessionState::default());
    let target = ImportTarget {
        account: hex(&input["account"])?,
        chain_id: small(&input["sessions"][0]["chainId"])?,
        state: &state,
    };

    let imported = Imported::read(&grants.to_string(), [key.clone()])?;
    match imported.record(&mut *ledger, vec![key.into()], &target) {
        Ok(()) => {
            let session = ledger.sessions(&state).remove(0);
            let proof = ledger.prove(&state, &session, &[0], false, 0);
            let proof = proof.ok_or("the session cannot be used")?;
            assert_eq!(Some(proof.signature(personal)), enabled);
        }
        Err(ImportError::Grant { refusal, .. }) => {
            assert_eq!(refusal.code, "import.unreadable_policy", "{refusal:?}");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

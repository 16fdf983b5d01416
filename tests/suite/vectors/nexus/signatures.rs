use alloy::{
    primitives::{Address, B256, Bytes, U256},
    signers::{SignerSync, local::PrivateKeySigner},
};
use serde_json::Value;
use use_aa::session::smart_sessions::{
    GasPrices, Grant, GrantedSession, KeyValidator, Packing, SignedGrant, SmartSessionsContracts,
    use_signature,
};

use super::{
    grants,
    sessions::{Read, session},
};
use crate::{
    support::Outcome,
    vectors::read::{hex, list, same, small, text},
};

const CONTRACTS: SmartSessionsContracts = SmartSessionsContracts::CANONICAL;

pub(super) fn of_operation(input: &Value, output: &Value) -> Outcome {
    let owner: PrivateKeySigner = text(&input["ownerPrivateKey"])?.parse()?;
    let key: PrivateKeySigner = text(&input["sessionPrivateKey"])?.parse()?;
    let hash: B256 = hex(&output["userOpHash"])?;
    let grant = grant(input)?;
    let session = &grant.sessions()[0].session;

    let validator = match session.sessionValidator {
        validator if validator == CONTRACTS.k1_validator => KeyValidator::K1,
        _ => KeyValidator::Ownable,
    };
    assert_eq!(session.sessionValidator, validator.address(&CONTRACTS));
    assert_eq!(
        session.sessionValidatorInitData,
        validator.init_data(key.address())
    );
    let personal = key.sign_message_sync(hash.as_slice())?.as_bytes();
    let personal = validator.personal_signature(&personal);
    let bare = Bytes::from(key.sign_hash_sync(&hash)?.as_bytes());
    let key_signature = match validator {
        KeyValidator::K1 => personal,
        _ => {
            same("keySignatureEthSign", personal, &output["keySignatureEthSign"])?;
            bare
        }
    };
    same("keySignature", &key_signature, &output["keySignature"])?;

    let id = session.permission_id();
    same("use", use_signature(id, &key_signature), &output["use"])?;
    let dummy = use_signature(id, &validator.dummy_signature());
    same("useDummy", dummy, &output["useDummy"])?;

    let typed_data = grant.typed_data();
    same("signedHash", typed_data.hash(), &output["signedHash"])?;
    let owner_signature = owner.sign_hash_sync(&typed_data.hash())?.as_bytes();
    same("ownerSignature", owner_signature, &output["ownerSignature"])?;
    let signed = grant.signed(hex(&input["ownerValidator"])?, &owner_signature);
    same(
        "enableInner",
        signed.data(0, &key_signature).ok_or("the grant is empty")?,
        &output["enableInner"],
    )?;
    assert_eq!(
        SignedGrant::from_bytes(&signed.to_bytes()).as_ref(),
        Some(&signed)
    );
    let personal = Bytes::from(key.sign_message_sync(hash.as_slice())?.as_bytes());
    let enabled = signed.signature(0, &validator.personal_signature(&personal), Packing::default());
    grants::imported(input, output, &grant, personal, enabled)?;
    packings_hold_the_data(&signed, &key_signature, output)
}

fn grant(input: &Value) -> Read<Grant> {
    let account: Address = hex(&input["account"])?;
    let sessions = list(&input["sessions"])?.iter().map(|granted| {
        Ok(GrantedSession {
            chain_id: small(&granted["chainId"])?,
            session: session(&granted["session"])?,
            nonce: U256::ZERO,
        })
    });
    let mut sessions = sessions.collect::<Read<Vec<_>>>()?.into_iter();
    let first = sessions.next().ok_or("there is no session")?;
    let grant = Grant::new(account, first.chain_id, first.session, &CONTRACTS);
    Ok(sessions.fold(grant, Grant::and))
}

/// Checks that each packing unpacks to the data, and that the original's does.
fn packings_hold_the_data(signed: &SignedGrant, key_signature: &[u8], output: &Value) -> Outcome {
    let original: Bytes = hex(&output["enable"])?;
    let rollup = GasPrices {
        zero_byte: 100,
        byte: 400,
        ..GasPrices::ETHEREUM
    };
    let packed = [
        Packing::Literal,
        Packing::Compressed(rollup),
        Packing::default(),
        Packing::Cheapest(rollup),
    ]
    .map(|packing| signed.signature(0, key_signature, packing));
    let [literal, compressed, on_ethereum, on_rollup] = &packed;

    for signature in packed.iter().flatten().chain([&original]) {
        assert_eq!(signature[0], 2);
        same("unpacked", unpacked(&signature[1..]), &output["enableInner"])?;
    }
    assert!(packed.iter().all(Option::is_some));
    assert_eq!((on_ethereum, on_rollup), (literal, compressed));
    for prices in [GasPrices::ETHEREUM, rollup] {
        let cheapest = signed.signature(0, key_signature, Packing::Cheapest(prices));
        let [ours, theirs] =
            [cheapest.unwrap_or_default(), original.clone()].map(|signature| prices.cost(&signature[1..]));
        assert!(ours <= theirs, "{ours} > {theirs} at {prices:?}");
    }
    Ok(())
}

/// Unpacks a stream of FastLZ (level 1).
fn unpacked(stream: &[u8]) -> Vec<u8> {
    let (mut data, mut rest) = (Vec::new(), stream);
    while let [control, behind @ ..] = rest {
        let kind = control >> 5;
        if kind == 0 {
            let (literals, behind) = behind.split_at(usize::from(*control) + 1);
            data.extend(literals);
            rest = behind;
            continue;
        }
        let (more, behind) = match kind {
            7 => (usize::from(behind[0]), &behind[1..]),
            _ => (0, behind),
        };
        let distance = usize::from(control & 31) << 8 | usize::from(behind[0]);
        for _ in 0..usize::from(kind) + 2 + more {
            data.push(data[data.len() - 1 - distance]);
        }
        rest = &behind[1..];
    }
    data
}

use alloy::{
    eips::eip7702::Authorization,
    primitives::{Address, U256},
    signers::{SignerSync, local::PrivateKeySigner},
};
use serde_json::Value;
use use_aa::{
    delegate_of, delegation_code,
    session::smart_sessions::{
        KeyValidator, SmartSessionsContracts, ownable_dummy_signature, ownable_init_data,
    },
};

use crate::{
    support::Outcome,
    vectors::read::{hex, list, same, small, text},
};

pub(super) fn init_data(input: &Value, output: &Value) -> Outcome {
    let contracts = SmartSessionsContracts::CANONICAL;
    let validator = match text(&input["validator"])? {
        "k1" => KeyValidator::K1,
        "ownable" => KeyValidator::Ownable,
        other => return Err(format!("no validator is named {other}").into()),
    };
    same("address", validator.address(&contracts), &output["address"])?;
    if validator == KeyValidator::K1 {
        return same(
            "dummySignature",
            validator.dummy_signature(),
            &output["dummySignature"],
        );
    }
    let threshold: u64 = small(&input["threshold"])?;
    let owners = list(&input["owners"])?.iter().map(hex::<Address>);
    let owners = owners.collect::<Result<Vec<_>, _>>()?;
    same(
        "initData",
        ownable_init_data(threshold, owners.iter().copied()),
        &output["initData"],
    )?;
    if let [key] = owners[..] {
        same("initData of a key", validator.init_data(key), &output["initData"])?;
    }
    let dummy = ownable_dummy_signature(usize::try_from(threshold)?);
    same("dummySignature", dummy, &output["dummySignature"])
}

pub(super) fn authorization(input: &Value, output: &Value) -> Outcome {
    let key: PrivateKeySigner = text(&input["privateKey"])?.parse()?;
    let authorization = Authorization {
        chain_id: U256::from(small::<u64>(&input["chainId"])?),
        address: hex(&input["address"])?,
        nonce: small(&input["nonce"])?,
    };

    let hash = authorization.signature_hash();
    let signed = authorization.clone().into_signed(key.sign_hash_sync(&hash)?);

    same("hash", hash, &output["hash"])?;
    same("r", signed.r().to_be_bytes::<32>(), &output["r"])?;
    same("s", signed.s().to_be_bytes::<32>(), &output["s"])?;
    let parity: u8 = small(&output["yParity"])?;
    if signed.y_parity() != parity {
        return Err(format!("yParity is {}, not {parity}", signed.y_parity()).into());
    }
    let code = delegation_code(authorization.address);
    if delegate_of(&code) != Some(authorization.address) {
        return Err("the delegate is not in the code".into());
    }
    same("codeOfTheAccount", code, &output["codeOfTheAccount"])
}

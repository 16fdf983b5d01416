use alloy::primitives::Address;
use serde_json::Value;
use use_aa::session::smart_sessions::{
    KeyValidator, SmartSessionsContracts, ownable_dummy_signature, ownable_init_data,
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

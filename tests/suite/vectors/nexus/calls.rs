use std::error::Error;

use alloy::primitives::{Address, Bytes};
use serde_json::Value;
use use_aa::{
    Call,
    account::nexus::{
        NexusContracts, NexusNonce, OnFailure, ValidationMode, add_safe_sender, batch_call_data,
        call_data as encode, install_module, upgrade_to_and_call,
    },
    session::smart_sessions::{SmartSession, SmartSessionsContracts},
};

use super::super::read::{hex, list, number, same, small, text};
use crate::support::Outcome;

const SESSIONS: SmartSessionsContracts = SmartSessionsContracts::CANONICAL;

pub(super) fn call_data(input: &Value, output: &Value) -> Outcome {
    let data = match input["helper"].as_str() {
        Some(helper) => helper_call(helper, input)?.data,
        None => {
            let calls = list(&input["calls"])?
                .iter()
                .map(call)
                .collect::<Result<Vec<_>, _>>()?;
            let on_failure = match text(&input["onFailure"])? {
                "revert" => OnFailure::Revert,
                _ => OnFailure::Continue,
            };
            match text(&input["as"])? {
                "single" => encode(&calls, on_failure),
                _ => batch_call_data(&calls, on_failure),
            }
        }
    };
    same("callData", data, &output["callData"])
}

fn call(value: &Value) -> Result<Call, Box<dyn Error>> {
    Ok(Call {
        to: hex(&value["to"])?,
        value: number(&value["value"])?,
        data: hex(&value["data"])?,
    })
}

fn helper_call(helper: &str, input: &Value) -> Result<Call, Box<dyn Error>> {
    let contracts = NexusContracts::V1_2_0;
    Ok(match helper {
        "installModule" => {
            let data: Bytes = hex(&input["initData"])?;
            install_module(Address::ZERO, hex(&input["module"])?, &data)
        }
        "addSafeSender" => add_safe_sender(contracts.k1_validator, hex(&input["sender"])?),
        "upgradeToAndCall" => upgrade_to_and_call(Address::ZERO, hex(&input["implementation"])?, &[]),
        "removeSession" => {
            let [remove, _] = SmartSession::revoke(hex(&input["permissionId"])?, &SESSIONS);
            remove
        }
        "revokeEnableSignature" => {
            let [_, revoke] = SmartSession::revoke(hex(&input["permissionId"])?, &SESSIONS);
            revoke
        }
        other => return Err(format!("{other} is not known").into()),
    })
}

pub(super) fn nonce(input: &Value, output: &Value) -> Outcome {
    let lane: u32 = small(&output["lane"])?;
    let [_, lane @ ..] = lane.to_be_bytes();
    let nonce = NexusNonce {
        lane,
        mode: match text(&input["validationMode"])? {
            "0x00" => ValidationMode::Validate,
            "0x01" => ValidationMode::ModuleEnable,
            _ => ValidationMode::Prepare,
        },
        validator: hex(&input["moduleAddress"])?,
    };
    let (ours, theirs) = (nonce.key().at(0), number(&output["nonceWhenUnused"])?);
    match ours == theirs {
        true => Ok(()),
        false => Err(format!("nonce: ours {ours:#x}, theirs {theirs:#x}").into()),
    }
}

use std::error::Error;

use alloy::primitives::{Address, U256};
use serde_json::Value;
use use_aa::session::smart_sessions::{
    EnableMode, Grant, SmartSession, SmartSessionsContracts,
    contracts::{ActionData, ERC7739Context, ERC7739Data, PolicyData},
};

use crate::{
    support::Outcome,
    vectors::read::{hex, list, number, same, small, text},
};

pub(super) type Read<T> = Result<T, Box<dyn Error>>;

const CONTRACTS: SmartSessionsContracts = SmartSessionsContracts::CANONICAL;

pub(super) fn ids_and_digests(input: &Value, output: &Value) -> Outcome {
    let session = session(&input["session"])?;
    let account: Address = hex(&input["account"])?;

    same("permissionId", session.permission_id(), &output["permissionId"])?;
    same(
        "userOpConfigId",
        session.user_op_config_id(account),
        &output["userOpConfigId"],
    )?;
    let expected = list(&output["actions"])?;
    assert_eq!(session.actions.len(), expected.len());
    for (action, expected) in session.actions.iter().zip(expected) {
        same("actionId", action.id(), &expected["actionId"])?;
        let config = session.action_config_id(account, action.id());
        same("configId", config, &expected["configId"])?;
    }
    let enable = SmartSession::enable(vec![session.clone()], &CONTRACTS);
    assert_eq!((enable.to, enable.value), (CONTRACTS.module, U256::ZERO));
    same(
        "enableSessionsCallData",
        enable.data,
        &output["enableSessionsCallData"],
    )?;
    let install = SmartSession::install_data(vec![session.clone()]);
    same("onInstallData", install, &output["onInstallData"])?;

    let mode = match text(&input["mode"])? {
        "0x01" => EnableMode::Attested,
        "0x02" => EnableMode::Unattested,
        other => return Err(format!("no mode has the number {other}").into()),
    };
    let grant = Grant::new(account, small(&input["chainId"])?, session, &CONTRACTS).mode(mode);
    same(
        "digestNonce0",
        grant.digests()[0].sessionDigest,
        &output["digestNonce0"],
    )?;
    same("signedHash", grant.typed_data().hash(), &output["signedHash"])?;
    let other = &output["digestOtherNonce"];
    let grant = grant.nonce(number(&other["nonce"])?);
    same(
        "digestOtherNonce",
        grant.digests()[0].sessionDigest,
        &other["digest"],
    )
}

pub(super) fn session(input: &Value) -> Read<SmartSession> {
    let erc7739 = &input["erc7739Policies"];
    let contents = list(&erc7739["allowedERC7739Content"])?.iter().map(context);
    Ok(SmartSession {
        sessionValidator: hex(&input["sessionValidator"])?,
        sessionValidatorInitData: hex(&input["sessionValidatorInitData"])?,
        salt: hex(&input["salt"])?,
        userOpPolicies: policies(&input["userOpPolicies"])?,
        erc7739Policies: ERC7739Data {
            allowedERC7739Content: contents.collect::<Read<_>>()?,
            erc1271Policies: policies(&erc7739["erc1271Policies"])?,
        },
        actions: list(&input["actions"])?.iter().map(action).collect::<Read<_>>()?,
        permitERC4337Paymaster: input["permitERC4337Paymaster"]
            .as_bool()
            .ok_or("permitERC4337Paymaster is no bool")?,
    })
}

fn context(input: &Value) -> Read<ERC7739Context> {
    let names = list(&input["contentName"])?.iter();
    Ok(ERC7739Context {
        appDomainSeparator: hex(&input["appDomainSeparator"])?,
        contentName: names
            .map(|name| Ok(text(name)?.to_owned()))
            .collect::<Read<_>>()?,
    })
}

fn action(input: &Value) -> Read<ActionData> {
    Ok(ActionData {
        actionTargetSelector: hex(&input["actionTargetSelector"])?,
        actionTarget: hex(&input["actionTarget"])?,
        actionPolicies: policies(&input["actionPolicies"])?,
    })
}

fn policies(input: &Value) -> Read<Vec<PolicyData>> {
    let policy = |input: &Value| {
        Ok(PolicyData {
            policy: hex(&input["policy"])?,
            initData: hex(&input["initData"])?,
        })
    };
    list(input)?.iter().map(policy).collect()
}

use alloy::signers::{Signer, SignerSync, local::PrivateKeySigner};
use serde_json::Value;
use use_aa::account::biconomy_v2::{self as account, Account, contracts::modules::ECDSA_OWNERSHIP};

use super::{
    read::{hex, same, small, text},
    user_ops::{entry_point, user_op},
};
use crate::support::Outcome;

pub(super) fn counterfactual(input: &Value, output: &Value) -> Outcome {
    let owner: PrivateKeySigner = hex(&input["ownerPrivateKey"])?;
    let account = Account::of(owner.address()).index(small(&input["index"])?);
    same("ownerAddress", owner.address(), &output["ownerAddress"])?;
    same(
        "moduleSetupData",
        account.module_setup_data(),
        &output["moduleSetupData"],
    )?;
    same("accountAddress", account.address(), &output["accountAddress"])?;
    same("initCode", account.deployment().init_code(), &output["initCode"])?;
    same("factoryData", account.factory_data(), &output["factoryData"])
}

pub(super) fn dummy_signature(input: &Value, output: &Value) -> Outcome {
    match text(&input["kind"])? {
        "ecdsa" => same("signature", account::dummy_signature(ECDSA_OWNERSHIP), output),
        kind => Err(format!("unknown kind {kind}").into()),
    }
}

pub(super) fn user_op_signature(input: &Value, output: &Value) -> Outcome {
    let owner: PrivateKeySigner = hex(&input["ownerPrivateKey"])?;
    let hash = user_op(&input["userOp"])?.hash(entry_point(input)?);
    let signature = owner.sign_message_sync(hash.0.as_slice())?.as_bytes();
    same("userOpHash", hash.0, &output["userOpHash"])?;
    same("moduleSignature", signature, &output["moduleSignature"])?;
    let wrapped = account::wrap(signature.into(), ECDSA_OWNERSHIP);
    same("signature", wrapped, &output["signature"])
}

pub(super) fn message_signature(input: &Value, output: &Value) -> Outcome {
    let owner: PrivateKeySigner = hex(&input["ownerPrivateKey"])?;
    let account = Account::of(Signer::address(&owner));
    let signature = owner.sign_message_sync(text(&input["message"])?.as_bytes())?;
    let mut wrapped = account::wrap(signature.as_bytes().into(), ECDSA_OWNERSHIP);
    if input["deployed"] == false {
        wrapped = account::undeployed(&account, wrapped);
    }
    same("accountAddress", account.address(), &output["accountAddress"])?;
    same("signature", wrapped, &output["signature"])
}

use alloy::{
    primitives::{Address, Bytes},
    signers::{SignerSync, local::PrivateKeySigner},
    sol,
    sol_types::eip712_domain,
};
use serde_json::Value;
use use_aa::{
    Deployment, Nexus, Services, SmartAccount, SmartAccountClient, TypedData, UserOpHash,
    account::{
        OwnerRequest,
        biconomy_v2::batch_call_data,
        nexus::{InitialModules, ModuleEnable, NexusAddress, NexusContracts, migration as calls},
    },
};

use super::super::read::{hex, number, same, small, text};
use crate::support::Outcome;

sol! {
    struct Order {
        address maker;
        uint256 amount;
    }
}

fn modules(is_session_ready: bool) -> InitialModules {
    match is_session_ready {
        true => InitialModules::Sessions,
        false => InitialModules::Plain,
    }
}

pub(super) fn counterfactual(input: &Value, output: &Value) -> Outcome {
    let owner: PrivateKeySigner = hex(&input["ownerPrivateKey"])?;
    let index = number(&input["index"])?;
    let modules = modules(text(&input["kind"])? == "sessionReady");
    let address = NexusAddress::of(owner.address()).index(index).modules(modules);

    same("initData", address.init_data(), &output["initData"])?;
    let deployment = address.deployment();
    let Deployment::Factory { data, .. } = &deployment else {
        return Err("no factory creates the account".into());
    };
    same("factoryData", data, &output["factoryData"])?;
    same("initCode", deployment.init_code(), &output["initCode"])?;
    same("address", address.address(), &output["accountAddress"])?;

    let Ok(index) = u64::try_from(index) else {
        // A client numbers accounts by 64 bits.
        return Ok(());
    };
    let account = Nexus::owned_by(owner).initial_modules(modules);
    let services = Services::new(80002, "http://127.0.0.1:1")?;
    let client = SmartAccountClient::new(services, account).index(index)?;
    same(
        "the client's address",
        client.address(),
        &output["accountAddress"],
    )
}

pub(super) fn migration(input: &Value, output: &Value) -> Outcome {
    let modules = modules(input["sessionReady"].as_bool().unwrap_or_default());
    let init_data = NexusAddress::of(hex(&input["owner"])?)
        .modules(modules)
        .init_data();
    same("initData", &init_data, &output["initData"])?;
    let calls = calls(hex(&input["account"])?, &NexusContracts::V1_2_0, &init_data);
    same("callData", batch_call_data(&calls), &output["callData"])
}

pub(super) fn module_enable(input: &Value, output: &Value) -> Outcome {
    let owner: PrivateKeySigner = hex(&input["ownerPrivateKey"])?;
    let enable = ModuleEnable {
        module: hex(&input["module"])?,
        init_data: hex(&input["initData"])?,
    };
    let account: Address = hex(&input["account"])?;
    let hash = UserOpHash(hex(&input["userOpHash"])?);
    let shown = enable.typed_data(&NexusContracts::V1_2_0, account, small(&input["chainId"])?, hash)?;
    same("digest", shown.hash(), &output["digest"])?;

    let signature: Bytes = owner.sign_hash_sync(&shown.hash())?.as_bytes().into();
    same("ownerSignature", &signature, &output["ownerSignature"])?;
    let module: Bytes = hex(&input["signatureOfTheOperation"])?;
    same(
        "signature",
        enable.signature(&signature, &module),
        &output["signature"],
    )
}

pub(super) fn message_signature(input: &Value, output: &Value) -> Outcome {
    let owner: PrivateKeySigner = hex(&input["ownerPrivateKey"])?;
    let (index, chain_id): (u64, u64) = (small(&input["index"])?, small(&input["chainId"])?);
    let account = Nexus::owned_by(owner.clone()).initial_modules(InitialModules::Plain);
    let account = account.at_index(index).ok_or("no owner")?;
    same("address", account.address(), &input["accountAddress"])?;
    let is_deployed = input["deployed"].as_bool().ok_or("no state")?;
    let sign = |message: OwnerRequest| {
        let asked = account.owner_request(message.clone(), chain_id)?;
        let OwnerRequest::TypedData(asked) = asked else {
            return Err("the owner is asked for a bare message".into());
        };
        let signature = owner.sign_hash_sync(&asked.hash())?.as_bytes();
        Ok::<_, Box<dyn std::error::Error>>(account.message_signature(
            &message,
            signature.into(),
            is_deployed,
        ))
    };

    let message = text(&input["message"])?;
    let message = sign(OwnerRequest::Message(Bytes::copy_from_slice(message.as_bytes())))?;
    same("signMessage", message, &output["signMessage"])?;

    let data = &input["typedData"];
    let order = Order {
        maker: hex(&data["message"]["maker"])?,
        amount: number(&data["message"]["amount"])?,
    };
    let domain = eip712_domain! {
        name: text(&data["domain"]["name"])?.to_owned(),
        version: text(&data["domain"]["version"])?.to_owned(),
        chain_id: small(&data["domain"]["chainId"])?,
        verifying_contract: hex(&data["domain"]["verifyingContract"])?,
    };
    let typed = sign(OwnerRequest::TypedData(TypedData::new(&order, &domain)?))?;
    same("signTypedData", typed, &output["signTypedData"])
}

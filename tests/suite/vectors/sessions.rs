use std::error::Error;

use alloy::{
    primitives::{Address, B256, Bytes, U256},
    signers::{SignerSync, local::PrivateKeySigner},
};
use serde_json::Value;
use use_aa::{
    Condition, Erc20Policy, Interval, Policy, Rule,
    account::biconomy_v2::wrap,
    permission::Word,
    session::merkle::{
        Leaf, ProvenLeaf, Tree, batch_module_signature,
        contracts::{
            ABI_SESSION_VALIDATION, BATCHED_SESSION_ROUTER, ERC20_SESSION_VALIDATION, SESSION_KEY_MANAGER,
        },
        module_signature, set_merkle_root,
    },
    signer::dummy_session_signature,
};

use super::{
    read::{hex, list, number, same, same_list, small, text},
    user_ops::{entry_point, user_op},
};
use crate::support::Outcome;

pub(super) fn abi_key_data(input: &Value, output: &Value) -> Outcome {
    let permission = &input["permission"];
    let selector: alloy::primitives::Selector = hex(&permission["functionSelector"])?;
    let policy = Policy::new(hex(&permission["destContract"])?, selector);
    let policy = with_rules(policy, permission)?;
    same(
        "sessionKeyData",
        policy.key_data(hex(&input["sessionKey"])?)?,
        output,
    )
}

pub(super) fn abi_leaf(input: &Value, output: &Value) -> Outcome {
    let contract = hex(&input["contractAddress"])?;
    let policy = match &input["functionSelector"] {
        Value::String(signature) => Policy::function(contract, signature)?,
        raw => Policy::new(contract, hex::<alloy::primitives::Selector>(&raw["raw"])?),
    };
    let key = hex(&input["sessionKeyAddress"])?;
    let data = with_rules(policy, input)?.key_data(key)?;
    check_leaf(input, ABI_SESSION_VALIDATION, key, data, output)
}

pub(super) fn erc20_leaf(input: &Value, output: &Value) -> Outcome {
    let key = hex(&input["sessionKey"])?;
    let amount = number(&input["maxAmount"])?;
    let data = Erc20Policy::new(hex(&input["token"])?, hex(&input["recipient"])?, amount).key_data(key);
    check_leaf(input, ERC20_SESSION_VALIDATION, key, data, output)
}

fn check_leaf(input: &Value, module: Address, key: Address, data: Bytes, output: &Value) -> Outcome {
    let interval = match &input["interval"] {
        Value::Null => Interval::ALWAYS,
        interval => read_interval(interval)?,
    };
    if interval != read_interval(output)? {
        return Err(format!("interval: ours {interval:?}").into());
    }
    let leaf = Leaf::new(interval, module, data)?;
    same(
        "sessionValidationModule",
        leaf.module(),
        &output["sessionValidationModule"],
    )?;
    same("sessionPublicKey", key, &output["sessionPublicKey"])?;
    same(
        "sessionPublicKey",
        leaf.key().ok_or("the leaf cannot be read")?,
        &output["sessionPublicKey"],
    )?;
    same("sessionKeyData", leaf.key_data(), &output["sessionKeyData"])?;
    same("leafPreimage", leaf.packed(), &output["leafPreimage"])?;
    same("leaf", leaf.hash(), &output["leaf"])
}

pub(super) fn tree(input: &Value, output: &Value) -> Outcome {
    let hashes = reopened(input, output)?;
    let mut granted = 0;
    let mut roots = Vec::new();
    for size in list(&input["batches"])? {
        granted += small::<usize>(size)?;
        let leaves = hashes
            .get(..granted)
            .ok_or("the batches hold more leaves than there are")?;
        roots.push(Tree::new(leaves.iter().copied()).root());
    }
    same_list("rootsAfterEachBatch", &roots, &output["rootsAfterEachBatch"])?;
    let root = Tree::new(hashes).root();
    same(
        "setMerkleRootCalldata",
        set_merkle_root(SESSION_KEY_MANAGER, root).data,
        &output["setMerkleRootCalldata"],
    )
}

pub(super) fn reopened_tree(input: &Value, output: &Value) -> Outcome {
    reopened(input, output)?;
    match output["sameRoot"] == true {
        true => Ok(()),
        false => Err("the original itself came to another root".into()),
    }
}

/// Compares leaves, root and proofs of the whole tree, and returns the leaves' hashes.
fn reopened(input: &Value, output: &Value) -> Result<Vec<B256>, Box<dyn Error>> {
    let hashes = leaves(input)?.iter().map(Leaf::hash).collect::<Vec<_>>();
    let tree = Tree::new(hashes.iter().copied());
    same_list("leaves", tree.leaves(), &output["leaves"])?;
    same("root", tree.root(), &output["root"])?;
    let proofs = list(&output["proofs"])?;
    if proofs.len() != hashes.len() {
        return Err("there is not one proof for each leaf".into());
    }
    for (hash, proof) in hashes.iter().zip(proofs) {
        same_list("proof", &tree.proof(*hash).ok_or("no proof")?, proof)?;
    }
    Ok(hashes)
}

pub(super) fn signature(input: &Value, output: &Value) -> Outcome {
    let key: PrivateKeySigner = hex(&input["sessionPrivateKey"])?;
    let hash = user_op(&input["userOp"])?.hash(entry_point(input)?);
    let leaves = leaves(input)?;
    let tree = Tree::new(leaves.iter().map(Leaf::hash));
    let leaf = leaves
        .get(small::<usize>(&input["which"])?)
        .ok_or("there is no such session")?;
    let proven = prove(&tree, leaf)?;
    let signed = key.sign_message_sync(hash.0.as_slice())?;
    let ours = module_signature(&proven, signed.as_bytes().into());
    let dummy = module_signature(&proven, dummy_session_signature());
    same("userOpHash", hash.0, &output["userOpHash"])?;
    same("root", tree.root(), &output["root"])?;
    same("moduleSignature", &ours, &output["moduleSignature"])?;
    same("signature", wrap(ours, SESSION_KEY_MANAGER), &output["signature"])?;
    same(
        "dummySignature",
        wrap(dummy, SESSION_KEY_MANAGER),
        &output["dummySignature"],
    )
}

pub(super) fn batch_signature(input: &Value, output: &Value) -> Outcome {
    let key: PrivateKeySigner = hex(&input["sessionPrivateKey"])?;
    let hash = user_op(&input["userOp"])?.hash(entry_point(input)?);
    let leaves = leaves(input)?;
    let tree = Tree::new(leaves.iter().map(Leaf::hash));
    let extras = list(&input["additionalSessionData"])?;
    let mut calls = Vec::new();
    for (place, index) in list(&input["indexes"])?.iter().enumerate() {
        let leaf = leaves
            .get(small::<usize>(index)?)
            .ok_or("there is no such session")?;
        let extra = extras
            .get(place)
            .map(hex::<Bytes>)
            .transpose()?
            .unwrap_or_default();
        calls.push((prove(&tree, leaf)?, extra));
    }
    let manager = hex(&input["sessionKeyManager"])?;
    let encode = |signature| {
        let calls = calls.iter().map(|(proven, extra)| (proven, extra.clone()));
        batch_module_signature(manager, calls, signature)
    };
    let ours = encode(key.sign_message_sync(hash.0.as_slice())?.as_bytes().into());
    same("userOpHash", hash.0, &output["userOpHash"])?;
    same("moduleSignature", &ours, &output["moduleSignature"])?;
    same(
        "signature",
        wrap(ours, BATCHED_SESSION_ROUTER),
        &output["signature"],
    )?;
    let dummy = wrap(encode(dummy_session_signature()), BATCHED_SESSION_ROUTER);
    same("dummySignature", dummy, &output["dummySignature"])
}

fn prove(tree: &Tree, leaf: &Leaf) -> Result<ProvenLeaf, Box<dyn Error>> {
    let proof = tree.proof(leaf.hash()).ok_or("the tree does not hold the leaf")?;
    Ok(ProvenLeaf {
        leaf: leaf.clone(),
        proof,
    })
}

fn leaves(input: &Value) -> Result<Vec<Leaf>, Box<dyn Error>> {
    let leaf = |data: &Value| -> Result<Leaf, Box<dyn Error>> {
        let module = hex(&data["sessionValidationModule"])?;
        Ok(Leaf::new(
            read_interval(data)?,
            module,
            hex(&data["sessionKeyData"])?,
        )?)
    };
    list(&input["data"])?.iter().map(leaf).collect()
}

fn read_interval(value: &Value) -> Result<Interval, Box<dyn Error>> {
    Ok(Interval {
        valid_after: small(&value["validAfter"])?,
        valid_until: small(&value["validUntil"])?,
    })
}

fn with_rules(policy: Policy, value: &Value) -> Result<Policy, Box<dyn Error>> {
    let policy = policy.value_limit_per_call(small(&value["valueLimit"])?);
    list(&value["rules"])?.iter().try_fold(policy, |policy, rule| {
        let condition = small::<usize>(&rule["condition"])?;
        let condition = *Condition::ALL.get(condition).ok_or("unknown condition")?;
        Ok(policy.rule(Rule::offset(
            small(&rule["offset"])?,
            condition,
            reference(&rule["referenceValue"])?,
        )))
    })
}

/// Parses the reference value of a rule. Hex is right-aligned in its word, unless it fills the word.
fn reference(value: &Value) -> Result<Word, Box<dyn Error>> {
    match value {
        Value::Object(fields) if fields.contains_key("raw") => Ok(Word(hex(&fields["raw"])?)),
        Value::Object(_) => Ok(number(value)?.into()),
        _ => Ok(Word(B256::from(U256::from_str_radix(
            text(value)?.trim_start_matches("0x"),
            16,
        )?))),
    }
}

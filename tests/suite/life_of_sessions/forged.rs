//! Attacks with a stolen session key, without the library.

use std::{error::Error, sync::Arc};

use alloy::{
    primitives::{Address, B256, Bytes, U256},
    signers::local::PrivateKeySigner,
    sol_types::SolValue,
};
use serde_json::{Value, json};
use use_aa::{
    CreateSession, Deployment, EntryPoint, Fees, GasLimits, PaymasterData, Payment, Request, SessionKey,
    UserOpHash, UserOperation,
    rpc::{Http, Node},
};

use super::{client, mint_with, revoke};
use crate::support::{Outcome, balance, devnet, granted, included, mint_policy, owner, request, sent};

#[tokio::test]
async fn proof_that_an_attacker_kept_proves_nothing_after_the_revocation() -> Outcome {
    let client = client(owner(), &Arc::default());
    let stolen = SessionKey::random()?;
    let request = CreateSession::new([mint_policy(client.address())]).key(stolen.clone());
    granted(&client, request.pay(Payment::Sponsored)).await?;
    // The attacker has the key, and an included operation with its leaf and proof.
    let hash = mint_with(&client, stolen.address()).await?;
    included(&client, hash).await?;
    let taken = sent(hash).await?;
    let forge = |sequence: u64| {
        let mut op = taken.clone();
        let nonce = U256::from_be_bytes(PrivateKeySigner::random().to_bytes().0) << 64 | U256::from(sequence);
        op["nonce"] = json!(nonce);
        op
    };

    let before = send_by_hand(&stolen, forge(0)).await?;
    let sent = client.revoke_session(revoke([stolen.address()])).await?;
    included(&client, sent).await?;
    let after = send_by_hand(&stolen, forge(0)).await?;

    let before = before.map_err(|refusal| format!("the forgery is good before: {refusal}"))?;
    included(&client, before).await?;
    let refusal = after.expect_err("the chain no longer takes it");
    assert!(
        refusal.contains("SessionNotApproved") || refusal.contains("AA23"),
        "{refusal}"
    );
    assert_eq!(balance(client.address()).await?, U256::from(2));
    Ok(())
}

/// Signs an operation with a session key, with the leaf and the proof of its old signature, and sends the operation to
/// the bundler. Does not use the library's client.
async fn send_by_hand(key: &SessionKey, mut op: Value) -> Result<Result<UserOpHash, String>, Box<dyn Error>> {
    type ModuleSignature = (U256, U256, Address, Bytes, Vec<B256>, Bytes);

    // An attacker has no sponsor: the account pays.
    let node = Node::new(Http::new(format!("{}/rpc", devnet().url()).parse()?));
    let account: Address = serde_json::from_value(op["sender"].clone())?;
    let coin = U256::from(10).pow(U256::from(18));
    let () = request(&node, "anvil_setBalance", (account, coin)).await?;
    op["paymasterAndData"] = json!("0x");
    op["callGasLimit"] = json!("0x60000");
    op["verificationGasLimit"] = json!("0x60000");
    op["preVerificationGas"] = json!("0x20000");

    let signature: Bytes = serde_json::from_value(op["signature"].clone())?;
    let (module_signature, manager) = <(Bytes, Address)>::abi_decode_params(&signature)?;
    let mut parts = ModuleSignature::abi_decode_params(&module_signature)?;
    parts.5 = key.sign(hash_of(&op)?.as_slice())?;
    let signature: Bytes = (Bytes::from(parts.abi_encode_params()), manager)
        .abi_encode_params()
        .into();
    op["signature"] = json!(signature);

    let bundler = Node::new(Http::new(format!("{}/bundler", devnet().url()).parse()?));
    let entry_point = EntryPoint::V0_6;
    let answer = request::<UserOpHash>(&bundler, "eth_sendUserOperation", (op, entry_point)).await;
    Ok(answer.map_err(|error| error.to_string()))
}

/// Computes the hash of an operation in wire format.
fn hash_of(op: &Value) -> Result<B256, Box<dyn Error>> {
    let number = |field: &str| serde_json::from_value::<U256>(op[field].clone());
    let bytes = |field: &str| serde_json::from_value::<Bytes>(op[field].clone());
    let op = UserOperation {
        sender: serde_json::from_value(op["sender"].clone())?,
        nonce: number("nonce")?,
        deployment: Deployment::from_init_code(&bytes("initCode")?),
        call_data: bytes("callData")?,
        gas: GasLimits {
            call: number("callGasLimit")?,
            verification: number("verificationGasLimit")?,
            pre_verification: number("preVerificationGas")?,
            ..GasLimits::default()
        },
        fees: Fees {
            max_fee_per_gas: number("maxFeePerGas")?,
            max_priority_fee_per_gas: number("maxPriorityFeePerGas")?,
        },
        paymaster: PaymasterData::from_bytes(&bytes("paymasterAndData")?),
    };
    Ok(op.hash(EntryPoint::v0_6(80002)).0)
}

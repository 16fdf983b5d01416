//! Entry point 0.8, which no Nexus account uses: an EOA delegates to the account of its package.

use alloy::{
    primitives::{Address, Bytes, U256, address},
    signers::local::PrivateKeySigner,
    sol,
    sol_types::SolCall,
};
use serde_json::{Value, json};

use super::{
    account::nfts,
    operation::{Op, bare},
};
use crate::support::{DEVNET, ask, operation::safeMintCall};

sol! {
    function execute(address target, uint256 value, bytes data) external;
}

const IMPLEMENTATION: Address = address!("7702770277027702770277027702770277027702");

#[tokio::test]
async fn an_operation_of_entry_point_0_8_is_sponsored() {
    let at = DEVNET.contracts();
    let key = PrivateKeySigner::random();
    let owner = key.address();
    place(owner).await;
    let mint = executeCall {
        target: at.nft,
        value: U256::ZERO,
        data: safeMintCall { to: owner }.abi_encode().into(),
    };
    let mut op = Op::of(at.entry_point_v08, owner, U256::ZERO, mint.abi_encode().into()).await;
    op.signature = bare(&key, op.hash().await);

    let params = json!([op.to_json(), at.entry_point_v08, {}]);
    let sponsored = ask("/paymaster", "pm_sponsorUserOperation", params).await;
    op.take(&sponsored.expect("a sponsor"));
    op.signature = bare(&key, op.hash().await);
    let receipt = op.send().await.expect("a receipt");

    assert_eq!(receipt["success"], true, "{receipt}");
    assert_eq!(receipt["paymaster"], json!(at.paymaster_v08.to_checksum(None)));
    assert_eq!(nfts(owner).await, 1);
}

/// Places the implementation, and the delegation of an EOA to it (EIP-7702).
async fn place(owner: Address) {
    let artifact =
        devnet::npm::folder().join("node_modules/account-abstraction-0.8/artifacts/Simple7702Account.json");
    let artifact = std::fs::read(artifact).expect("the artifact");
    let artifact: Value = serde_json::from_slice(&artifact).expect("JSON");
    let delegation = [&[0xef, 1, 0], IMPLEMENTATION.as_slice()].concat();
    for (at, code) in [
        (IMPLEMENTATION, artifact["deployedBytecode"].clone()),
        (owner, json!(Bytes::from(delegation))),
    ] {
        ask("/rpc", "anvil_setCode", json!([at, code]))
            .await
            .expect("code");
    }
}

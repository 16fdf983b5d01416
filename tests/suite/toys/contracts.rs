//! The deployment of the toys' contracts: those of `@account-abstraction/contracts`, which the devnet pins.

use std::{fs, sync::LazyLock, time::Duration};

use alloy::{
    primitives::{Address, B256, Bytes, U256, address, hex},
    sol,
    sol_types::{SolCall, SolValue},
};
use serde_json::{Value, json};
use tokio::{sync::OnceCell, time::sleep};
use use_aa::EntryPoint;

use super::paymaster;
use crate::support::{Outcome, devnet, node, request};

sol! {
    function depositTo(address account) external payable;
}

/// The deterministic deployer of anvil: its call data is a salt and creation code.
const DEPLOYER: Address = address!("4e59b44847b379578588920cA78FbF26c0B4956C");

/// The first account of anvil's mnemonic, which the devnet funds and leaves to tests.
const FUNDED: Address = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");

/// The deposit of the toy paymaster at the entry point, in wei: 100 coins.
const DEPOSIT: U256 = U256::from_limbs([7_766_279_631_452_241_920, 5, 0, 0]);

/// The compiled factory of simple accounts.
struct Factory {
    /// The creation code with the entry point as its argument.
    creation: Bytes,
    runtime: Bytes,
}

static FACTORY: LazyLock<Factory> = LazyLock::new(|| {
    let path = "node_modules/@account-abstraction/contracts/artifacts/SimpleAccountFactory.json";
    let json = fs::read(devnet::npm::folder().join(path)).expect("the devnet has installed its packages");
    let artifact: Value = serde_json::from_slice(&json).expect("the artifact is JSON");
    let code = |field: &str| hex::decode(artifact[field].as_str().unwrap_or_default()).expect("code is hex");
    let creation = [code("bytecode"), EntryPoint::V0_6.abi_encode()].concat();
    Factory {
        creation: creation.into(),
        runtime: code("deployedBytecode").into(),
    }
});

/// Returns the address of the factory of simple accounts.
pub(super) fn factory() -> Address {
    DEPLOYER.create2_from_code(B256::ZERO, &FACTORY.creation)
}

/// Returns the creation code of an account's proxy, a part of the factory's code.
pub(super) fn proxy_creation_code() -> &'static [u8] {
    let code = &FACTORY.runtime;
    // solc puts the code of a contract that another one creates between the latter's own code and its metadata, whose
    // length is the last two bytes.
    let start = hex!("6080604052");
    let mut starts = (1..code.len()).filter(|at| code[*at..].starts_with(&start));
    let from = starts.next().expect("the factory contains the proxy");
    let metadata = usize::from(u16::from_be_bytes([code[code.len() - 2], code[code.len() - 1]])) + 2;
    &code[from..code.len() - metadata]
}

/// Deploys the factory of simple accounts and the toy paymaster with its deposit, once.
pub(super) async fn deploy() -> Outcome {
    static DEPLOYED: OnceCell<()> = OnceCell::const_new();
    DEPLOYED.get_or_try_init(deploy_all).await?;
    Ok(())
}

async fn deploy_all() -> Outcome {
    if node().code(factory()).await?.is_empty() {
        let code = [B256::ZERO.as_slice(), &FACTORY.creation].concat();
        transact(DEPLOYER, code.into(), U256::ZERO).await?;
    }
    let contract = paymaster::CONTRACT;
    let () = request(&node(), "anvil_setCode", (contract, paymaster::CODE)).await?;
    let deposit = depositToCall { account: contract };
    transact(
        devnet().contracts().entry_point,
        deposit.abi_encode().into(),
        DEPOSIT,
    )
    .await
}

/// Sends a transaction and waits until it is mined.
async fn transact(to: Address, data: Bytes, value: U256) -> Outcome {
    let transaction = json!({"from": FUNDED, "to": to, "data": data, "value": value});
    let node = node();
    let hash: B256 = request(&node, "eth_sendTransaction", [transaction]).await?;
    loop {
        let receipt: Value = request(&node, "eth_getTransactionReceipt", [hash]).await?;
        match receipt["status"].as_str() {
            Some("0x1") => return Ok(()),
            Some(_) => return Err(format!("the transaction to {to} reverted").into()),
            None => sleep(Duration::from_millis(20)).await,
        }
    }
}

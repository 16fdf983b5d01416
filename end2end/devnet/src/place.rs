//! Deploys the contracts at their expected addresses.

use std::time::Duration;

use alloy::{
    primitives::{Address, B256, Bytes, U256, address},
    sol,
    sol_types::{SolCall, SolValue},
};
use serde_json::{Value, json};

use crate::{
    addresses::Contracts,
    contracts::Artifacts,
    error::Error,
    jsonrpc::{RpcError, Upstream},
    keys, npm,
};

/// The deterministic deployment proxy, which has the same address on every chain.
const DETERMINISTIC_DEPLOYER: Address = address!("4e59b44847b379578588920cA78FbF26c0B4956C");

sol! {
    function minimalHandler() external view returns (address);
    function depositTo(address account) external payable;
    function depositFor(address paymasterId) external payable;
}

/// Deploys the entry point with CREATE2. The address follows from the code compiled in its package. For another
/// expected address, the code is copied there.
pub(crate) async fn entry_point(node: &Upstream, expected: Address) -> Result<(), Error> {
    let path = npm::file("@account-abstraction/contracts/artifacts/EntryPoint.json");
    let json = std::fs::read(&path).map_err(Error::file(&path))?;
    let artifact: Value = serde_json::from_slice(&json).map_err(|_| Error::DamagedArtifact(path.clone()))?;
    let creation = artifact["bytecode"]
        .as_str()
        .and_then(|code| code.parse::<Bytes>().ok());
    let creation = creation.ok_or(Error::DamagedArtifact(path))?;

    let data = [B256::ZERO.as_slice(), &creation].concat();
    let chain = Placer { node };
    chain
        .transact(
            "deploying the entry point",
            keys::deployer(),
            Some(DETERMINISTIC_DEPLOYER),
            data,
            0,
        )
        .await?;
    // Bundlers derive the address of the entry point's `SenderCreator` as that of its first contract.
    let original = Contracts::default().entry_point;
    for (from, to) in [(original, expected), (original.create(1), expected.create(1))] {
        let step = "copying the entry point";
        let code = chain.ask(step, "eth_getCode", json!([from, "latest"])).await?;
        chain.ask(step, "anvil_setCode", json!([to, code])).await?;
    }
    chain.check_code("entry point", expected).await
}

/// Places all other contracts and funds the paymasters' deposits.
pub(crate) async fn contracts(node: &Upstream, artifacts: &Artifacts, at: &Contracts) -> Result<(), Error> {
    let chain = Placer { node };
    let owner = keys::sponsor_owner();
    let signer = keys::paymaster_signer().address();
    let none = Vec::new;
    let placed = [
        (
            "SmartAccount",
            at.account_implementation,
            at.entry_point.abi_encode(),
        ),
        (
            "SmartAccountFactory",
            at.account_factory,
            (at.account_implementation, owner).abi_encode_params(),
        ),
        ("EcdsaOwnershipRegistryModule", at.ecdsa_module, none()),
        ("MultichainECDSAValidator", at.multichain_module, none()),
        ("SessionKeyManager", at.session_key_manager, none()),
        ("BatchedSessionRouter", at.batched_session_router, none()),
        ("ERC20SessionValidationModule", at.erc20_session_module, none()),
        ("AbiSessionValidationModule", at.abi_session_module, none()),
        ("SampleNft", at.nft, none()),
        ("PlainNft", at.plain_nft, none()),
        ("FeeToken", at.token, none()),
        (
            "TokenPaymaster",
            at.token_paymaster,
            (at.entry_point, signer).abi_encode_params(),
        ),
    ];
    let placing = placed
        .into_iter()
        .map(|(name, place, arguments)| chain.place(artifacts, name, place, arguments));
    futures::try_join!(
        futures::future::try_join_all(placing),
        chain.sponsor(artifacts, at)
    )?;

    // After the factory: the factory's constructor creates the handler, which fails if the address has code.
    chain
        .place(artifacts, "DefaultCallbackHandler", at.fallback_handler, none())
        .await?;
    let handler = chain
        .call(at.account_factory, minimalHandlerCall {}.abi_encode())
        .await?;
    match Address::abi_decode(&handler) {
        Ok(actual) if actual == at.fallback_handler => Ok(()),
        other => Err(Error::Misplaced {
            name: "the fallback handler",
            expected: at.fallback_handler,
            actual: other.unwrap_or_default(),
        }),
    }
}

struct Placer<'a> {
    node: &'a Upstream,
}

impl Placer<'_> {
    /// Runs a constructor at the target address with `eth_call`, and stores the returned runtime code there.
    async fn place(
        &self,
        artifacts: &Artifacts,
        name: &str,
        at: Address,
        arguments: Vec<u8>,
    ) -> Result<(), Error> {
        let creation = artifacts.load(name)?.creation;
        let code = Bytes::from([&creation, arguments.as_slice()].concat());
        let overrides = json!({ at.to_string(): {"code": code, "nonce": "0x1"} });
        let step = format!("placing {name}");
        let runtime = self
            .ask(&step, "eth_call", json!([{"to": at}, "latest", overrides]))
            .await?;
        self.ask(&step, "anvil_setCode", json!([at, runtime]))
            .await
            .map(drop)
    }

    /// Deploys the sponsoring paymaster, whose constructor writes storage, and funds both deposits.
    async fn sponsor(&self, artifacts: &Artifacts, at: &Contracts) -> Result<(), Error> {
        const DEPOSIT: u64 = 1000;
        let owner = keys::sponsor_owner();
        let signer = keys::paymaster_signer().address();
        let creation = artifacts.load("VerifyingSingletonPaymaster")?.creation;
        let arguments = (owner, at.entry_point, signer).abi_encode_params();
        let code = [&creation, arguments.as_slice()].concat();
        self.transact("deploying the sponsoring paymaster", owner, None, code, 0)
            .await?;
        self.check_code("the sponsoring paymaster", at.sponsor_paymaster)
            .await?;

        let fill = depositForCall { paymasterId: owner }.abi_encode();
        self.transact("sponsoring", owner, Some(at.sponsor_paymaster), fill, DEPOSIT)
            .await?;
        let fill = depositToCall {
            account: at.token_paymaster,
        }
        .abi_encode();
        self.transact(
            "filling the token paymaster's deposit",
            owner,
            Some(at.entry_point),
            fill,
            DEPOSIT,
        )
        .await
    }

    /// Sends a transaction and waits until it is mined.
    async fn transact(
        &self,
        step: &str,
        from: Address,
        to: Option<Address>,
        data: Vec<u8>,
        coins: u64,
    ) -> Result<(), Error> {
        let value = U256::from(coins) * U256::from(10).pow(U256::from(18));
        let mut transaction =
            json!({"from": from, "data": Bytes::from(data), "value": value, "gas": "0xb71b00"});
        if let Some(to) = to {
            transaction["to"] = json!(to);
        }
        let hash = self
            .ask(step, "eth_sendTransaction", json!([transaction]))
            .await?;
        loop {
            let receipt = self.ask(step, "eth_getTransactionReceipt", json!([hash])).await?;
            match receipt["status"].as_str() {
                Some("0x1") => return Ok(()),
                Some(_) => {
                    return Err(Error::Chain {
                        step: step.to_owned(),
                        message: "it reverted".to_owned(),
                    });
                }
                None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    }

    async fn check_code(&self, name: &'static str, at: Address) -> Result<(), Error> {
        let code = self.ask(name, "eth_getCode", json!([at, "latest"])).await?;
        if code.as_str().is_some_and(|code| code.len() > 2) {
            return Ok(());
        }
        Err(Error::Misplaced {
            name,
            expected: at,
            actual: Address::ZERO,
        })
    }

    async fn call(&self, to: Address, data: Vec<u8>) -> Result<Bytes, Error> {
        let answer = self
            .ask(
                "reading",
                "eth_call",
                json!([{"to": to, "data": Bytes::from(data)}, "latest"]),
            )
            .await?;
        Ok(answer
            .as_str()
            .and_then(|hex| hex.parse().ok())
            .unwrap_or_default())
    }

    async fn ask(&self, step: &str, method: &str, params: Value) -> Result<Value, Error> {
        let answer = self.node.call(method, params).await;
        answer.map_err(|RpcError { message, .. }| Error::Chain {
            step: step.to_owned(),
            message,
        })
    }
}

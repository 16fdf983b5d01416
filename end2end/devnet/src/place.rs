//! Deploys the contracts at their expected addresses.

use std::time::Duration;

use alloy::{
    primitives::{Address, B256, Bytes, U256, address, b256},
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

/// The deposit of each paymaster, in coins.
const DEPOSIT: u64 = 1000;
/// The Safe singleton factory, another deterministic deployment proxy with the same code.
const SINGLETON_FACTORY: Address = address!("914d7Fec6aaC8cd542e72Bca78B30650d45643d7");

sol! {
    function minimalHandler() external view returns (address);
    function depositTo(address account) external payable;
    function depositFor(address paymasterId) external payable;
}

/// An entry point: the package of its artifact, the salt of its production address, and the expected address.
struct EntryPoint {
    package: &'static str,
    salt: B256,
    original: Address,
    expected: Address,
}

/// Deploys the entry points with CREATE2. The addresses follow from the code compiled in their packages. For another
/// expected address, the code is copied there.
pub(crate) async fn entry_points(node: &Upstream, at: &Contracts) -> Result<(), Error> {
    let original = Contracts::default();
    let versions = [
        EntryPoint {
            package: "@account-abstraction/contracts",
            salt: B256::ZERO,
            original: original.entry_point,
            expected: at.entry_point,
        },
        EntryPoint {
            package: "account-abstraction-0.7",
            salt: b256!("90d8084deab30c2a37c45e8d47f49f2f7965183cb6990a98943ef94940681de3"),
            original: original.entry_point_v07,
            expected: at.entry_point_v07,
        },
        EntryPoint {
            package: "account-abstraction-0.8",
            salt: b256!("0a59dbff790c23c976a548690c27297883cc66b4c67024f9117b0238995e35e9"),
            original: original.entry_point_v08,
            expected: at.entry_point_v08,
        },
    ];
    let chain = Placer { node };
    let code = chain
        .ask(
            "copying the deployer",
            "eth_getCode",
            json!([DETERMINISTIC_DEPLOYER, "latest"]),
        )
        .await?;
    let step = "placing the singleton factory";
    chain
        .ask(step, "anvil_setCode", json!([SINGLETON_FACTORY, code]))
        .await?;
    // One after the other: the transactions of one sender would replace each other.
    for version in &versions {
        chain.place_entry_point(version).await?;
    }
    Ok(())
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
        .chain(nexus(at))
        .map(|(name, place, arguments)| chain.place(artifacts, name, place, arguments));
    futures::try_join!(
        futures::future::try_join_all(placing),
        chain.sponsor(artifacts, at),
        chain.fund_paymasters(at)
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

/// Lists the contracts of Nexus and the paymasters of its entry points, with their addresses and constructor arguments.
fn nexus(at: &Contracts) -> [(&'static str, Address, Vec<u8>); 14] {
    let signer = keys::paymaster_signer().address();
    let none = Vec::new;
    [
        (
            "NexusFactory",
            at.nexus_factory,
            at.nexus_implementation.abi_encode(),
        ),
        (
            "Nexus",
            at.nexus_implementation,
            (at.entry_point_v07, at.k1_validator).abi_encode_params(),
        ),
        ("NexusBootstrap", at.nexus_bootstrap, at.k1_validator.abi_encode()),
        ("K1Validator", at.k1_validator, none()),
        ("SmartSession", at.smart_session, none()),
        ("OwnableValidator", at.ownable_validator, none()),
        ("UniActionPolicy", at.uni_action_policy, none()),
        ("TimeFramePolicy", at.time_frame_policy, none()),
        ("UsageLimitPolicy", at.usage_limit_policy, none()),
        ("ValueLimitPolicy", at.value_limit_policy, none()),
        ("ERC20SpendingLimitPolicy", at.spending_limit_policy, none()),
        ("SudoPolicy", at.sudo_policy, none()),
        (
            "ModernPaymaster",
            at.paymaster_v07,
            (at.entry_point_v07, signer).abi_encode_params(),
        ),
        (
            "ModernPaymaster",
            at.paymaster_v08,
            (at.entry_point_v08, signer).abi_encode_params(),
        ),
    ]
}

struct Placer<'a> {
    node: &'a Upstream,
}

impl Placer<'_> {
    async fn place_entry_point(&self, version: &EntryPoint) -> Result<(), Error> {
        let EntryPoint {
            original, expected, ..
        } = *version;
        let path = npm::file(&format!("{}/artifacts/EntryPoint.json", version.package));
        let json = std::fs::read(&path).map_err(Error::file(&path))?;
        let artifact: Value =
            serde_json::from_slice(&json).map_err(|_| Error::DamagedArtifact(path.clone()))?;
        let creation = artifact["bytecode"]
            .as_str()
            .and_then(|code| code.parse::<Bytes>().ok());
        let creation = creation.ok_or(Error::DamagedArtifact(path))?;

        let data = [version.salt.as_slice(), &creation].concat();
        let step = "deploying an entry point";
        self.transact(step, keys::deployer(), Some(DETERMINISTIC_DEPLOYER), data, 0)
            .await?;
        // Bundlers derive the address of the entry point's `SenderCreator` as that of its first contract.
        for (from, to) in [(original, expected), (original.create(1), expected.create(1))] {
            let step = "copying an entry point";
            let code = self.ask(step, "eth_getCode", json!([from, "latest"])).await?;
            self.ask(step, "anvil_setCode", json!([to, code])).await?;
        }
        self.check_code("an entry point", expected).await
    }

    /// Funds the deposits of the paymasters for the later entry points.
    async fn fund_paymasters(&self, at: &Contracts) -> Result<(), Error> {
        for (entry_point, account) in [
            (at.entry_point_v07, at.paymaster_v07),
            (at.entry_point_v08, at.paymaster_v08),
        ] {
            let fill = depositToCall { account }.abi_encode();
            let step = "filling a paymaster's deposit";
            self.transact(step, keys::deployer(), Some(entry_point), fill, DEPOSIT)
                .await?;
        }
        Ok(())
    }

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

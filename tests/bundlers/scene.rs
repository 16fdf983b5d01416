use std::{sync::Arc, time::Duration};

use alloy::{
    primitives::{Address, U256, address},
    signers::local::PrivateKeySigner,
    sol,
    sol_types::SolCall,
};
use serde_json::{Value, json};
use tokio::sync::RwLock;
use use_aa::{
    BiconomyV2, BundlerKind, Call, CreateSession, Deploy, EntryPoint, Interval, Json, MemoryStore,
    PaymasterKind, Payment, Policy, Request, Rule, SendTransaction, Services, SmartAccount,
    SmartAccountClient, UserOpHash, WaitOptions,
    rpc::{Bundler as BundlerClient, Http, Node, PaymasterClient},
};

use crate::{
    Fallible,
    bundler::Bundler,
    ended::Ended,
    pairs::{BUNDLER, NODE, PAYMASTER},
    recorder::Recorder,
    shape::{Gate, Shape},
};

/// The chain id of the devnet.
const CHAIN: u64 = 80002;
/// The sample collection.
const NFT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// A timeout longer than an inclusion takes, even on a busy machine.
const SOON: Duration = Duration::from_secs(60);

sol! {
    function safeMint(address to) external;
    function balanceOf(address owner) external view returns (uint256);
}

/// The devnet of all bundlers.
#[derive(Clone)]
pub(crate) struct World {
    /// The URL of the devnet.
    pub(crate) url: String,
    /// The URL of `@pimlico/mock-paymaster`.
    pub(crate) mock_paymaster: String,
    /// Read while alto has to bundle, written while it bundles nothing.
    pub(crate) alto: Arc<RwLock<()>>,
}

/// A new account in front of a bundler.
pub(crate) struct Scene<'a> {
    pub(crate) world: &'a World,
    pub(crate) bundler: &'a Bundler,
    pub(crate) recorder: Recorder,
    owner: PrivateKeySigner,
    store: Arc<MemoryStore>,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(world: &'a World, bundler: &'a Bundler) -> Self {
        Self {
            world,
            bundler,
            recorder: Recorder::default(),
            owner: PrivateKeySigner::random(),
            store: Arc::default(),
        }
    }

    pub(crate) fn account(&self) -> BiconomyV2 {
        BiconomyV2::owned_by(self.owner.clone())
    }

    /// Creates a client of the bundler, whose requests are recorded.
    pub(crate) fn client(&self) -> Fallible<SmartAccountClient> {
        self.client_of(self.account(), &self.world.paymaster())
    }

    /// Creates a client of the bundler that sees the node through a shape.
    pub(crate) fn client_through(&self, node: impl Shape + 'static) -> Fallible<SmartAccountClient> {
        let node = self
            .recorder
            .shaped(Some(Arc::new(node)))
            .http(NODE, &self.world.node())?;
        let bundler = self.bundler_client()?;
        self.client_over(node, bundler, self.account(), &self.world.paymaster())
    }

    /// Creates the gateway in front of the bundler.
    pub(crate) fn gate(&self, gate: impl Fn(&Arc<dyn Shape>) -> Option<Gate>) -> Result<Gate, Ended> {
        let shape = self.bundler.shape.as_ref().ok_or(Ended::NotOffered)?;
        gate(shape).ok_or(Ended::NotOffered)
    }

    /// Creates a client that sees the bundler through a gateway.
    pub(crate) fn client_behind(&self, gate: Gate) -> Fallible<SmartAccountClient> {
        let node = self.recorder.http(NODE, &self.world.node())?;
        let bundler = self.bundler_through(Some(Arc::new(gate)))?;
        self.client_over(node, bundler, self.account(), &self.world.paymaster())
    }

    /// Creates a client of the bundler, with another account of the same address or another paymaster.
    pub(crate) fn client_of(
        &self,
        account: impl SmartAccount + 'static,
        paymaster: &str,
    ) -> Fallible<SmartAccountClient> {
        let node = self.recorder.http(NODE, &self.world.node())?;
        self.client_over(node, self.bundler_client()?, account, paymaster)
    }

    fn client_over(
        &self,
        node: Http,
        bundler: BundlerClient,
        account: impl SmartAccount + 'static,
        paymaster: &str,
    ) -> Fallible<SmartAccountClient> {
        let paymaster = PaymasterClient::new(
            PaymasterKind::ERC7677,
            self.recorder.http(PAYMASTER, paymaster)?,
            EntryPoint::v0_6(CHAIN),
        );
        let services = Services::over(Node::new(node), bundler, Some(paymaster));
        Ok(SmartAccountClient::new(services, account).store(self.store.clone()))
    }

    /// Creates a client of the bundler's own methods, whose requests are recorded.
    pub(crate) fn bundler_client(&self) -> Fallible<BundlerClient> {
        self.bundler_through(self.bundler.shape.clone())
    }

    fn bundler_through(&self, shape: Option<Arc<dyn Shape>>) -> Fallible<BundlerClient> {
        let Bundler { kind, url, .. } = self.bundler;
        let http = self.recorder.shaped(shape).http(BUNDLER, url)?;
        Ok(BundlerClient::new(*kind, http, EntryPoint::v0_6(CHAIN)))
    }

    /// Gives the account coins.
    pub(crate) async fn fund(&self) -> Fallible<()> {
        let params = vec![
            self.account().address().to_string().as_str().into(),
            "0xde0b6b3a7640000".into(),
        ];
        self.world.request("anvil_setBalance", params).await?;
        Ok(())
    }

    /// Deploys the account with alto and a sponsor.
    pub(crate) async fn deployed(&self) -> Fallible<()> {
        let client = self.world.client(self.account(), self.store.clone())?;
        let _lock = self.world.alto.read().await;
        let sent = client.deploy(Deploy::default().pay(Payment::Sponsored)).await?;
        included(&client, sent).await?;
        Ok(())
    }

    /// Deploys the account and grants a session, with alto and a sponsor.
    pub(crate) async fn granted(&self) -> Fallible<()> {
        let client = self.world.client(self.account(), self.store.clone())?;
        let _lock = self.world.alto.read().await;
        let sent = client
            .create_session(session(&client).pay(Payment::Sponsored))
            .await?
            .into_user_op()
            .ok_or("the grant is no operation")?;
        included(&client, sent).await?;
        Ok(())
    }

    /// Mints with alto and a sponsor, and returns the nonce of the operation.
    pub(crate) async fn used_nonce(&self) -> Fallible<U256> {
        let client = self.world.client(self.account(), self.store.clone())?;
        let _lock = self.world.alto.read().await;
        let request = SendTransaction::from(mint(&client)).pay(Payment::Sponsored);
        let sent = client.send(request).await?;
        let receipt = sent.wait(WaitOptions::default().timeout(SOON)).await?;
        Ok(receipt.nonce)
    }

    /// Checks the number of tokens that the account has minted.
    pub(crate) async fn minted(&self, expected: usize) -> Fallible<()> {
        let owner = self.account().address();
        let minted = self.world.reader()?.call(NFT, &balanceOfCall { owner }).await?;
        match minted == U256::from(expected) {
            true => Ok(()),
            false => Err(format!("{minted} tokens were minted, not {expected}").into()),
        }
    }

    /// Returns the operations of the account that are on the chain, each with its success.
    pub(crate) async fn operations(&self) -> Fallible<Vec<(UserOpHash, bool)>> {
        // `UserOperationEvent(bytes32,address,address,uint256,bool,uint256,uint256)`
        const EVENT: &str = "0x49628fd1471006c1482da88028e9ce4dbb080b815c9b0344d39e5a8e6ec1419f";
        let sender = self.account().address().into_word();
        let filter = json!({
            "address": EntryPoint::V0_6,
            "fromBlock": "0x0",
            "topics": [EVENT, null, sender],
        });
        let logs = self.world.request("eth_getLogs", vec![filter.into()]).await?;
        let logs: Vec<Value> = serde_json::from_str(&logs.to_string())?;
        let operations = logs.iter().map(|log| {
            let hash = log["topics"][1].as_str().unwrap_or_default().parse()?;
            // The second word after the nonce.
            const SUCCESS: usize = 2 + 64 + 63;
            let data = log["data"].as_str().unwrap_or_default();
            Ok((UserOpHash(hash), data.get(SUCCESS..=SUCCESS) == Some("1")))
        });
        operations.collect()
    }
}

impl World {
    pub(crate) fn node(&self) -> String {
        format!("{}/rpc", self.url)
    }

    /// Returns the URL of the devnet's paymaster.
    pub(crate) fn paymaster(&self) -> String {
        format!("{}/paymaster", self.url)
    }

    fn reader(&self) -> Fallible<Node> {
        Ok(Node::new(Http::new(self.node().parse()?)))
    }

    async fn request(&self, method: &'static str, params: Vec<Json>) -> Fallible<Json> {
        Ok(self.reader()?.request(method, params).await?)
    }

    /// Creates a client of alto, for what has to hold before an act.
    fn client(&self, account: BiconomyV2, store: Arc<MemoryStore>) -> Fallible<SmartAccountClient> {
        let services = Services::new(CHAIN, &self.node())?
            .bundler(BundlerKind::PIMLICO, &format!("{}/bundler", self.url))?
            .paymaster(PaymasterKind::ERC7677, &self.paymaster())?;
        Ok(SmartAccountClient::new(services, account).store(store))
    }
}

/// Waits for an operation that must succeed.
pub(crate) async fn included(
    client: &SmartAccountClient,
    op: impl Into<UserOpHash>,
) -> Result<UserOpHash, Ended> {
    let hash = op.into();
    let receipt = client.wait(hash, WaitOptions::default().timeout(SOON)).await?;
    match receipt.success {
        true => Ok(hash),
        false => Err(Ended::Reverted(receipt.reason)),
    }
}

/// Creates a call that mints to the account.
pub(crate) fn mint(client: &SmartAccountClient) -> Call {
    let to = client.address();
    Call::new(NFT, safeMintCall { to })
}

/// Creates a call that reverts.
pub(crate) fn reverting_mint() -> Call {
    Call::new(NFT, safeMintCall { to: Address::ZERO })
}

/// Creates the request for a session that mints to the account, one call or several at once.
pub(crate) fn session(client: &SmartAccountClient) -> CreateSession {
    let policy = Policy::new(NFT, safeMintCall::SELECTOR)
        .rule(Rule::equal(0, client.address()))
        .interval(Interval::lasting(Duration::from_hours(1)));
    CreateSession::new([policy]).for_batches(true)
}

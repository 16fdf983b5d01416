use alloy::{
    primitives::{Address, B256, Bytes, U256},
    signers::local::PrivateKeySigner,
    sol,
    sol_types::{SolCall, SolValue},
};
use serde_json::{Value, json};

use super::operation::{Call, Op, execute, nonce_key, personal};
use crate::support::{
    DEVNET, ask,
    operation::{balanceOfCall, read, safeMintCall},
};

sol! {
    struct Module {
        address module;
        bytes data;
    }
    struct Hook {
        uint256 hookType;
        address module;
        bytes data;
    }
    function initNexusWithDefaultValidatorAndOtherModulesNoRegistry(
        bytes defaultValidatorInitData,
        Module[] validators,
        Module[] executors,
        Module hook,
        Module[] fallbacks,
        Hook[] preValidationHooks
    ) external payable;
    function createAccount(bytes initData, bytes32 salt) external payable returns (address);
    function computeAccountAddress(bytes initData, bytes32 salt) external view returns (address);
    function installModule(uint256 moduleTypeId, address module, bytes initData) external payable;
    function addSafeSender(address sender) external;
    function isSafeSender(address sender, address smartAccount) external view returns (bool);
    function getOwner(address smartAccount) external view returns (address);
}

/// A Nexus account with the key of its owner.
pub(super) struct Account {
    pub(super) key: PrivateKeySigner,
    pub(super) address: Address,
    pub(super) init_data: Bytes,
}

impl Account {
    /// Computes the account of a new owner. With `ready`, its initialization installs SmartSession as a validator and
    /// as a safe sender. Its address holds coins.
    pub(super) async fn new(ready: bool) -> Self {
        let key = PrivateKeySigner::random();
        let init_data = init_data(key.address(), ready);
        let question = computeAccountAddressCall {
            initData: init_data.clone(),
            salt: B256::ZERO,
        };
        let address = read(DEVNET.contracts().nexus_factory, question.abi_encode()).await;
        let address = Address::abi_decode(&address).expect("an address");
        fund(address).await;
        Self {
            key,
            address,
            init_data,
        }
    }

    /// Creates an account that is ready for sessions.
    pub(super) async fn deployed() -> Self {
        let account = Self::new(true).await;
        let mut op = account.op(&[Call::new(account.address, Bytes::new())]).await;
        op.factory = Some(account.factory());
        account.sign(&mut op).await;
        assert_eq!(op.send().await.expect("a receipt")["success"], true);
        account
    }

    /// Returns factory and factory data.
    pub(super) fn factory(&self) -> (Address, Bytes) {
        let create = createAccountCall {
            initData: self.init_data.clone(),
            salt: B256::ZERO,
        };
        (DEVNET.contracts().nexus_factory, create.abi_encode().into())
    }

    /// Builds an unsigned operation of the owner.
    pub(super) async fn op(&self, calls: &[Call]) -> Op {
        Op::new(self.address, nonce_key(0, Address::ZERO), execute(calls)).await
    }

    pub(super) async fn sign(&self, op: &mut Op) {
        op.signature = personal(&self.key, op.hash().await);
    }

    /// Executes calls as the owner and returns the receipt.
    pub(super) async fn execute(&self, calls: &[Call]) -> Result<Value, Value> {
        let mut op = self.op(calls).await;
        self.sign(&mut op).await;
        op.send().await
    }

    /// Executes calls as the owner, with estimated gas limits, and returns the receipt.
    pub(super) async fn execute_estimated(&self, calls: &[Call]) -> Value {
        let mut op = self.op(calls).await;
        self.sign(&mut op).await;
        op.estimate().await;
        self.sign(&mut op).await;
        op.send().await.expect("a receipt")
    }

    pub(super) fn mint(&self) -> Call {
        let mint = safeMintCall { to: self.address };
        Call::new(DEVNET.contracts().nft, mint.abi_encode())
    }

    /// Returns the number of NFTs of the account.
    pub(super) async fn nfts(&self) -> u64 {
        nfts(self.address).await
    }
}

/// Returns the number of NFTs of an account.
pub(super) async fn nfts(owner: Address) -> u64 {
    let count = read(DEVNET.contracts().nft, balanceOfCall { owner }.abi_encode()).await;
    U256::abi_decode(&count).expect("a number").to()
}

/// Encodes the initialization of an account.
pub(super) fn init_data(owner: Address, ready: bool) -> Bytes {
    let at = DEVNET.contracts();
    let mut default_validator = owner.to_vec();
    let mut validators = Vec::new();
    if ready {
        default_validator.extend(at.smart_session);
        validators.push(Module {
            module: at.smart_session,
            data: Bytes::new(),
        });
    }
    let call = initNexusWithDefaultValidatorAndOtherModulesNoRegistryCall {
        defaultValidatorInitData: default_validator.into(),
        validators,
        executors: Vec::new(),
        hook: Module {
            module: Address::ZERO,
            data: B256::ZERO.into(),
        },
        fallbacks: Vec::new(),
        preValidationHooks: Vec::new(),
    };
    (at.nexus_bootstrap, Bytes::from(call.abi_encode()))
        .abi_encode_params()
        .into()
}

/// Sets the balance of an account to ten coins.
pub(super) async fn fund(account: Address) {
    let coins = U256::from(10).pow(U256::from(19));
    ask("/rpc", "anvil_setBalance", json!([account, coins]))
        .await
        .expect("a balance");
}

/// Sends a transaction of an account whose key the chain holds, and waits until it is mined.
pub(super) async fn transact(to: Address, data: Bytes) {
    let from = DEVNET.funded_keys()[4];
    let from = PrivateKeySigner::from_bytes(&from).expect("a key").address();
    let transaction = json!({"from": from, "to": to, "data": data, "gas": "0x4c4b40"});
    let hash = ask("/rpc", "eth_sendTransaction", json!([transaction]))
        .await
        .expect("a hash");
    let receipt = ask("/rpc", "eth_getTransactionReceipt", json!([hash]))
        .await
        .expect("a receipt");
    assert_eq!(receipt["status"], "0x1", "{receipt}");
}

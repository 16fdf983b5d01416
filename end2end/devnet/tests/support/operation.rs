//! A user operation built by hand, so the tests of the devnet do not depend on the library.

use std::time::{Duration, Instant};

use alloy::{
    primitives::{Address, B256, Bytes, U256, keccak256},
    signers::{SignerSync, local::PrivateKeySigner},
    sol,
    sol_types::{SolCall, SolValue},
};
use serde_json::{Value, json};

use super::{DEVNET, ask};

sol! {
    function initForSmartAccount(address eoaOwner) external returns (address);
    function getAddressForCounterFactualAccount(address module, bytes setup, uint256 index) external view returns (address);
    function deployCounterFactualAccount(address module, bytes setup, uint256 index) external returns (address);
    function executeBatch_y6U(address[] to, uint256[] values, bytes[] data) external;
    function safeMint(address to) external;
    function approve(address spender, uint256 amount) external returns (bool);
    function balanceOf(address owner) external view returns (uint256);
    function tokenOfOwnerByIndex(address owner, uint256 index) external view returns (uint256);
    function tokenURI(uint256 id) external view returns (string);

    struct WireOperation {
        address sender;
        uint256 nonce;
        bytes initCode;
        bytes callData;
        uint256 callGasLimit;
        uint256 verificationGasLimit;
        uint256 preVerificationGas;
        uint256 maxFeePerGas;
        uint256 maxPriorityFeePerGas;
        bytes paymasterAndData;
        bytes signature;
    }
    function getUserOpHash(WireOperation op) external view returns (bytes32);
}

/// A counterfactual account with a new owner key.
pub(crate) struct Account {
    pub(crate) key: PrivateKeySigner,
    pub(crate) address: Address,
    init_code: Bytes,
}

impl Account {
    pub(crate) async fn new() -> Self {
        let key = PrivateKeySigner::random();
        let contracts = DEVNET.contracts();
        let setup = Bytes::from(
            initForSmartAccountCall {
                eoaOwner: key.address(),
            }
            .abi_encode(),
        );
        let (module, index) = (contracts.ecdsa_module, U256::ZERO);
        let deploy = deployCounterFactualAccountCall {
            module,
            setup: setup.clone(),
            index,
        };
        let init_code = [contracts.account_factory.as_slice(), &deploy.abi_encode()].concat();
        let question = getAddressForCounterFactualAccountCall { module, setup, index };
        let address = read(contracts.account_factory, question.abi_encode()).await;
        Self {
            key,
            address: Address::abi_decode(&address).expect("an address"),
            init_code: init_code.into(),
        }
    }

    /// Builds the account's first operation, with fees and a signature of the right length.
    pub(crate) async fn first_operation(&self, calls: &[(Address, Vec<u8>)]) -> Value {
        let price = ask("/bundler", "pimlico_getUserOperationGasPrice", json!([]))
            .await
            .expect("a price");
        let batch = executeBatch_y6UCall {
            to: calls.iter().map(|(to, _)| *to).collect(),
            values: vec![U256::ZERO; calls.len()],
            data: calls.iter().map(|(_, data)| data.clone().into()).collect(),
        };
        let mut op = json!({
            "sender": self.address,
            "nonce": "0x0",
            "initCode": self.init_code,
            "callData": Bytes::from(batch.abi_encode()),
            "callGasLimit": "0x0",
            "verificationGasLimit": "0x0",
            "preVerificationGas": "0x0",
            "maxFeePerGas": price["standard"]["maxFeePerGas"],
            "maxPriorityFeePerGas": price["standard"]["maxPriorityFeePerGas"],
            "paymasterAndData": "0x",
        });
        op["signature"] = json!(self.signature(B256::ZERO));
        op
    }

    /// Builds the account's first operation: a sponsored and signed NFT mint.
    pub(crate) async fn first_mint(&self) -> Value {
        let mut op = self.first_operation(&[self.safe_mint()]).await;
        let sponsored = ask(
            "/paymaster",
            "pm_sponsorUserOperation",
            json!([op, DEVNET.contracts().entry_point, {}]),
        );
        let sponsored = sponsored.await.expect("a sponsor");
        op.as_object_mut()
            .expect("an object")
            .extend(sponsored.as_object().expect("an object").clone());
        self.sign(&mut op).await;
        op
    }

    pub(crate) async fn sign(&self, op: &mut Value) {
        op["signature"] = json!(self.signature(hash(op).await));
    }

    fn signature(&self, hash: B256) -> Bytes {
        let signature = self
            .key
            .sign_message_sync(hash.as_slice())
            .expect("a signature")
            .as_bytes();
        (Bytes::from(signature), DEVNET.contracts().ecdsa_module)
            .abi_encode_params()
            .into()
    }

    pub(crate) fn safe_mint(&self) -> (Address, Vec<u8>) {
        (
            DEVNET.contracts().nft,
            safeMintCall { to: self.address }.abi_encode(),
        )
    }

    /// Returns the number of NFTs of the account.
    pub(crate) async fn nfts(&self) -> U256 {
        self.read_nft(balanceOfCall { owner: self.address }).await
    }

    pub(crate) async fn read_nft<C: SolCall<Return = U256>>(&self, call: C) -> U256 {
        let number = read(DEVNET.contracts().nft, call.abi_encode()).await;
        C::abi_decode_returns(&number).expect("a number")
    }
}

/// Sends an operation and waits for the receipt.
pub(crate) async fn send(bundler: &str, op: &Value) -> Result<Value, Value> {
    let hash = submit(bundler, op).await?;
    receipt(bundler, &hash).await
}

/// Sends an operation and returns its hash.
pub(crate) async fn submit(bundler: &str, op: &Value) -> Result<Value, Value> {
    let sent = ask(
        bundler,
        "eth_sendUserOperation",
        json!([op, DEVNET.contracts().entry_point]),
    )
    .await?;
    assert_eq!(
        sent,
        json!(hash(op).await),
        "the bundler answers the operation's hash"
    );
    Ok(sent)
}

/// Waits for the receipt of an operation.
pub(crate) async fn receipt(bundler: &str, hash: &Value) -> Result<Value, Value> {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        match ask(bundler, "eth_getUserOperationReceipt", json!([hash])).await? {
            Value::Null => assert!(Instant::now() < patience, "no receipt for {hash}"),
            receipt => return Ok(receipt),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Computes the operation's hash as the entry point does.
async fn hash(op: &Value) -> B256 {
    let number = |field: &str| serde_json::from_value::<U256>(op[field].clone()).expect("a number");
    let bytes = |field: &str| serde_json::from_value::<Bytes>(op[field].clone()).expect("bytes");
    let op = WireOperation {
        sender: serde_json::from_value(op["sender"].clone()).expect("an address"),
        nonce: number("nonce"),
        initCode: bytes("initCode"),
        callData: bytes("callData"),
        callGasLimit: number("callGasLimit"),
        verificationGasLimit: number("verificationGasLimit"),
        preVerificationGas: number("preVerificationGas"),
        maxFeePerGas: number("maxFeePerGas"),
        maxPriorityFeePerGas: number("maxPriorityFeePerGas"),
        paymasterAndData: bytes("paymasterAndData"),
        signature: bytes("signature"),
    };
    let hash = read(
        DEVNET.contracts().entry_point,
        getUserOpHashCall { op }.abi_encode(),
    )
    .await;
    B256::abi_decode(&hash).expect("a hash")
}

/// Calls a contract with `eth_call` and returns the result.
pub(crate) async fn read(to: Address, data: Vec<u8>) -> Bytes {
    let answer = ask(
        "/rpc",
        "eth_call",
        json!([{"to": to, "data": Bytes::from(data)}, "latest"]),
    )
    .await;
    serde_json::from_value(answer.expect("an answer")).expect("bytes")
}

pub(crate) async fn fee_tokens(owner: Address) -> U256 {
    let balance = read(DEVNET.contracts().token, balanceOfCall { owner }.abi_encode()).await;
    U256::abi_decode(&balance).expect("a number")
}

/// Sets an account's balance of the fee token, in units.
pub(crate) async fn give_fee_tokens(to: Address, amount: U256) {
    // `_balances` is the first storage slot of OpenZeppelin's ERC-20.
    let balance = keccak256((to, U256::ZERO).abi_encode());
    let words = json!([DEVNET.contracts().token, balance, B256::from(amount)]);
    ask("/rpc", "anvil_setStorageAt", words).await.expect("a balance");
}

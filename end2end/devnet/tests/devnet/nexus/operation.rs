use std::sync::atomic::{AtomicU32, Ordering};

use alloy::{
    primitives::{Address, B256, Bytes, U256},
    signers::{SignerSync, local::PrivateKeySigner},
    sol,
    sol_types::{SolCall, SolValue},
};
use serde_json::{Value, json};

use crate::support::{
    DEVNET, ask,
    operation::{read, receipt},
};

sol! {
    struct PackedUserOperation {
        address sender;
        uint256 nonce;
        bytes initCode;
        bytes callData;
        bytes32 accountGasLimits;
        uint256 preVerificationGas;
        bytes32 gasFees;
        bytes paymasterAndData;
        bytes signature;
    }
    struct Execution {
        address target;
        uint256 value;
        bytes callData;
    }
    function getUserOpHash(PackedUserOperation op) external view returns (bytes32);
    function getNonce(address sender, uint192 key) external view returns (uint256);
    function handleOps(PackedUserOperation[] ops, address beneficiary) external;
    function execute(bytes32 mode, bytes calls) external;
    error FailedOp(uint256 index, string reason);
    error FailedOpWithRevert(uint256 index, string reason, bytes inner);
}

/// A call of an account.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) to: Address,
    pub(super) value: U256,
    pub(super) data: Bytes,
}

impl Call {
    pub(super) fn new(to: Address, data: impl Into<Bytes>) -> Self {
        Self {
            to,
            value: U256::ZERO,
            data: data.into(),
        }
    }

    pub(super) fn value(self, value: u64) -> Self {
        Self {
            value: U256::from(value),
            ..self
        }
    }
}

/// Encodes `execute` for one call or a batch.
pub(super) fn execute(calls: &[Call]) -> Bytes {
    match calls {
        [call] => {
            let packed = [call.to.as_slice(), &call.value.to_be_bytes::<32>(), &call.data].concat();
            execute_in(B256::ZERO, packed)
        }
        calls => {
            let batch: Vec<_> = calls
                .iter()
                .map(|call| Execution {
                    target: call.to,
                    value: call.value,
                    callData: call.data.clone(),
                })
                .collect();
            execute_in(B256::right_padding_from(&[1]), batch.abi_encode())
        }
    }
}

/// Encodes `execute` in a mode.
pub(super) fn execute_in(mode: B256, calls: Vec<u8>) -> Bytes {
    let call = executeCall {
        mode,
        calls: calls.into(),
    };
    call.abi_encode().into()
}

/// A v0.7 or v0.8 operation with fixed gas limits.
#[derive(Clone, Debug)]
pub(super) struct Op {
    pub(super) entry_point: Address,
    pub(super) sender: Address,
    pub(super) nonce: U256,
    pub(super) factory: Option<(Address, Bytes)>,
    pub(super) call_data: Bytes,
    pub(super) call_gas: U256,
    pub(super) verification_gas: U256,
    pub(super) pre_verification_gas: U256,
    pub(super) max_fee: U256,
    pub(super) priority_fee: U256,
    /// Paymaster, its two gas limits and its data.
    pub(super) paymaster: Option<(Address, U256, U256, Bytes)>,
    pub(super) signature: Bytes,
    pub(super) authorization: Option<Value>,
}

impl Op {
    /// Builds an unsigned operation for v0.7 with the next nonce of a key.
    pub(super) async fn new(sender: Address, nonce_key: U256, call_data: Bytes) -> Self {
        let entry_point = DEVNET.contracts().entry_point_v07;
        Self::of(entry_point, sender, nonce_key, call_data).await
    }

    /// Builds an unsigned operation for an entry point with the next nonce of a key.
    pub(super) async fn of(entry_point: Address, sender: Address, nonce_key: U256, call_data: Bytes) -> Self {
        let question = getNonceCall {
            sender,
            key: nonce_key.to(),
        };
        let nonce = read(entry_point, question.abi_encode()).await;
        let price = ask("/bundler", "pimlico_getUserOperationGasPrice", json!([])).await;
        let price = price.expect("a price");
        Self {
            entry_point,
            sender,
            nonce: U256::abi_decode(&nonce).expect("a nonce"),
            factory: None,
            call_data,
            call_gas: U256::from(1_500_000),
            verification_gas: U256::from(3_000_000),
            pre_verification_gas: U256::from(300_000),
            max_fee: super::field(&price["standard"], "maxFeePerGas"),
            priority_fee: super::field(&price["standard"], "maxPriorityFeePerGas"),
            paymaster: None,
            signature: Bytes::new(),
            authorization: None,
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let mut op = json!({
            "sender": self.sender,
            "nonce": self.nonce,
            "factory": self.factory.as_ref().map(|(factory, _)| factory),
            "factoryData": self.factory.as_ref().map(|(_, data)| data),
            "callData": self.call_data,
            "callGasLimit": self.call_gas,
            "verificationGasLimit": self.verification_gas,
            "preVerificationGas": self.pre_verification_gas,
            "maxFeePerGas": self.max_fee,
            "maxPriorityFeePerGas": self.priority_fee,
            "signature": self.signature,
        });
        if let Some((paymaster, verification, post_op, data)) = &self.paymaster {
            op["paymaster"] = json!(paymaster);
            op["paymasterVerificationGasLimit"] = json!(verification);
            op["paymasterPostOpGasLimit"] = json!(post_op);
            op["paymasterData"] = json!(data);
        }
        if let Some(authorization) = &self.authorization {
            op["eip7702Auth"] = authorization.clone();
        }
        op
    }

    /// Sets the gas limits to the bundler's estimate, with head room for a valid signature.
    pub(super) async fn estimate(&mut self) {
        let params = json!([self.to_json(), self.entry_point]);
        let estimate = ask("/bundler", "eth_estimateUserOperationGas", params).await;
        self.take(&estimate.expect("an estimate"));
        self.verification_gas += U256::from(100_000);
    }

    /// Takes the paymaster and the gas limits that an answer names.
    pub(super) fn take(&mut self, answer: &Value) {
        if !answer["paymaster"].is_null() {
            self.paymaster = Some((
                super::field(answer, "paymaster"),
                super::field(answer, "paymasterVerificationGasLimit"),
                super::field(answer, "paymasterPostOpGasLimit"),
                super::field(answer, "paymasterData"),
            ));
        }
        if !answer["callGasLimit"].is_null() {
            self.call_gas = super::field(answer, "callGasLimit");
            self.verification_gas = super::field(answer, "verificationGasLimit");
            self.pre_verification_gas = super::field(answer, "preVerificationGas");
        }
    }

    pub(super) fn packed(&self) -> PackedUserOperation {
        let init_code = self
            .factory
            .as_ref()
            .map(|(factory, data)| [factory.as_slice(), data].concat());
        let paymaster = self
            .paymaster
            .as_ref()
            .map(|(paymaster, verification, post_op, data)| {
                let limits = packed(*verification, *post_op);
                [paymaster.as_slice(), limits.as_slice(), data].concat()
            });
        PackedUserOperation {
            sender: self.sender,
            nonce: self.nonce,
            initCode: init_code.unwrap_or_default().into(),
            callData: self.call_data.clone(),
            accountGasLimits: packed(self.verification_gas, self.call_gas),
            preVerificationGas: self.pre_verification_gas,
            gasFees: packed(self.priority_fee, self.max_fee),
            paymasterAndData: paymaster.unwrap_or_default().into(),
            signature: self.signature.clone(),
        }
    }

    /// Computes the operation's hash as the entry point does.
    pub(super) async fn hash(&self) -> B256 {
        let question = getUserOpHashCall { op: self.packed() };
        let hash = read(self.entry_point, question.abi_encode()).await;
        B256::abi_decode(&hash).expect("a hash")
    }

    /// Sends the operation and waits for the receipt.
    pub(super) async fn send(&self) -> Result<Value, Value> {
        self.send_to("/bundler").await
    }

    /// Sends the operation to a bundler and waits for the receipt.
    pub(super) async fn send_to(&self, bundler: &str) -> Result<Value, Value> {
        let params = json!([self.to_json(), self.entry_point]);
        let hash = ask(bundler, "eth_sendUserOperation", params).await?;
        if self.authorization.is_none() {
            assert_eq!(
                hash,
                json!(self.hash().await),
                "the bundler answers the operation's hash"
            );
        }
        receipt(bundler, &hash).await
    }

    /// Validates the operation with `handleOps` in a block at `time`, without a bundler. Returns the entry point's
    /// reason for a refusal.
    pub(super) async fn validate_at(&self, time: u64) -> Result<(), String> {
        let handle = handleOpsCall {
            ops: vec![self.packed()],
            beneficiary: Address::repeat_byte(0xbe),
        };
        let call = json!({"to": self.entry_point, "data": Bytes::from(handle.abi_encode())});
        let block = json!({"time": U256::from(time)});
        match ask("/rpc", "eth_call", json!([call, "latest", {}, block])).await {
            Ok(_) => Ok(()),
            Err(error) => Err(reason(&super::field(&error, "data"))),
        }
    }
}

/// Decodes the entry point's error, with the account's error in hex behind it.
fn reason(data: &Bytes) -> String {
    use alloy::sol_types::SolError;
    if let Ok(error) = FailedOp::abi_decode(data) {
        return error.reason;
    }
    let error = FailedOpWithRevert::abi_decode(data).expect("an error of the entry point");
    format!("{} {}", error.reason, error.inner)
}

/// Signs a hash as a personal message.
pub(super) fn personal(key: &PrivateKeySigner, hash: B256) -> Bytes {
    let signature = key.sign_message_sync(hash.as_slice()).expect("a signature");
    signature.as_bytes().into()
}

/// Signs a hash as it is.
pub(super) fn bare(key: &PrivateKeySigner, hash: B256) -> Bytes {
    key.sign_hash_sync(&hash).expect("a signature").as_bytes().into()
}

/// Returns a nonce key: lane (3 bytes), mode (1 byte), validator (20 bytes).
pub(super) fn nonce_key(mode: u8, validator: Address) -> U256 {
    static LANE: AtomicU32 = AtomicU32::new(1);
    let lane = LANE.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let key = [&lane[1..], &[mode], validator.as_slice()].concat();
    U256::from_be_slice(&key)
}

fn packed(high: U256, low: U256) -> B256 {
    ((high << 128_usize) | low).into()
}

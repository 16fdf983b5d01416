use alloy::primitives::{Address, B256, Bytes, U256};

use super::UserOpHash;

/// What became of a user operation that was included in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserOpReceipt {
    /// The operation.
    pub hash: UserOpHash,
    /// The account that sent it.
    pub sender: Address,
    /// The operation's nonce.
    pub nonce: U256,
    /// The paymaster that paid, if any.
    pub paymaster: Option<Address>,
    /// Whether the account's call succeeded. An included operation may still have reverted.
    pub success: bool,
    /// Why the call reverted, as the bundler tells it.
    pub reason: Option<String>,
    /// What was paid for it, in wei.
    pub actual_gas_cost: U256,
    /// The units of gas it used.
    pub actual_gas_used: U256,
    /// The logs that the operation wrote.
    pub logs: Vec<UserOpLog>,
    /// The transaction that carried it.
    pub transaction: TransactionInclusion,
}

/// The transaction that carried a user operation, and its place in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionInclusion {
    /// The transaction's hash.
    pub hash: B256,
    /// The block's hash.
    pub block_hash: B256,
    /// The block's number.
    pub block_number: u64,
}

/// One log entry of a user operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserOpLog {
    /// The contract that wrote it.
    pub address: Address,
    /// Its indexed topics.
    pub topics: Vec<B256>,
    /// The rest, ABI-encoded.
    pub data: Bytes,
}

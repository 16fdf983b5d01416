use alloy::primitives::{Address, B256, Bytes, U256};

use super::UserOpHash;

/// The receipt of a user operation that was included in a block.
///
/// # Examples
///
/// ```
/// use use_aa::UserOpReceipt;
///
/// fn outcome(receipt: &UserOpReceipt) -> String {
///     match &receipt.reason {
///         _ if receipt.success => format!("done, for {} wei", receipt.actual_gas_cost),
///         Some(reason) => format!("the call reverted: {reason}"),
///         None => "the call reverted".to_owned(),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserOpReceipt {
    /// The operation's hash.
    pub hash: UserOpHash,
    /// The address of the account.
    pub sender: Address,
    /// The operation's nonce.
    pub nonce: U256,
    /// The address of the paymaster that paid, if any.
    pub paymaster: Option<Address>,
    /// True when the account's call succeeded. The call of an included operation may have reverted.
    pub success: bool,
    /// The revert reason of the call: from the entry point's event, or from the bundler if the bundler built the
    /// receipt.
    pub reason: Option<String>,
    /// The paid gas cost, in wei.
    pub actual_gas_cost: U256,
    /// The used gas, in units of gas.
    pub actual_gas_used: U256,
    /// The logs of the operation.
    pub logs: Vec<UserOpLog>,
    /// The transaction that contains the operation.
    pub transaction: TransactionInclusion,
}

/// The transaction that contains a user operation, and the transaction's block.
///
/// # Examples
///
/// The number of confirmations of an operation, including its own block:
///
/// ```
/// use alloy::primitives::B256;
/// use use_aa::TransactionInclusion;
///
/// let carried = TransactionInclusion {
///     hash: B256::repeat_byte(1),
///     block_hash: B256::repeat_byte(2),
///     block_number: 100,
/// };
/// let newest = 102;
/// assert_eq!(newest - carried.block_number + 1, 3);
/// ```
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
///
/// # Examples
///
/// The token id of an NFT that an operation has minted:
///
/// ```
/// use alloy::{hex, primitives::{Bytes, U256, address}, sol, sol_types::SolEvent};
/// use use_aa::UserOpLog;
///
/// sol! {
///     event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
/// }
///
/// let log = UserOpLog {
///     address: address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e"),
///     topics: vec![
///         hex!("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef").into(), // Transfer
///         hex!("0000000000000000000000000000000000000000000000000000000000000000").into(), // from: a mint
///         hex!("00000000000000000000000058f903f277efedf01cf6939f64af3b657ac4a9af").into(), // to the account
///         hex!("0000000000000000000000000000000000000000000000000000000000000007").into(), // number
///     ],
///     data: Bytes::new(),
/// };
/// let minted = Transfer::decode_raw_log(log.topics, &log.data)?;
/// assert_eq!(minted.tokenId, U256::from(7));
/// # Ok::<(), alloy::sol_types::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserOpLog {
    /// The address of the contract that emitted the log.
    pub address: Address,
    /// The topics: the event's signature hash and the indexed parameters.
    pub topics: Vec<B256>,
    /// The other parameters, ABI-encoded.
    pub data: Bytes,
}

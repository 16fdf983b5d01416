//! The questions to a node with the readers of their answers, as functions of values.

use std::ops::RangeInclusive;

use alloy::primitives::{Address, B256, Bytes, LogData, TxHash, U256};

use crate::{
    platform::Json,
    primitives::{ContractCall, TransactionInclusion, UserOpLog, undecoded},
    rpc::{Failure, Question, StateOverride, part::Part, receipt},
};

/// Asks for the number of the latest block.
pub(in crate::rpc) fn block_number<'a>() -> Question<'a, u64> {
    Question::new("eth_blockNumber", vec![], |answer| answer.small_number())
}

/// Asks for the number and the timestamp of the latest block.
pub(in crate::rpc) fn newest_block<'a>() -> Question<'a, (u64, u64)> {
    of_latest_block(|block| {
        let number = block.field("number").small_number()?;
        Ok((number, block.field("timestamp").small_number()?))
    })
}

/// Asks for the base fee of the latest block, in wei per unit of gas.
pub(in crate::rpc) fn base_fee<'a>() -> Question<'a, U256> {
    of_latest_block(|block| block.field("baseFeePerGas").gas())
}

/// Asks for the base fee of the next block, which is the last entry of the fee history.
pub(in crate::rpc) fn next_base_fee<'a>() -> Question<'a, U256> {
    let params = vec!["0x1".into(), "latest".into(), Json::Array(Vec::new())];
    Question::new("eth_feeHistory", params, |history| {
        let mut fees = history.field("baseFeePerGas").members()?;
        fees.next_back().ok_or(Failure::Missing)?.gas()
    })
}

/// Asks for an amount of wei per unit of gas.
pub(in crate::rpc) fn amount<'a>(method: &'static str) -> Question<'a, U256> {
    Question::new(method, vec![], |answer| answer.gas())
}

/// Asks for the code at an address.
pub(in crate::rpc) fn code<'a>(address: Address) -> Question<'a, Bytes> {
    Question::new("eth_getCode", at_latest(address.into()), |answer| answer.data())
}

/// Asks for the number of transactions that an address has sent.
pub(in crate::rpc) fn transaction_count<'a>(address: Address) -> Question<'a, u64> {
    Question::new("eth_getTransactionCount", at_latest(address.into()), |answer| {
        answer.small_number()
    })
}

/// Asks for the native balance of an address, in wei.
pub(in crate::rpc) fn balance<'a>(address: Address) -> Question<'a, U256> {
    Question::new("eth_getBalance", at_latest(address.into()), |answer| {
        answer.number()
    })
}

/// Asks for the result of a contract's function.
pub(in crate::rpc) fn call<'a, T: 'a>(call: ContractCall<T>) -> Question<'a, T> {
    let ContractCall {
        to,
        data,
        signature,
        decode,
    } = call;
    let params = at_latest(message(to, &data));
    Question::new("eth_call", params, move |answer| {
        answer.value()?;
        let answer = answer.data()?;
        decode(&answer).map_err(|_| Failure::Malformed(undecoded(to, signature, &answer)))
    })
}

/// Asks for the raw result of a contract under a state override.
pub(in crate::rpc) fn call_under<'a>(
    to: Address,
    data: &Bytes,
    state: &StateOverride,
) -> Question<'a, Bytes> {
    let mut params = at_latest(message(to, data));
    if !state.is_empty() {
        params.push(state.as_json().clone());
    }
    Question::new("eth_call", params, |answer| answer.data())
}

/// Asks for the logs of a contract since the first block.
pub(in crate::rpc) fn logs<'a>(contract: Address, topics: &[Option<B256>]) -> Question<'a, Vec<LogData>> {
    let filter = filter(contract, topics, "earliest".to_owned(), "latest".to_owned());
    Question::new("eth_getLogs", vec![filter], |answer| {
        answer.list()?.map(log).collect()
    })
}

/// Asks for the logs of a contract in a range of blocks, and their transactions.
pub(in crate::rpc) fn logs_between<'a>(
    contract: Address,
    topics: &[Option<B256>],
    blocks: &RangeInclusive<u64>,
) -> Question<'a, Vec<(LogData, TxHash)>> {
    let [from, to] = [blocks.start(), blocks.end()].map(|block| format!("{block:#x}"));
    let filter = filter(contract, topics, from, to);
    let entry = |entry: Part<'_>| Ok((log(entry)?, entry.field("transactionHash").hex()?));
    // A pending log has no transaction.
    let is_mined = |entry: &Part<'_>| entry.field("transactionHash").find().is_some();
    Question::new("eth_getLogs", vec![filter], move |answer| {
        answer.list()?.filter(is_mined).map(entry).collect()
    })
}

/// Asks for the block of a transaction and all logs of the transaction.
pub(in crate::rpc) fn transaction<'a>(
    hash: TxHash,
) -> Question<'a, Option<(TransactionInclusion, Vec<UserOpLog>)>> {
    Question::new("eth_getTransactionReceipt", vec![hash.into()], move |answer| {
        let Some(answer) = answer.find() else {
            return Ok(None);
        };
        let inclusion = receipt::inclusion(answer)?;
        if inclusion.hash != hash {
            let why = "it is the receipt of another transaction".to_owned();
            return Err(Failure::Malformed(why));
        }
        Ok(Some((inclusion, receipt::logs(answer.field("logs"))?)))
    })
}

fn of_latest_block<'a, T: 'a>(read: fn(Part<'_>) -> Result<T, Failure>) -> Question<'a, T> {
    let params = vec!["latest".into(), false.into()];
    Question::new("eth_getBlockByNumber", params, read)
}

fn log(log: Part<'_>) -> Result<LogData, Failure> {
    let UserOpLog { topics, data, .. } = receipt::log(log)?;
    Ok(LogData::new_unchecked(topics, data))
}

fn at_latest(what: Json) -> Vec<Json> {
    vec![what, "latest".into()]
}

fn message(to: Address, data: &Bytes) -> Json {
    Json::object([("to", to.into()), ("data", data.into())])
}

fn filter(contract: Address, topics: &[Option<B256>], from: String, to: String) -> Json {
    Json::object([
        ("address", contract.into()),
        ("fromBlock", from.into()),
        ("toBlock", to.into()),
        ("topics", topics.iter().copied().collect()),
    ])
}

//! The questions to a bundler with the readers of their answers, as functions of values.

use alloy::primitives::{Address, TxHash, U256};

use super::dialect::BundlerDialect;
use crate::{
    platform::Json,
    primitives::{Fees, UserOpHash, UserOpReceipt},
    rpc::{Bundler, Question, part::Part, receipt},
};

const BY_HASH: &str = "eth_getUserOperationByHash";
const RECEIPT: &str = "eth_getUserOperationReceipt";

/// The states of an operation that a bundler does not have, or has dropped.
const GONE: [&str; 5] = [
    "not_found",
    "rejected",
    "failed",
    "dropped",
    "dropped_from_bundler_mempool",
];

/// Asks for the entry points that the bundler supports.
pub(in crate::rpc) fn supported_entry_points<'a>() -> Question<'a, Vec<Address>> {
    Question::new("eth_supportedEntryPoints", vec![], |answer| {
        answer.members()?.filter_map(Part::find).map(Part::hex).collect()
    })
}

/// Asks for the fees of the dialect, if it has a method for them.
pub(in crate::rpc) fn fees(dialect: &dyn BundlerDialect) -> Option<Question<'_, Fees>> {
    let method = dialect.fees_method()?;
    Some(Question::new(method, vec![], |answer| dialect.read_fees(answer)))
}

/// Asks for the least priority fee, if the dialect has a method for it.
pub(in crate::rpc) fn priority_fee<'a>(dialect: &dyn BundlerDialect) -> Option<Question<'a, U256>> {
    let method = dialect.priority_fee_method()?;
    Some(Question::new(method, vec![], |answer| answer.gas()))
}

/// Submits an operation, and asks for its hash.
pub(in crate::rpc) fn send<'a>(params: Vec<Json>) -> Question<'a, UserOpHash> {
    Question::new(Bundler::SEND, params, |answer| {
        let inner = ["userOpHash", "hash"]
            .into_iter()
            .find_map(|name| answer.field(name).find());
        inner.unwrap_or(answer).hex().map(UserOpHash)
    })
}

/// Asks for the receipt of an operation.
pub(in crate::rpc) fn receipt<'a>(hash: UserOpHash) -> Question<'a, Option<UserOpReceipt>> {
    let read = move |answer: Part<'_>| answer.find().map(|found| receipt::read(found, hash)).transpose();
    Question::new(RECEIPT, vec![hash.0.into()], read).or(|| None)
}

/// Asks for the transaction that the receipt of an operation names.
pub(in crate::rpc) fn inclusion<'a>(hash: UserOpHash) -> Question<'a, Option<TxHash>> {
    let read = |answer: Part<'_>| {
        let found = answer.find().map(receipt::transaction);
        found.transpose().map(Option::flatten)
    };
    Question::new(RECEIPT, vec![hash.0.into()], read).or(|| None)
}

/// Asks for the transaction of an operation, pending or in a block.
pub(in crate::rpc) fn transaction<'a>(
    dialect: &dyn BundlerDialect,
    hash: UserOpHash,
) -> Question<'a, Option<TxHash>> {
    let method = dialect.status_method().map_or(BY_HASH, |(method, _)| method);
    let read = |answer: Part<'_>| {
        let found = answer
            .find()
            .and_then(|answer| answer.field("transactionHash").find());
        found.map(Part::hex).transpose()
    };
    Question::new(method, vec![hash.0.into()], read).or(|| None)
}

/// Asks whether the bundler knows an operation that is not in a block.
pub(in crate::rpc) fn knows<'a>(dialect: &dyn BundlerDialect, hash: UserOpHash) -> Question<'a, bool> {
    let Some((method, field)) = dialect.status_method() else {
        return has(hash);
    };
    let is_known = move |answer: Part<'_>| {
        let Some(answer) = answer.find().filter(is_operation) else {
            return Ok(false);
        };
        let state = answer.field(field);
        let state = state.value()?.as_str().ok_or_else(|| state.is("not a string"))?;
        Ok(!GONE.iter().any(|gone| state.eq_ignore_ascii_case(gone)))
    };
    Question::new(method, vec![hash.0.into()], is_known).or(|| false)
}

/// Asks whether the bundler has an operation, by the method of the standard.
pub(in crate::rpc) fn has<'a>(hash: UserOpHash) -> Question<'a, bool> {
    let by_hash = |answer: Part<'_>| Ok(answer.find().as_ref().is_some_and(is_operation));
    Question::new(BY_HASH, vec![hash.0.into()], by_hash).or(|| false)
}

/// Returns true if an answer is an object with fields. Some services write an empty object or text in place of `null`.
fn is_operation(answer: &Part<'_>) -> bool {
    answer
        .object()
        .is_ok_and(|object| object.fields().is_some_and(|fields| !fields.is_empty()))
}

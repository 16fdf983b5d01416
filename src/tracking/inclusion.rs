use alloy::{
    primitives::{Address, B256, TxHash},
    sol_types::SolEvent,
};

use crate::{
    contracts::entry_point::IEntryPoint::{BeforeExecution, UserOperationEvent, UserOperationRevertReason},
    primitives::{TransactionInclusion, UserOpHash, UserOpLog, UserOpReceipt, Words},
    rpc::{ServiceError, revert_reason},
    services::Services,
};

impl Services {
    /// Returns the receipt of an operation as proven by the chain: by the entry point's own event in a
    /// transaction. Returns `None` if the transaction is in no block, or has no such event.
    pub(crate) async fn proof(
        &self,
        hash: UserOpHash,
        transaction: TxHash,
    ) -> Result<Option<UserOpReceipt>, ServiceError> {
        let found = self.node.transaction(transaction).await?;
        self.record_block(found.as_ref().map_or(0, |(place, _)| place.block_number));
        Ok(found.and_then(|(inclusion, logs)| receipt(hash, self.entry_point.address, inclusion, &logs)))
    }
}

/// Builds the receipt of an operation from the logs of its transaction.
fn receipt(
    hash: UserOpHash,
    entry_point: Address,
    transaction: TransactionInclusion,
    logs: &[UserOpLog],
) -> Option<UserOpReceipt> {
    let is_event =
        |log: &UserOpLog, event: B256| log.address == entry_point && log.topics.first() == Some(&event);
    let end = logs.iter().position(|log| {
        is_event(log, UserOperationEvent::SIGNATURE_HASH) && log.topics.get(1) == Some(&hash.0)
    })?;
    let log = &logs[end];
    let [_, _, sender, paymaster] = log.topics[..] else {
        return None;
    };
    let (paymaster, data) = (Address::from_word(paymaster), Words(&log.data));
    // Operations of a bundle run one after another, and each ends with its event.
    let before = logs[..end].iter().rposition(|log| {
        is_event(log, UserOperationEvent::SIGNATURE_HASH) || is_event(log, BeforeExecution::SIGNATURE_HASH)
    });
    let own = &logs[before.map_or(0, |before| before + 1)..end];
    let reason = own
        .iter()
        .filter(|log| is_event(log, UserOperationRevertReason::SIGNATURE_HASH))
        .find_map(|log| Words(&log.data).bytes(1))
        .and_then(revert_reason);
    Some(UserOpReceipt {
        hash,
        sender: Address::from_word(sender),
        nonce: data.number(0)?,
        paymaster: (!paymaster.is_zero()).then_some(paymaster),
        success: !data.number(1)?.is_zero(),
        reason,
        actual_gas_cost: data.number(2)?,
        actual_gas_used: data.number(3)?,
        logs: own.to_vec(),
        transaction,
    })
}

#[cfg(test)]
mod tests;

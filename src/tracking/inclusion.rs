use std::{
    ops::{ControlFlow, RangeInclusive},
    time::Duration,
};

use alloy::{
    primitives::{Address, B256, LogData, TxHash, U256},
    sol_types::SolEvent,
};

use crate::{
    contracts::entry_point::IEntryPoint::{BeforeExecution, UserOperationEvent, UserOperationRevertReason},
    platform::{self, BoxFuture},
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

impl Services {
    /// Finds the operation that has used a nonce of an account, in the entry point's logs since a block.
    pub(crate) async fn operation_at(
        &self,
        sender: Address,
        nonce: U256,
        since: Option<u64>,
    ) -> Option<UserOpHash> {
        const MOST_ROUNDS: u32 = 10;

        let mut search = Search::account(sender, since);
        let has_nonce = |log: &LogData, _| {
            let is_it = Words(&log.data).number(0)? == nonce;
            is_it.then(|| log.topics().get(1).copied()).flatten()
        };
        for _ in 0..MOST_ROUNDS {
            match search.go_on(self, &has_nonce).await {
                Ok(ControlFlow::Break(found)) => return Some(UserOpHash(found)),
                Ok(ControlFlow::Continue(true)) => return None,
                Err(error) if !error.is_answered() || error.failure().is_rate_limit() => return None,
                // The node may accept only a smaller range of blocks.
                Ok(ControlFlow::Continue(false)) | Err(_) => {}
            }
        }
        None
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

/// A predicate over a log and its transaction, which returns the matching hash.
type Matches<'a> = dyn Fn(&LogData, TxHash) -> Option<B256> + Sync + 'a;

/// A search through the entry point's logs, some ranges of blocks at a time, oldest first. At the end the search
/// starts again at the newest blocks, which a reorg may replace.
///
/// Nodes limit the blocks of a range, or the logs in them, and refuse in many ways. So each failure shortens the ranges,
/// down to one block, and each success lengthens them again.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    topics: Vec<Option<B256>>,
    /// The first block of the search.
    first: Option<u64>,
    /// The first block of the next range.
    next: u64,
    /// The number of blocks in a range.
    stretch: u64,
    /// The shortest range that has failed, and the number of rounds since.
    failed: Option<(u64, u32)>,
}

impl Search {
    /// The maximum number of blocks in a range, which is the limit of many nodes.
    const STRETCH: u64 = 1_000;
    /// The number of blocks searched if the time of submission is unknown.
    const BACK: u64 = 1_200;
    /// The number of newest blocks that a reorg may still replace.
    const UNSETTLED: u64 = 64;
    /// The maximum time of one call.
    const TIME: Duration = Duration::from_secs(1);
    /// The number of ranges that are requested at the same time, once their length is known to be accepted.
    const AT_ONCE: usize = 4;
    /// The number of rounds after which longer ranges are tried again.
    const MEMORY: u32 = 30;

    /// Creates a search for the event of an operation. `since` is a block from before the operation was sent,
    /// if one is known. The search starts 64 blocks earlier, because a reorg may have replaced later ones.
    pub(crate) fn operation(hash: UserOpHash, since: Option<u64>) -> Self {
        let since = since.map(|block| block.saturating_sub(Self::UNSETTLED));
        Self {
            topics: vec![Some(UserOperationEvent::SIGNATURE_HASH), Some(hash.0)],
            first: since,
            next: since.unwrap_or_default(),
            stretch: Self::STRETCH,
            failed: None,
        }
    }

    /// Creates a search for the operations of an account.
    fn account(sender: Address, since: Option<u64>) -> Self {
        Self {
            topics: vec![
                Some(UserOperationEvent::SIGNATURE_HASH),
                None,
                Some(sender.into_word()),
            ],
            ..Self::operation(UserOpHash(B256::ZERO), since)
        }
    }

    /// Continues the search until a log matches or there are no more blocks. Breaks with the result of
    /// `matches` for the matching log; otherwise continues with true if all blocks have been searched.
    // One future for both searches.
    pub(crate) fn go_on<'a>(
        &'a mut self,
        services: &'a Services,
        matches: &'a Matches<'_>,
    ) -> BoxFuture<'a, Result<ControlFlow<B256, bool>, ServiceError>> {
        Box::pin(async move {
            // The block after the newest one has a number too.
            let newest = services.node.block_number().await?.min(u64::MAX - 1);
            services.record_block(newest);
            let first = *self.first.get_or_insert(newest.saturating_sub(Self::BACK));
            // A node may lag behind the one that answered before.
            self.next = self.next.max(first).min(newest);
            let begun = platform::monotonic();
            while platform::monotonic().saturating_sub(begun) < Self::TIME {
                let ranges = self.ranges(newest);
                let (node, contract, topics) = (&services.node, services.entry_point.address, &self.topics);
                let asked = ranges
                    .iter()
                    .map(|range| node.logs_between(contract, topics, range.clone()));
                let answers = platform::join_all(asked).await;
                let mut failure = None;
                for (range, answer) in ranges.iter().zip(answers) {
                    let logs = match answer {
                        Ok(logs) => logs,
                        Err(error) => {
                            failure = Some(error);
                            break;
                        }
                    };
                    let found = logs
                        .iter()
                        .find_map(|(log, transaction)| matches(log, *transaction));
                    if let Some(found) = found {
                        return Ok(ControlFlow::Break(found));
                    }
                    self.next = range.end() + 1;
                }
                match failure {
                    Some(error) => self.shorten(error)?,
                    None => self.lengthen(),
                }
                if self.next > newest {
                    self.next = newest.saturating_sub(Self::UNSETTLED).max(first);
                    return Ok(ControlFlow::Continue(true));
                }
            }
            Ok(ControlFlow::Continue(false))
        })
    }

    /// Returns the next ranges, up to the newest block.
    fn ranges(&self, newest: u64) -> Vec<RangeInclusive<u64>> {
        let count = if self.failed.is_some() { Self::AT_ONCE } else { 1 };
        let starts = (0..count as u64).map(|number| self.next.saturating_add(number * self.stretch));
        let starts = starts.take_while(|start| *start <= newest);
        starts
            .map(|start| start..=newest.min(start.saturating_add(self.stretch - 1)))
            .collect()
    }

    /// Shortens the ranges after a failure, unless the failure has another cause than their length.
    fn shorten(&mut self, error: ServiceError) -> Result<(), ServiceError> {
        if error.failure().is_rate_limit() {
            return Err(error);
        }
        let is_shortest = self.stretch == 1;
        self.failed = Some((self.stretch, 0));
        self.stretch = (self.stretch / 4).max(1);
        match error.is_answered() && !is_shortest {
            true => Ok(()),
            false => Err(error),
        }
    }

    /// Lengthens the ranges after a success: to twice their length, or half the way to the length that has failed.
    fn lengthen(&mut self) {
        self.failed = self
            .failed
            .map(|(length, rounds)| (length, rounds + 1))
            .filter(|(_, rounds)| *rounds < Self::MEMORY);
        let twice = (self.stretch * 2).min(Self::STRETCH);
        self.stretch = match self.failed {
            Some((length, _)) if twice >= length => self.stretch.midpoint(length.max(self.stretch)),
            _ => twice,
        };
    }
}

#[cfg(test)]
mod tests {
    use alloy::{
        primitives::{Bytes, address, hex},
        sol_types::SolValue,
    };

    use super::*;

    const ENTRY_POINT: Address = address!("5FF137D4b0FDCD49DcA30c7CF57E578a026d2789");
    const STRANGER: Address = address!("00000000000000000000000000000000000000aa");
    const ACCOUNT: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
    const PAYMASTER: Address = address!("00000f7365cA6C59A2C93719ad53d567ed49c14C");
    /// `UserOperationEvent`
    const EVENT: B256 = B256::new(hex!(
        "49628fd1471006c1482da88028e9ce4dbb080b815c9b0344d39e5a8e6ec1419f"
    ));
    /// `UserOperationRevertReason`
    const REASON: B256 = B256::new(hex!(
        "1c4fada7374c0a9ee8841fc38afe82932dc0f8e69012e927f061a8bae611a201"
    ));
    /// `BeforeExecution`
    const BEFORE: B256 = B256::new(hex!(
        "bb47ee3e183a558b1a2ff0874b079f3fc5478b7454eacf2bfc5af2ff5878f972"
    ));

    fn hash(last: u8) -> UserOpHash {
        UserOpHash(B256::with_last_byte(last))
    }

    fn log(address: Address, topics: &[B256], data: Bytes) -> UserOpLog {
        UserOpLog {
            address,
            topics: topics.to_vec(),
            data,
        }
    }

    /// Returns the event of an operation with the nonce 5, which paid 7 wei for 11 units of gas.
    fn event(emitter: Address, op: u8, success: bool) -> UserOpLog {
        let number = U256::from::<u64>;
        let data = (number(5), success, number(7), number(11)).abi_encode();
        let topics = [EVENT, hash(op).0, ACCOUNT.into_word(), PAYMASTER.into_word()];
        log(emitter, &topics, data.into())
    }

    fn reason(emitter: Address, op: u8, reason: &[u8]) -> UserOpLog {
        let data = (U256::from(5), Bytes::copy_from_slice(reason)).abi_encode_params();
        log(emitter, &[REASON, hash(op).0, ACCOUNT.into_word()], data.into())
    }

    fn other(number: u8) -> UserOpLog {
        log(STRANGER, &[B256::with_last_byte(number)], Bytes::new())
    }

    fn read(op: u8, logs: &[UserOpLog]) -> Option<UserOpReceipt> {
        let place = TransactionInclusion {
            hash: B256::repeat_byte(1),
            block_hash: B256::repeat_byte(2),
            block_number: 3,
        };
        receipt(hash(op), ENTRY_POINT, place, logs)
    }

    #[test]
    fn operations_of_a_bundle_have_what_lies_between_their_events() {
        let bundle = [
            other(1),
            log(ENTRY_POINT, &[BEFORE], Bytes::new()),
            other(2),
            event(ENTRY_POINT, 1, true),
            other(3),
            other(4),
            event(ENTRY_POINT, 2, true),
            event(ENTRY_POINT, 3, true),
            other(5),
        ];

        for (op, own) in [(1, vec![other(2)]), (2, vec![other(3), other(4)]), (3, vec![])] {
            let receipt = read(op, &bundle).unwrap();

            assert_eq!(receipt.logs, own, "{op}");
            assert_eq!((receipt.hash, receipt.sender), (hash(op), ACCOUNT));
            assert_eq!(receipt.paymaster, Some(PAYMASTER));
            assert_eq!(receipt.nonce, U256::from(5));
            assert_eq!(receipt.actual_gas_cost, U256::from(7));
            assert_eq!(receipt.actual_gas_used, U256::from(11));
            assert_eq!(receipt.transaction.block_number, 3);
        }
        assert_eq!(read(4, &bundle), None);
    }

    #[test]
    fn only_the_entry_points_own_event_counts() {
        let short = log(ENTRY_POINT, &[EVENT, hash(1).0], Bytes::new());

        for forged in [event(STRANGER, 1, true), short] {
            assert_eq!(read(1, std::slice::from_ref(&forged)), None, "{forged:?}");
        }
    }

    #[test]
    fn reason_of_a_revert_is_the_operations_own() {
        let words = hex!(
            "08c379a0"                                                         // Error(string)
            "0000000000000000000000000000000000000000000000000000000000000020" // where the text is
            "000000000000000000000000000000000000000000000000000000000000000e" // its length
            "4e6f7420796f757220746f6b656e000000000000000000000000000000000000" // "Not your token"
        );
        let table: [(&[u8], Option<&str>); 3] = [
            (&words, Some("Not your token")),
            (&hex!("deadbeef"), Some("0xdeadbeef")),
            (&[], None),
        ];
        for (data, expected) in table {
            let bundle = [
                reason(ENTRY_POINT, 1, b"another's"),
                event(ENTRY_POINT, 1, false),
                reason(STRANGER, 2, b"a forger's"),
                reason(ENTRY_POINT, 2, data),
                event(ENTRY_POINT, 2, false),
            ];

            let receipt = read(2, &bundle).unwrap();

            assert!(!receipt.success);
            assert_eq!(receipt.reason.as_deref(), expected);
        }
    }
}

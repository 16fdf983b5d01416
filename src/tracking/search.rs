use std::{
    ops::{ControlFlow, RangeInclusive},
    time::Duration,
};

use alloy::{
    primitives::{Address, B256, LogData, TxHash, U256},
    sol_types::SolEvent,
};

use crate::{
    contracts::entry_point::IEntryPoint::UserOperationEvent,
    platform::{self, BoxFuture},
    primitives::{UserOpHash, Words},
    rpc::{Failure, Refusal, Service, ServiceError},
    services::Services,
};

impl Services {
    /// Finds the operation that has used a nonce of an account, in the entry point's logs since a block.
    pub(crate) async fn operation_at(
        &self,
        sender: Address,
        nonce: U256,
        since: Option<u64>,
    ) -> Option<UserOpHash> {
        const MOST_ROUNDS: u32 = 10;
        /// A round that exceeds the rate limit counts for more: the pause after it takes a second.
        const OF_LIMIT: u32 = 2;
        const PAUSE: Duration = Duration::from_secs(1);

        let mut search = Search::account(sender, since);
        let has_nonce = |log: &LogData, _| {
            let is_it = Words(&log.data).number(0)? == nonce;
            is_it.then(|| log.topics().get(1).copied()).flatten()
        };
        let mut rounds = 0;
        while rounds < MOST_ROUNDS {
            rounds += match search.go_on(self, &has_nonce).await {
                Ok(ControlFlow::Break(found)) => return Some(UserOpHash(found)),
                Ok(ControlFlow::Continue(true)) => return None,
                Err(error) if !error.is_answered() => return None,
                Err(error) if error.failure().is_rate_limit() => {
                    platform::sleep(PAUSE).await;
                    OF_LIMIT
                }
                // The node may accept only a smaller range of blocks.
                Ok(ControlFlow::Continue(false)) | Err(_) => 1,
            };
        }
        None
    }
}

/// A predicate over a log and its transaction, which returns the matching hash.
type Matches<'a> = dyn Fn(&LogData, TxHash) -> Option<B256> + Sync + 'a;

/// A search through the entry point's logs, some ranges of blocks at a time, oldest first. At the end the search
/// starts again at the newest blocks, which a reorg may replace.
///
/// Nodes limit the blocks of a range, or the logs in them, and refuse in many ways. So each failure shortens the ranges,
/// down to one block, and each success lengthens them again. A node that lags behind the one that reported the newest block
/// is asked for the blocks that it has.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    topics: Vec<Option<B256>>,
    /// The first block of the search.
    first: Option<u64>,
    /// The first block of the next range.
    next: u64,
    /// The number of blocks in a range.
    stretch: u64,
    /// The shortest range that has failed.
    failed: Option<TooLong>,
}

/// A range of blocks that a node has refused.
#[derive(Clone, Copy, Debug)]
struct TooLong {
    length: u64,
    /// The number of rounds since.
    rounds: u32,
    /// True if the node has called the refusal a rate limit. Some nodes say so of a range that is too long.
    is_rate_limit: bool,
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
    /// The time after which a range counts as too long. A node that searches far may answer late, or never.
    const PATIENCE: Duration = Duration::from_secs(3);
    /// The number of newest blocks that are left out first if a node does not have them. Each further time twice as many are.
    const LAG: u64 = 2;
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
            let mut newest = services.node.block_number().await?.min(u64::MAX - 1);
            services.record_block(newest);
            let first = *self.first.get_or_insert(newest.saturating_sub(Self::BACK));
            // A node may lag behind the one that answered before.
            self.next = self.next.max(first).min(newest);
            let begun = platform::monotonic();
            let (mut lag, mut missing) = (Self::LAG, None);
            while platform::monotonic().saturating_sub(begun) < Self::TIME {
                let ranges = self.ranges(newest);
                let patience = Self::PATIENCE;
                let (node, contract, topics) = (&services.node, services.entry_point.address, &self.topics);
                let asked = ranges.iter().map(|range| {
                    platform::within(patience, node.logs_between(contract, topics, range.clone()))
                });
                let answers = platform::join_all(asked).await;
                let mut failure = None;
                for (range, answer) in ranges.iter().zip(answers) {
                    let logs = match answer {
                        Some(Ok(logs)) => logs,
                        Some(Err(error)) => {
                            failure = Some(error);
                            break;
                        }
                        None => {
                            let late = Failure::TimedOut(patience);
                            failure = Some(ServiceError::new(Service::Node, "eth_getLogs", late));
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
                    Some(error)
                        if lag <= Self::UNSETTLED
                            && self.next.saturating_add(self.stretch) > newest
                            && error.refusal().is_some_and(Refusal::is_of_newest_block) =>
                    {
                        newest = newest.saturating_sub(lag);
                        lag *= 2;
                        missing = Some(error);
                    }
                    Some(error) => self.shorten(error)?,
                    None => self.lengthen(),
                }
                if self.next > newest {
                    if let Some(error) = missing {
                        return Err(error);
                    }
                    self.next = newest.saturating_sub(Self::UNSETTLED).max(first);
                    return Ok(ControlFlow::Continue(true));
                }
            }
            Ok(ControlFlow::Continue(false))
        })
    }

    /// Returns the next ranges, up to the newest block.
    fn ranges(&self, newest: u64) -> Vec<RangeInclusive<u64>> {
        let is_known = self.failed.is_some_and(|failed| !failed.is_rate_limit);
        let count = if is_known { Self::AT_ONCE } else { 1 };
        let starts = (0..count as u64).map(|number| self.next.saturating_add(number * self.stretch));
        let starts = starts.take_while(|start| *start <= newest);
        starts
            .map(|start| start..=newest.min(start.saturating_add(self.stretch - 1)))
            .collect()
    }

    /// Shortens the ranges after a failure. Returns the failure if it may have another cause than their length, so that the
    /// next request has to wait.
    fn shorten(&mut self, error: ServiceError) -> Result<(), ServiceError> {
        let is_shortest = self.stretch == 1;
        let is_rate_limit = error.failure().is_rate_limit();
        // No node limits a search to less than one block.
        self.failed = (!is_shortest).then_some(TooLong {
            length: self.stretch,
            rounds: 0,
            is_rate_limit,
        });
        self.stretch = (self.stretch / 4).max(1);
        let is_late = matches!(error.failure(), Failure::TimedOut(_));
        let is_of_length = !is_rate_limit || error.refusal().is_some_and(Refusal::may_be_of_search);
        match (error.is_answered() || is_late) && is_of_length && !is_shortest {
            true => Ok(()),
            false => Err(error),
        }
    }

    /// Lengthens the ranges after a success: to twice their length, or half the way to the length that has failed.
    fn lengthen(&mut self) {
        if let Some(failed) = &mut self.failed {
            failed.rounds += 1;
        }
        self.failed = self.failed.filter(|failed| failed.rounds < Self::MEMORY);
        let twice = (self.stretch * 2).min(Self::STRETCH);
        self.stretch = match self.failed {
            Some(TooLong { length, .. }) if twice >= length => {
                self.stretch.midpoint(length.max(self.stretch))
            }
            _ => twice,
        };
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Instant,
    };

    use serde_json::{Value, json};

    use super::*;
    use crate::{
        primitives::EntryPoint,
        rpc::{
            Bundler, BundlerKind, Node,
            testing::{Reply, TestService},
        },
    };

    const NEWEST: u64 = 900;

    fn block(filter: &Value, name: &str) -> u64 {
        let digits = filter[name].as_str().unwrap().trim_start_matches("0x");
        u64::from_str_radix(digits, 16).unwrap()
    }

    fn length(filter: &Value) -> u64 {
        block(filter, "toBlock") - block(filter, "fromBlock") + 1
    }

    /// Returns the ranges that a search asks for, at a node with so many blocks that fails ranges longer than a limit in a
    /// way, so many times.
    async fn ranges(newest: u64, limit: u64, failure: Reply, times: usize) -> Vec<u64> {
        let failures = AtomicUsize::new(0);
        let fails = move || failures.fetch_add(1, Ordering::Relaxed) < times;
        let service = TestService::start(move |method, params| match method {
            "eth_blockNumber" => Reply::Result(json!(format!("{newest:#x}"))),
            _ if length(&params[0]) > limit && fails() => failure.clone(),
            _ => Reply::Result(json!([])),
        })
        .await;
        let entry_point = EntryPoint::v0_6(80_002);
        let bundler = Bundler::new(BundlerKind::STANDARD, service.http(), entry_point);
        let services = Services::over(Node::new(service.http()), bundler, None);
        let mut search = Search::operation(UserOpHash(B256::ZERO), Some(0));

        let begun = Instant::now();
        while !matches!(
            search.go_on(&services, &|_, _| None).await,
            Ok(ControlFlow::Continue(true))
        ) {
            assert!(begun.elapsed() < Duration::from_secs(40), "the search has no end");
        }

        let asked = service.requests();
        let logs = asked.iter().filter(|(method, _)| method == "eth_getLogs");
        logs.map(|(_, params)| length(&params[0])).collect()
    }

    #[tokio::test]
    async fn ranges_become_short_enough_whatever_the_node_calls_the_limit() {
        let error = |code, message| Reply::Error(200, json!({"code": code, "message": message}));
        for failure in [
            error(-32005, "limit exceeded"),
            error(-32005, "query timeout exceeded"),
            error(-32000, "request limited to 300 blocks"),
            error(-32602, "query exceeds max block range 300"),
            error(-32602, "invalid block range: at most 300 blocks"),
            Reply::Body(504, "<html>".to_owned()),
            Reply::Silence,
        ] {
            let asked = ranges(NEWEST, 300, failure.clone(), usize::MAX).await;

            assert_eq!(asked[0], NEWEST + 1, "{failure:?}");
            let found = asked.iter().filter(|length| **length <= 300).sum::<u64>();
            assert_eq!(found, NEWEST + 1, "{failure:?}: {asked:?}");
            assert!(asked.len() < 20, "{failure:?}: {asked:?}");
        }
    }

    #[tokio::test]
    async fn limit_that_is_called_a_rate_limit_costs_no_pause() {
        let failure = Reply::Error(200, json!({"code": -32005, "message": "limit exceeded"}));
        let begun = Instant::now();

        let asked = ranges(NEWEST, 5, failure, usize::MAX).await;

        let found = asked.iter().filter(|length| **length <= 5).sum::<u64>();
        assert_eq!(found, NEWEST + 1, "{asked:?}");
        // Each pause would be a second.
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn node_that_lags_is_asked_for_the_blocks_that_it_has() {
        const BEYOND: &str = "block range extends beyond current head block: requested 903, head 900";
        for (message, reported, expected) in [
            (BEYOND, 903, vec![904, 902, 898]),
            ("invalid block range params", 903, vec![904, 902, 898]),
            (
                "block 903 is beyond the latest block 900 of this node, retry later",
                903,
                vec![904, 902, 898],
            ),
            (BEYOND, 999, vec![1_000, 998, 994, 986, 970, 938, 874]),
        ] {
            let service = TestService::start(move |method, params| match method {
                "eth_blockNumber" => Reply::Result(json!(format!("{reported:#x}"))),
                _ if block(&params[0], "toBlock") > NEWEST => {
                    Reply::Error(200, json!({"code": -32602, "message": message}))
                }
                _ => Reply::Result(json!([])),
            })
            .await;
            let bundler = Bundler::new(BundlerKind::STANDARD, service.http(), EntryPoint::v0_6(80_002));
            let services = Services::over(Node::new(service.http()), bundler, None);
            let mut search = Search::operation(UserOpHash(B256::ZERO), Some(0));

            let found = search.go_on(&services, &|_, _| None).await;

            assert!(found.is_err(), "{message}: the newest blocks were not searched");
            let asked = service.requests();
            let asked = asked.iter().filter(|(method, _)| method == "eth_getLogs");
            let asked = asked.map(|(_, params)| length(&params[0])).collect::<Vec<_>>();
            assert_eq!(asked, expected, "{message}");
        }
    }

    #[tokio::test]
    async fn ranges_grow_again_when_the_node_has_recovered() {
        const MANY: u64 = 60_000;
        let asked = ranges(MANY, 300, Reply::Body(504, "<html>".to_owned()), 2).await;

        assert_eq!(asked[..2], [1_000, 250], "{asked:?}");
        let last = asked.iter().rev().take(3).max();
        assert_eq!(last, Some(&1_000), "{asked:?}");
        assert!(asked.len() < 150, "{asked:?}");
    }
}

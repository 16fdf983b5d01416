use std::{
    ops::ControlFlow,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use alloy::primitives::TxHash;
use futures::lock::Mutex;

use super::{PendingUserOp, WaitOptions, search::Search};
use crate::{
    error::{Error, ErrorKind},
    platform::{self, BoxFuture},
    primitives::{NonceKey, UserOpHash, UserOpReceipt, is_contract},
    rpc::{Failure, Service, ServiceError},
    services::Services,
};

/// A wait for an operation, with its observations.
pub(crate) struct Watch<'a> {
    services: &'a Services,
    hash: UserOpHash,
    /// The record of the operation, if there is one, once the journal is read. Only with a record can a loss or a
    /// replacement be detected.
    record: OnceLock<Option<PendingUserOp>>,
    /// The number of consecutive useless answers of the bundler.
    misses: AtomicU32,
    /// The number of consecutive times that the nonce was found used by another operation.
    used: AtomicU32,
    /// The number of consecutive times that the bundler did not know the operation while its nonce was
    /// unused.
    unknown: AtomicU32,
    /// The number of consecutive times that the account was found deployed, though the operation deploys it
    /// and its nonce was unused.
    late: AtomicU32,
    /// The number of consecutive times that the bundler reported a transaction that the chain does not have
    /// while the nonce was unused.
    gone: AtomicU32,
    /// True when the chain was searched without finding the operation.
    is_absent: AtomicBool,
    /// The search of the chain, once it has begun.
    search: Mutex<Option<Search>>,
    /// The time of the first request.
    began: Duration,
}

impl<'a> Watch<'a> {
    /// The time at the beginning in which the bundler is asked often and nothing is concluded from its answers. Some chains
    /// include an operation that fast.
    const QUICK: Duration = Duration::from_millis(200);
    /// The number of useless answers of the bundler before the chain is searched, which takes about 1 s.
    const PATIENCE: u32 = 4;
    /// The timeout of a request to the bundler: 10 s.
    const SILENCE: Duration = Duration::from_secs(10);
    /// The number of consecutive times that an end must be observed, because a node or bundler may lag behind
    /// another.
    const CERTAIN: u32 = 3;
    /// The number of consecutive times that the transaction must be missing. That takes at least 20 s, in
    /// which another block may include it.
    const LOST: u32 = 16;
    /// The time after submission for which the bundler need not know an operation, in seconds.
    const GRACE: u64 = 20;

    /// Creates a wait. Until its record is [known](Self::know), only the bundler is asked.
    pub(crate) fn new(services: &'a Services, hash: UserOpHash) -> Self {
        Self {
            services,
            hash,
            record: OnceLock::new(),
            misses: AtomicU32::new(0),
            used: AtomicU32::new(0),
            unknown: AtomicU32::new(0),
            late: AtomicU32::new(0),
            gone: AtomicU32::new(0),
            is_absent: AtomicBool::new(false),
            search: Mutex::default(),
            began: platform::monotonic(),
        }
    }

    /// Creates a wait for an operation that has no record.
    pub(crate) fn without_record(services: &'a Services, hash: UserOpHash) -> Self {
        let watch = Self::new(services, hash);
        watch.know(None);
        watch
    }

    /// Provides the record of the operation, if there is one. The wait may have begun.
    pub(crate) fn know(&self, record: Option<PendingUserOp>) {
        self.record.get_or_init(|| record);
    }

    /// Waits for the receipt, and reports the observations of the operation meanwhile.
    pub(crate) fn receipt<'b>(
        &'b self,
        wait: WaitOptions,
        seen: &'b Seen<'_>,
    ) -> BoxFuture<'b, Result<UserOpReceipt, Error>> {
        let ask = move || self.confirmed(wait.confirmations, seen);
        Box::pin(until(self.hash, wait, ask))
    }

    /// Waits for the hash of the transaction that contains the operation.
    pub(crate) async fn transaction_hash(&self, wait: WaitOptions) -> Result<TxHash, Error> {
        until(self.hash, wait, || self.transaction()).await
    }

    /// Returns the receipt if the operation has enough confirmations. The inclusion is proven each time,
    /// because a reorg may have removed the block, or moved the operation to another one. With more than one
    /// confirmation requested, each observation is reported to `seen`.
    fn confirmed<'b>(
        &'b self,
        confirmations: u64,
        seen: &'b Seen<'_>,
    ) -> BoxFuture<'b, Result<Option<UserOpReceipt>, Error>> {
        Box::pin(async move {
            if confirmations <= 1 {
                return self.included().await;
            }
            let (receipt, newest) = futures::join!(self.included(), self.services.node.block_number());
            match &receipt {
                Ok(found) => seen(found.as_ref()),
                // The bundler may not have noticed a reorg yet.
                Err(error) if error.service().is_some_and(is_not_on_chain) => seen(None),
                Err(_) if self.is_absent.load(Ordering::Relaxed) => seen(None),
                Err(_) => {}
            }
            let (receipt, newest) = (receipt?, newest?);
            let depth = |block| newest.saturating_sub(block).saturating_add(1);
            Ok(receipt.filter(|receipt| depth(receipt.transaction.block_number) >= confirmations))
        })
    }

    /// Returns the hash of the transaction that contains the operation, as found in the chain's logs or else
    /// as reported by the bundler.
    fn transaction(&self) -> BoxFuture<'_, Result<Option<TxHash>, Error>> {
        Box::pin(async move {
            if let Some(ControlFlow::Break(found)) = self.searched().await {
                return Ok(Some(found));
            }
            let is_quick = self.is_quick();
            let question = self.services.bundler.transaction(self.hash);
            let told = Self::told("eth_getUserOperationByHash", question).await;
            if !is_quick || told.is_err() {
                self.note(told.as_ref().map(Option::is_some));
            }
            Ok(told?)
        })
    }

    /// Returns true at the beginning, until the bundler fails.
    fn is_quick(&self) -> bool {
        let is_early = platform::monotonic().saturating_sub(self.began) < Self::QUICK;
        is_early && self.misses.load(Ordering::Relaxed) < Self::PATIENCE
    }

    /// Returns the receipt if the operation is on chain.
    async fn included(&self) -> Result<Option<UserOpReceipt>, Error> {
        if self.is_quick() {
            let proven = self.proven().await;
            if proven.is_err() {
                self.note(proven.as_ref().map(Option::is_some));
            }
            return Ok(proven?);
        }
        let searched = self.searched().await;
        if let Some(ControlFlow::Break(found)) = searched
            && let Some(receipt) = self.services.proof(self.hash, found).await?
        {
            self.has_come_back();
            return Ok(Some(receipt));
        }
        let proven = self.proven().await;
        match proven {
            Ok(Some(_)) => self.has_come_back(),
            _ => {
                let is_absent = matches!(searched, Some(ControlFlow::Continue(true)));
                self.is_absent.store(is_absent, Ordering::Relaxed);
            }
        }
        self.note(proven.as_ref().map(Option::is_some));
        if let (Some(ControlFlow::Continue(is_all)), Some(pending)) =
            (searched, self.record.get().and_then(Option::as_ref))
            && !matches!(proven, Ok(Some(_)))
        {
            let is_gone = proven.as_ref().is_err_and(is_not_on_chain);
            self.look_for_end(pending, is_all, is_gone).await?;
        }
        Ok(proven?)
    }

    /// Checks whether the operation has ended without being included. `is_searched` is true if all blocks
    /// since the submission have been searched. `is_gone` is true if the bundler reports the operation as
    /// included and the chain does not have it.
    async fn look_for_end(
        &self,
        pending: &PendingUserOp,
        is_searched: bool,
        is_gone: bool,
    ) -> Result<(), Error> {
        let PendingUserOp {
            nonce,
            sender,
            since,
            deploys,
            ..
        } = *pending;
        let hash = self.hash;
        if self.services.nonce(sender, NonceKey::of(nonce)).await? > nonce {
            self.unknown.store(0, Ordering::Relaxed);
            self.late.store(0, Ordering::Relaxed);
            if is_searched && count(&self.used) >= Self::CERTAIN {
                let by = self.services.operation_at(sender, nonce, since).await;
                // Without a first block, the operation may have been included before the blocks that were
                // searched.
                let is_certain = by.map_or(since.is_some(), |by| by != hash);
                if is_certain {
                    return Err(Error::from(ErrorKind::Replaced { hash, nonce, by }));
                }
            }
            return Ok(());
        }
        self.used.store(0, Ordering::Relaxed);
        // Before the account's code is read: the operation itself may have deployed the account.
        if is_gone {
            return match count(&self.gone) >= Self::LOST {
                // The bundler will not send the operation again.
                true => Err(Error::from(ErrorKind::Dropped { hash, nonce })),
                false => Ok(()),
            };
        }
        self.gone.store(0, Ordering::Relaxed);
        // An account is deployed once: the entry point refuses a second deployment, even if the bundler still
        // has the operation. An authorization beside an operation prevents nothing.
        if deploys && is_contract(&self.services.node.code(sender).await?) {
            return match count(&self.late) >= Self::CERTAIN && pending.age() >= Self::GRACE {
                true => Err(Error::from(ErrorKind::Dropped { hash, nonce })),
                false => Ok(()),
            };
        }
        self.late.store(0, Ordering::Relaxed);
        // A bundler that only follows the standard need not report a pending operation.
        let tells = self.services.bundler.reports_pending();
        if !tells && pending.age() < PendingUserOp::DAY {
            return Ok(());
        }
        if tells && self.services.bundler.knows(hash).await? {
            self.unknown.store(0, Ordering::Relaxed);
        } else if count(&self.unknown) >= Self::CERTAIN && pending.age() >= Self::GRACE {
            return Err(Error::from(ErrorKind::Dropped { hash, nonce }));
        }
        Ok(())
    }

    /// Resets the counters of consecutive observations.
    fn has_come_back(&self) {
        self.is_absent.store(false, Ordering::Relaxed);
        for counter in [&self.used, &self.unknown, &self.late, &self.gone] {
            counter.store(0, Ordering::Relaxed);
        }
    }

    /// Returns the receipt that the bundler reports, proven by the chain.
    async fn proven(&self) -> Result<Option<UserOpReceipt>, ServiceError> {
        let question = self.services.bundler.inclusion(self.hash);
        let Some(told) = Self::told(RECEIPT, question).await? else {
            return Ok(None);
        };
        match self.services.proof(self.hash, told).await? {
            Some(receipt) => Ok(Some(receipt)),
            // A node may lag behind the bundler's node: the next request decides.
            None => Err(ServiceError::new(
                Service::Bundler,
                RECEIPT,
                Failure::NotOnChain(Box::new(told)),
            )),
        }
    }

    /// Runs a request to the bundler with a timeout.
    async fn told<T: Send>(
        method: &'static str,
        question: BoxFuture<'_, Result<T, ServiceError>>,
    ) -> Result<T, ServiceError> {
        match platform::within(Self::SILENCE, question).await {
            Some(answer) => answer,
            None => Err(ServiceError::new(
                Service::Bundler,
                method,
                Failure::TimedOut(Self::SILENCE),
            )),
        }
    }

    /// Searches the chain's logs once the bundler is useless. Breaks with the transaction hash; otherwise
    /// continues with true if all blocks were searched.
    async fn searched(&self) -> Option<ControlFlow<TxHash, bool>> {
        if self.misses.load(Ordering::Relaxed) < Self::PATIENCE {
            return None;
        }
        let since = self.record.get()?.as_ref().and_then(|record| record.since);
        let mut search = self.search.lock().await;
        let found = search
            .get_or_insert_with(|| Search::operation(self.hash, since))
            .go_on(self.services, &|_, transaction| Some(transaction))
            .await;
        // A request that the node fails is repeated by the next search.
        Some(found.unwrap_or(ControlFlow::Continue(false)))
    }

    /// Counts useless answers of the bundler. After a failure or a wrong answer the chain is searched at
    /// once.
    fn note(&self, was_of_use: Result<bool, &ServiceError>) {
        let misses = match was_of_use {
            Ok(true) => 0,
            Ok(false) => self.misses.load(Ordering::Relaxed).saturating_add(1),
            Err(_) => Self::PATIENCE,
        };
        self.misses.store(misses, Ordering::Relaxed);
    }
}

/// Repeats a request until it returns a result, or until the timeout.
async fn until<'a, T: Send + 'a>(
    hash: UserOpHash,
    wait: WaitOptions,
    ask: impl Fn() -> BoxFuture<'a, Result<Option<T>, Error>>,
) -> Result<T, Error> {
    let start = platform::monotonic();
    let left = || {
        let waited = platform::monotonic().saturating_sub(start);
        wait.timeout.saturating_sub(waited)
    };
    let mut pause = FIRST_PAUSE;
    let mut last = None;
    let mut has_failed = false;
    loop {
        match platform::within(left(), ask()).await {
            Some(Ok(Some(answer))) => return Ok(answer),
            Some(Ok(None)) => last = None,
            Some(Err(end)) => match end.service() {
                Some(error) => {
                    last = Some(error.clone());
                    has_failed = true;
                }
                None => return Err(end),
            },
            None => {}
        }
        if left().is_zero() {
            let after = wait.timeout;
            return Err(Error::from(ErrorKind::TimedOut { hash, after, last }));
        }
        // A service that fails is not asked more often.
        let is_early = !has_failed && platform::monotonic().saturating_sub(start) < Watch::QUICK;
        let next = if is_early { SHORTEST_PAUSE } else { pause };
        platform::sleep(next.min(left())).await;
        if !is_early {
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }
}

/// The pause between the first requests for a receipt.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
/// The first of the later pauses, which grow by half.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A listener for the observations of an operation: its receipt, or `None` if no block contains it any more.
pub(crate) type Seen<'a> = dyn Fn(Option<&UserOpReceipt>) + Send + Sync + 'a;

/// Increments a counter and returns the new value.
fn count(counter: &AtomicU32) -> u32 {
    counter.fetch_add(1, Ordering::Relaxed) + 1
}

/// Returns true if the bundler reported a transaction that the chain does not have.
fn is_not_on_chain(error: &ServiceError) -> bool {
    matches!(error.failure(), Failure::NotOnChain(_))
}

/// The JSON-RPC method for receipts.
const RECEIPT: &str = "eth_getUserOperationReceipt";

#[cfg(test)]
mod tests;

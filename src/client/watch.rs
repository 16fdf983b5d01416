use std::{
    ops::ControlFlow,
    pin::pin,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

use alloy::primitives::{Address, TxHash, U256, aliases::U192};
use futures::{
    future::{Either, select},
    lock::Mutex,
};

use super::{Error, PendingUserOp, Services, inclusion::Search};
use crate::{
    contracts::entry_point::EntryPointV06,
    platform,
    primitives::{UserOpHash, UserOpReceipt},
    rpc::{Failure, Service, ServiceError},
};

/// An operation that is waited for, and what was learned of it meanwhile.
pub(super) struct Watch<'a> {
    services: &'a Services,
    hash: UserOpHash,
    /// What is kept of it, if anything: only then can its end be told.
    pending: Option<PendingUserOp>,
    /// How often in a row the bundler has told nothing of use.
    misses: AtomicU32,
    /// How often in a row its nonce was found used by another operation.
    used: AtomicU32,
    /// How often in a row it was not known to the bundler, its nonce being unused.
    unknown: AtomicU32,
    /// How often in a row the account that it deploys was found deployed, its nonce being unused.
    late: AtomicU32,
    /// How often in a row the bundler told of a transaction that the chain does not have, its nonce being unused.
    gone: AtomicU32,
    /// Whether the chain was searched and has none of it.
    is_absent: AtomicBool,
    search: Mutex<Search>,
}

impl<'a> Watch<'a> {
    /// How often the bundler may know nothing until the chain is searched: some two seconds.
    const PATIENCE: u32 = 6;
    /// How long the bundler may take to answer.
    const SILENCE: Duration = Duration::from_secs(10);
    /// How often in a row an end must be seen: a node or bundler may lag behind another.
    const CERTAIN: u32 = 3;
    /// How often in a row its transaction must be gone: twenty seconds at least, in which another block may hold it.
    const LOST: u32 = 16;
    /// How long an operation may be unknown to the bundler after it was sent, in seconds.
    const GRACE: u64 = 20;

    pub(super) fn new(services: &'a Services, hash: UserOpHash, pending: Option<PendingUserOp>) -> Self {
        let since = pending.as_ref().and_then(|pending| pending.since);
        Self {
            services,
            hash,
            pending,
            misses: AtomicU32::new(0),
            used: AtomicU32::new(0),
            unknown: AtomicU32::new(0),
            late: AtomicU32::new(0),
            gone: AtomicU32::new(0),
            is_absent: AtomicBool::new(false),
            search: Mutex::new(Search::operation(hash, since)),
        }
    }

    /// The receipt, if the operation lies deep enough in the chain. It is proven each time: a block may be gone by now,
    /// and another carry the operation. While it lies less deep each look is told.
    pub(super) async fn confirmed(
        &self,
        confirmations: u64,
        seen: &Seen<'_>,
    ) -> Result<Option<UserOpReceipt>, Error> {
        if confirmations <= 1 {
            return self.included().await;
        }
        let (receipt, newest) = futures::join!(self.included(), self.services.node.block_number());
        match &receipt {
            Ok(found) => seen(found.as_ref()),
            // A bundler may not have heard yet that its block is gone.
            Err(Error::Service(error)) if is_not_on_chain(error) => seen(None),
            Err(_) if self.is_absent.load(Ordering::Relaxed) => seen(None),
            Err(_) => {}
        }
        let (receipt, newest) = (receipt?, newest?);
        let depth = |block| newest.saturating_sub(block).saturating_add(1);
        Ok(receipt.filter(|receipt| depth(receipt.transaction.block_number) >= confirmations))
    }

    /// The transaction that carries the operation, by the bundler's word, else as the chain has it.
    pub(super) async fn transaction(&self) -> Result<Option<TxHash>, Error> {
        if let Some(ControlFlow::Break(found)) = self.searched().await {
            return Ok(Some(found));
        }
        let question = self.services.bundler.transaction(self.hash);
        let told = Self::told("eth_getUserOperationByHash", question).await;
        self.note(told.as_ref().map(Option::is_some));
        Ok(told?)
    }

    /// The receipt, if the chain has the operation.
    async fn included(&self) -> Result<Option<UserOpReceipt>, Error> {
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
        if let (Some(ControlFlow::Continue(is_all)), Some(pending)) = (searched, &self.pending)
            && !matches!(proven, Ok(Some(_)))
        {
            let is_gone = proven.as_ref().is_err_and(is_not_on_chain);
            self.look_for_end(pending, is_all, is_gone).await?;
        }
        Ok(proven?)
    }

    /// Whether the operation has come to an end without being included. `is_searched` where all blocks since it was
    /// sent have been; `is_gone` where the bundler takes it for included, but the chain does not have it.
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
        if self.is_used(sender, nonce).await? {
            self.unknown.store(0, Ordering::Relaxed);
            self.late.store(0, Ordering::Relaxed);
            if is_searched && count(&self.used) >= Self::CERTAIN {
                let by = self.services.operation_at(sender, nonce, since).await;
                // Without a block to begin at it may have been included before those that were searched.
                let is_certain = by.map_or(since.is_some(), |by| by != hash);
                if is_certain {
                    return Err(Error::Replaced { hash, nonce, by });
                }
            }
            return Ok(());
        }
        self.used.store(0, Ordering::Relaxed);
        // An account is deployed once. Whatever the bundler says, the entry point refuses to do it again.
        if deploys && !self.services.node.code(sender).await?.is_empty() {
            return match count(&self.late) >= Self::CERTAIN && pending.age() >= Self::GRACE {
                true => Err(Error::Dropped { hash, nonce }),
                false => Ok(()),
            };
        }
        self.late.store(0, Ordering::Relaxed);
        if is_gone {
            return match count(&self.gone) >= Self::LOST {
                // The bundler will not send it once more.
                true => Err(Error::Dropped { hash, nonce }),
                false => Ok(()),
            };
        }
        self.gone.store(0, Ordering::Relaxed);
        // By the standard alone a bundler need not tell of one that waits.
        let tells = self.services.bundler.tells_of_pending();
        if !tells && pending.age() < PendingUserOp::DAY {
            return Ok(());
        }
        if tells && self.services.bundler.knows(hash).await? {
            self.unknown.store(0, Ordering::Relaxed);
        } else if count(&self.unknown) >= Self::CERTAIN && pending.age() >= Self::GRACE {
            return Err(Error::Dropped { hash, nonce });
        }
        Ok(())
    }

    /// What was counted in a row begins anew.
    fn has_come_back(&self) {
        self.is_absent.store(false, Ordering::Relaxed);
        for counter in [&self.used, &self.unknown, &self.late, &self.gone] {
            counter.store(0, Ordering::Relaxed);
        }
    }

    /// Whether the chain has an operation of the account at this nonce.
    async fn is_used(&self, sender: Address, nonce: U256) -> Result<bool, ServiceError> {
        let key = U192::from(nonce >> 64);
        let next = EntryPointV06::getNonceCall { sender, key };
        let entry_point = self.services.entry_point.address;
        Ok(self.services.node.call(entry_point, &next).await? > nonce)
    }

    /// The receipt that the bundler tells of, as the chain has it.
    async fn proven(&self) -> Result<Option<UserOpReceipt>, ServiceError> {
        let question = self.services.bundler.receipt(self.hash);
        let Some(told) = Self::told(RECEIPT, question).await? else {
            return Ok(None);
        };
        match self.services.proof(self.hash, told.transaction.hash).await? {
            Some(receipt) => Ok(Some(receipt)),
            // A node may lag behind the bundler's: the next question will tell.
            None => Err(ServiceError {
                service: Service::Bundler,
                method: RECEIPT,
                failure: Failure::NotOnChain(told.transaction.hash),
            }),
        }
    }

    /// What the bundler says, unless it says nothing at all.
    async fn told<T>(
        method: &'static str,
        question: impl Future<Output = Result<T, ServiceError>>,
    ) -> Result<T, ServiceError> {
        match select(pin!(question), pin!(platform::sleep(Self::SILENCE))).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(ServiceError {
                service: Service::Bundler,
                method,
                failure: Failure::TimedOut(Self::SILENCE),
            }),
        }
    }

    /// What searching the chain gives, once the bundler is of no use: the transaction, or whether all was searched.
    async fn searched(&self) -> Option<ControlFlow<TxHash, bool>> {
        if self.misses.load(Ordering::Relaxed) < Self::PATIENCE {
            return None;
        }
        let mut search = self.search.lock().await;
        let found = search
            .go_on(self.services, |_, transaction| Some(transaction))
            .await;
        // What the node fails at it is asked again.
        Some(found.unwrap_or(ControlFlow::Continue(false)))
    }

    /// Counts what the bundler does not know. Of one that fails or lies nothing more is expected.
    fn note(&self, was_of_use: Result<bool, &ServiceError>) {
        let misses = match was_of_use {
            Ok(true) => 0,
            Ok(false) => self.misses.load(Ordering::Relaxed).saturating_add(1),
            Err(_) => Self::PATIENCE,
        };
        self.misses.store(misses, Ordering::Relaxed);
    }
}

/// Is told what the chain has of an operation: no receipt any more where its block is gone.
pub(crate) type Seen<'a> = dyn Fn(Option<&UserOpReceipt>) + Send + Sync + 'a;

/// Counts one more, and tells how many there are.
fn count(counter: &AtomicU32) -> u32 {
    counter.fetch_add(1, Ordering::Relaxed) + 1
}

/// Whether the bundler told of a transaction that the chain does not have.
const fn is_not_on_chain(error: &ServiceError) -> bool {
    matches!(error.failure, Failure::NotOnChain(_))
}

/// What the bundler is asked for.
const RECEIPT: &str = "eth_getUserOperationReceipt";

#[cfg(test)]
mod tests;

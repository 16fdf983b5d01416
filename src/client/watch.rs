use std::{
    ops::ControlFlow,
    pin::pin,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use alloy::primitives::TxHash;
use futures::{
    future::{Either, select},
    lock::Mutex,
};

use super::{Services, inclusion::Search};
use crate::{
    platform,
    primitives::{UserOpHash, UserOpReceipt},
    rpc::{Failure, Service, ServiceError},
};

/// An operation that is waited for, and what was learned of it meanwhile.
pub(super) struct Watch<'a> {
    services: &'a Services,
    hash: UserOpHash,
    /// How often in a row the bundler has told nothing of use.
    misses: AtomicU32,
    search: Mutex<Search>,
}

impl<'a> Watch<'a> {
    /// How often the bundler may know nothing until the chain is searched: some two seconds.
    const PATIENCE: u32 = 6;
    /// How long the bundler may take to answer.
    const SILENCE: Duration = Duration::from_secs(10);

    pub(super) fn new(services: &'a Services, hash: UserOpHash) -> Self {
        Self {
            services,
            hash,
            misses: AtomicU32::new(0),
            search: Mutex::new(Search::operation(hash, None)),
        }
    }

    /// The receipt, if the operation lies deep enough in the chain. It is proven each time: a block may be gone by now,
    /// and another carry the operation.
    pub(super) async fn confirmed(&self, confirmations: u64) -> Result<Option<UserOpReceipt>, ServiceError> {
        if confirmations <= 1 {
            return self.included().await;
        }
        let node = &self.services.node;
        let (receipt, newest) = futures::try_join!(self.included(), node.block_number())?;
        let depth = |block| newest.saturating_sub(block).saturating_add(1);
        Ok(receipt.filter(|receipt| depth(receipt.transaction.block_number) >= confirmations))
    }

    /// The transaction that carries the operation, by the bundler's word, else as the chain has it.
    pub(super) async fn transaction(&self) -> Result<Option<TxHash>, ServiceError> {
        if let Some(found) = self.found().await {
            return Ok(Some(found));
        }
        let question = self.services.bundler.transaction(self.hash);
        let told = Self::told("eth_getUserOperationByHash", question).await;
        self.note(told.as_ref().map(Option::is_some));
        told
    }

    /// The receipt, if the chain has the operation.
    async fn included(&self) -> Result<Option<UserOpReceipt>, ServiceError> {
        if let Some(found) = self.found().await
            && let Some(receipt) = self.services.proof(self.hash, found).await?
        {
            return Ok(Some(receipt));
        }
        let proven = self.proven().await;
        self.note(proven.as_ref().map(Option::is_some));
        proven
    }

    /// The receipt that the bundler tells of, as the chain has it.
    async fn proven(&self) -> Result<Option<UserOpReceipt>, ServiceError> {
        let question = self.services.bundler.receipt(self.hash);
        let Some(told) = Self::told(RECEIPT, question).await? else {
            return Ok(None);
        };
        match self.services.proof(self.hash, told.transaction.hash).await? {
            Some(mut receipt) => {
                receipt.reason = receipt.reason.or(told.reason).filter(|_| !receipt.success);
                Ok(Some(receipt))
            }
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

    /// The transaction that the chain is found to have, once the bundler is of no use.
    async fn found(&self) -> Option<TxHash> {
        if self.misses.load(Ordering::Relaxed) < Self::PATIENCE {
            return None;
        }
        let mut search = self.search.lock().await;
        // What the node fails at it is asked again.
        let found = search
            .go_on(self.services, |_, transaction| Some(transaction))
            .await;
        found.ok().and_then(ControlFlow::break_value)
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

/// What the bundler is asked for.
const RECEIPT: &str = "eth_getUserOperationReceipt";

use alloy::primitives::U256;

use super::SmartAccountClient;
use crate::{
    error::{Error, ErrorKind},
    platform::{self, BoxFuture},
    rpc::{Failure, Service, ServiceError},
    session::{Allowance, Counter, LimitCounter, SessionId},
};

impl SmartAccountClient {
    /// Returns what is left of each limit of a session, in the order of its permissions. All counters are requested at
    /// the same time, and none for a session that is granted and not yet used. A session without limits has an empty
    /// list.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotActive`] for a session that the chain does not grant, now or later; otherwise [`Error`] when the
    /// store or the node fails.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: use_aa::SmartAccountClient, id: use_aa::SessionId) -> Result<(), use_aa::Error> {
    /// let allowances = client.session_allowance(id).await?;
    /// let is_used_up = allowances.iter().any(|allowance| allowance.left.is_zero());
    /// # let _ = is_used_up;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn session_allowance(&self, session: SessionId) -> Result<Vec<Allowance>, Error> {
        let (ledger, state) = futures::try_join!(self.pipeline.ledger(), self.pipeline.sessions_on_chain())?;
        let is_granted = ledger
            .sessions(&state)
            .iter()
            .any(|granted| granted.id == session);
        if !is_granted {
            return Err(Error::from(ErrorKind::NotActive(session)));
        }
        let counters = ledger.counters(&state, session, self.address())?;
        let allowances = counters.into_iter().map(|limit| self.allowance(limit));
        platform::join_all(allowances).await.into_iter().collect()
    }

    fn allowance(&self, mut limit: LimitCounter) -> BoxFuture<'_, Result<Allowance, Error>> {
        Box::pin(async move {
            let used = match limit.counter.take() {
                Some(counter) => self.used(counter).await?,
                None => U256::ZERO,
            };
            Ok(limit.allowance(used))
        })
    }

    async fn used(&self, counter: Counter) -> Result<U256, Error> {
        let call = counter.call().clone();
        let answer = self.pipeline.services.node.read(call).await?;
        counter.used(&answer).ok_or_else(|| {
            let failure = Failure::Malformed("the answer ends before the counter".to_owned());
            ServiceError::new(Service::Node, "eth_call", failure).into()
        })
    }
}

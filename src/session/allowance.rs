use std::fmt;

use alloy::primitives::U256;

use crate::{permission::Limit, primitives::ContractCall};

/// A limit of a session's permission, with the amounts that are used and left on chain.
///
/// # Examples
///
/// ```no_run
/// # async fn example(client: use_aa::SmartAccountClient, id: use_aa::SessionId) -> Result<(), use_aa::Error> {
/// for allowance in client.session_allowance(id).await? {
///     println!("{}: {} left", allowance.limit, allowance.left);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Allowance {
    /// The index of the permission in the session, starting at 0.
    pub permission: usize,
    /// The limit.
    pub limit: Limit,
    /// The amount that is used, including that of calls that reverted.
    pub used: U256,
    /// The amount that is left.
    pub left: U256,
}

/// A limit of a session's permission, with its counter on chain.
#[derive(Debug)]
pub struct LimitCounter {
    /// The index of the permission in the session, starting at 0.
    pub permission: usize,
    /// The limit.
    pub limit: Limit,
    /// The counter. `None` if nothing is used: the session is not on chain yet, or no call can use the limit.
    pub counter: Option<Counter>,
}

impl LimitCounter {
    /// Returns the allowance of a used amount.
    #[must_use]
    pub const fn allowance(&self, used: U256) -> Allowance {
        Allowance {
            permission: self.permission,
            limit: self.limit,
            used,
            left: self.limit.most().saturating_sub(used),
        }
    }
}

/// The counter of a limit on chain, with the call that reads the used amount.
pub struct Counter {
    limit: Limit,
    call: ContractCall<Vec<U256>>,
    /// The index of the used amount in the answer.
    word: usize,
}

impl Counter {
    /// Creates the counter of a limit. `call` reads the words of an answer, and `word` is the index of the used amount
    /// among them.
    #[must_use]
    pub const fn new(limit: Limit, call: ContractCall<Vec<U256>>, word: usize) -> Self {
        Self { limit, call, word }
    }

    /// Returns the limit.
    #[must_use]
    pub const fn limit(&self) -> &Limit {
        &self.limit
    }

    /// Returns the call that reads the counter, as the words of its answer.
    #[must_use]
    pub const fn call(&self) -> &ContractCall<Vec<U256>> {
        &self.call
    }

    /// Returns the index of the used amount in the answer of the call.
    #[must_use]
    pub const fn word(&self) -> usize {
        self.word
    }

    /// Returns the amount that is used, given the answer of the call. `None` if the answer is too short.
    #[must_use]
    pub fn used(&self, answer: &[U256]) -> Option<U256> {
        answer.get(self.word).copied()
    }

    /// Returns the amount that is left, given the answer of the call. `None` if the answer is too short.
    #[must_use]
    pub fn left(&self, answer: &[U256]) -> Option<U256> {
        Some(self.limit.most().saturating_sub(self.used(answer)?))
    }
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Counter")
            .field(&self.limit)
            .field(&self.call)
            .finish()
    }
}

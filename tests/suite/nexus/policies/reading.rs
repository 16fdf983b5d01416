//! The library's reading of a case, with a model of the counters.

use alloy::primitives::U256;
use use_aa::{
    Call, Permission, Session, Violation,
    permission::Limit,
    session::{Counter, smart_sessions::as_policy},
};

use super::{ACCOUNT, CONTRACTS, NOW, cases::Case, session};

/// The refusal of a call.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The call is forbidden by itself.
    Alone(Violation),
    /// Earlier calls have used the limit.
    UsedUp(Limit),
}

/// The library's evaluation of the calls of a case, and a count of what they use.
pub(super) struct Reading {
    session: Session,
    pub(super) verdicts: Vec<Result<usize, Refusal>>,
    /// The used amount of each limit, by the index of its permission.
    used: Vec<(usize, Limit, U256)>,
}

impl Reading {
    pub(super) fn of(case: &Case) -> Self {
        let permissions = case.permissions.iter().map(as_policy).map(Permission::from);
        let mut reading = Self {
            session: Session::new(ACCOUNT, permissions),
            verdicts: Vec::new(),
            used: Vec::new(),
        };
        for call in &case.calls {
            let verdict = reading.verdict(call);
            reading.verdicts.push(verdict);
        }
        reading
    }

    /// Evaluates the next call, and books it if it is allowed.
    fn verdict(&mut self, call: &Call) -> Result<usize, Refusal> {
        let index = self.session.allows(call, NOW).map_err(Refusal::Alone)?;
        let policy = as_policy(&self.session.permissions[index]);
        let mut used = Vec::new();
        for limit in policy.limits() {
            let amount = limit.amount(call);
            let sum = amount.and_then(|amount| self.used(index, limit).checked_add(amount));
            let sum = sum.filter(|sum| *sum <= limit.most());
            used.push((index, *limit, sum.ok_or(Refusal::UsedUp(*limit))?));
        }
        self.used.extend(used);
        Ok(index)
    }

    fn used(&self, index: usize, limit: &Limit) -> U256 {
        let mut used = self.used.iter().rev();
        let latest = used.find(|(permission, of, _)| *permission == index && of == limit);
        latest.map_or(U256::ZERO, |(_, _, used)| *used)
    }
}

/// The verdicts on the calls of a case, and the used amounts of its counters afterwards.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdicts {
    pub(super) allowed: Vec<bool>,
    /// `None` if a call comes at a wrong time: the module books it, and the entry point reverts the operation.
    pub(super) used: Option<Vec<U256>>,
}

pub(super) fn expected(case: &Case) -> Verdicts {
    let reading = Reading::of(case);
    let counters = counters(case).into_iter();
    let used = counters.map(|(index, counter)| reading.used(index, counter.limit()));
    Verdicts {
        allowed: reading.verdicts.iter().map(Result::is_ok).collect(),
        used: (!is_at_wrong_time(&reading)).then(|| used.collect()),
    }
}

pub(super) fn is_at_wrong_time(reading: &Reading) -> bool {
    let is =
        |verdict: &Result<usize, Refusal>| matches!(verdict, Err(Refusal::Alone(Violation::Interval { .. })));
    reading.verdicts.iter().any(is)
}

/// Returns the counters of a case, with the indices of their permissions.
pub(super) fn counters(case: &Case) -> Vec<(usize, Counter)> {
    let Some(session) = session(case) else {
        return Vec::new();
    };
    let permissions = case.permissions.iter().enumerate();
    let counters = permissions.flat_map(|(index, permission)| {
        let counters = session.counters(permission, ACCOUNT, &CONTRACTS).unwrap();
        counters.into_iter().map(move |counter| (index, counter))
    });
    counters.collect()
}

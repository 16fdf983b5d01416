use std::{
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

use alloy::primitives::U256;

use super::Services;
use crate::{error::Error, platform, primitives::Fees, rpc::Refusal};

/// The fees that were learned, each with the time when it was learned.
#[derive(Debug, Default)]
pub(super) struct FeeCache {
    /// The fees that the bundler or the node has reported.
    reported: Option<(Fees, Duration)>,
    /// The least fees that the bundler accepts, as a refusal has shown.
    demanded: Option<(Fees, Duration)>,
}

impl Services {
    /// The maximum age of the fees of an operation: 60 s.
    pub(crate) const FEES_LAST: Duration = Duration::from_secs(60);
    /// The maximum age of the fees after a warm-up: 20 s.
    const FEES_ARE_FRESH: Duration = Duration::from_secs(20);

    /// Returns the current fees per unit of gas, from the bundler if it reports fees, otherwise from the node. Fees are
    /// reused for 60 s.
    pub(crate) async fn fees(&self) -> Result<Fees, Error> {
        self.fees_since(Self::FEES_LAST).await
    }

    /// Fetches the fees, unless they were fetched within the last 20 s.
    pub(crate) async fn warm_fees(&self) -> Result<Fees, Error> {
        self.fees_since(Self::FEES_ARE_FRESH).await
    }

    async fn fees_since(&self, age: Duration) -> Result<Fees, Error> {
        if let Some(fees) = self.cached_fees(age) {
            return Ok(fees);
        }
        let fees = match self.bundler.fees().await {
            Ok(Some(fees)) => fees,
            Err(error) if !error.is_answered() => return Err(error.into()),
            // The bundler reports no fees, or not in a form that can be read.
            Ok(None) | Err(_) => {
                let tip = self.bundler.priority_fee().await.ok().flatten();
                self.node.fees_with(tip).await?
            }
        };
        let mut cache = self.fee_cache();
        cache.reported = Some((fees, platform::monotonic()));
        Ok(fees.at_least(cache.demanded(age)))
    }

    /// Returns the fees that were learned within the given time.
    pub(crate) fn cached_fees(&self, most: Duration) -> Option<Fees> {
        let cache = self.fee_cache();
        Some(recent(cache.reported, most)?.at_least(cache.demanded(most)))
    }

    /// Forgets the fees, as the bundler has refused them or the floor of the operation. The next fees are at least those
    /// that the refusal demands, or a quarter more than the refused ones if it demands none. Rising fees are a quarter
    /// higher than that.
    pub(crate) fn refuse_fees(&self, refusal: &Refusal, floor: Fees, are_rising: bool) {
        let mut cache = self.fee_cache();
        if let Some((refused, _)) = cache.reported.take() {
            let refused = refused.at_least(cache.demanded(Self::FEES_LAST)).at_least(floor);
            let demanded = match demanded(refusal, refused) {
                demanded if are_rising => demanded.raised(4),
                demanded => demanded,
            };
            cache.demanded = Some((demanded, platform::monotonic()));
        }
    }

    fn fee_cache(&self) -> MutexGuard<'_, FeeCache> {
        self.known.fees.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FeeCache {
    fn demanded(&self, most: Duration) -> Fees {
        recent(self.demanded, most).unwrap_or_default()
    }
}

fn recent(learned: Option<(Fees, Duration)>, most: Duration) -> Option<Fees> {
    let (fees, learned) = learned?;
    (platform::monotonic().saturating_sub(learned) < most).then_some(fees)
}

/// Returns the fees that a refusal demands in place of the refused ones.
fn demanded(refusal: &Refusal, refused: Fees) -> Fees {
    let Fees {
        max_fee_per_gas: max,
        max_priority_fee_per_gas: priority,
    } = refused;
    let (names_priority, names_max) = refusal.names_fees();
    let new_priority = refusal
        .demanded_fee(priority)
        .filter(|_| names_priority && !names_max);
    let new_max = refusal.demanded_fee(max).filter(|_| names_max);
    // The bundler compares the lower one of the maximum and of base fee and priority fee. Raising both satisfies the check.
    let both = refusal
        .demanded_fee(priority)
        .filter(|_| names_priority && names_max);
    let of_both = new_max.or(both).filter(|_| names_priority);
    match (new_priority, of_both, new_max) {
        // The maximum keeps its distance to the base fee.
        (Some(demanded), ..) => refused.plus(demanded - priority, demanded - priority),
        (None, Some(demanded), _) => Fees {
            max_fee_per_gas: max.max(demanded),
            max_priority_fee_per_gas: demanded,
        },
        (None, None, Some(demanded)) => refused.plus(demanded - max, U256::ZERO),
        // Some chains have one fee only.
        (None, None, None) if refusal.demands_equal_fees() => Fees {
            max_fee_per_gas: max,
            max_priority_fee_per_gas: max,
        },
        (None, None, None) => refused.raised(4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_become_what_a_refusal_demands() {
        const GWEI: u64 = 1_000_000_000;
        let fees = |max: u64, priority: u64| Fees {
            max_fee_per_gas: U256::from(max * GWEI),
            max_priority_fee_per_gas: U256::from(priority * GWEI),
        };
        let both =
            "maxFeePerGas and (maxPriorityFeePerGas + estimated basefee) should be equal or higher than : ";
        for (message, expected) in [
            (format!("{both}13000000000"), fees(21, 13)),
            (format!("{both}30000000000"), fees(30, 30)),
            (
                "maxPriorityFeePerGas must be at least 3000000000".to_owned(),
                fees(23, 3),
            ),
            (
                "maxFeePerGas must be at least 30000000000".to_owned(),
                fees(30, 1),
            ),
            (
                "maxPriorityFeePerGas must equal maxFeePerGas on Celo chains".to_owned(),
                fees(21, 21),
            ),
            ("transaction underpriced".to_owned(), fees(21, 1).raised(4)),
        ] {
            let refusal = Refusal::new(-32602, &message, None);

            assert_eq!(demanded(&refusal, fees(21, 1)), expected, "{message}");
        }
    }
}

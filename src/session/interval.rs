use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::PolicyError;
use crate::platform;

/// When a session is valid: from and until, in seconds since 1970. Zero stands for no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// The first second; 0 for no bound.
    pub valid_after: u64,
    /// The last second; 0 for no bound.
    pub valid_until: u64,
}

impl Interval {
    /// The largest time that the contracts hold (`uint48`).
    pub const MAX: u64 = (1 << 48) - 1;

    /// Without bounds.
    pub const ALWAYS: Self = Self {
        valid_after: 0,
        valid_until: 0,
    };

    /// From now on, for a while.
    #[must_use]
    pub fn lasting(duration: Duration) -> Self {
        Self {
            valid_after: 0,
            valid_until: platform::now().saturating_add(duration.as_secs()),
        }
    }

    /// Whether a moment, in seconds since 1970, lies inside.
    #[must_use]
    pub const fn contains(&self, moment: u64) -> bool {
        self.valid_after <= moment && (self.valid_until == 0 || moment <= self.valid_until)
    }

    /// Whether it has ended at a moment, in seconds since 1970.
    #[must_use]
    pub const fn has_ended(&self, moment: u64) -> bool {
        self.valid_until != 0 && self.valid_until < moment
    }

    /// The same, if both times fit into the contracts' 48 bits.
    pub(super) fn in_range(self) -> Result<Self, PolicyError> {
        match self.valid_after.max(self.valid_until) {
            time if time > Self::MAX => Err(PolicyError::TimeOutOfRange(time)),
            _ => Ok(self),
        }
    }

    /// The same, if there is a moment inside.
    pub(super) fn sensible(self) -> Result<Self, PolicyError> {
        if self.valid_until != 0 && self.valid_until < self.valid_after {
            return Err(PolicyError::Never(self));
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_belong_to_the_interval() {
        let interval = Interval {
            valid_after: 10,
            valid_until: 20,
        };

        let inside = [9, 10, 20, 21].map(|moment| interval.contains(moment));

        assert_eq!(inside, [false, true, true, false]);
    }

    #[test]
    fn zero_is_no_bound() {
        assert!(Interval::ALWAYS.contains(0));
        assert!(Interval::ALWAYS.contains(Interval::MAX));
        assert!(!Interval::ALWAYS.has_ended(Interval::MAX));
    }

    #[test]
    fn time_beyond_48_bits_is_an_error() {
        let interval = Interval {
            valid_after: 0,
            valid_until: Interval::MAX + 1,
        };

        assert_eq!(
            interval.in_range(),
            Err(PolicyError::TimeOutOfRange(Interval::MAX + 1))
        );
    }

    #[test]
    fn end_before_start_is_an_error() {
        let interval = Interval {
            valid_after: 20,
            valid_until: 10,
        };

        assert_eq!(interval.sensible(), Err(PolicyError::Never(interval)));
    }
}

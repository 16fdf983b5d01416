use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::PolicyError;
use crate::platform;

/// The validity interval of a session, in seconds since 1970. Zero means no bound.
///
/// # Examples
///
/// ```
/// use use_aa::Interval;
///
/// let august = Interval { valid_after: 1_785_542_400, valid_until: 1_788_220_799 };
/// assert_eq!(august.to_string(), "from 2026-08-01 00:00 UTC to 2026-08-31 23:59:59 UTC");
/// assert!(august.contains(1_786_000_000));
/// assert!(august.has_ended(1_788_220_800));
/// assert!(Interval::ALWAYS.contains(1_788_220_800));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// The first second of validity; 0 for no bound.
    pub valid_after: u64,
    /// The last second of validity; 0 for no bound.
    pub valid_until: u64,
}

impl Interval {
    /// The largest time that the contracts can store (`uint48`), in seconds since 1970.
    pub const MAX: u64 = (1 << 48) - 1;

    /// The interval without bounds.
    pub const ALWAYS: Self = Self {
        valid_after: 0,
        valid_until: 0,
    };

    /// Creates an interval that is valid from now on for a duration in whole seconds.
    #[must_use]
    pub fn lasting(duration: Duration) -> Self {
        Self {
            valid_after: 0,
            valid_until: platform::now().saturating_add(duration.as_secs()),
        }
    }

    /// Returns the interval with an end: its own, or `duration` after it begins, at `now` at the earliest.
    pub(crate) fn ending(self, now: u64, duration: Duration) -> Self {
        let valid_until = match self.valid_until {
            0 => self.begins(now).saturating_add(duration.as_secs()),
            end => end,
        };
        Self { valid_until, ..self }
    }

    /// Returns an interval of a duration from now on, or from the beginning of this one if that is in the future.
    pub(crate) fn renewed(self, now: u64, duration: Duration) -> Self {
        let valid_after = if self.valid_after > now {
            self.valid_after
        } else {
            0
        };
        let open = Self {
            valid_after,
            valid_until: 0,
        };
        open.ending(now, duration)
    }

    /// Returns the first second of validity for a grant at the time `now`.
    const fn begins(&self, now: u64) -> u64 {
        if self.valid_after > now {
            self.valid_after
        } else {
            now
        }
    }

    /// Returns the duration of validity for a grant at the time `now`; `None` without an end.
    pub(crate) fn remaining(&self, now: u64) -> Option<Duration> {
        let seconds = self.valid_until.saturating_sub(self.begins(now));
        (self.valid_until != 0).then(|| Duration::from_secs(seconds))
    }

    /// Returns true if the interval contains a time, in seconds since 1970.
    #[must_use]
    pub const fn contains(&self, moment: u64) -> bool {
        self.valid_after <= moment && (self.valid_until == 0 || moment <= self.valid_until)
    }

    /// Returns true if the interval has ended at a time, in seconds since 1970.
    #[must_use]
    pub const fn has_ended(&self, moment: u64) -> bool {
        self.valid_until != 0 && self.valid_until < moment
    }

    /// Returns the interval if both times fit into the contracts' 48 bits.
    pub(crate) fn in_range(self) -> Result<Self, PolicyError> {
        match self.valid_after.max(self.valid_until) {
            time if time > Self::MAX => Err(PolicyError::TimeOutOfRange(time)),
            _ => Ok(self),
        }
    }

    /// Returns the interval unless it ends before it begins.
    pub(crate) fn sensible(self) -> Result<Self, PolicyError> {
        if self.valid_until != 0 && self.valid_until < self.valid_after {
            return Err(PolicyError::Never(self));
        }
        Ok(self)
    }
}

impl fmt::Display for Interval {
    /// Writes the interval, as in `from 2026-11-21 18:00 UTC to 2026-11-22 18:00:30 UTC`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.valid_after, self.valid_until) {
            (0, 0) => f.write_str("always"),
            (0, until) => write!(f, "until {}", Moment(until)),
            (after, 0) => write!(f, "from {}", Moment(after)),
            (after, until) => write!(f, "from {} to {}", Moment(after), Moment(until)),
        }
    }
}

/// A time in seconds since 1970, displayed as a date. The seconds are omitted on a full minute.
pub(crate) struct Moment(pub(crate) u64);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, seconds) = (self.0 / 86_400, self.0 % 86_400);
        // Years begin in March here, so that the leap day is the last day of a year. An era is 400 years.
        let since_march_0000 = days + 719_468;
        let (era, day_of_era) = (since_march_0000 / 146_097, since_march_0000 % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        let year = 400 * era + year_of_era + u64::from(month <= 2);
        let (hour, minute) = (seconds / 3_600, seconds % 3_600 / 60);
        write!(f, "{year}-{month:02}-{day:02} {hour:02}:{minute:02}")?;
        match seconds % 60 {
            0 => f.write_str(" UTC"),
            second => write!(f, ":{second:02} UTC"),
        }
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

    #[test]
    fn moments_read_as_dates() {
        let table = [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (951_868_800, "2000-03-01 00:00 UTC"),
            (1_735_689_599, "2024-12-31 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ];

        for (seconds, expected) in table {
            assert_eq!(Moment(seconds).to_string(), expected);
        }
        Moment(u64::MAX).to_string();
    }
}

use std::time::Duration;

use crate::platform;

/// A lower bound of the chain's time, learned from block timestamps. The chain judges sessions by its own
/// time.
///
/// A device clock that is ahead of the chain's cannot be detected: on a quiet chain the newest block may be
/// hours old.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ChainClock(Option<(u64, Moment)>);

/// A moment, measured by the two clocks of this device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// The wall clock, which the user can set, in seconds since 1970.
    wall: u64,
    /// The monotonic clock, which never goes back but may stand still while the device sleeps.
    monotonic: Duration,
}

impl ChainClock {
    /// Returns true if no block has been seen yet.
    pub(crate) const fn is_unset(&self) -> bool {
        self.0.is_none()
    }

    /// Updates the clock with the timestamp of the newest block, in seconds since 1970. An older timestamp is
    /// ignored, because one of several nodes may lag behind.
    pub(crate) fn see(&mut self, time: u64, at: Moment) {
        if time >= self.earliest(at) {
            self.0 = Some((time, at));
        }
    }

    /// Returns the chain's time in seconds since 1970: this device's time, unless a block proves that to be
    /// too early.
    pub(crate) fn now(&self, now: Moment) -> u64 {
        now.wall.max(self.earliest(now))
    }

    /// Returns the least time by which this device's clock is behind the chain's.
    pub(crate) fn lead(&self, now: Moment) -> Duration {
        Duration::from_secs(self.earliest(now).saturating_sub(now.wall))
    }

    fn earliest(&self, now: Moment) -> u64 {
        self.0.map_or(0, |(time, at)| time.saturating_add(now.since(at)))
    }
}

impl Moment {
    pub(crate) fn now() -> Self {
        Self {
            wall: platform::now(),
            monotonic: platform::monotonic(),
        }
    }

    /// Returns the least number of seconds that have passed. One clock may have been set, the other may have
    /// stood still.
    fn since(self, earlier: Self) -> u64 {
        let by_wall = self.wall.saturating_sub(earlier.wall);
        let monotonic = self.monotonic.saturating_sub(earlier.monotonic);
        by_wall.min(monotonic.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chain time, in seconds since 1970.
    const NOON: u64 = 1_700_000_000;
    const HOUR: u64 = 3_600;

    /// Returns a moment some seconds after noon, by a wall clock that is some seconds behind.
    fn moment(seconds: u64, behind: u64) -> Moment {
        Moment {
            wall: NOON + seconds - behind,
            monotonic: Duration::from_secs(1_000 + seconds),
        }
    }

    fn seen(time: u64, at: Moment) -> ChainClock {
        let mut clock = ChainClock::default();
        clock.see(time, at);
        clock
    }

    #[test]
    fn clock_that_is_behind_the_newest_block_is_wrong() {
        let clock = seen(NOON, moment(0, 2 * HOUR));

        assert_eq!(clock.lead(moment(100, 2 * HOUR)), Duration::from_secs(2 * HOUR));
        assert_eq!(clock.now(moment(100, 2 * HOUR)), NOON + 100);
        // After the clock is corrected.
        assert_eq!(clock.lead(moment(100, 0)), Duration::ZERO);
        assert!(!clock.is_unset() && ChainClock::default().is_unset());
    }

    #[test]
    fn old_block_says_nothing_of_the_clock() {
        let clock = seen(NOON - 9 * HOUR, moment(0, 0));

        assert_eq!(clock.lead(moment(30, 0)), Duration::ZERO);
        assert_eq!(clock.now(moment(30, 0)), NOON + 30);
    }

    #[test]
    fn clock_that_was_set_or_stood_still_is_not_held_against_the_other() {
        let clock = seen(NOON, moment(0, 0));
        let (set, slept) = (
            Moment {
                wall: NOON + 8 * HOUR,
                ..moment(10, 0)
            },
            Moment {
                wall: NOON + 10,
                ..moment(8 * HOUR, 0)
            },
        );

        assert_eq!(clock.now(set), set.wall);
        assert_eq!(clock.now(slept), slept.wall);
    }

    #[test]
    fn node_that_lags_behind_is_not_believed() {
        let mut clock = seen(NOON, moment(0, HOUR));

        clock.see(NOON - 12, moment(1, HOUR));

        assert_eq!(clock.now(moment(2, HOUR)), NOON + 2);
    }
}

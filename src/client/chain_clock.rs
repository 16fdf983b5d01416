use std::time::Duration;

use crate::platform;

/// What blocks tell of the chain's time, which judges sessions: it is at least that of the newest block.
///
/// That a clock is ahead of the chain's cannot be told: where a chain is quiet the newest block may be hours old.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ChainClock(Option<(u64, Moment)>);

/// A moment by the clocks of this device.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// In seconds since 1970, by the clock that a user sets.
    wall: u64,
    /// By the clock that never goes back, but may stand still while the device sleeps.
    monotonic: Duration,
}

impl ChainClock {
    /// Whether nothing is known yet.
    pub(super) const fn is_unset(&self) -> bool {
        self.0.is_none()
    }

    /// Learns from the time of the newest block, in seconds since 1970. Of several nodes one may lag behind.
    pub(super) fn see(&mut self, time: u64, at: Moment) {
        if time >= self.earliest(at) {
            self.0 = Some((time, at));
        }
    }

    /// The chain's time in seconds since 1970: this device's, unless a block proves that wrong.
    pub(super) fn now(&self, now: Moment) -> u64 {
        now.wall.max(self.earliest(now))
    }

    /// By how much this device's clock is behind the chain's at least.
    pub(super) fn lead(&self, now: Moment) -> Duration {
        Duration::from_secs(self.earliest(now).saturating_sub(now.wall))
    }

    fn earliest(&self, now: Moment) -> u64 {
        self.0.map_or(0, |(time, at)| time.saturating_add(now.since(at)))
    }
}

impl Moment {
    pub(super) fn now() -> Self {
        Self {
            wall: platform::now(),
            monotonic: platform::monotonic(),
        }
    }

    /// How many seconds have passed at least. One of the clocks may have been set, the other may have stood still.
    fn since(self, earlier: Self) -> u64 {
        let by_wall = self.wall.saturating_sub(earlier.wall);
        let monotonic = self.monotonic.saturating_sub(earlier.monotonic);
        by_wall.min(monotonic.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chain's time.
    const NOON: u64 = 1_700_000_000;
    const HOUR: u64 = 3_600;

    /// A moment so many seconds after noon, by a clock that is so many seconds behind.
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
        // Once it is set right.
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

//! Two clocks.

use std::fmt;

use crate::units::Timestamp;

/// Our clock and a venue's, read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    pub ours: Timestamp,
    pub venues: Timestamp,
}

impl Skew {
    /// By how much they differ.
    pub fn seconds(self) -> u64 {
        self.ours.0.abs_diff(self.venues.0)
    }

    /// What the clock that is behind shows when ours shows `now`: what is over by it is over.
    pub fn cautious(self, now: Timestamp) -> Timestamp {
        now.minus(self.ours.since(self.venues))
    }

    /// What the clock that is ahead shows when ours shows `now`: what has not begun by it has
    /// not begun.
    pub fn bold(self, now: Timestamp) -> Timestamp {
        now.plus(self.venues.since(self.ours))
    }
}

impl fmt::Display for Skew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let relation = if self.venues < self.ours { "behind" } else { "ahead of" };
        write!(f, "the venue's clock ({}) is {} s {relation} ours ({})", self.venues, self.seconds(), self.ours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slower_clock_is_the_cautious_one() {
        let behind = Skew { ours: Timestamp(10_000), venues: Timestamp(6_400) };
        assert_eq!((behind.cautious(Timestamp(10_010)).0, behind.bold(Timestamp(10_010)).0), (6_410, 10_010));
        let ahead = Skew { ours: Timestamp(6_400), venues: Timestamp(10_000) };
        assert_eq!((ahead.cautious(Timestamp(6_410)).0, ahead.bold(Timestamp(6_410)).0), (6_410, 10_010));
        assert_eq!((behind.seconds(), ahead.seconds()), (3_600, 3_600));
    }
}

//! Waits that grow.

use std::time::Duration;

/// The bound of the next wait, doubled with each up to the longest. How much of it is waited
/// (jitter), how often, and when it begins anew is for whoever waits to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first.min(longest) }
    }

    /// The bound of this wait.
    pub fn bound(&mut self) -> Duration {
        let bound = self.next;
        self.next = bound.saturating_mul(2).min(self.longest);
        bound
    }

    /// The next wait is bounded as the first was.
    pub fn reset(&mut self) {
        self.next = self.first.min(self.longest);
    }

    /// The next wait may be the longest.
    pub fn exhaust(&mut self) {
        self.next = self.longest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_double_up_to_the_longest() {
        let seconds = Duration::from_secs;
        let mut backoff = Backoff::new(seconds(1), seconds(5));
        assert_eq!([1, 2, 4, 5, 5].map(seconds), std::array::from_fn(|_| backoff.bound()));
        backoff.reset();
        assert_eq!(backoff.bound(), seconds(1));
        backoff.exhaust();
        assert_eq!([5, 5].map(seconds), std::array::from_fn(|_| backoff.bound()));
        assert_eq!(Backoff::new(seconds(9), seconds(5)).bound(), seconds(5));
        assert_eq!(Backoff::new(seconds(1), Duration::MAX).next, seconds(1));
    }
}

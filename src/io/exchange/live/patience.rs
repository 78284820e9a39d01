//! How long a feed waits.

use std::time::Duration;

/// How long to wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How often bars are looked at that become final without a message.
    pub tick: Duration,
    /// The wait after the first loss of a connection, doubled with each.
    pub first_wait: Duration,
    /// No wait is longer; a connection that lasts as long counts as sound.
    pub longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tick: Duration::from_millis(250),
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(60),
        }
    }
}

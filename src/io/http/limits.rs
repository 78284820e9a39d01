//! How long, how much and how often.

use std::time::Duration;

/// A venue's rate limit as it publishes it: so many units in any one period, a request costing
/// one or more of them. Half of them are to be had at once, the rest evenly over the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub units: u32,
    pub per: Duration,
}

/// The bounds of every request to one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub connect_timeout: Duration,
    /// A server that sends nothing for this long is given up: a frozen socket.
    pub idle_timeout: Duration,
    /// A whole answer that takes longer is given up: a slow drip.
    pub total_timeout: Duration,
    /// A longer body is refused, whatever it announces.
    pub max_body_bytes: usize,
    /// Tries of one request, the first included; at least one.
    pub attempts: u32,
    /// The bound of the first wait between tries; doubled each time, the wait drawn evenly
    /// from zero to it ("full jitter").
    pub first_wait: Duration,
    /// No wait is longer; a server that asks for more (`Retry-After`) ends the request, and until
    /// no more is left all others before they are sent.
    pub longest_wait: Duration,
    /// Unlimited where absent.
    pub quota: Option<Quota>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(15),
            total_timeout: Duration::from_secs(60),
            max_body_bytes: 16 << 20,
            attempts: 6,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(120),
            quota: None,
        }
    }
}

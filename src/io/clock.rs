//! The time of day: what `known_at` is taken from when something is fetched.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use crate::units::Timestamp;

/// This host's clock, or one that is set by hand.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<AtomicU64>>);

impl Clock {
    /// This host's.
    pub fn system() -> Self {
        Self(None)
    }

    /// One that stands still until [`Clock::set`].
    pub fn manual(now: Timestamp) -> Self {
        Self(Some(Arc::new(AtomicU64::new(now.0))))
    }

    /// Sets a clock made by [`Clock::manual`], and every clone of it; no other.
    pub fn set(&self, now: Timestamp) {
        if let Some(cell) = &self.0 {
            cell.store(now.0, Ordering::SeqCst);
        }
    }

    /// The time in whole seconds. A host whose clock stands before 1970 reads as 1970: then no
    /// bar is final and nothing is stored.
    #[allow(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Some(cell) => Timestamp(cell.load(Ordering::SeqCst)),
            None => Timestamp(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())),
        }
    }
}

//! Everything that was known at one bar's close.

use super::{Asset, Candle};
use crate::units::Timestamp;

/// One bar of the asset that is forecast, and what was known beside it when it closed.
///
/// The frame is all that features may look at: whoever builds it joins every other series by
/// `known_at`, so no column can reach what came later.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The bar; its `ts` is its open, and everything here is known at its close.
    pub bar: Candle,
    /// The same bar of each of the model's peers, in their order; `None` where the peer has none.
    pub peers: Vec<Option<Candle>>,
    /// Macro, sentiment and chain series, in the order of the model's inputs.
    pub readings: Vec<Reading>,
}

impl Frame {
    pub fn ts(&self) -> Timestamp {
        self.bar.ts
    }
}

/// A series as a row sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Not a number where the series is missing or stale.
    pub value: f64,
    /// Hours since what the value speaks of, fresh or stale; not a number where nothing was ever
    /// known.
    pub age_hours: f64,
}

impl Reading {
    /// Of a series of which nothing is known.
    pub const MISSING: Self = Self { value: f64::NAN, age_hours: f64::NAN };
}

/// Another series of candles of the same timeframe.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Peer {
    pub venue: String,
    pub asset: Asset,
}

//! What a model reads.

use serde::{Deserialize, Serialize};

use crate::units::Timestamp;

/// The features of one asset at one hour's close, in the order of `features::set::NAMES`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureRow {
    /// The open of the candle that closed last; the row is known one hour later.
    pub ts: Timestamp,
    pub values: Vec<f64>,
    /// Average true range over 14 hours as a fraction of the close: the unit of targets and stops.
    pub atr: f64,
}

/// A row whose future is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub row: FeatureRow,
    /// `close[t + horizon] / close[t] - 1`.
    pub forward_return: f64,
}

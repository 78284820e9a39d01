//! What a model says.

use serde::{Deserialize, Serialize};

/// A calibrated forecast over `horizon_hours`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    pub horizon_hours: u32,
    /// The probability that the close `horizon_hours` ahead stands above this close.
    pub probability_up: f64,
    /// The mean gain where the price rose, as a positive fraction of the price.
    pub gain: f64,
    /// The mean loss where the price fell, as a positive fraction of the price.
    pub loss: f64,
}

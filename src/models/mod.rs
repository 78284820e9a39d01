//! Features to calibrated forecasts.

pub mod calibration;
pub mod direction;
mod forest;
pub mod metrics;
mod split;

//! Features to calibrated forecasts.

pub mod calibration;
pub mod direction;
pub mod metrics;

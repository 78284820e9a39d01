//! Features to calibrated forecasts.

pub mod calibrate;
pub mod calibration;
pub mod direction;
mod forest;
pub mod learn;
pub mod metrics;
mod newton;
mod split;

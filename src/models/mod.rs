//! Features to calibrated forecasts.

pub mod bagging;
pub mod calibrate;
pub mod calibration;
pub mod direction;
mod forest;
pub mod learn;
pub mod metrics;
pub mod moves;
mod newton;
pub mod specialist;
mod split;
pub mod threshold;

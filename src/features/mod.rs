//! Candles to features: indicators, the feature set, the target. Causal, versioned, fixed order.
//!
//! One object, [`FeatureStream`], is fed by history and then by the live feed, so a row in
//! training and the same row live come from the same code and the same state. A row is a function
//! of the candles pushed up to it and of nothing else.

pub mod ahead;
mod atr;
mod blocks;
pub mod catalogue;
pub mod check;
pub mod describe;
pub mod engine;
pub mod indicators;
pub mod inputs;
mod past;
pub mod set;
pub mod sets;
mod side;
pub mod sink;
pub mod stream;
pub mod target;
mod window;

pub use atr::AverageTrueRange;
pub use check::CandleError;
pub use engine::Engine;
pub use stream::FeatureStream;

#[cfg(test)]
mod synthetic;

//! From an approved order to signed bytes: slippage guard, fees, calldata, life-cycle.

pub mod calldata;
pub mod params;

pub use params::{GasModel, Params};

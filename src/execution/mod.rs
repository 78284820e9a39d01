//! From an approved order to the transactions that carry it out, and back from what the chain
//! says. Pure: nonces, fees and receipts come in as values.

pub mod calldata;
pub mod fees;
pub mod params;
pub mod plan;
pub mod slippage;

pub use params::{GasModel, Params};
pub use plan::{Account, plan};

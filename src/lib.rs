//! Shoal: an on-chain DEX trading bot whose backtest is exact to the wei.
//!
//! An import path tells the layer: see `docs/ARCHITECTURE.md` for the table that
//! `tests/tidy.rs` enforces. Modules that touch money deny everything that can panic.

pub mod cli;
pub mod domain;
#[deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
pub mod execution;
pub mod io;
#[deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
pub mod risk;
#[deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
pub mod units;

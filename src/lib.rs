//! Shoal: an on-chain DEX trading bot whose backtest is exact to the wei.
//!
//! An import path tells the layer: see `docs/ARCHITECTURE.md` for the table that
//! `tests/tidy.rs` enforces. Modules that touch money deny everything that can panic.

#[deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
pub mod amm;
pub mod backtest;
pub mod cli;
pub mod config;
pub mod domain;
pub mod ensemble;
#[deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
pub mod execution;
pub mod features;
pub mod io;
#[deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
pub mod journal;
pub mod market;
pub mod models;
pub mod pipeline;
#[deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
pub mod portfolio;
#[deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
pub mod risk;
pub mod sentiment;
pub mod service;
#[deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
pub mod units;
pub mod validation;

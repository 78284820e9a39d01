//! Replays and simulated markets.

pub mod simulator;

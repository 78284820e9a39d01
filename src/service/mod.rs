//! Hosts: they perform what the pipeline asks for.

pub mod backtest;
pub mod blocks;
pub mod data;
pub mod demo;
pub mod doctor;
pub mod dry_run;
pub mod executor;
pub mod follow;
pub mod indicators;
pub mod interrupt;
pub mod journal;
pub mod learning;
pub mod live;
pub mod models;
mod page;
pub mod prepare;
pub mod report;
pub mod results;
pub mod retry;
pub mod scenario;
pub mod scoring;
pub mod search;
pub mod snapshot;
pub mod sources;
#[cfg(feature = "transformer")]
pub mod transformer;

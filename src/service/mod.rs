//! Hosts: they perform what the pipeline asks for.

pub mod backtest;
pub mod blocks;
pub mod data;
pub mod demo;
pub mod doctor;
pub mod dry_run;
pub mod executor;
pub mod interrupt;
pub mod journal;
pub mod live;
pub mod prepare;
pub mod report;
pub mod results;
pub mod retry;
pub mod scenario;
pub mod snapshot;

//! `shoal data fetch`, as a process and as a service, against servers on real sockets.

#![allow(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "../support/schema.rs"]
mod schema;
#[path = "../support/mod.rs"]
mod support;

mod bench;
mod candles;
mod depth;
mod dex;
mod follow;
mod macros;
mod news;
mod one_chain;
mod polled;
mod reorg;
mod stalled;
mod states;
mod store;
mod trouble;
mod venue;

#[path = "../chain_data/host.rs"]
#[allow(dead_code, reason = "the tests of chain data use the rest")]
mod host;

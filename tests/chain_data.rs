//! The chain's data, from the node's answers to bars: a real day's logs, and a real Anvil behind
//! proxies that misbehave.

#![allow(clippy::print_stdout, reason = "a test says what it skipped and what it counted")]

mod support;

mod chain_data {
    mod follow;
    mod history;
    mod host;
    mod lens;
    mod past;
    mod pool_bars;
    mod real_day;
}

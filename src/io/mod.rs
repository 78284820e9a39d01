//! Async adapters to the outside: nodes, exchanges, files. Nothing here decides anything.

pub mod anvil;
pub mod chain;
pub mod replica;
pub mod tls;

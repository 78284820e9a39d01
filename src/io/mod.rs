//! Adapters to the world outside.

pub mod anvil;
pub mod chain;
pub mod data;
pub mod replica;
pub mod store;
pub mod tls;
pub mod wallet;

//! Adapters to the world outside.

pub mod chain;
pub mod data;
pub mod store;
pub mod tls;
pub mod wallet;

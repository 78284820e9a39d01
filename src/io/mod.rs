//! Adapters to the world outside.

pub mod store;

//! Adapters to the outside world: each turns bytes from elsewhere into domain values.

pub mod data;

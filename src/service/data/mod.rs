//! Moves data between files and the store.

pub mod export;
pub mod import;

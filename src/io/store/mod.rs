//! Stable storage.

pub mod journal;

pub use journal::{JournalStore, StoreError};

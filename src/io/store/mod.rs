//! Stable storage: the journal of what the bot did, and the store of what it observed.

pub mod data;
pub mod journal;
mod lock;

pub use data::{DataStore, DataStoreError, Place};
pub use journal::{JournalStore, StoreError};

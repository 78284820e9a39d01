//! The SQLite journal for hosts that are not async inside.

use tokio::runtime::Handle;

use crate::{
    domain::Record,
    io::store::{JournalStore, StoreError},
    journal::Journal,
};

/// Waits for each append on the given runtime; for use on a blocking thread.
#[derive(Debug)]
pub struct BlockingJournal {
    runtime: Handle,
    store: JournalStore,
}

impl BlockingJournal {
    pub fn new(runtime: Handle, store: JournalStore) -> Self {
        Self { runtime, store }
    }

    pub fn into_store(self) -> JournalStore {
        self.store
    }
}

impl Journal for BlockingJournal {
    type Error = StoreError;

    fn append(&mut self, records: &[Record]) -> Result<(), StoreError> {
        self.runtime.block_on(self.store.append(records))
    }
}

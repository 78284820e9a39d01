//! The store, written to through its mishaps.

use tokio::sync::{Mutex, MutexGuard};

use crate::{
    io::store::data::{DataStore, DataStoreError, Fault, Place},
    service::retry::Patience,
};

/// A store that is opened again where the connection to it broke. Every write is idempotent, so
/// that one whose answer was lost is simply written again.
///
/// Shared by all jobs of a fetch, of which one writes at a time.
#[derive(Debug)]
pub struct Keeper {
    place: Place,
    patience: Patience,
    store: Mutex<Option<DataStore>>,
    /// See [`Self::turn()`].
    turn: Mutex<()>,
}

impl Keeper {
    /// Takes the writer's lock of the store.
    ///
    /// # Errors
    /// Those of [`DataStore::open`].
    pub async fn open(place: Place, patience: Patience) -> Result<Self, DataStoreError> {
        let store = DataStore::open(&place).await?;
        Ok(Self { place, patience, store: Mutex::new(Some(store)), turn: Mutex::default() })
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Calls the store until it answers, or says that asking again will not help, or patience
    /// is at an end.
    ///
    /// # Errors
    /// The store's last.
    pub async fn ask<T>(
        &self,
        mut call: impl AsyncFnMut(&mut DataStore) -> Result<T, DataStoreError>,
    ) -> Result<T, DataStoreError> {
        let mut held = self.store.lock().await;
        self.patience
            .ask(async || {
                let store = match held.take() {
                    Some(store) => store,
                    None => DataStore::open(&self.place).await?,
                };
                let store = held.insert(store);
                let answer = call(store).await;
                if matches!(&answer, Err(error) if matches!(error.fault, Fault::Lost(_))) {
                    *held = None;
                }
                answer
            })
            .await
    }

    /// For whoever makes series of a pool's blocks, and whoever takes blocks back, until that is
    /// done: what is being made of blocks would else be stored after they went.
    pub(in crate::service::data) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Closes the store.
    ///
    /// # Errors
    /// Where that fails; what was written is safe all the same.
    pub async fn close(self) -> Result<(), DataStoreError> {
        match self.store.into_inner() {
            Some(store) => store.close().await,
            None => Ok(()),
        }
    }
}

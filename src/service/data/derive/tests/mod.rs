//! What is made bit by bit equals what is made of all, to the bit, whatever comes in when.

mod depth;
mod pools;
mod sentiment;
mod spread;

use std::{collections::BTreeMap, time::Duration};

use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::{
    domain::{Candle, KnownCandle, Observation},
    io::{
        clock::Clock,
        store::{DataStore, Place},
    },
    service::{data::fetch::Keeper, interrupt::Interrupt, retry::Patience},
    units::Timestamp,
};

const HOUR: u64 = 3_600;
/// On the grid of days.
const T0: u64 = 1_704_067_200;

/// The revisions of each value, by series and time.
type Said = BTreeMap<(String, Timestamp), Vec<Observation>>;

/// A store of one test's own.
struct Stage {
    keeper: Keeper,
    clock: Clock,
    interrupt: Interrupt,
    _dir: TempDir,
}

impl Stage {
    async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let interrupt = Interrupt::default();
        let patience = Patience { give_up_after: Duration::ZERO, interrupt: interrupt.clone() };
        let keeper = Keeper::open(Place::Sqlite(dir.path().join("store.sqlite")), patience).await.unwrap();
        Self { keeper, clock: Clock::manual(Timestamp(T0)), interrupt, _dir: dir }
    }

    fn context(&self) -> Context<'_> {
        Context { keeper: &self.keeper, clock: &self.clock, interrupt: &self.interrupt, watch: &|_| {} }
    }

    async fn ask<T>(&self, call: impl AsyncFnMut(&mut DataStore) -> Result<T, DataStoreError>) -> T {
        self.keeper.ask(call).await.unwrap()
    }

    /// Has the next derivation make all again.
    async fn forget(&self, name: &str) {
        self.ask(async |store| store.put_derivation(name, "", u64::MAX).await).await;
    }

    /// Every revision of every number.
    async fn said(&self) -> Said {
        let mut said = Said::new();
        for (series, values) in self.all().await.0 {
            for value in values {
                said.entry((series.clone(), value.ts)).or_default().push(value);
            }
        }
        said
    }

    /// The candles that stand, by series and opening.
    async fn candles(&self) -> BTreeMap<(String, Timestamp), Candle> {
        self.ask(async |store| {
            let mut candles = BTreeMap::new();
            for summary in store.candle_series().await? {
                let of_series = store.candles(&summary.series, Timestamp(0)..Timestamp(u64::MAX), None).await?;
                let name = summary.series.to_string();
                candles.extend(of_series.iter().map(|known| ((name.clone(), known.candle.ts), known.candle)));
            }
            Ok(candles)
        })
        .await
    }

    /// Every revision of every series.
    async fn all(&self) -> (Vec<(String, Vec<Observation>)>, Vec<KnownCandle>) {
        self.ask(async |store| {
            let always = Timestamp(0)..Timestamp(u64::MAX);
            let mut numbers = Vec::new();
            for summary in store.observation_series().await? {
                let values = store.observation_revisions(&summary.series, always.clone()).await?;
                numbers.push((summary.series, values));
            }
            let mut candles = Vec::new();
            for summary in store.candle_series().await? {
                candles.extend(store.candle_revisions(&summary.series, always.clone()).await?);
            }
            Ok((numbers, candles))
        })
        .await
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

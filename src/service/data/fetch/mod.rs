//! `shoal data fetch`: from every source into the store, resumable at any point.

mod candles;
mod covered;
mod keeper;
mod report;

use futures_util::future::try_join_all;

pub use candles::CandleJob;
pub use covered::{Covered, CoveredError};
pub use keeper::Keeper;
pub use report::{End, Health, Report};

use crate::{
    io::{clock::Clock, store::data::DataStoreError},
    service::interrupt::Interrupt,
};

/// What whoever watches is told.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// `total` where the amount of work is known, in `unit`s.
    Began { job: &'a str, total: Option<u64>, unit: &'static str },
    Advanced { job: &'a str, by: u64 },
    Ended { report: &'a Report },
}

/// What every job is given.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub keeper: &'a Keeper,
    pub clock: &'a Clock,
    pub interrupt: &'a Interrupt,
    pub watch: &'a (dyn Fn(Event<'_>) + Sync),
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("keeper", self.keeper).finish_non_exhaustive()
    }
}

impl Context<'_> {
    fn tell(&self, event: Event<'_>) {
        (self.watch)(event);
    }

    /// Where a job goes on.
    async fn position(&self, name: &str) -> Result<Option<String>, DataStoreError> {
        self.keeper.ask(async |store| store.cursor(name).await).await
    }
}

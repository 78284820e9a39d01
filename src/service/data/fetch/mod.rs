//! `shoal data fetch`: from every source into the store, resumable at any point.
//!
//! Each page of an answer is committed together with the position after it, so that a fetch
//! broken off anywhere, by Ctrl-C or by a crash, goes on without a hole or a double. A source
//! that fails ends its own job and no other; a store that fails ends them all.

mod candles;
mod covered;
pub mod follow;
mod keeper;
mod logs;
mod node;
mod one_chain;
pub mod plan;
mod posts;
pub mod report;
mod retire;
mod seam;
mod series;
mod states;
mod stretches;
mod trouble;
mod undo;

use futures_util::future::try_join_all;

pub use candles::CandleJob;
pub use covered::{Covered, CoveredError};
pub use keeper::Keeper;
pub use logs::LogJob;
pub use node::{Node, NodeError};
pub use one_chain::OtherChain;
pub use posts::PostJob;
pub(super) use report::{BARS, SENTIMENT, SPREAD, TICKS, of_pool};
pub use report::{End, HEALTH, Health, Report};
pub use series::SeriesJob;
pub use states::{StateJob, watched};

use crate::{
    io::{advice::Advice, clock::Clock, store::data::DataStoreError},
    service::interrupt::Interrupt,
};

/// What whoever watches is told.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// `total` where the amount of work is known, in `unit`s.
    Began {
        job: &'a str,
        total: Option<u64>,
        unit: &'static str,
    },
    Advanced {
        job: &'a str,
        by: u64,
    },
    Ended {
        report: &'a Report,
    },
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

/// Something to fetch.
#[derive(Debug)]
pub enum Job<'a> {
    Candles(CandleJob<'a>),
    Series(SeriesJob<'a>),
    Posts(PostJob<'a>),
    Logs(LogJob<'a>),
    States(StateJob<'a>),
}

/// Does the jobs: the groups beside each other, those of one group (one host) one after another.
///
/// # Errors
/// The store's; what a source does wrong is in its job's report.
pub async fn run(groups: Vec<Vec<Job<'_>>>, context: &Context<'_>) -> Result<Vec<Report>, DataStoreError> {
    let groups = groups.into_iter().map(async |jobs| {
        let mut reports = Vec::new();
        for job in jobs {
            if context.interrupt.requested() {
                break;
            }
            reports.push(job.run(context).await?);
        }
        Ok(reports)
    });
    Ok(try_join_all(groups).await?.into_iter().flatten().collect())
}

impl Job<'_> {
    /// What the job is called, in messages and in the store.
    pub fn name(&self) -> String {
        match self {
            Self::Candles(job) => job.name(),
            Self::Series(job) => job.name(),
            Self::Posts(job) => job.name(),
            Self::Logs(job) => job.name(),
            Self::States(job) => job.name(),
        }
    }

    /// Does the job, and writes down how it went.
    ///
    /// # Errors
    /// The store's.
    pub async fn run(&self, context: &Context<'_>) -> Result<Report, DataStoreError> {
        let done = match self {
            Self::Candles(job) => job.run(context).await,
            Self::Series(job) => job.run(context).await,
            Self::Posts(job) => job.run(context).await,
            Self::Logs(job) => job.run(context).await,
            Self::States(job) => job.run(context).await,
        };
        let report = match done {
            // What the source gave was refused; that concerns this job alone.
            Err(error) if error.advice() == Advice::Drop => Report::new(self.name()).failed(&error),
            done => done?,
        };
        context.note_health(&report).await?;
        context.tell(Event::Ended { report: &report });
        Ok(report)
    }
}

impl Context<'_> {
    fn tell(&self, event: Event<'_>) {
        (self.watch)(event);
    }

    /// Where a job goes on.
    pub(in crate::service::data) async fn position(&self, name: &str) -> Result<Option<String>, DataStoreError> {
        self.keeper.ask(async |store| store.cursor(name).await).await
    }

    pub(super) async fn note_health(&self, report: &Report) -> Result<(), DataStoreError> {
        let name = report::health_name(&report.job);
        let earlier = self.position(&name).await?.and_then(|text| serde_json::from_str(&text).ok());
        let Some(health) = Health::after(earlier, &report.end, self.clock.now()) else { return Ok(()) };
        // Two times and a text: always JSON.
        let Ok(text) = serde_json::to_string(&health) else { return Ok(()) };
        self.keeper.ask(async |store| store.put_cursor(&name, &text).await).await
    }
}

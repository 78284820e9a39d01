//! `shoal data fetch --follow`: after the backfill, what comes new is stored as it comes.
//!
//! Candles are pushed by the venues; macro series, posts and pool logs are asked for again and
//! again; what is derived of them is derived anew once its inputs may have grown a row. All of
//! it is committed with its position, like the backfill, so that a restart goes on where this
//! stopped, however it stopped.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::try_join_all;

use super::{
    CandleJob, Context, End, Job, Report,
    candles::put,
    plan::{Plan, PlanError},
    trouble::Trouble,
};
use crate::{
    io::{
        advice::Advice,
        exchange::{FeedEvent, Patience},
        store::data::DataStoreError,
    },
    units::Timestamp,
};

/// Seconds between two derivations of bars: the shortest bar's length.
const REFRESH: u64 = 60;

/// How often to look.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub series: Duration,
    pub posts: Duration,
    pub blocks: Duration,
    /// For the state of pools.
    pub pools: Duration,
    /// Of the venues' feeds.
    pub feeds: Patience,
}

impl Plan<'_> {
    /// Follows everything that is planned until somebody interrupts. To be called after
    /// [`Plan::run`].
    ///
    /// # Errors
    /// The store's. What a source does wrong is a warning, its health in the store, and in its
    /// report.
    pub async fn follow(&self, context: &Context<'_>, pace: &Pace) -> Result<Vec<Report>, PlanError> {
        let (groups, tally) = (self.groups(), Tally::default());
        let candles = groups.iter().flatten().filter_map(|job| match job {
            Job::Candles(candles) => Some((job, candles)),
            _ => None,
        });
        let polled = groups.iter().filter_map(|group| match group.first()? {
            Job::Candles(_) => None,
            Job::Series(_) => Some((group, pace.series)),
            Job::Posts(_) => Some((group, pace.posts)),
            Job::Logs(_) => Some((group, pace.blocks)),
            Job::States(_) => Some((group, pace.pools)),
        });
        tokio::try_join!(
            try_join_all(candles.map(|(job, candles)| feed(job, candles, context, pace, &tally))),
            try_join_all(polled.map(|(group, pause)| poll(group, context, pause, &tally))),
            self.refresh_sentiment(context, pace, &tally),
            self.refresh_bars(context, pace, &tally),
        )?;
        Ok(tally.reports())
    }

    /// The hour's sentiment is said when the hour has ended.
    async fn refresh_sentiment(&self, context: &Context<'_>, pace: &Pace, tally: &Tally) -> Result<(), DataStoreError> {
        let mut hour = context.clock.now().hour();
        while self.wants_sentiment() && pause(context, pace.posts).await {
            let now = context.clock.now().hour();
            if now > hour {
                hour = now;
                tally.add(self.sentiment(context).await?);
            }
        }
        Ok(())
    }

    async fn refresh_bars(&self, context: &Context<'_>, pace: &Pace, tally: &Tally) -> Result<(), DataStoreError> {
        let mut at = Timestamp(0);
        while self.wants_bars() && pause(context, pace.blocks).await {
            let now = context.clock.now();
            // Also where no log is new: blocks that are taken back, and candles, are news too.
            if now.since(at) >= REFRESH {
                at = now;
                self.bars(context).await?.into_iter().for_each(|report| tally.add(report));
            }
        }
        Ok(())
    }
}

/// Does the jobs of one host again and again.
async fn poll(group: &[Job<'_>], context: &Context<'_>, every: Duration, tally: &Tally) -> Result<(), DataStoreError> {
    while pause(context, every).await {
        for job in group {
            let report = job.run(context).await?;
            if let End::Failed(why) = &report.end {
                tracing::warn!(job = %report.job, %why, "the source fails");
            }
            tally.add(report);
            if context.interrupt.requested() {
                break;
            }
        }
    }
    Ok(())
}

/// Follows a series of candles.
async fn feed(
    job: &Job<'_>,
    candles: &CandleJob<'_>,
    context: &Context<'_>,
    pace: &Pace,
    tally: &Tally,
) -> Result<(), DataStoreError> {
    // The past is fetched as such first: its bars are known since their close, and those that
    // are followed since they came.
    loop {
        let report = job.run(context).await?;
        let end = report.end.clone();
        tally.add(report);
        match end {
            End::Done => break,
            End::Interrupted | End::Off(_) => return Ok(()),
            End::Failed(why) => {
                tracing::warn!(job = %job.name(), %why, "the source fails");
                if !pause(context, pace.feeds.longest_wait).await {
                    return Ok(());
                }
            }
        }
    }
    let (name, timeframe) = (job.name(), candles.timeframe);
    let new_report = || Report::new(&name);
    let mut covered = match candles.covered(context).await? {
        Ok(covered) => covered,
        Err(error) => {
            tally.add(new_report().failed(&error));
            return Ok(());
        }
    };
    let mut from = covered.first_missing(candles.wanted.start);
    let mut feed = match candles.exchange.follow(candles.instrument, timeframe, from, pace.feeds) {
        Ok(feed) => feed,
        Err(error) => {
            tally.add(new_report().failed(&error));
            return Ok(());
        }
    };
    let series = feed.series().clone();
    let mut trouble = Trouble::default();
    loop {
        let event = tokio::select! {
            biased;
            () = context.interrupt.wait() => {
                tally.add(new_report().interrupted());
                return Ok(());
            }
            event = feed.next() => event,
        };
        let told = trouble.text();
        trouble.hear(&event);
        match event {
            FeedEvent::Candle(known) | FeedEvent::Revised(known) => {
                let end = timeframe.close(known.candle.ts);
                let mut now_covered = covered.clone();
                // In order: what lies between is what the venue has no bar of.
                now_covered.add(from..end.max(from));
                let position = now_covered.to_string();
                match put(context, &series, &[known], Some((&name, &position))).await {
                    Ok(written) => {
                        covered = now_covered;
                        let mut report = new_report();
                        report.add(written);
                        tally.add(report);
                    }
                    // It is left out, and asked for again by the next fetch.
                    Err(error) if error.advice() == Advice::Drop => {
                        tracing::warn!(job = %name, %error, "a candle is refused");
                        trouble.data = Some(error.to_string());
                    }
                    Err(error) => return Err(error),
                }
                from = from.max(end);
            }
            FeedEvent::Malformed { .. } => {
                let mut report = new_report();
                report.drop("messages that make no sense", 1);
                tally.add(report);
            }
            // The feed itself warns of the rest.
            FeedEvent::Stale { since, why } => tracing::warn!(job = %name, %since, why, "the live feed is stale"),
            FeedEvent::Gap { from, to } => tracing::warn!(job = %name, %from, %to, "bars were not heard whole"),
            _ => {}
        }
        let now = trouble.text();
        if now != told {
            let end = now.map_or(End::Done, End::Failed);
            context.note_health(&Report { end, ..new_report() }).await?;
        }
    }
}

/// Waits; whether to go on after it.
async fn pause(context: &Context<'_>, pause: Duration) -> bool {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = context.interrupt.wait() => {}
    }
    !context.interrupt.requested()
}

/// What each job brought since the following began.
#[derive(Debug, Default)]
struct Tally(Mutex<Vec<Report>>);

impl Tally {
    fn add(&self, report: Report) {
        let mut reports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match reports.iter_mut().find(|known| known.job == report.job) {
            Some(known) => known.absorb(report),
            None => reports.push(report),
        }
    }

    fn reports(self) -> Vec<Report> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

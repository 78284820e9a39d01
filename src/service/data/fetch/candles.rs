//! Candles of an exchange.

use std::ops::Range;

use super::{Context, Covered, CoveredError, Event, Report, report::CANDLES};
use crate::{
    domain::{CandleSeries, Instrument, KnownCandle, Timeframe},
    io::{
        exchange::Exchange,
        store::data::{DataStoreError, Written},
    },
    units::Timestamp,
};

/// One series of one venue.
#[derive(Debug)]
pub struct CandleJob<'a> {
    pub exchange: &'a Exchange,
    pub instrument: &'a Instrument,
    pub timeframe: Timeframe,
    /// Opens of the bars wanted.
    pub wanted: Range<Timestamp>,
    /// Whether to ask also for what was fetched before.
    pub again: bool,
}

impl CandleJob<'_> {
    pub(super) fn name(&self) -> String {
        format!("{CANDLES}{}", self.exchange.series(self.instrument, self.timeframe))
    }

    pub(super) async fn run(&self, context: &Context<'_>) -> Result<Report, DataStoreError> {
        let series = self.exchange.series(self.instrument, self.timeframe);
        let name = self.name();
        let mut report = Report::new(&name);
        let mut covered = match self.covered(context).await? {
            Ok(covered) => covered,
            Err(error) => return Ok(report.failed(&error)),
        };
        let most_skew = self.exchange.venue().max_skew_seconds;
        // One note is enough: every page tells other times.
        let mut skewed = false;
        let stretches = match self.again {
            true => Some(self.wanted.clone()).filter(|wanted| !wanted.is_empty()).into_iter().collect(),
            false => covered.missing(self.wanted.clone()),
        };
        let bars = |range: &Range<Timestamp>| range.end.since(range.start) / self.timeframe.seconds();
        context.tell(Event::Began { job: &name, total: Some(stretches.iter().map(bars).sum()), unit: "bars" });
        for stretch in stretches {
            let pager = self.exchange.candles(self.instrument, self.timeframe, stretch.start, stretch.end);
            let mut pager = match pager {
                Ok(pager) => pager,
                Err(error) => return Ok(report.failed(&error)),
            };
            loop {
                let page = tokio::select! {
                    page = pager.next_page() => page,
                    () = context.interrupt.wait() => return Ok(report.interrupted()),
                };
                let page = match page {
                    Ok(Some(page)) => page,
                    Ok(None) => break,
                    Err(error) => return Ok(report.failed(&error)),
                };
                report.drop("malformed", page.malformed.len() as u64);
                report.notes.extend(page.malformed.first().map(|first| format!("left out: {first}")));
                if page.skew.seconds() > most_skew && !std::mem::replace(&mut skewed, true) {
                    report.notes.push(format!("{}: the more cautious decides what is final", page.skew));
                }
                covered.add(page.from..page.to);
                let position = covered.to_string();
                report.add(put(context, &series, &page.candles, Some((&name, &position))).await?);
                context.tell(Event::Advanced { job: &name, by: bars(&(page.from..page.to)) });
            }
        }
        Ok(report)
    }

    /// What was fetched before.
    pub(super) async fn covered(&self, context: &Context<'_>) -> Result<Result<Covered, CoveredError>, DataStoreError> {
        let position = context.position(&self.name()).await?;
        Ok(position.as_deref().map(str::parse).transpose().map(Option::unwrap_or_default))
    }
}

/// Stores candles as the venue has them now. One that differs from the stored one (imported from
/// a file, say, or changed by the venue since) is a revision that is known from now on.
pub(in crate::service::data) async fn put(
    context: &Context<'_>,
    series: &CandleSeries,
    candles: &[KnownCandle],
    cursor: Option<(&str, &str)>,
) -> Result<Written, DataStoreError> {
    let now = context.clock.now();
    context.keeper.ask(async |store| store.put_current_candles(series, candles, now, cursor).await).await
}

//! Candles of an exchange.

use std::ops::Range;

use super::{Context, Covered, CoveredError, Event, Report};
use crate::{
    domain::{CandleSeries, Instrument, KnownCandle, Timeframe},
    io::{
        exchange::Exchange,
        store::data::{DataStoreError, Fault, Written},
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
}

impl CandleJob<'_> {
    pub(super) fn name(&self) -> String {
        format!("candles {}", self.exchange.series(self.instrument, self.timeframe))
    }

    pub(super) async fn run(&self, context: &Context<'_>) -> Result<Report, DataStoreError> {
        let series = self.exchange.series(self.instrument, self.timeframe);
        let name = self.name();
        let mut report = Report::new(&name);
        let mut covered = match self.covered(context).await? {
            Ok(covered) => covered,
            Err(error) => return Ok(report.failed(&error)),
        };
        let stretches = covered.missing(self.wanted.clone());
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

/// Stores candles. One that differs from the stored one (imported from a file, say, or changed
/// by the venue since) is a revision that is known from now on.
pub(in crate::service::data) async fn put(
    context: &Context<'_>,
    series: &CandleSeries,
    candles: &[KnownCandle],
    cursor: Option<(&str, &str)>,
) -> Result<Written, DataStoreError> {
    let put = async |candles: &[KnownCandle]| {
        context.keeper.ask(async |store| store.put_candles(series, candles, cursor).await).await
    };
    match put(candles).await {
        Err(DataStoreError { fault: Fault::Clash { .. }, .. }) => {}
        other => return other,
    }
    let (Some(first), Some(last)) = (candles.first(), candles.last()) else { return Ok(Written::default()) };
    let range = first.candle.ts..last.candle.ts.plus(1);
    let stored = context.keeper.ask(async |store| store.candles(series, range.clone(), None).await).await?;
    let now = context.clock.now();
    let differs = |known: &KnownCandle| {
        let held = stored.binary_search_by_key(&known.candle.ts, |held| held.candle.ts).ok();
        held.is_some_and(|at| stored[at].candle != known.candle)
    };
    let revised: Vec<KnownCandle> = candles
        .iter()
        .map(|known| KnownCandle { known_at: if differs(known) { now } else { known.known_at }, ..*known })
        .collect();
    put(&revised).await
}

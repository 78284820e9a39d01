//! A pool's bars beside the exchanges': the consensus of the exchanges at each bar's end, and how
//! far the pool lies from it.

use std::{collections::BTreeMap, ops::Range};

use super::{
    DeriveError,
    compare::{comparable, compared, listed},
    fingerprint,
    series::{PoolSeries, bar_series},
};
use crate::{
    config::sources::ExchangeSettings,
    domain::{CandleSeries, Instrument, KnownCandle, Timeframe},
    io::store::data::{Derivation, Made, Written, candles_topic},
    service::data::fetch::{Context, SPREAD, of_pool},
    units::Timestamp,
};

/// Bars that are compared at once.
const CHUNK: usize = 10_000;

/// Derives for each bar of a pool, and each instrument of its asset: `consensus:<SYMBOL>:<timeframe>`,
/// the price on which the spot venues that list it agree, and
/// `pool:<name>:spread:<SYMBOL>:<timeframe>`, by how many basis points the pool's is above it.
///
/// A value stands under the bar's close, and is known since the last of the bars that it is made
/// of was. The venues of one instrument count in one unit, so that none is converted. Where they
/// do not agree, or have no bar, both are missing. Bars beside which nothing came in since the last
/// time are not compared again.
///
/// # Errors
/// [`DeriveError`].
pub(super) async fn pool_spread(
    context: &Context<'_>,
    pool: PoolSeries<'_>,
    references: &ExchangeSettings,
    timeframe: Timeframe,
) -> Result<Written, DeriveError> {
    let _turn = context.keeper.turn().await;
    let mut written = Written::default();
    for instrument in comparable(pool.market, references) {
        let venues = listed(references, instrument, timeframe);
        let rules = fingerprint(&(pool, instrument, &venues));
        let news = News::of(context, pool, instrument, &venues, timeframe, &rules).await?;
        if let Some(opens) = &news.opens {
            written += compare(context, pool, instrument, &venues, timeframe, opens.clone()).await?;
        }
        news.taken_in(context, &rules).await?;
    }
    Ok(written)
}

/// Compares a pool's bars of some openings with an instrument's.
async fn compare(
    context: &Context<'_>,
    pool: PoolSeries<'_>,
    instrument: &Instrument,
    venues: &[CandleSeries],
    timeframe: Timeframe,
    opens: Range<Timestamp>,
) -> Result<Written, DeriveError> {
    let (name, series) = (derivation_name(pool, timeframe), bar_series(pool, timeframe));
    let bars = context.keeper.ask(async |store| store.candles(&series, opens.clone(), None).await).await?;
    let mut written = Written::default();
    for bars in bars.chunks(CHUNK) {
        let venues = candles(context, venues, bars).await?;
        let numbers = compared(pool, instrument, &venues, timeframe, bars)?;
        if !numbers.is_empty() {
            let (made, now) = (Made { candles: Vec::new(), numbers }, context.clock.now());
            written += context.keeper.ask(async |store| store.put_made(&name, &made, now).await).await?.1;
        }
    }
    Ok(written)
}

/// What came in of the series that a comparison is made of. Each is a topic of its own, and so a
/// derivation of its own.
struct News {
    /// Their names, each with the changes that were seen.
    derivations: Vec<(String, u64)>,
    /// The openings of the bars to compare.
    opens: Option<Range<Timestamp>>,
}

impl News {
    async fn of(
        context: &Context<'_>,
        pool: PoolSeries<'_>,
        instrument: &Instrument,
        venues: &[CandleSeries],
        timeframe: Timeframe,
        rules: &str,
    ) -> Result<Self, DeriveError> {
        let mut news = Self { derivations: Vec::new(), opens: None };
        let comparison = format!("{} {}", derivation_name(pool, timeframe), instrument.symbol);
        for series in venues.iter().chain([&bar_series(pool, timeframe)]) {
            let (name, topic) = (format!("{comparison} of {series}"), candles_topic(series));
            let Derivation { position, changed, changes } =
                context.keeper.ask(async |store| store.derivation(&name, &topic).await).await?;
            let changed = if position == rules { changed } else { Some((0, u64::MAX - 1)) };
            if let Some((from, to)) = changed {
                let opens = news.opens.get_or_insert(Timestamp(from)..Timestamp(to + 1));
                *opens = opens.start.min(Timestamp(from))..opens.end.max(Timestamp(to + 1));
            }
            news.derivations.push((name, changes));
        }
        Ok(news)
    }

    async fn taken_in(&self, context: &Context<'_>, rules: &str) -> Result<(), DeriveError> {
        if self.opens.is_some() {
            for (name, changes) in &self.derivations {
                context.keeper.ask(async |store| store.put_derivation(name, rules, *changes).await).await?;
            }
        }
        Ok(())
    }
}

/// The name of the derivation's report.
pub(super) fn derivation_name(pool: PoolSeries<'_>, timeframe: Timeframe) -> String {
    format!("{} {timeframe}", of_pool(SPREAD, pool.chain_id, pool.name))
}

/// The candles of each venue, over the time of `bars`, by their open.
async fn candles<'a>(
    context: &Context<'_>,
    venues: &'a [CandleSeries],
    bars: &[KnownCandle],
) -> Result<Vec<(&'a str, BTreeMap<Timestamp, KnownCandle>)>, DeriveError> {
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else { return Ok(Vec::new()) };
    let range = first.candle.ts..last.candle.ts.plus(1);
    let mut found = Vec::new();
    for series in venues {
        let candles = context.keeper.ask(async |store| store.candles(series, range.clone(), None).await).await?;
        found.push((series.venue.as_str(), candles.into_iter().map(|known| (known.candle.ts, known)).collect()));
    }
    Ok(found)
}

//! A pool's bars beside the exchanges': the consensus of the exchanges at each bar's end, and how
//! far the pool lies from it.

use std::collections::BTreeMap;

use super::{
    DeriveError,
    pools::{PoolSeries, bar_series},
};
use crate::{
    config::sources::ExchangeSettings,
    domain::{CandleSeries, Instrument, KnownCandle, Observation, Timeframe, VenueKind},
    io::store::data::{Made, Written},
    market::{
        consensus::{Params, Quote, consensus},
        spread::{Prices, SpreadPoint, spread},
    },
    service::data::fetch::{Context, SPREAD, of_pool},
    units::Timestamp,
};

/// Bars that are compared at once.
const CHUNK: usize = 10_000;

/// Units that are meant to be worth a dollar. A spread between two of them holds the price of the
/// one in the other too, which is why its series names both; between others it would be no spread.
const DOLLARS: [&str; 4] = ["USD", "USDC", "USDT", "DAI"];

/// Derives for each bar of a pool that opens at or after `since`, and each instrument of its asset:
/// `consensus:<SYMBOL>:<timeframe>`, the price on which the spot venues that list it agree, and
/// `pool:<name>:spread:<SYMBOL>:<timeframe>`, by how many basis points the pool's is above it.
///
/// A value stands under the bar's close, and is known since the last of the bars that it is made
/// of was. The venues of one instrument count in one unit, so that none is converted. Where they
/// do not agree, or have no bar, both are missing.
///
/// # Errors
/// [`DeriveError`].
pub(super) async fn pool_spread(
    context: &Context<'_>,
    pool: PoolSeries<'_>,
    references: &ExchangeSettings,
    timeframe: Timeframe,
    since: Timestamp,
) -> Result<Written, DeriveError> {
    let (name, always) = (derivation_name(pool, timeframe), since..Timestamp(u64::MAX));
    let series = bar_series(pool, timeframe);
    let bars = context.keeper.ask(async |store| store.candles(&series, always.clone(), None).await).await?;
    let unit = pool.market.quote.symbol.as_str();
    let comparable = |other: &str| other == unit || (DOLLARS.contains(&other) && DOLLARS.contains(&unit));
    let of_asset = |one: &&Instrument| one.asset == pool.market.asset && comparable(&one.quote);
    let mut written = Written::default();
    for bars in bars.chunks(CHUNK) {
        let mut made = Made::default();
        for instrument in references.instruments.iter().filter(of_asset) {
            let venues = venues(context, references, instrument, timeframe, bars).await?;
            let (prices, spreads) = compared(pool, instrument, &venues, timeframe, bars)?;
            let symbol = &instrument.symbol;
            let numbers = [
                (format!("consensus:{symbol}:{timeframe}"), prices),
                (format!("pool:{}:spread:{symbol}:{timeframe}", pool.name), spreads),
            ];
            made.numbers.extend(numbers.into_iter().filter(|(_, values)| !values.is_empty()));
        }
        if !made.numbers.is_empty() {
            let now = context.clock.now();
            written += context.keeper.ask(async |store| store.put_made(&name, &made, now).await).await?.1;
        }
    }
    Ok(written)
}

/// The name of the derivation's report.
pub(super) fn derivation_name(pool: PoolSeries<'_>, timeframe: Timeframe) -> String {
    format!("{} {timeframe}", of_pool(SPREAD, pool.chain_id, pool.name))
}

/// The bars of each spot venue that lists the instrument, over the time of `bars`, by their open. A
/// perpetual's price holds a premium of its own, and is no reference.
async fn venues<'a>(
    context: &Context<'_>,
    references: &'a ExchangeSettings,
    instrument: &Instrument,
    timeframe: Timeframe,
    bars: &[KnownCandle],
) -> Result<Vec<(&'a str, BTreeMap<Timestamp, KnownCandle>)>, DeriveError> {
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else { return Ok(Vec::new()) };
    let range = first.candle.ts..last.candle.ts.plus(1);
    let mut venues = Vec::new();
    for venue in references.venues.iter().filter(|venue| venue.kind != VenueKind::BinancePerp) {
        if instrument.listings.contains_key(&venue.name) {
            let symbol = instrument.symbol.clone();
            let series = CandleSeries { venue: venue.name.clone(), symbol, timeframe };
            let candles = context.keeper.ask(async |store| store.candles(&series, range.clone(), None).await).await?;
            venues.push((venue.name.as_str(), candles.into_iter().map(|known| (known.candle.ts, known)).collect()));
        }
    }
    Ok(venues)
}

/// The consensus at each bar's end, and the pool's distance from it.
fn compared(
    pool: PoolSeries<'_>,
    instrument: &Instrument,
    venues: &[(&str, BTreeMap<Timestamp, KnownCandle>)],
    timeframe: Timeframe,
    bars: &[KnownCandle],
) -> Result<(Vec<Observation>, Vec<Observation>), DeriveError> {
    // All are of the same bar: none is older than another, and that one came late is no fault.
    let params = Params::with_max_age(u64::MAX);
    let unit = instrument.quote.as_str();
    let (mut prices, mut spreads) = (Vec::new(), Vec::new());
    for bar in bars {
        let ts = timeframe.close(bar.candle.ts);
        let quotes: Vec<Quote<'_>> = venues
            .iter()
            .filter_map(|(venue, candles)| {
                let KnownCandle { candle, known_at } = *candles.get(&bar.candle.ts)?;
                Some(Quote { venue, unit, ts, known_at, price: candle.close, volume: Some(candle.volume) })
            })
            .collect();
        let Some(at) = quotes.iter().map(|quote| quote.known_at).max() else { continue };
        let Ok(agreed) = consensus(&quotes, &[], unit, at, &params).consensus else { continue };
        let price = [agreed.observation()];
        prices.extend(price);
        let of_pool = [Observation { ts, known_at: bar.known_at, value: bar.candle.close }];
        let quote = pool.market.quote.symbol.as_str();
        let prices = |name, unit, values| Prices { name, unit, values, max_age: None };
        let found = spread(
            &[at.max(bar.known_at)],
            &prices(pool.name, quote, of_pool.as_slice()),
            &prices(&instrument.symbol, unit, price.as_slice()),
        );
        let found = found.map_err(|fault| DeriveError::Spread { pool: pool.name.to_owned(), fault })?;
        spreads.extend(found.points.iter().filter_map(SpreadPoint::observation));
    }
    Ok((prices, spreads))
}

//! Which prices a pool's bars are held against, and how far they lie from them: without a store.

use std::collections::BTreeMap;

use super::{DeriveError, series::PoolSeries};
use crate::{
    config::sources::ExchangeSettings,
    domain::{CandleSeries, Instrument, KnownCandle, Market, Observation, Timeframe, Venue, VenueKind},
    market::{
        consensus::{Params, Quote, consensus},
        spread::{Prices, SpreadPoint, spread},
    },
    units::Timestamp,
};

/// Units that are meant to be worth a dollar. A spread between two of them holds the price of the
/// one in the other too, which is why its series names both; between others it would be no spread.
const DOLLARS: [&str; 4] = ["USD", "USDC", "USDT", "DAI"];

/// The instruments of a market's asset whose unit is the market's, or a dollar beside a dollar.
pub fn comparable<'a>(market: &'a Market, references: &'a ExchangeSettings) -> impl Iterator<Item = &'a Instrument> {
    let unit = market.quote.symbol.as_str();
    let comparable = move |other: &str| other == unit || (DOLLARS.contains(&other) && DOLLARS.contains(&unit));
    let of_asset = move |one: &&Instrument| one.asset == market.asset && comparable(&one.quote);
    references.instruments.iter().filter(of_asset)
}

/// The series of the spot venues that list the instrument. A perpetual's price holds a premium of
/// its own, and is no reference.
pub fn listed(references: &ExchangeSettings, instrument: &Instrument, timeframe: Timeframe) -> Vec<CandleSeries> {
    let venues = references.venues.iter().filter(|venue| venue.kind != VenueKind::BinancePerp);
    let listing = venues.filter(|venue| instrument.listings.contains_key(&venue.name));
    let series = |venue: &Venue| {
        let (venue, symbol) = (venue.name.clone(), instrument.symbol.clone());
        CandleSeries { venue, symbol, timeframe }
    };
    listing.map(series).collect()
}

/// The consensus of the venues at each bar's end and the pool's distance from it, as the series
/// `consensus:<SYMBOL>:<timeframe>` and `pool:<name>:spread:<SYMBOL>:<timeframe>`, where they have
/// values. Each venue's candles are by their opening.
///
/// # Errors
/// A bar that cannot be compared, such as one without a finite price.
pub fn compared(
    pool: PoolSeries<'_>,
    instrument: &Instrument,
    venues: &[(&str, BTreeMap<Timestamp, KnownCandle>)],
    timeframe: Timeframe,
    bars: &[KnownCandle],
) -> Result<BTreeMap<String, Vec<Observation>>, DeriveError> {
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
    let numbers = [
        (format!("consensus:{}:{timeframe}", instrument.symbol), prices),
        (format!("pool:{}:spread:{}:{timeframe}", pool.name, instrument.symbol), spreads),
    ];
    Ok(numbers.into_iter().filter(|(_, values)| !values.is_empty()).collect())
}

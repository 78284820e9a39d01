//! Bars of pools beside those of venues that disagree, fall away, or speak of another unit.

use super::*;
use crate::{
    config::{Environment, sources::Sources},
    domain::{Asset, CandleSeries, Instrument, Listing, Market, PoolKind},
    io::store::data::{MadeSince, ScannedRange, Written},
    service::data::derive::{
        pools::pool,
        series::bar_series,
        spread::{derivation_name, pool_spread},
    },
    units::BlockNumber,
};

const TIMEFRAME: Timeframe = Timeframe::H1;
const CONSENSUS: &str = "consensus:ETHUSD:1h";
const SPREAD: &str = "pool:weth:spread:ETHUSD:1h";
const VENUES: [&str; 3] = ["binance_spot", "coinbase_spot", "kraken_spot"];

/// The shipped venues, three of which list ETH in `quote`.
fn references(quote: &str) -> ExchangeSettings {
    let mut settings = Sources::load(None, &Environment::default()).unwrap().exchanges;
    let listing = || Listing { rest: "x".to_owned(), websocket: "x".to_owned() };
    let listings = VENUES.into_iter().chain(["binance_perp"]).map(|venue| (venue.to_owned(), listing())).collect();
    let symbol = format!("ETH{quote}");
    settings.instruments = vec![Instrument { asset: Asset::new("ETH"), quote: quote.to_owned(), symbol, listings }];
    settings
}

/// The pool's market, in a token of this name.
fn market(quote: &str) -> Market {
    let mut market = pools::market(PoolKind::V3);
    market.quote.symbol = quote.to_owned();
    market
}

/// An hour's bar that is known so many seconds after its close.
fn bar(hour: u64, close: f64, late: u64) -> KnownCandle {
    let ts = Timestamp(T0 + hour * HOUR);
    let candle = Candle { ts, open: close, high: close, low: close, close, volume: 10.0 };
    KnownCandle { candle, known_at: ts.plus(HOUR + late) }
}

fn of_venue(venue: &str) -> CandleSeries {
    CandleSeries { venue: venue.to_owned(), symbol: "ETHUSD".to_owned(), timeframe: TIMEFRAME }
}

/// A store beside a pool in USDC.
struct Beside {
    stage: Stage,
    market: Market,
    references: ExchangeSettings,
}

impl Beside {
    async fn new() -> Self {
        Self { stage: Stage::new().await, market: market("USDC"), references: references("USD") }
    }

    fn pool(&self) -> PoolSeries<'_> {
        PoolSeries { name: "weth", market: &self.market, chain_id: 1 }
    }

    async fn put(&self, series: &CandleSeries, bars: &[KnownCandle]) {
        let now = self.stage.clock.now();
        self.stage.ask(async |store| store.put_current_candles(series, bars, now, None).await).await;
    }

    /// The pool's bars, and those of each venue at these prices.
    async fn hour(&self, hour: u64, pool: f64, venues: [Option<f64>; 3]) {
        self.put(&bar_series(self.pool(), TIMEFRAME), &[bar(hour, pool, 24)]).await;
        for (venue, price) in VENUES.iter().zip(venues) {
            if let Some(price) = price {
                self.put(&of_venue(venue), &[bar(hour, price, 0)]).await;
            }
        }
    }

    async fn derive(&self) -> Written {
        let (context, pool) = (self.stage.context(), self.pool());
        pool_spread(&context, pool, &self.references, TIMEFRAME).await.unwrap()
    }

    /// Every revision of a series: hours since `T0` of the bar's opening, and the value.
    async fn said(&self, series: &str) -> Vec<(u64, f64)> {
        let always = Timestamp(0)..Timestamp(u64::MAX);
        let values = self.stage.ask(async |store| store.observation_revisions(series, always.clone()).await).await;
        values.iter().map(|value| (value.ts.since(Timestamp(T0)) / HOUR - 1, value.value)).collect()
    }
}

fn bp(pool: f64, price: f64) -> f64 {
    1e4 * (pool / price).ln()
}

#[track_caller]
fn are(found: &[(u64, f64)], expected: &[(u64, f64)]) {
    let near = |((hour, found), (of, value)): (&(u64, f64), &(u64, f64))| hour == of && (found - value).abs() < 1e-6;
    assert!(found.len() == expected.len() && found.iter().zip(expected).all(near), "{found:?}, not {expected:?}");
}

#[test]
fn venues_that_disagree_are_outvoted_or_make_no_price() {
    runtime().block_on(async {
        let beside = Beside::new().await;
        // All agree; one is far off, and counts no more; two are left, and do not agree.
        beside.hour(0, 2_020.0, [Some(2_000.0), Some(2_000.0), Some(2_000.0)]).await;
        beside.hour(1, 2_020.0, [Some(3_000.0), Some(2_000.0), Some(2_000.0)]).await;
        beside.hour(2, 2_020.0, [None, Some(2_000.0), Some(2_500.0)]).await;
        beside.derive().await;
        are(&beside.said(CONSENSUS).await, &[(0, 2_000.0), (1, 2_000.0)]);
        are(&beside.said(SPREAD).await, &[(0, bp(2_020.0, 2_000.0)), (1, bp(2_020.0, 2_000.0))]);
    });
}

#[test]
fn an_outage_leaves_the_others_and_then_nothing() {
    runtime().block_on(async {
        let beside = Beside::new().await;
        beside.hour(0, 2_020.0, [Some(2_000.0), Some(2_001.0), Some(2_002.0)]).await;
        beside.hour(1, 2_020.0, [None, Some(2_001.0), Some(2_001.0)]).await;
        beside.hour(2, 2_020.0, [None, None, Some(2_002.0)]).await;
        // Neither an old price nor that of the perpetual stands in for one that is missing.
        beside.hour(3, 2_020.0, [None; 3]).await;
        beside.put(&of_venue("binance_perp"), &[bar(3, 2_000.0, 0)]).await;
        beside.hour(4, 2_020.0, [Some(2_000.0), Some(2_001.0), Some(2_002.0)]).await;
        beside.derive().await;
        are(&beside.said(CONSENSUS).await, &[(0, 2_001.0), (1, 2_001.0), (2, 2_002.0), (4, 2_001.0)]);
        let hours: Vec<u64> = beside.said(SPREAD).await.iter().map(|(hour, _)| *hour).collect();
        assert_eq!(hours, [0, 1, 2, 4]);
        // A venue that is back and brings what it missed: that hour is said from then on.
        let now = T0 + 9 * HOUR;
        beside.stage.clock.set(Timestamp(now));
        let late = bar(3, 2_010.0, 0);
        beside.put(&of_venue("coinbase_spot"), &[KnownCandle { known_at: Timestamp(now), ..late }]).await;
        assert_eq!(beside.derive().await, Written { new: 2, same: 0, revised: 0 });
        let values = beside.stage.said().await;
        for series in [CONSENSUS, SPREAD] {
            assert_eq!(values[&(series.to_owned(), Timestamp(T0 + 4 * HOUR))][0].known_at, Timestamp(now));
        }
    });
}

#[test]
fn only_bars_beside_which_something_came_in_are_compared() {
    runtime().block_on(async {
        let mut beside = Beside::new().await;
        for hour in 0..50 {
            beside.hour(hour, 2_020.0, [Some(2_000.0); 3]).await;
        }
        assert_eq!(beside.derive().await, Written { new: 100, same: 0, revised: 0 });
        assert_eq!(beside.derive().await, Written::default());
        beside.hour(50, 2_020.0, [Some(2_000.0); 3]).await;
        assert_eq!(beside.derive().await, Written { new: 2, same: 0, revised: 0 });
        // A venue that says otherwise: the others outvote it, and the bar is looked at.
        beside.stage.clock.set(Timestamp(T0 + 60 * HOUR));
        beside.hour(20, 2_020.0, [Some(2_000.0), Some(2_000.0), Some(2_500.0)]).await;
        assert_eq!(beside.derive().await, Written { new: 0, same: 2, revised: 0 });
        // The pool's own bar, revised.
        beside.hour(30, 2_040.0, [Some(2_000.0); 3]).await;
        assert_eq!(beside.derive().await, Written { new: 0, same: 1, revised: 1 });
        // Bit by bit as all at once.
        let bits = beside.stage.said().await;
        for series in VENUES.map(of_venue).iter().chain([&bar_series(beside.pool(), TIMEFRAME)]) {
            let name = format!("{} ETHUSD of {series}", derivation_name(beside.pool(), TIMEFRAME));
            beside.stage.forget(&name).await;
        }
        assert_eq!(beside.derive().await, Written { new: 0, same: 102, revised: 0 });
        assert_eq!(beside.stage.said().await, bits);
        // Other venues: all is looked at.
        beside.references.instruments[0].listings.remove("kraken_spot");
        assert_eq!(beside.derive().await, Written { new: 0, same: 102, revised: 0 });
        assert_eq!(beside.derive().await, Written::default());
    });
}

#[test]
fn only_dollars_are_compared_with_dollars() {
    runtime().block_on(async {
        for (pool, venue, is_one) in [("USDC", "USD", true), ("WBTC", "USD", false), ("WBTC", "WBTC", true)] {
            let beside = Beside { stage: Stage::new().await, market: market(pool), references: references(venue) };
            let symbol = format!("ETH{venue}");
            beside.put(&bar_series(beside.pool(), TIMEFRAME), &[bar(0, 0.05, 24)]).await;
            beside.put(&CandleSeries { symbol, ..of_venue("kraken_spot") }, &[bar(0, 0.05, 0)]).await;
            let expected = if is_one { 2 } else { 0 };
            assert_eq!(beside.derive().await, Written { new: expected, same: 0, revised: 0 }, "{pool} in {venue}");
        }
    });
}

/// What is undone takes its bars and their spreads with it, and no other.
#[test]
fn a_spread_goes_with_its_bar() {
    runtime().block_on(async {
        let beside = Beside::new().await;
        let (context, address) = (beside.stage.context(), beside.market.pool.address);
        // Blocks are 1,100 seconds apart: the hours from 1 to 5 are whole, and block 17 is of the last.
        let logs: Vec<_> = (0..20).flat_map(|block| pools::swap(PoolKind::V3, block, 0, block)).collect();
        let range = ScannedRange { pools: vec![address], blocks: BlockNumber(0)..=BlockNumber(19) };
        beside.stage.ask(async |store| store.put_logs(1, &logs, &range, None).await).await;
        let bars = async || pool(&context, beside.pool(), TIMEFRAME).await.unwrap().0.new;
        assert_eq!(bars().await, 4);
        for venue in VENUES {
            let candles: Vec<_> = (0..6).map(|hour| bar(hour, 2_000.0, 0)).collect();
            beside.put(&of_venue(venue), &candles).await;
        }
        beside.derive().await;
        let hours = async || beside.said(SPREAD).await.iter().map(|(hour, _)| *hour).collect::<Vec<_>>();
        assert_eq!(hours().await, [1, 2, 3, 4]);
        // The last swap before block 13 is in the hour 3.
        let made = made_since(&context, beside.pool(), BlockNumber(13)).await.unwrap();
        beside.stage.ask(async |store| store.undo_logs(1, address, BlockNumber(13), &made, None).await).await;
        assert_eq!(hours().await, [1, 2]);
        let opens: Vec<_> =
            beside.stage.candles().await.into_keys().filter(|(series, _)| series.starts_with("weth")).collect();
        assert_eq!(opens.len(), 2, "{opens:?}");
    });
}

/// What a spread is made of would else be taken back while it is made, and the spread stay.
#[test]
fn no_spread_is_made_while_blocks_are_taken_back() {
    runtime().block_on(async {
        let beside = Beside::new().await;
        beside.hour(0, 2_020.0, [Some(2_000.0); 3]).await;
        let bars = bar_series(beside.pool(), TIMEFRAME);
        let turn = beside.stage.keeper.turn().await;
        let undoing = async {
            // More often than a comparison that does not wait would have asked the store.
            for _ in 0..100 {
                assert_eq!(beside.said(SPREAD).await, []);
            }
            let made = MadeSince { candles: vec![(bars.clone(), Timestamp(T0))], ..MadeSince::default() };
            let (pool, all) = (beside.market.pool.address, BlockNumber(0));
            beside.stage.ask(async |store| store.undo_logs(1, pool, all, &made, None).await).await;
            drop(turn);
        };
        tokio::join!(beside.derive(), undoing);
        assert_eq!(beside.said(SPREAD).await, []);
        beside.hour(0, 2_030.0, [None; 3]).await;
        beside.derive().await;
        are(&beside.said(SPREAD).await, &[(0, bp(2_030.0, 2_000.0))]);
    });
}

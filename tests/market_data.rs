//! Consensus and DEX-CEX spread on real candles and real swaps. Needs the data folder
//! (`SHOAL_TEST_DATA`, or `../shared/data` beside the project); skipped, visibly, without it.

#[path = "support/data.rs"]
mod data;

use std::{fs::File, io::Read};

use data::data;
use flate2::read::MultiGzDecoder;
use shoal::{
    domain::{Candle, KnownCandle, Observation, PriceBar, Timeframe},
    io::data::Folder,
    market::{
        consensus::{NoConsensus, Params, RateSeries, Rejection, Venue, Verdict, series},
        spread::{Prices, Spread, spread},
    },
    units::Timestamp,
};

const HOUR: u64 = 3_600;

fn folder() -> Option<Folder> {
    data("").map(|dir| Folder::open(dir).unwrap())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Hourly candles, each known two seconds after its close.
fn candles(folder: &Folder, venue: &str, symbol: &str) -> Vec<KnownCandle> {
    let bars = folder.bars(venue, symbol, Timeframe::H1).unwrap();
    let known = |bar: &PriceBar| KnownCandle {
        candle: Candle {
            ts: bar.ts,
            open: bar.open.to_f64(),
            high: bar.high.to_f64(),
            low: bar.low.to_f64(),
            close: bar.close.to_f64(),
            volume: bar.volume,
        },
        known_at: bar.ts.plus(HOUR + 2),
    };
    bars.iter().map(known).collect()
}

fn venue<'a>(name: &'a str, unit: &'a str, candles: &'a [KnownCandle]) -> Venue<'a> {
    Venue { name, unit, candles, timeframe: Timeframe::H1 }
}

/// Five seconds after each hour of a range.
fn hours(from: &str, to: &str) -> Vec<Timestamp> {
    (at(from).0..at(to).0).step_by(HOUR as usize).map(|ts| Timestamp(ts + 5)).collect()
}

/// Only a bar that has just closed counts.
fn each_bar() -> Params {
    Params::with_max_age(HOUR - 1)
}

#[test]
fn an_outage_of_binance_leaves_the_others_price() {
    let Some(folder) = folder() else { return };
    let binance = candles(&folder, "binance_spot", "ETHUSDT");
    let kraken = candles(&folder, "kraken_spot", "ETHUSD");
    let coinbase = candles(&folder, "coinbase_spot", "ETHUSD");
    let grid = hours("2018-02-07", "2018-02-11");
    // What a dollar of USDT was worth is not in the folder: these are made up, to see them used.
    let rate: Vec<Observation> =
        grid.iter().map(|t| Observation { ts: t.minus(5), known_at: t.minus(4), value: 1.0 }).collect();
    let rates = [RateSeries { from: "USDT", to: "USD", values: &rate }];
    let venues =
        [venue("binance", "USDT", &binance), venue("kraken", "USD", &kraken), venue("coinbase", "USD", &coinbase)];
    let found = series(&venues, &rates, "USD", &grid, &each_bar()).unwrap();
    let out = |verdict: &&Verdict<'_>| {
        verdict.rejected.iter().any(|(venue, why)| *venue == "binance" && matches!(why, Rejection::Stale { .. }))
    };
    let during: Vec<_> = found.iter().filter(out).collect();
    assert_eq!(during.len(), 33, "the outage is 33 hours long");
    assert_eq!(during[0].at, at("2018-02-08T02:00:05Z"));
    let honest = |t: Timestamp| {
        let close = |candles: &[KnownCandle]| {
            candles.iter().rfind(|known| known.known_at <= t).map(|known| known.candle.close).unwrap()
        };
        let (a, b) = (close(&kraken), close(&coinbase));
        a.min(b) * (1.0 - 1e-9)..=a.max(b) * (1.0 + 1e-9)
    };
    let mut agreed = 0;
    for verdict in &during {
        match verdict.consensus {
            Ok(found) => {
                agreed += 1;
                assert!(honest(verdict.at).contains(&found.price), "{verdict:?}");
                assert_eq!(verdict.used.len(), 2);
            }
            Err(why) => assert!(matches!(why, NoConsensus::Disagreement { venues: 2, .. })),
        }
    }
    assert!(agreed > 20, "{agreed} of 33");
    let errors = |wanted: bool| {
        let all = found.iter().filter(|verdict| out(verdict) == wanted).filter_map(|verdict| verdict.consensus.ok());
        let errors: Vec<f64> = all.filter_map(|found| found.standard_error).collect();
        errors.iter().copied().fold(f64::INFINITY, f64::min)
    };
    assert!(errors(true) > errors(false), "with fewer venues even the best hour is known less well");
}

#[test]
fn dollars_are_not_mixed_and_an_absent_hour_of_kraken_is_stale() {
    let Some(folder) = folder() else { return };
    let binance = candles(&folder, "binance_spot", "ETHUSDT");
    let kraken = candles(&folder, "kraken_spot", "ETHUSD");
    let venues = [venue("binance", "USDT", &binance), venue("kraken", "USD", &kraken)];
    let grid = hours("2018-11-01", "2019-02-01");
    let usd = series(&venues, &[], "USD", &grid, &each_bar()).unwrap();
    let usdt = series(&venues, &[], "USDT", &grid, &each_bar()).unwrap();
    for verdict in usd.iter().chain(&usdt) {
        assert!(verdict.used.len() <= 1);
        let single = verdict.consensus.ok().and_then(|found| found.dispersion);
        assert_eq!(single, None, "one venue has no dispersion");
    }
    // The discount of USDT: an ETH cost more of them than dollars.
    let gap = |(usd, usdt): (&Verdict<'_>, &Verdict<'_>)| {
        Some((usdt.consensus.ok()?.price / usd.consensus.ok()?.price).ln() * 1e4)
    };
    let mut gaps: Vec<f64> = usd.iter().zip(&usdt).filter_map(gap).collect();
    gaps.sort_by(f64::total_cmp);
    let median = gaps[gaps.len() / 2];
    println!("an ETH cost {median:.0} bp more USDT than USD, median of {} hours", gaps.len());
    assert!((30.0..200.0).contains(&median), "{median}");

    let early = series(&venues[1..], &[], "USD", &hours("2016-01-01", "2016-02-01"), &each_bar()).unwrap();
    let absent = early.iter().filter(|verdict| verdict.consensus == Err(NoConsensus::NoVenue)).count();
    let there = kraken.iter().filter(|known| (at("2016-01-01")..at("2016-02-01")).contains(&known.known_at.minus(2)));
    assert_eq!(absent, 31 * 24 - there.count());
    assert!(absent > 0);
}

#[test]
fn two_venues_of_one_unit_agree_at_every_hour() {
    let Some(folder) = folder() else { return };
    let spot = candles(&folder, "binance_spot", "ETHUSDT");
    let perpetual = candles(&folder, "binance_perp", "ETHUSDT");
    let venues = [venue("spot", "USDT", &spot), venue("perpetual", "USDT", &perpetual)];
    let found = series(&venues, &[], "USDT", &hours("2024-01-01", "2024-07-01"), &each_bar()).unwrap();
    for verdict in &found {
        let consensus = verdict.consensus.unwrap();
        assert!(verdict.used.len() == 2 && consensus.known_at <= verdict.at && consensus.dispersion < Some(0.003));
    }
}

/// Rows of a compressed CSV file as columns by name.
fn rows(folder: &Folder, file: &str, columns: &[&str]) -> Vec<Vec<String>> {
    let mut text = String::new();
    MultiGzDecoder::new(File::open(folder.dir().join(file)).unwrap()).read_to_string(&mut text).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let places: Vec<usize> =
        columns.iter().map(|name| header.iter().position(|column| column == *name).unwrap()).collect();
    reader
        .records()
        .map(|row| row.unwrap())
        .map(|row| places.iter().map(|place| row[*place].to_owned()).collect())
        .collect()
}

/// `2024-01-05 00:00:23`.
fn stamp(text: &str) -> Timestamp {
    at(&format!("{}Z", text.replace(' ', "T")))
}

fn against_binance(folder: &Folder, pool: &[Observation]) -> Spread {
    let binance = candles(folder, "binance_spot", "ETHUSDT");
    let closes: Vec<Observation> = binance
        .iter()
        .map(|known| Observation {
            ts: known.candle.ts.plus(HOUR),
            known_at: known.known_at,
            value: known.candle.close,
        })
        .collect();
    let grid: Vec<_> = (1..=24).map(|hour| at("2024-01-05").plus(hour * HOUR + 2)).collect();
    let pool = Prices { name: "univ3 USDC/WETH 0.05%", unit: "USDC", values: pool, max_age: Some(600) };
    let reference = Prices { name: "binance_spot", unit: "USDT", values: &closes, max_age: Some(HOUR) };
    spread(&grid, &pool, &reference).unwrap()
}

fn median_size(spread: &Spread) -> f64 {
    assert!(!spread.is_of_one_unit());
    let mut sizes: Vec<f64> = spread.points.iter().map(|point| point.basis_points.unwrap().abs()).collect();
    sizes.sort_by(f64::total_cmp);
    assert_eq!(sizes.len(), 24);
    f64::midpoint(sizes[11], sizes[12])
}

#[test]
fn the_pool_lies_six_basis_points_from_binance() {
    let Some(folder) = folder() else { return };
    let file = "dex/univ3_usdc_weth_005_0x88e6a0c2ddd26feeb64f039a2c41296fcb3f5640_2024-01-05.events.csv.gz";
    let swaps = rows(&folder, file, &["tx_type", "block_timestamp", "sqrtPriceX96"]);
    let pool: Vec<Observation> = swaps
        .iter()
        .filter(|row| row[0] == "SWAP")
        .map(|row| {
            let (ts, root) = (stamp(&row[1]), row[2].parse::<f64>().unwrap() / 2.0_f64.powi(96));
            // Several swaps of one block: the last is its price.
            Observation { ts, known_at: ts, value: 1e12 / (root * root) }
        })
        .collect();
    let mut blocks: Vec<Observation> = Vec::new();
    for swap in pool {
        match blocks.last_mut().filter(|last| last.ts == swap.ts) {
            Some(last) => *last = swap,
            None => blocks.push(swap),
        }
    }
    let found = against_binance(&folder, &blocks);
    let median = median_size(&found);
    println!("DEX-CEX spread at the hours of 2024-01-05: median size {median:.2} bp");
    assert!((5.5..6.5).contains(&median), "{median}");
    assert!(found.points.iter().all(|point| point.pool_age.unwrap() < 120 && point.reference_age == Some(2)));

    let minutes = rows(&folder, "dex/univ3_usdc_weth_005_2024-01-05.minute.csv.gz", &["timestamp", "closeTick"]);
    let pool: Vec<Observation> = minutes
        .iter()
        .map(|row| {
            let end = stamp(&row[0]).plus(60);
            Observation { ts: end, known_at: end, value: 1e12 / 1.0001_f64.powf(row[1].parse().unwrap()) }
        })
        .collect();
    let median = median_size(&against_binance(&folder, &pool));
    assert!((5.0..8.0).contains(&median), "a tick is a basis point wide: {median}");
}

//! The judgement of a small folder with planted faults, and of the real one.

use std::{collections::BTreeMap, fs, path::Path};

use proptest::prelude::*;
use tempfile::TempDir;

use super::{heat::heat, *};
use crate::{
    config::{Environment, sources::Sources},
    domain::{Candle, Lag, Period, Publication, SeriesRule, Timeframe},
    io::data::{Folder, test_data::data},
    market::quality::Severity,
};

const HOUR: u64 = 3_600;
/// 2024-01-01.
const START: u64 = 1_704_067_200;

fn put(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A candle file of so many hours without those in `gone`.
fn candles(hours: u64, gone: std::ops::Range<u64>) -> String {
    let mut text = "ts,open,high,low,close,volume\n".to_owned();
    for hour in (0..hours).filter(|hour| !gone.contains(hour)) {
        let close = 100.0 + (hour as f64 * 0.7).sin();
        text += &format!("{},100,102,98,{close},{}\n", START + hour * HOUR, if hour == 5 { 0 } else { 3 });
    }
    text
}

/// Rules of daily series, in files of these names, that are never stale.
fn daily(files: &[&str]) -> BTreeMap<String, SeriesRule> {
    let publication = Publication { period: Period::Day, lag: Lag::Seconds(0) };
    let rule = |file: &&str| {
        let rule = SeriesRule { name: format!("macro/{file}"), publication, stale_after: u64::MAX };
        ((*file).to_owned(), rule)
    };
    files.iter().map(rule).collect()
}

fn judge(dir: &TempDir) -> Report {
    let input = folder(&Folder::open(dir.path()).unwrap(), &daily(&["vix", "slow"]), |_, _| ());
    check("here <&>", &input, None, &Params::default(), |_| ())
}

fn planted() -> TempDir {
    let dir = TempDir::new().unwrap();
    put(dir.path(), "candles/a/ETHUSDT_1h.csv", &candles(2_000, 700..760));
    put(dir.path(), "candles/b/ETHUSDT_1h.csv", &candles(1_900, 0..0));
    put(dir.path(), "candles/b/ETHUSD_4h.csv", "ts,open,high,low,close,volume\n0,1,2,3,1,1\n");
    put(dir.path(), "macro/vix.csv", "date,value\n2024-01-01,13\n2024-01-02,\n2024-01-03,14\n2024-01-04,15\n");
    dir
}

#[test]
fn planted_faults_are_in_every_view() {
    let report = judge(&planted());
    let names: Vec<_> = report.series.iter().map(|series| series.name.as_str()).collect();
    assert_eq!(names, ["a/ETHUSDT_1h", "b/ETHUSDT_1h", "macro/vix"]);
    let [a, b, vix] = &report.series[..] else { panic!("three") };
    assert_eq!((a.quality.count(FaultKind::Gap), b.quality.count(FaultKind::Gap)), ((1, 60), (0, 0)));
    assert_eq!(b.quality.count(FaultKind::Stale), (1, 100));
    assert_eq!(a.same_unit.as_ref().unwrap().venues, ["b/ETHUSDT_1h"]);
    assert_eq!(
        a.same_unit.as_ref().unwrap().divergence.compared,
        1_839,
        "not the gap, the end, the hour without a trade"
    );
    assert_eq!(vix.notes, ["1 dates without a value", "without a regular step: gaps are not judged"]);
    assert_eq!(report.unreadable[0].series, "b/ETHUSD_4h");
    assert_eq!(report.worst(), Some(Severity::Error));
    assert!(!report.is_sound(Severity::Error));

    let text = text::text(&report);
    for part in [
        "a/ETHUSDT_1h: gap: 2024-01-30 04:00 (60)",
        "b/ETHUSD_4h: ",
        "field `low`",
        "and 1 unreadable",
        "UTC, the end of the newest value",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["series"][0]["faults"][0]["kind"], "gap");
    assert_eq!(json["series"][0]["faults"][0]["values"], 60);
    assert_eq!(json["now_from"], "newest_value");
    let given = check("", &Input::default(), Some((Timestamp(START), NowFrom::Given)), &Params::default(), |_| ());
    assert!(text::text(&given).ends_with("staleness judged at 2024-01-01 00:00 UTC, as asked for"));
    let html = html::html(&report);
    for part in ["here &lt;&amp;&gt;", "a/ETHUSDT_1h from 2024-01-29 00:00, 60 of 168 missing", "field `low`"] {
        assert!(html.contains(part), "{part}");
    }
    for absent in ["<script", "http://", "https://", "NaN", "here <"] {
        assert!(!html.contains(absent), "{absent}");
    }
}

#[test]
fn the_picture_puts_each_fault_into_its_column() {
    let found = heat(&judge(&planted())).unwrap();
    assert_eq!((found.column, found.starts.len()), ("week", 13));
    assert_eq!(found.starts[0], Timestamp(START), "a Monday");
    let a = &found.rows[0];
    assert_eq!((a.columns.clone(), a.stale), (0..12, false));
    let told: Vec<_> =
        a.cells.iter().map(|cell| (cell.column, cell.expected, cell.missing, cell.faults.clone())).collect();
    assert_eq!(told, [(0, 168, 0, vec![(FaultKind::ZeroVolume, 1)]), (4, 168, 60, vec![])]);
    assert_eq!((found.rows[1].columns.clone(), found.rows[1].stale), (0..12, true));

    // A gap over the turn of a week falls into both.
    let dir = TempDir::new().unwrap();
    put(dir.path(), "candles/a/ETHUSDT_1h.csv", &candles(500, 160..178));
    let found = heat(&judge(&dir)).unwrap();
    let missing: Vec<_> = found.rows[0].cells.iter().map(|cell| (cell.column, cell.missing)).collect();
    assert_eq!(missing, [(0, 8), (1, 10)]);
}

#[test]
fn long_spans_have_wider_columns_and_an_empty_folder_no_picture() {
    let dir = TempDir::new().unwrap();
    let rows: String = (1990..2025).map(|year| format!("{year}-01-01,1\n")).collect();
    put(dir.path(), "macro/slow.csv", &format!("date,value\n{rows}"));
    fs::create_dir(dir.path().join("candles")).unwrap();
    let found = heat(&judge(&dir)).unwrap();
    assert_eq!((found.column, found.rows[0].columns.clone()), ("quarter", 0..137));
    let empty = check("", &Input::default(), None, &Params::default(), |_| ());
    assert!(heat(&empty).is_none() && empty.is_sound(Severity::Note));
    assert!(html::html(&empty).contains("0 series"));
}

/// An hourly candle series, and daily series of numbers from and to these days.
fn with_numbers(days: &[(&str, std::ops::Range<u64>)]) -> Report {
    let bar = |hour: u64| {
        let ts = Timestamp(START + hour * HOUR);
        let candle = Candle { ts, open: 100.0, high: 101.0, low: 99.0, close: 100.0, volume: 1.0 };
        KnownCandle { candle, known_at: ts.plus(HOUR) }
    };
    let day = |day: u64| {
        let ts = Timestamp(START - 3_650 * 24 * HOUR + day * 24 * HOUR);
        Observation { ts, known_at: ts, value: 1.0 }
    };
    let numbers = |(name, days): &(&str, std::ops::Range<u64>)| Numbers {
        name: (*name).to_owned(),
        values: days.clone().map(day).collect(),
        max_age: None,
        notes: Vec::new(),
    };
    let bars = CandleSeries { venue: "a".to_owned(), symbol: "ETHUSDT".to_owned(), timeframe: Timeframe::H1 };
    let input = Input {
        candles: vec![(bars, (0..500).map(bar).collect())],
        numbers: days.iter().map(numbers).collect(),
        unreadable: Vec::new(),
    };
    check("", &input, None, &Params::default(), |_| ())
}

#[test]
fn numbers_before_beside_and_after_the_bars_have_their_place_in_the_picture() {
    // The bars are 500 hours from day 3,650 on, a Monday.
    let report =
        with_numbers(&[("on", 3_600..3_720), ("before", 0..100), ("beyond", 3_700..3_720), ("across", 0..3_720)]);
    let found = heat(&report).unwrap();
    assert_eq!((found.column, found.starts[0], found.starts.len()), ("week", Timestamp(START), 11));
    let columns: Vec<_> = found.rows.iter().map(|row| row.columns.clone()).collect();
    assert_eq!(columns, [0..3, 0..10, 0..0, 7..10, 0..10]);
    assert!(html::html(&report).contains("before"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_picture_of_any_spans_panics(spans in prop::collection::vec((0_u64..8_000, 1_u64..3_000), 0..4)) {
        let named: Vec<_> = spans.iter().map(|(from, days)| ("x", *from..*from + *days)).collect();
        let found = heat(&with_numbers(&named)).unwrap();
        prop_assert!(found.rows.iter().all(|row| row.columns.end < found.starts.len()));
    }
}

/// The folder of real data, where there is one.
fn real_folder() -> Option<Folder> {
    data("").map(|dir| Folder::open(dir).unwrap())
}

/// What is known of the folder's faults, to the bar.
#[test]
fn the_known_faults_of_the_real_folder_are_found() {
    let Some(real) = real_folder() else { return };
    let rules = Sources::load(None, &Environment::default()).unwrap().macros.by_file();
    let input = folder(&real, &rules, |_, _| ());
    let report = check("real", &input, None, &Params::default(), |_| ());
    assert_eq!(report.unreadable, []);
    assert_eq!(report.now.to_string(), "2025-01-01T00:00:00Z");
    let series = |name: &str| &report.series.iter().find(|series| series.name == name).unwrap().quality;
    let at = |quality: &Quality, kind, place: &str| {
        let place: Timestamp = place.parse().unwrap();
        quality.faults.iter().find(|fault| fault.kind == kind && fault.at == place).map(|fault| fault.values)
    };
    for name in ["binance_spot/BTCUSDT_1h", "binance_spot/ETHUSDT_1h"] {
        let quality = series(name);
        assert_eq!((quality.values, quality.count(FaultKind::Gap)), (64_524, (28, 128)), "{name}");
        assert_eq!(at(quality, FaultKind::Gap, "2018-02-08T01:00:00Z"), Some(33));
        assert_eq!(at(quality, FaultKind::Gap, "2018-06-26T02:00:00Z"), Some(10));
        assert_eq!(at(quality, FaultKind::Gap, "2019-05-15T03:00:00Z"), Some(10));
        assert_eq!(at(quality, FaultKind::Gap, "2023-03-24T13:00:00Z"), Some(1));
    }
    assert_eq!(series("binance_spot/BTCUSDT_1h").count(FaultKind::ZeroVolume).1, 4);
    assert_eq!(series("binance_spot/ETHUSDT_1h").count(FaultKind::ZeroVolume).1, 6);
    let coinbase = series("coinbase_spot/ETHUSD_1h");
    assert_eq!((coinbase.count(FaultKind::ZeroVolume).1, coinbase.count(FaultKind::Gap)), (15, (0, 0)));
    let kraken = series("kraken_spot/ETHUSD_1h");
    assert_eq!(kraken.count(FaultKind::Gap), (842, 3_474));
    let listing = kraken.faults.iter().filter_map(|fault| fault.size.filter(|_| fault.kind == FaultKind::Spike));
    assert!(listing.into_iter().any(|size| (size - 2.08).abs() < 0.005), "the listing noise of 2015-08-08");
    assert!(at(kraken, FaultKind::Spike, "2015-08-08T21:00:00Z").is_some());
    for name in ["binance_perp/BTCUSDT_1h", "binance_perp/ETHUSDT_1h", "binance_perp/LTCUSDT_1h"] {
        assert_eq!(series(name).count(FaultKind::Gap), (0, 0), "{name}");
    }
    let fear = series("alternative_me:fear_greed");
    assert_eq!(at(fear, FaultKind::Gap, "2018-04-14"), Some(3));
    assert_eq!(at(fear, FaultKind::Gap, "2024-10-26"), Some(1));
    assert_eq!(fear.count(FaultKind::Gap), (2, 4));
    assert!(at(series("fred:DCOILWTICO"), FaultKind::Spike, "2020-04-20").is_some(), "negative oil");
    for quality in report.series.iter().map(|series| &series.quality) {
        use FaultKind::{Conflict, Duplicate, KnownTooEarly, NotAValue, OffGrid, Revision, Unsorted};
        for kind in [Duplicate, Revision, Conflict, Unsorted, OffGrid, KnownTooEarly, NotAValue] {
            assert_eq!(quality.count(kind), (0, 0));
        }
    }
    // Real days on which dollars were in doubt: USDT's panic of 2018-10-15, the filing against it
    // of 2019-04-25, and USDC's days of 2023-03.
    let tether = series("binance_spot/BTCUSDT_1h");
    assert!(at(tether, FaultKind::Spike, "2018-10-15T06:00:00Z").is_some());
    assert_eq!(at(tether, FaultKind::Divergence, "2019-04-25T22:00:00Z"), Some(38));
    assert!(at(kraken, FaultKind::Divergence, "2023-03-12T05:00:00Z").is_some());
}

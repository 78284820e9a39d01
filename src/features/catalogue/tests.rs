use std::{collections::BTreeSet, env, fs, num::NonZeroUsize};

use super::*;
use crate::{
    domain::Candle,
    features::{CandleError, synthetic::walk},
    units::Timestamp,
};

/// Each column at every candle, streamed.
fn stream(candles: &[Candle]) -> Vec<Vec<f64>> {
    let mut stream = CatalogueStream::new();
    let mut table = vec![Vec::new(); columns().count()];
    for candle in candles {
        for (column, value) in table.iter_mut().zip(stream.push(candle).unwrap()) {
            column.push(*value);
        }
    }
    table
}

/// The tables of both ways, which must be the same to the bit.
fn both(candles: &[Candle]) -> Vec<Vec<f64>> {
    let (streamed, batch) = (stream(candles), whole(candles, 1));
    assert_eq!(bits(&batch), bits(&whole(candles, 3)));
    assert_eq!(streamed.len(), batch.len());
    for ((column, ours), theirs) in columns().zip(&streamed).zip(&batch) {
        assert_eq!(ours.len(), theirs.len());
        for (bar, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
            assert_eq!(ours.to_bits(), theirs.to_bits(), "{} at bar {bar}: {ours} {theirs}", column.name);
        }
    }
    streamed
}

fn whole(candles: &[Candle], threads: usize) -> Vec<Vec<f64>> {
    let table = batch(indicators(), candles, NonZeroUsize::new(threads).unwrap()).unwrap();
    table.iter().map(|column| (0..candles.len()).map(|bar| column.at(bar)).collect()).collect()
}

fn bits(table: &[Vec<f64>]) -> Vec<u64> {
    table.iter().flatten().map(|value| value.to_bits()).collect()
}

fn flat(bars: u64, volume: f64) -> Vec<Candle> {
    let price = 1_800.5;
    let candle = |bar| Candle {
        ts: Timestamp(1_600_002_000 + 3_600 * bar),
        open: price,
        high: price,
        low: price,
        close: price,
        volume,
    };
    (0..bars).map(candle).collect()
}

#[test]
fn streaming_equals_batch_bit_for_bit_and_begins_where_each_column_says() {
    let candles = walk(900, 11);
    let table = both(&candles);
    let begins = indicators().flat_map(|indicator| indicator.columns.iter().map(|_| indicator.bars().unwrap()));
    for ((column, values), bars) in columns().zip(&table).zip(begins) {
        assert!(values[..bars - 1].iter().all(|value| value.is_nan()), "{} has a value too early", column.name);
        assert!(!values[bars - 1].is_nan(), "{} has none at bar {bars}", column.name);
    }
}

#[test]
fn histories_of_any_length() {
    let candles = walk(230, 12);
    for bars in [0, 1, 2, 3, 13, 14, 15, 34, 64, 199, 200, 201] {
        both(&candles[..bars]);
    }
}

/// What is not finite is missing, and a missing value is one pattern of bits.
#[test]
fn dead_markets_have_no_number_that_is_none() {
    let mut dies = walk(600, 13);
    for (candle, dead) in dies[300..].iter_mut().zip(flat(300, 0.0)) {
        *candle = Candle { ts: candle.ts, ..dead };
    }
    let wild = |ts: Timestamp| {
        let close = if (ts.0 / 3_600).is_multiple_of(7) { 1e9 } else { 1e-3 };
        Candle { ts, open: close, high: 1e9, low: 1e-3, close, volume: if close > 1.0 { 1e15 } else { 0.0 } }
    };
    let wild: Vec<_> = flat(400, 0.0).iter().map(|candle| wild(candle.ts)).collect();
    for candles in [flat(400, 0.0), flat(400, 10.0), dies, wild] {
        for (column, values) in columns().zip(both(&candles)) {
            for value in values {
                let sound = value.is_finite() || value.to_bits() == MISSING.to_bits();
                assert!(sound, "{} is {value}", column.name);
            }
        }
    }
}

#[test]
fn a_clone_is_independent_and_a_refused_candle_changes_nothing() {
    let candles = walk(400, 14);
    let mut one = CatalogueStream::new();
    for candle in &candles[..150] {
        one.push(candle).unwrap();
    }
    let mut other = one.clone();
    for candle in walk(50, 15) {
        other.push(&Candle { ts: candle.ts.plus(400 * 3_600), ..candle }).unwrap();
    }
    for candle in &candles[150..] {
        for bad in [Candle { close: f64::NAN, ..*candle }, Candle { volume: -1.0, ..*candle }, candles[149]] {
            assert!(one.push(&bad).is_err());
        }
        one.push(candle).unwrap();
    }
    let next = Candle { ts: candles[399].ts.plus(3_600), ..candles[399] };
    let expected = whole(&[candles, vec![next]].concat(), 2);
    let ours: Vec<_> = one.push(&next).unwrap().iter().map(|value| value.to_bits()).collect();
    assert_eq!(ours, expected.iter().map(|column| column[400].to_bits()).collect::<Vec<_>>());
}

#[test]
fn a_batch_refuses_what_the_stream_refuses() {
    let candles = walk(2, 14);
    let refused = batch(indicators(), &[candles[1], candles[0]], NonZeroUsize::MIN);
    assert!(matches!(refused, Err(CandleError::OutOfOrder { .. })));
}

#[test]
fn a_selection_yields_its_columns() {
    let (mut stream, places) = CatalogueStream::select(&["macd_signal", "sma_21", "sma_20"]);
    assert_eq!(
        stream.columns().map(|column| column.name).collect::<Vec<_>>(),
        ["sma_20", "macd", "macd_signal", "macd_histogram"]
    );
    assert_eq!(places, [Some(2), None, Some(0)]);
    assert_eq!(stream.push(&walk(1, 1)[0]).unwrap().len(), 4);
}

#[test]
fn every_column_is_described_once() {
    let names: BTreeSet<_> = columns().map(|column| column.name).collect();
    assert_eq!(names.len(), columns().count());
    assert!(columns().all(|column| !column.unit.is_empty() && !column.meaning.contains('|')));
    let patterns = columns().filter(|column| column.name.starts_with("cdl_")).count();
    assert_eq!((patterns, columns().count()), (61, 177));
}

/// Written anew with `SHOAL_WRITE_DOCS=1`.
#[test]
#[allow(clippy::disallowed_methods, reason = "the environment asks for the file to be written")]
fn the_document_lists_these_columns() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/INDICATORS.md");
    let text = fs::read_to_string(path).unwrap();
    let (words, _) = text.split_once("\n### ").unwrap();
    let due = format!("{words}{}", describe().unwrap());
    if env::var("SHOAL_WRITE_DOCS").is_ok() {
        fs::write(path, &due).unwrap();
        return;
    }
    assert!(text == due, "docs/INDICATORS.md is not what the code says: run this test with SHOAL_WRITE_DOCS=1");
}

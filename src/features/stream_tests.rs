use proptest::prelude::*;

use super::*;
use crate::{
    features::{set, synthetic::walk},
    units::Timestamp,
};

fn rows(candles: &[Candle]) -> Vec<FeatureRow> {
    let mut stream = FeatureStream::new();
    candles.iter().filter_map(|candle| stream.push(candle).unwrap()).collect()
}

/// The bits of every number, so that equality is exact.
fn bits(row: &FeatureRow) -> Vec<u64> {
    row.values.iter().chain([&row.atr]).map(|value| value.to_bits()).collect()
}

fn assert_sound(rows: &[FeatureRow]) {
    for row in rows {
        assert_eq!(row.values.len(), set::COUNT);
        for (name, value) in set::NAMES.iter().zip(&row.values) {
            assert!(value.is_finite() && value.abs() <= 20.0, "{name} is {value} at {}", row.ts);
        }
        assert!(row.atr.is_finite() && row.atr >= 0.0);
    }
}

#[test]
fn the_first_row_comes_with_the_240th_candle() {
    let candles = walk(260, 1);
    let rows = rows(&candles);
    assert_eq!(rows.len(), 260 - WARMUP_BARS + 1);
    assert_eq!(rows[0].ts, candles[WARMUP_BARS - 1].ts);
    assert_sound(&rows);
}

#[test]
fn history_then_live_equals_one_run_and_clones_are_independent() {
    let candles = walk(600, 2);
    let mut stream = FeatureStream::new();
    for candle in &candles[..400] {
        stream.push(candle).unwrap();
    }
    let mut fork = stream.clone();
    for candle in walk(50, 3).iter().map(|c| Candle { ts: c.ts.plus(400 * 3_600), ..*c }) {
        fork.push(&candle).unwrap();
    }
    let live: Vec<_> = candles[400..].iter().filter_map(|candle| stream.push(candle).unwrap()).collect();
    let once = rows(&candles);
    assert_eq!(
        live.iter().map(bits).collect::<Vec<_>>(),
        once[once.len() - 200..].iter().map(bits).collect::<Vec<_>>()
    );
}

#[test]
fn a_row_hardly_depends_on_where_its_history_began() {
    let candles = walk(900, 4);
    let (long, short) = (rows(&candles), rows(&candles[500..]));
    for (a, b) in long[500..].iter().zip(&short) {
        assert_eq!(a.ts, b.ts);
        for ((name, a), b) in set::NAMES.iter().zip(&a.values).zip(&b.values) {
            assert!((a - b).abs() < 1e-3, "{name}: {a} {b}");
        }
    }
}

#[test]
fn prices_and_volumes_may_be_in_any_unit() {
    let candles = walk(500, 5);
    let scaled: Vec<_> = candles
        .iter()
        .map(|c| Candle {
            open: c.open * 16.0,
            high: c.high * 16.0,
            low: c.low * 16.0,
            close: c.close * 16.0,
            volume: c.volume * 0.25,
            ts: c.ts,
        })
        .collect();
    for (a, b) in rows(&candles).iter().zip(rows(&scaled)) {
        for ((name, a), b) in set::NAMES.iter().zip(&a.values).zip(&b.values) {
            assert!((a - b).abs() < 1e-9, "{name}: {a} {b}");
        }
    }
}

#[test]
fn dead_and_wild_markets_stay_finite() {
    let flat =
        |price: f64, volume: f64| move |ts| Candle { ts, open: price, high: price, low: price, close: price, volume };
    let hours = |n: u64| (0..n).map(|hour| Timestamp(1_600_002_000 + 3_600 * hour));
    assert_sound(&rows(&hours(600).map(flat(1_800.0, 0.0)).collect::<Vec<_>>()));
    assert_sound(&rows(&hours(600).map(flat(1_800.0, 10.0)).collect::<Vec<_>>()));
    let wild = |ts: Timestamp| {
        let close = if (ts.0 / 3_600).is_multiple_of(7) { 1e9 } else { 1e-3 };
        Candle { ts, open: close, high: 1e9, low: 1e-3, close, volume: if close > 1.0 { 1e15 } else { 0.0 } }
    };
    assert_sound(&rows(&hours(600).map(wild).collect::<Vec<_>>()));
    let mut dies = walk(500, 6);
    for candle in &mut dies[300..] {
        *candle = flat(1_800.0, 0.0)(candle.ts);
    }
    assert_sound(&rows(&dies));
}

#[test]
fn a_refused_candle_changes_nothing() {
    let candles = walk(400, 7);
    let mut clean = FeatureStream::new();
    let mut dirty = FeatureStream::new();
    for candle in &candles {
        let bad = [
            Candle { close: f64::NAN, ..*candle },
            Candle { high: f64::INFINITY, ..*candle },
            Candle { low: 0.0, ..*candle },
            Candle { volume: -1.0, ..*candle },
            Candle { low: candle.high * 2.0, ..*candle },
        ];
        for candle in bad {
            assert!(dirty.push(&candle).is_err());
        }
        let (a, b) = (clean.push(candle).unwrap(), dirty.push(candle).unwrap());
        assert_eq!(a.as_ref().map(bits), b.as_ref().map(bits));
        assert!(matches!(dirty.push(candle), Err(CandleError::OutOfOrder { .. })), "the same hour twice");
    }
}

#[test]
fn seasons() {
    let column = |name| set::NAMES.iter().position(|known| *known == name).unwrap();
    let all = rows(&walk(600, 8));
    let at = |time: &str| {
        let known: Timestamp = time.parse().unwrap();
        all.iter().find(|row| row.ts.plus(3_600) == known).unwrap()
    };
    // 2020-10-03 was a Saturday.
    for (time, weekend) in
        [("2020-10-02T23:00:00Z", 0.0), ("2020-10-03", 1.0), ("2020-10-04T23:00:00Z", 1.0), ("2020-10-05", 0.0)]
    {
        assert!((at(time).values[column("weekend")] - weekend).abs() < 1e-12, "{time}");
    }
    assert!((at("2020-10-03T06:00:00Z").values[column("hour_sin")] - 1.0).abs() < 1e-9);
    assert!((at("2020-10-03").values[column("hour_cos")] - 1.0).abs() < 1e-9);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// No row knows the future: rows up to `cut` are the same bits whether what follows is cut
    /// off, replaced by another market, or left as it was.
    #[test]
    fn rows_are_causal(seed in any::<u64>(), cut in 240usize..420) {
        let candles = walk(450, seed);
        let mut other = candles.clone();
        for (ours, theirs) in other[cut..].iter_mut().zip(walk(450, seed ^ 1)) {
            *ours = Candle { ts: ours.ts, ..theirs };
        }
        let known = cut + 1 - WARMUP_BARS;
        let take = |candles: &[Candle]| rows(candles)[..known].iter().map(bits).collect::<Vec<_>>();
        let whole = take(&candles);
        prop_assert_eq!(&whole, &take(&candles[..cut]));
        prop_assert_eq!(&whole, &take(&other));
    }
}

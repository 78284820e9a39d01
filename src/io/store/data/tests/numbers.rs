use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::*;
use crate::domain::{Candle, CandleSeries, KnownCandle, Observation, Timeframe};

const HOUR: u64 = 3_600;

pub(super) fn series(symbol: &str) -> CandleSeries {
    CandleSeries { venue: "v".to_owned(), symbol: symbol.to_owned(), timeframe: Timeframe::H1 }
}

/// The bar that opens at `hour`, known `late` seconds after its close.
pub(super) fn candle(hour: u64, close: f64, late: u64) -> KnownCandle {
    let ts = Timestamp(hour * HOUR);
    let candle = Candle { ts, open: 1.5, high: 9.25, low: 0.125, close, volume: 0.1 };
    KnownCandle { candle, known_at: ts.plus(HOUR + late) }
}

pub(super) fn all() -> std::ops::Range<Timestamp> {
    Timestamp(0)..Timestamp(u64::MAX)
}

on_both! {
    async fn candles_are_stored_once(fixture) {
        let mut store = fixture.open().await;
        let bars: Vec<_> = (0..1_500).map(|hour| candle(hour, hour as f64 / 7.0, 0)).collect();
        assert_eq!(store.put_candles(&series("A"), &bars[..700], None).await.unwrap(), written(700, 0, 0));
        assert_eq!(store.put_candles(&series("A"), &bars, None).await.unwrap(), written(800, 700, 0));
        assert_eq!(store.put_candles(&series("B"), &bars[..3], None).await.unwrap(), written(3, 0, 0));
        assert_eq!(store.candles(&series("A"), all(), None).await.unwrap(), bars);
        let some = store.candles(&series("A"), Timestamp(5 * HOUR)..Timestamp(7 * HOUR), None).await.unwrap();
        assert_eq!(some, bars[5..7]);
        assert_eq!(store.candles(&series("C"), all(), None).await.unwrap(), []);
        let summaries = store.candle_series().await.unwrap();
        let found: Vec<_> =
            summaries.iter().map(|one| (one.series.symbol.as_str(), one.first.0, one.last.0 / HOUR, one.count, one.revised)).collect();
        assert_eq!(found, [("A", 0, 1_499, 1_500, 0), ("B", 0, 2, 3, 0)]);
    }

    async fn revisions_stand_beside_what_they_revise(fixture) {
        let mut store = fixture.open().await;
        store.put_candles(&series("A"), &[candle(1, 2.0, 0), candle(2, 3.0, 0)], None).await.unwrap();
        let revised = store.put_candles(&series("A"), &[candle(1, 2.5, 60), candle(2, 3.0, 60)], None).await.unwrap();
        assert_eq!(revised, written(0, 1, 1));
        let closes = |bars: Vec<KnownCandle>| bars.iter().map(|bar| bar.candle.close).collect::<Vec<_>>();
        let before = Some(Timestamp(2 * HOUR + 59));
        assert_eq!(closes(store.candles(&series("A"), all(), before).await.unwrap()), [2.0]);
        let after = Some(Timestamp(2 * HOUR + 60));
        assert_eq!(closes(store.candles(&series("A"), all(), after).await.unwrap()), [2.5]);
        assert_eq!(closes(store.candles(&series("A"), all(), None).await.unwrap()), [2.5, 3.0]);
        assert_eq!(closes(store.candle_revisions(&series("A"), all()).await.unwrap()), [2.0, 2.5, 3.0]);
        // The first again, as a second run brings it.
        assert_eq!(store.put_candles(&series("A"), &[candle(1, 2.0, 0)], None).await.unwrap(), written(0, 1, 0));
        assert_eq!(store.candle_series().await.unwrap()[0].revised, 1);
    }

    async fn a_value_that_returns_to_an_earlier_one_is_a_third_revision(fixture) {
        let mut store = fixture.open().await;
        let at = |hours: u64| Timestamp(hours * HOUR);
        for (now, close, told) in [(10, 2.0, [1, 0, 0]), (11, 2.5, [0, 0, 1]), (12, 2.0, [0, 0, 1]), (13, 2.0, [0, 1, 0])] {
            let [new, same, revised] = told;
            let put = store.put_current_candles(&series("A"), &[candle(1, close, 0)], at(now), Some(("at", "1"))).await;
            assert_eq!(put.unwrap(), written(new, same, revised), "at {now}");
            let value = Observation { ts: at(1), known_at: at(2), value: close };
            let put = store.put_current_observations("x", &[value], at(now), None).await;
            assert_eq!(put.unwrap(), written(new, same, revised), "at {now}");
        }
        for (hours, close) in [(2, 2.0), (10, 2.0), (11, 2.5), (12, 2.0), (99, 2.0)] {
            let bars = store.candles(&series("A"), all(), Some(at(hours))).await.unwrap();
            let values = store.observations("x", all(), Some(at(hours))).await.unwrap();
            assert_eq!((bars[0].candle.close, values[0].value), (close, close), "as of {hours}");
        }
        let known: Vec<u64> =
            store.candle_revisions(&series("A"), all()).await.unwrap().iter().map(|bar| bar.known_at.0 / HOUR).collect();
        assert_eq!(known, [2, 11, 12]);
        // The same from a file is history, and known.
        assert_eq!(store.put_candles(&series("A"), &[candle(1, 2.5, 9 * HOUR)], None).await.unwrap(), written(0, 1, 0));
        // Two values at once.
        let twice = [candle(1, 3.0, 0), candle(1, 4.0, 0)];
        let error = store.put_current_candles(&series("A"), &twice, at(20), Some(("at", "2"))).await.unwrap_err();
        assert!(matches!(error.fault, Fault::Clash { .. }), "{error}");
        assert_eq!(store.cursor("at").await.unwrap().as_deref(), Some("1"));
    }

    /// Random values said at random times, against a list of what was said when.
    async fn what_was_said_is_read_as_of_every_moment(fixture) {
        let mut store = fixture.open().await;
        let mut runner = TestRunner::deterministic();
        let said = (0..3u64, prop::collection::btree_map(0..4u64, 0..3u32, 1..4));
        let said = prop::collection::vec(said, 60..61).new_tree(&mut runner).unwrap().current();
        let (mut now, mut model) = (100, Vec::<Observation>::new());
        for (later, values) in said {
            now += later;
            let batch: Vec<_> = values.iter().map(|(ts, value)| Observation { ts: Timestamp(*ts), known_at: Timestamp(*ts), value: f64::from(*value) }).collect();
            store.put_current_observations("x", &batch, Timestamp(now), None).await.unwrap();
            for value in batch {
                match model.iter().rev().find(|known| known.ts == value.ts) {
                    None => model.push(value),
                    Some(old) if old.value != value.value => {
                        let known_at = Timestamp(now).max(old.known_at.plus(1));
                        model.push(Observation { known_at, ..value });
                    }
                    Some(_) => {}
                }
            }
        }
        for at in (0..now + 70).map(Timestamp) {
            let known = |ts| model.iter().rfind(|known| known.ts == Timestamp(ts) && known.known_at <= at).copied();
            let expected: Vec<_> = (0..4).filter_map(known).collect();
            assert_eq!(store.observations("x", all(), Some(at)).await.unwrap(), expected, "as of {at}");
        }
        model.sort_by_key(|known| (known.ts, known.known_at));
        assert_eq!(store.observation_revisions("x", all()).await.unwrap(), model);
    }

    async fn what_clashes_is_refused_with_all_that_came_with_it(fixture) {
        let mut store = fixture.open().await;
        store.put_candles(&series("A"), &[candle(1, 2.0, 60)], Some(("at", "1"))).await.unwrap();
        for late in [0, 59, 60] {
            let batch = [candle(0, 1.0, 0), candle(1, 2.5, late)];
            let error = store.put_candles(&series("A"), &batch, Some(("at", "2"))).await.unwrap_err();
            assert!(matches!(error.fault, Fault::Clash { .. }), "{error}");
            assert_eq!(error.advice(), crate::io::advice::Advice::Drop);
            let said = error.to_string();
            for part in ["v/A_1h", "1970-01-01T01:00:00Z", "1970-01-01T02:01:00Z"] {
                assert!(said.contains(part), "{said} lacks {part}");
            }
        }
        assert_eq!(store.candles(&series("A"), all(), None).await.unwrap(), [candle(1, 2.0, 60)]);
        assert_eq!(store.cursor("at").await.unwrap().as_deref(), Some("1"));
    }

    async fn what_cannot_be_is_refused(fixture) {
        let mut store = fixture.open().await;
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let error = store.put_candles(&series("A"), &[candle(0, 1.0, 0), candle(1, number, 0)], None).await.unwrap_err();
            assert!(matches!(error.fault, Fault::NotFinite { field: "close", .. }), "{error}");
            let value = Observation { ts: Timestamp(1), known_at: Timestamp(1), value: number };
            let error = store.put_observations("x", &[value], None).await.unwrap_err();
            assert!(matches!(error.fault, Fault::NotFinite { field: "value", .. }), "{error}");
        }
        let forming = KnownCandle { known_at: Timestamp(2 * HOUR - 1), ..candle(1, 1.0, 0) };
        let error = store.put_candles(&series("A"), &[forming], None).await.unwrap_err();
        assert!(matches!(error.fault, Fault::TooEarly { .. }), "{error}");
        let mut askew = candle(1, 1.0, 9);
        askew.candle.ts = Timestamp(HOUR + 1);
        assert!(store.put_candles(&series("A"), &[askew], None).await.is_err());
        let early = Observation { ts: Timestamp(2), known_at: Timestamp(1), value: 1.0 };
        assert!(store.put_observations("x", &[early], None).await.is_err());
        let late = Observation { ts: Timestamp(2), known_at: Timestamp(u64::MAX), value: 1.0 };
        assert!(store.put_observations("x", &[late], None).await.is_err());
        assert!(store.candle_series().await.unwrap().is_empty());
        assert!(store.observation_series().await.unwrap().is_empty());
    }

    async fn observations_are_read_as_of_a_moment(fixture) {
        let mut store = fixture.open().await;
        let at = |ts, known_at, value| Observation { ts: Timestamp(ts), known_at: Timestamp(known_at), value };
        let rows = [at(10, 20, -37.63), at(10, 90, 5.0), at(30, 40, 1e-300)];
        assert_eq!(store.put_observations("wti", &rows, None).await.unwrap(), written(2, 0, 1));
        assert_eq!(store.put_observations("wti", &rows, None).await.unwrap(), written(0, 3, 0));
        assert_eq!(store.observations("wti", all(), Some(Timestamp(89))).await.unwrap(), [rows[0], rows[2]]);
        assert_eq!(store.observations("wti", all(), Some(Timestamp(19))).await.unwrap(), []);
        assert_eq!(store.observations("wti", all(), None).await.unwrap(), rows[1..]);
        assert_eq!(store.observation_revisions("wti", all()).await.unwrap(), rows);
        let summary = ObservationSummary { series: "wti".to_owned(), first: Timestamp(10), last: Timestamp(30), count: 2, revised: 1 };
        assert_eq!(store.observation_series().await.unwrap(), [summary]);
    }

    /// Any finite number, on both sides of every boundary that a format could have.
    async fn numbers_are_read_back_bit_for_bit(fixture) {
        let mut store = fixture.open().await;
        let mut runner = TestRunner::deterministic();
        let finite = any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |number| number.is_finite());
        let mut numbers: Vec<f64> = (0..2_000).map(|_| finite.new_tree(&mut runner).unwrap().current()).collect();
        numbers.extend([0.0, -0.0, 0.1, 1e15, 1e18, -1e18, 9_007_199_254_740_993.0, 9_223_372_036_854_775_807.0]);
        numbers.extend([f64::MAX, f64::MIN, f64::MIN_POSITIVE, f64::from_bits(1), 0.1 + 0.2]);
        let rows: Vec<_> = (0..).zip(&numbers).map(|(ts, &value)| Observation { ts: Timestamp(ts), known_at: Timestamp(ts), value }).collect();
        store.put_observations("x", &rows, None).await.unwrap();
        let read = store.observations("x", all(), None).await.unwrap();
        let bits = |number: f64| (number + 0.0).to_bits();
        assert!(read.iter().map(|row| row.value.to_bits()).eq(numbers.iter().map(|number| bits(*number))));
        assert_eq!(store.put_observations("x", &rows, None).await.unwrap(), written(0, rows.len() as u64, 0));
    }
}

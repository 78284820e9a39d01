//! The rule itself, over random series with lags, revisions and outages, against an oracle that
//! looks at everything.

use proptest::prelude::*;

use super::*;
use crate::units::Timestamp;

const MAX_AGE: u64 = 400;

fn known(ts: u64, known_at: u64, value: f64) -> Known<f64> {
    Known { ts: Timestamp(ts), known_at: Timestamp(known_at), value }
}

fn observation(known: &Known<f64>) -> Observation {
    Observation { ts: known.ts, known_at: known.known_at, value: known.value }
}

/// Everything looked at for every row.
fn oracle(grid: &[Timestamp], series: &[Known<f64>], max_age: Option<u64>) -> Vec<Cell> {
    let row = |t: &Timestamp| {
        let seen = series.iter().filter(|known| known.known_at <= *t);
        let Some(latest) = seen.max_by_key(|known| (known.ts, known.known_at)) else { return Cell::Unknown };
        let (age, known_for) = (t.0 - latest.ts.0, t.0 - latest.known_at.0);
        match max_age {
            Some(limit) if age > limit => Cell::Stale { age, known_for },
            _ => Cell::Fresh { value: latest.value, age, known_for },
        }
    };
    grid.iter().map(row).collect()
}

fn bits(cells: &[Cell]) -> Vec<(Option<u64>, Option<u64>, Option<u64>)> {
    cells.iter().map(|cell| (cell.value().map(f64::to_bits), cell.age(), cell.known_for())).collect()
}

fn batch(grid: &[Timestamp], series: &[Known<f64>]) -> Vec<Cell> {
    column(grid, series.iter().copied(), Some(MAX_AGE)).unwrap()
}

/// A series with lags, revisions and an outage; no two of one `ts` known in the same second.
fn series() -> impl Strategy<Value = Vec<Known<f64>>> {
    let point = (1_u64..90, 0_u64..200, prop::collection::vec(1_u64..300, 0..3), -1e6..1e6_f64);
    (prop::collection::vec(point, 0..60), 0_usize..60, 0_usize..20).prop_map(|(points, outage, length)| {
        let mut ts = 0;
        let mut all = Vec::new();
        for (at, (step, lag, revisions, value)) in points.into_iter().enumerate() {
            ts += step;
            if (outage..outage + length).contains(&at) {
                continue;
            }
            let mut known_at = ts + lag;
            all.push(known(ts, known_at, value));
            for (n, after) in revisions.into_iter().enumerate() {
                known_at += after;
                all.push(known(ts, known_at, value + 1.0 + n as f64));
            }
        }
        all
    })
}

fn grid() -> impl Strategy<Value = Vec<Timestamp>> {
    prop::collection::vec(0_u64..120, 1..60).prop_map(|steps| {
        let mut t = 0;
        steps
            .into_iter()
            .map(|step| {
                t += step;
                Timestamp(t)
            })
            .collect()
    })
}

/// One row at a time, each observation pushed when it becomes known.
fn streamed(grid: &[Timestamp], series: &[Known<f64>]) -> Vec<Cell> {
    let mut arriving = series.to_vec();
    arriving.sort_by_key(|known| known.known_at);
    let mut arriving = arriving.into_iter().peekable();
    let mut stream = Stream::new([("s", Some(MAX_AGE))]);
    let mut cells = Vec::new();
    for t in grid {
        while let Some(known) = arriving.next_if(|known| known.known_at <= *t) {
            assert!(stream.push(0, known).unwrap());
        }
        cells.extend(stream.row(*t).unwrap());
    }
    cells
}

proptest! {
    #[test]
    fn equals_the_oracle_in_any_order_and_as_a_stream(all in series(), grid in grid(), seed in any::<prop::sample::Index>()) {
        let expected = bits(&oracle(&grid, &all, Some(MAX_AGE)));
        prop_assert_eq!(bits(&batch(&grid, &all)), expected.clone());
        let mut turned = all.clone();
        if !turned.is_empty() {
            let at = seed.index(turned.len());
            turned.rotate_left(at);
            turned.reverse();
        }
        prop_assert_eq!(bits(&batch(&grid, &turned)), expected.clone());
        prop_assert_eq!(bits(&streamed(&grid, &turned)), expected);
    }

    #[test]
    fn what_becomes_known_later_changes_nothing_before(all in series(), grid in grid(), cut in any::<prop::sample::Index>(), lie in -1e9..1e9_f64) {
        let t = grid[cut.index(grid.len())];
        let before = grid.iter().filter(|row| **row <= t).count();
        let whole = batch(&grid, &all);
        let gone: Vec<_> = all.iter().copied().filter(|known| known.known_at <= t).collect();
        let corrupt: Vec<_> = all.iter().map(|known| match known.known_at > t {
            true => Known { value: lie, ts: Timestamp(known.ts.0 / 2), ..*known },
            false => *known,
        }).collect();
        // Corrupted times may collide; the rows up to the cut end before such a collision.
        for other in [gone, corrupt] {
            let cells = column(&grid[..before], other.iter().copied(), Some(MAX_AGE)).unwrap();
            prop_assert_eq!(bits(&cells), bits(&whole[..before]));
        }
    }

    #[test]
    fn a_revision_acts_from_its_own_time_on(all in series(), grid in grid(), which in any::<prop::sample::Index>(), after in 1_u64..500) {
        prop_assume!(!all.is_empty());
        let revised = all[which.index(all.len())];
        let known_at = all.iter().map(|known| known.known_at).max().unwrap().plus(after);
        let mut with = all.clone();
        with.push(Known { known_at, value: 7e7, ..revised });
        let (without, with) = (batch(&grid, &all), batch(&grid, &with));
        let newest = all.iter().map(|known| known.ts).max().unwrap();
        for ((t, before), after) in grid.iter().zip(&without).zip(&with) {
            if *t < known_at || revised.ts < newest {
                prop_assert_eq!(bits(&[*before]), bits(&[*after]));
            } else {
                prop_assert!(after.value().is_none_or(|value| value == 7e7));
            }
        }
    }

    #[test]
    fn an_outage_is_a_growing_age_and_then_nothing(all in series(), more in 1_u64..5_000) {
        prop_assume!(!all.is_empty());
        let end = all.iter().map(|known| known.known_at).max().unwrap();
        let last = all.iter().max_by_key(|known| (known.ts, known.known_at)).unwrap();
        let grid: Vec<Timestamp> = (0..more).step_by(37).map(|after| end.plus(after)).collect();
        for (t, cell) in grid.iter().zip(batch(&grid, &all)) {
            let age = t.0 - last.ts.0;
            prop_assert_eq!(cell.age(), Some(age));
            prop_assert_eq!(cell.value(), (age <= MAX_AGE).then_some(last.value));
        }
    }
}

#[test]
fn what_cannot_be_true_is_refused_and_changes_nothing() {
    let t = Timestamp;
    let mut fold = AsOf::new(None);
    fold.push(known(10, 20, 1.0)).unwrap();
    let refused = [
        (known(40, 30, 1.0), Fault::KnownTooEarly { ts: t(40), known_at: t(30) }),
        (known(20, 30, f64::NAN), Fault::NotFinite { ts: t(20), known_at: t(30) }),
        (known(10, 20, 2.0), Fault::Conflict { ts: t(10), known_at: t(20) }),
        (known(11, 19, 2.0), Fault::OutOfOrder { known_at: t(19), previous: t(20) }),
    ];
    for (bad, fault) in refused {
        let before = fold.clone();
        assert_eq!(fold.push(bad), Err(fault));
        assert_eq!(fold, before);
    }
    assert_eq!(fold.at(t(19)), Err(Fault::Backwards { row: t(19), previous: t(20) }));
    assert_eq!(fold.at(t(25)), Ok(Cell::Fresh { value: 1.0, age: 15, known_for: 5 }));
    assert_eq!(fold.push(known(12, 25, 2.0)), Err(Fault::Late { known_at: t(25), row: t(25) }));
    assert_eq!(fold.at(t(24)), Err(Fault::Backwards { row: t(24), previous: t(25) }));
    fold.push(known(9, 26, 3.0)).unwrap();
    assert_eq!(fold.at(t(26)).unwrap().value(), Some(1.0), "an older time known later is not the latest");
}

#[test]
fn candles_are_seen_from_their_close_on_and_errors_name_the_series() {
    let candle = |hour: u64, close: f64| KnownCandle {
        candle: Candle { ts: Timestamp(hour * 3_600), open: 1.0, high: 9.0, low: 1.0, close, volume: 4.0 },
        known_at: Timestamp((hour + 1) * 3_600 + 2),
    };
    let candles = [candle(0, 2.0), candle(1, 3.0)];
    let grid = [3_600, 3_602, 7_203, 20_000].map(Timestamp);
    let of = |field| Series {
        name: "v/ETHUSDT_1h",
        values: Values::Candles { candles: &candles, timeframe: Timeframe::H1, field },
        max_age: Some(7_200),
    };
    let rates = [known(0, 3_601, 5.0)].map(|known| observation(&known));
    let scalar = Series { name: "rate", values: Values::Observations(&rates), max_age: None };
    let joined = join(&grid, &[of(Field::Close), of(Field::Volume), scalar]).unwrap();
    let close = [
        Cell::Unknown,
        Cell::Fresh { value: 2.0, age: 2, known_for: 0 },
        Cell::Fresh { value: 3.0, age: 3, known_for: 1 },
        Cell::Stale { age: 12_800, known_for: 12_798 },
    ];
    assert_eq!(joined.columns[0], close);
    let row: Vec<_> = joined.row(1).map(|cell| cell.value()).collect();
    assert_eq!(row, [Some(2.0), Some(4.0), Some(5.0)]);

    let early = [KnownCandle { known_at: Timestamp(3_599), ..candles[0] }];
    let series = Series {
        values: Values::Candles { candles: &early, timeframe: Timeframe::H1, field: Field::Close },
        ..of(Field::Close)
    };
    let error = join(&grid, &[series]).unwrap_err();
    assert!(error.to_string().starts_with("series v/ETHUSDT_1h: the value of 1970-01-01T01:00:00Z"), "{error}");
    let descending = [7_200, 3_600].map(Timestamp);
    assert!(matches!(join(&descending, &[scalar]).unwrap_err().fault, Fault::Backwards { .. }));
}

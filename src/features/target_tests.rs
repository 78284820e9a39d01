use super::*;
use crate::features::synthetic::walk;

#[test]
fn the_future_is_found_by_time_and_never_beyond_the_slice() {
    let candles = walk(400, 21);
    for horizon in [1u32, 4, 24] {
        let samples = samples(&candles, horizon).unwrap();
        assert_eq!(samples.len(), 400 - 240 + 1 - horizon as usize);
        for sample in &samples {
            let at = |ts| candles.iter().find(|candle| candle.ts == ts).unwrap().close;
            let later = at(sample.row.ts.plus(u64::from(horizon) * 3_600));
            assert!((sample.forward_return - (later / at(sample.row.ts) - 1.0)).abs() < 1e-15);
        }
    }
}

#[test]
fn an_outage_drops_the_samples_it_swallowed() {
    let mut candles = walk(400, 22);
    let gone: Vec<_> = candles.drain(300..310).map(|candle| candle.ts).collect();
    let samples = samples(&candles, 4).unwrap();
    assert_eq!(samples.len(), 390 - 240 + 1 - 4 - 4);
    assert!(samples.iter().all(|sample| !gone.contains(&sample.row.ts.plus(4 * 3_600))));
}

#[test]
fn cutting_the_future_drops_samples_but_changes_none() {
    let candles = walk(420, 23);
    let (long, short) = (samples(&candles, 8).unwrap(), samples(&candles[..400], 8).unwrap());
    assert_eq!(long[..short.len()], short[..]);
}

#[test]
fn the_pool_is_ordered_by_time_then_asset_and_reports_a_bad_candle() {
    let (a, b) = (walk(300, 24), walk(320, 25));
    let pool = pooled(&[&a, &b], 4).unwrap();
    let mut expected = samples(&a, 4).unwrap();
    expected.extend(samples(&b, 4).unwrap());
    expected.sort_by_key(|sample| sample.row.ts);
    assert_eq!(pool, expected);
    let mut broken = b;
    broken[7].close = -1.0;
    assert!(matches!(pooled(&[&a, &broken], 4), Err(CandleError::OutOfRange { what: "close", .. })));
}

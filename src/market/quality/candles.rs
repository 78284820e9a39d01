//! Candles: what is missing, what stands twice, what cannot be, what jumps, what ended.

use std::borrow::Cow;

use super::{Fault, FaultKind, Params, Quality, spikes};
use crate::{
    domain::{Candle, KnownCandle, Timeframe},
    units::Timestamp,
};

/// Judges one series, in whatever order it comes. `reference` is the price of the other venues at
/// the close of each bar, by the bar's open (ascending), where there is one; `now` is when
/// the series should reach to the present.
pub fn check(
    candles: &[KnownCandle],
    timeframe: Timeframe,
    reference: &[(Timestamp, f64)],
    now: Option<Timestamp>,
    params: &Params,
) -> Quality {
    let mut faults = Vec::new();
    let bars = final_bars(candles, timeframe, &mut faults);
    gaps(&bars, timeframe, &mut faults);
    zero_volume(&bars, timeframe, &mut faults);
    let points: Vec<(Timestamp, f64)> =
        bars.iter().filter(|bar| bar.close > 0.0).map(|bar| (bar.ts, bar.close.ln())).collect();
    faults.extend(spikes::of_bars(&points, timeframe.seconds(), reference, params));
    let (first, last) = (bars.first().map(|bar| bar.ts), bars.last().map(|bar| bar.ts));
    if let (Some(last), Some(now)) = (last, now) {
        faults.extend(stale(last, timeframe.seconds(), timeframe.close(last), now, params));
    }
    let (rows, values) = (candles.len() as u64, bars.len() as u64);
    Quality { rows, values, first, last, step: Some(timeframe.seconds()), is_regular: true, faults }
}

/// More than so many values are overdue, counted from when the last one was due.
pub(super) fn stale(last: Timestamp, step: u64, due: Timestamp, now: Timestamp, params: &Params) -> Option<Fault> {
    let overdue = now.since(due).checked_div(step)?;
    let fault = Fault { kind: FaultKind::Stale, at: last.plus(step), values: overdue, size: None };
    (overdue > params.overdue_steps).then_some(fault)
}

/// The newest revision of each bar, ascending, without those that cannot be.
fn final_bars(candles: &[KnownCandle], timeframe: Timeframe, faults: &mut Vec<Fault>) -> Vec<Candle> {
    let mut add = |kind, at| faults.push(Fault { kind, at, values: 1, size: None });
    let key = |known: &KnownCandle| (known.candle.ts, known.known_at);
    let mut sorted = Cow::Borrowed(candles);
    if !candles.is_sorted_by_key(key) {
        for pair in candles.windows(2) {
            if let [before, after] = pair
                && after.candle.ts < before.candle.ts
            {
                add(FaultKind::Unsorted, after.candle.ts);
            }
        }
        sorted.to_mut().sort_by_key(key);
    }
    let mut bars: Vec<Candle> = Vec::with_capacity(sorted.len());
    let mut before: Option<&KnownCandle> = None;
    for known in sorted.iter() {
        let ts = known.candle.ts;
        if !ts.0.is_multiple_of(timeframe.seconds()) {
            add(FaultKind::OffGrid, ts);
        }
        if known.known_at < timeframe.close(ts) {
            add(FaultKind::KnownTooEarly, ts);
        }
        let possible = is_possible(&known.candle);
        if !possible {
            add(FaultKind::NotAValue, ts);
        }
        let again = before.filter(|before| before.candle.ts == ts);
        if let Some(before) = again {
            add(
                match known.candle == before.candle {
                    true => FaultKind::Duplicate,
                    false if known.known_at == before.known_at => FaultKind::Conflict,
                    false => FaultKind::Revision,
                },
                ts,
            );
        }
        before = Some(known);
        if possible {
            match bars.last_mut().filter(|last| last.ts == ts) {
                Some(last) => *last = known.candle,
                None => bars.push(known.candle),
            }
        }
    }
    bars
}

fn is_possible(candle: &Candle) -> bool {
    let Candle { open, high, low, close, volume, .. } = *candle;
    let finite = [open, high, low, close, volume].into_iter().all(f64::is_finite);
    finite && low > 0.0 && low <= open.min(close) && high >= open.max(close) && volume >= 0.0
}

fn gaps(bars: &[Candle], timeframe: Timeframe, faults: &mut Vec<Fault>) {
    let step = timeframe.seconds();
    for pair in bars.windows(2) {
        if let [before, after] = pair {
            let missing = (after.ts.since(before.ts) / step).saturating_sub(1);
            if missing > 0 {
                faults.push(Fault { kind: FaultKind::Gap, at: before.ts.plus(step), values: missing, size: None });
            }
        }
    }
}

/// Runs of bars in which nothing was traded; a missing bar ends a run.
fn zero_volume(bars: &[Candle], timeframe: Timeframe, faults: &mut Vec<Fault>) {
    let mut run: Option<Fault> = None;
    for bar in bars.iter().filter(|bar| bar.volume == 0.0) {
        match &mut run {
            Some(fault) if fault.at.plus(fault.values * timeframe.seconds()) == bar.ts => fault.values += 1,
            _ => {
                let fault = Fault { kind: FaultKind::ZeroVolume, at: bar.ts, values: 1, size: None };
                faults.extend(run.replace(fault));
            }
        }
    }
    faults.extend(run);
}

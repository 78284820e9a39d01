//! Series of numbers: by their own cadence.

use super::{Fault, FaultKind, Params, Quality, candles::stale, spikes};
use crate::{domain::Observation, units::Timestamp};

/// A step that differs from the usual one by no more than this share of it is one too: months
/// have 28 to 31 days.
const NEAR: f64 = 0.15;

const DAY: u64 = 86_400;

/// A step longer than the usual long step times this is a gap.
const LONG: f64 = 1.5;

/// Judges one series, in whatever order it comes. Its usual step is the median of its own; its
/// usual long step, a weekend's, the 95th percentile; how many values a gap lacks is judged by the
/// mean of the usual steps. A series without a cadence, of things that happen when they happen,
/// has no gaps: see `is_regular`. `max_age`, in seconds, is when the series
/// counts as stale at `now`; without it, when more than the usual number of long steps are
/// overdue.
pub fn check(values: &[Observation], now: Option<Timestamp>, max_age: Option<u64>, params: &Params) -> Quality {
    let mut faults = Vec::new();
    let points = final_values(values, &mut faults);
    let mut steps: Vec<u64> =
        points.windows(2).filter_map(|pair| Some(pair.last()?.0.since(pair.first()?.0))).collect();
    steps.sort_unstable();
    let step = steps.get(steps.len() / 2).copied();
    let long = steps.get(steps.len().saturating_sub(1) * 95 / 100).copied();
    let is_regular = step.is_some_and(|step| is_regular(&points, step, params.regular_share));
    if let (Some(step), Some(long), true) = (step, long, is_regular) {
        let is_gap = |step: u64| step as f64 > LONG * long as f64;
        let usual = steps.partition_point(|step| !is_gap(*step));
        // Weekends count: a week that is missing lacks five working days, not seven.
        let mean = steps.iter().take(usual).sum::<u64>() as f64 / usual.max(1) as f64;
        for pair in points.windows(2) {
            let [(before, _), (after, _)] = *pair else { continue };
            let found = after.since(before);
            if is_gap(found) && mean > 0.0 {
                let missing = (found as f64 / mean).round() as u64 - 1;
                faults.push(Fault { kind: FaultKind::Gap, at: before.plus(step), values: missing, size: None });
            }
        }
    }
    faults.extend(spikes::of_numbers(&points, params));
    let (first, last) = (points.first().map(|point| point.0), points.last().map(|point| point.0));
    if let (Some(last), Some(now), Some(step)) = (last, now, step) {
        match max_age {
            Some(max_age) if now.since(last) > max_age => {
                let values = now.since(last) / step;
                faults.push(Fault { kind: FaultKind::Stale, at: last.plus(step), values, size: None });
            }
            Some(_) => {}
            None => faults.extend(long.and_then(|long| stale(last, long, last.plus(long), now, params))),
        }
    }
    Quality { rows: values.len() as u64, values: points.len() as u64, first, last, step, is_regular, faults }
}

/// Whether at least `share` of the steps are near `usual`. Of a daily series the days count on
/// which it has values, those of the week that have at least half as many as the fullest: from a
/// Friday to a Monday is one working day.
fn is_regular(points: &[(Timestamp, f64)], usual: u64, share: f64) -> bool {
    let day_of = |ts: Timestamp| ts.0 / DAY;
    let mut values = [0_u64; 7];
    for (ts, _) in points {
        values[(day_of(*ts) % 7) as usize] += 1;
    }
    let fullest = values.into_iter().max().unwrap_or(0);
    let is_open = |day: &u64| 2 * values[(day % 7) as usize] >= fullest;
    let near = |step: u64| (step as f64 - usual as f64).abs() <= NEAR * usual as f64;
    let regular = points.windows(2).filter(|pair| {
        let [(before, _), (after, _)] = **pair else { return false };
        let (from, to) = (day_of(before), day_of(after));
        // No week is without an open day.
        let next_open = || usual == DAY && to - from <= 7 && (from + 1..=to).filter(is_open).count() == 1;
        near(after.since(before)) || next_open()
    });
    regular.count() as f64 >= share * points.len().saturating_sub(1) as f64
}

/// The newest revision of each time, ascending, without those that are no number.
fn final_values(values: &[Observation], faults: &mut Vec<Fault>) -> Vec<(Timestamp, f64)> {
    let mut add = |kind, at| faults.push(Fault { kind, at, values: 1, size: None });
    let key = |value: &Observation| (value.ts, value.known_at);
    let mut sorted = values.to_vec();
    if !values.is_sorted_by_key(key) {
        for pair in values.windows(2) {
            if let [before, after] = pair
                && after.ts < before.ts
            {
                add(FaultKind::Unsorted, after.ts);
            }
        }
        sorted.sort_by_key(key);
    }
    let mut points: Vec<(Timestamp, f64)> = Vec::with_capacity(sorted.len());
    let mut before: Option<Observation> = None;
    for value in sorted {
        if value.known_at < value.ts {
            add(FaultKind::KnownTooEarly, value.ts);
        }
        if !value.value.is_finite() {
            add(FaultKind::NotAValue, value.ts);
        }
        if let Some(before) = before.filter(|before| before.ts == value.ts) {
            add(
                match value.value.to_bits() == before.value.to_bits() {
                    true => FaultKind::Duplicate,
                    false if value.known_at == before.known_at => FaultKind::Conflict,
                    false => FaultKind::Revision,
                },
                value.ts,
            );
        }
        before = Some(value);
        if value.value.is_finite() {
            match points.last_mut().filter(|point| point.0 == value.ts) {
                Some(point) => point.1 = value.value,
                None => points.push((value.ts, value.value)),
            }
        }
    }
    points
}

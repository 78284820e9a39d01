//! Jumps that are no market's.

use super::{Fault, FaultKind, Params};
use crate::{
    market::robust::{MAD_TO_SIGMA, RollingMedian},
    units::Timestamp,
};

/// Of a jump, at least this share is taken back by the next value, or made by the other venues.
const SHARE: f64 = 0.5;

/// More than a doubling or a halving needs another venue as a witness.
const INCREDIBLE: f64 = std::f64::consts::LN_2;

/// Bars whose log return is beyond the bound and that the other venues did not make; where no
/// other venue tells, bars whose return the next bar takes back, or that more than doubles or
/// halves the price. `points` are log closes. Over a gap only the latter is judged, and over one
/// longer than the window nothing is.
pub(super) fn of_bars(
    points: &[(Timestamp, f64)],
    step: u64,
    reference: &[(Timestamp, f64)],
    params: &Params,
) -> Vec<Fault> {
    let mut usual = RollingMedian::new(params.window);
    let mut others = reference.iter().peekable();
    let mut before: Option<f64> = None;
    let mut spikes = Vec::new();
    for (at, pair) in points.windows(2).enumerate() {
        let [(from, start), (ts, end)] = *pair else { continue };
        // The other venues' price at both ends of this bar.
        let mut price_at = |ts: Timestamp| {
            while others.next_if(|(other, _)| *other < ts).is_some() {}
            others.next_if(|(other, _)| *other == ts).map(|(_, price)| price.ln())
        };
        let start_of_others = before.take().or_else(|| price_at(from));
        let end_of_others = price_at(ts);
        before = end_of_others;
        let change = end - start;
        let bound = if ts.since(from) == step {
            let bound = params.spike_scales * scale(&usual, params.spike_floor);
            usual.push(change.abs());
            bound
        } else if ts.since(from) <= step.saturating_mul(params.window as u64) {
            INCREDIBLE
        } else {
            continue;
        };
        if change.abs() <= bound {
            continue;
        }
        let taken_back = points.get(at + 2).filter(|(next, _)| next.since(ts) == step).map(|(_, next)| next - end);
        let real = match start_of_others.zip(end_of_others) {
            Some((start, end)) => (end - start) / change >= SHARE,
            None => change.abs() <= INCREDIBLE && taken_back.is_none_or(|next| -next / change < SHARE),
        };
        if !real {
            spikes.push(Fault { kind: FaultKind::Spike, at: ts, values: 1, size: Some(change) });
        }
    }
    spikes
}

/// Values that jump beyond the bound and whose jump the next value takes back. Differences, not
/// returns: a price of oil can be negative. Where more than half of the values repeat the one
/// before (a central bank's rate), the usual change is the median of those that are none, and no
/// less than a share of the value; of a zero that never moved nothing is judged.
pub(super) fn of_numbers(points: &[(Timestamp, f64)], params: &Params) -> Vec<Fault> {
    let (mut usual, mut moves) = (RollingMedian::new(params.window), RollingMedian::new(params.window));
    let mut spikes = Vec::new();
    let mut was_spike = false;
    for triple in points.windows(3) {
        let [(_, before), (ts, value), (_, after)] = *triple else { continue };
        let change = value - before;
        // Without a history nothing is usual yet.
        let scale = usual.median().map(|median| match median > 0.0 {
            true => MAD_TO_SIGMA * median,
            false => (MAD_TO_SIGMA * moves.median().unwrap_or(0.0)).max(params.number_floor * before.abs()),
        });
        let bound = scale.map(|scale| params.spike_scales * scale);
        let known = usual.len() >= params.window.min(20);
        usual.push(change.abs());
        let jumped = known && bound.is_some_and(|bound| bound > 0.0 && change.abs() > bound);
        let is_spike = jumped && (value - after) / change >= SHARE;
        // A spike and the way back from it say nothing of what is usual.
        if !is_spike && !was_spike && change != 0.0 {
            moves.push(change.abs());
        }
        was_spike = is_spike;
        if is_spike {
            spikes.push(Fault { kind: FaultKind::Spike, at: ts, values: 1, size: Some(change) });
        }
    }
    spikes
}

pub(super) fn scale(usual: &RollingMedian, floor: f64) -> f64 {
    usual.median().map_or(floor, |median| (MAD_TO_SIGMA * median).max(floor))
}

//! A venue against the others.

use serde::Serialize;

use super::{Fault, FaultKind, Params, spikes::scale};
use crate::{
    market::{
        consensus::{self, Quote, consensus},
        robust::{RollingMedian, median},
    },
    units::Timestamp,
};

/// Another venue's bars of the same asset and timeframe: open time, close price and volume,
/// ascending.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    pub venue: &'a str,
    pub bars: &'a [(Timestamp, f64, f64)],
}

/// How a venue stands to the others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Divergence {
    /// Bars that could be compared.
    pub compared: u64,
    /// The usual distance, as a difference of natural logarithms. Where the others quote in
    /// another unit this is mostly the price of the one unit in the other.
    pub median: Option<f64>,
    /// The usual size of the distance.
    pub median_abs: Option<f64>,
    pub faults: Vec<Fault>,
}

/// The other venues' consensus at each bar of `own`, by the bar's open. It exists where at least one of the
/// others has the bar and those that have it agree. The venues' units must be one, or their
/// difference slow: [`check`] removes what is usual.
pub(super) fn reference(own: &[(Timestamp, f64, f64)], peers: &[Peer<'_>]) -> Vec<(Timestamp, f64)> {
    let params = consensus::Params::with_max_age(0);
    let mut places = vec![0_usize; peers.len()];
    let mut found = Vec::with_capacity(own.len());
    let mut quotes = Vec::with_capacity(peers.len());
    for (ts, ..) in own {
        quotes.clear();
        for (peer, place) in peers.iter().zip(&mut places) {
            while peer.bars.get(*place).is_some_and(|(other, ..)| other < ts) {
                *place += 1;
            }
            if let Some((_, price, volume)) = peer.bars.get(*place).filter(|(other, ..)| other == ts) {
                let (venue, price, volume) = (peer.venue, *price, Some(*volume));
                quotes.push(Quote { venue, unit: "", ts: *ts, known_at: *ts, price, volume });
            }
        }
        if let Ok(agreed) = consensus(&quotes, &[], "", *ts, &params).consensus {
            found.push((*ts, agreed.price));
        }
    }
    found
}

/// Where the distance from the others leaves its usual range: beyond so many scales (rolling
/// 1.4826 medians of its absolute deviation) from its rolling median. Runs are one fault, of
/// their largest distance from what was usual. Of venues in `one_unit` nothing explains a lasting
/// distance: there a bar beyond the widest offset diverges too while the rolling median, the bar
/// itself included, lies beyond it, from the first bar on; its size is the whole distance. `own`
/// ascends; the prices of the others come with the judgement.
pub fn check(
    own: &[(Timestamp, f64, f64)],
    step: u64,
    peers: &[Peer<'_>],
    one_unit: bool,
    params: &Params,
) -> (Vec<(Timestamp, f64)>, Divergence) {
    let reference = reference(own, peers);
    let mut others = reference.iter().peekable();
    let (mut centre, mut spread) = (RollingMedian::new(params.window), RollingMedian::new(params.window));
    let mut distances = Vec::with_capacity(reference.len());
    let mut faults: Vec<Fault> = Vec::new();
    for (ts, price, volume) in own {
        let Some((_, other)) = others.next_if(|(other, _)| other == ts) else { continue };
        // A bar without a trade has no price of its own, and is reported as such.
        if *volume == 0.0 || *price <= 0.0 {
            continue;
        }
        let distance = price.ln() - other.ln();
        distances.push(distance);
        let mut diverges = None;
        if let Some(usual) = centre.median().filter(|_| centre.len() >= params.window.min(24)) {
            let off = distance - usual;
            if off.abs() > params.divergence_scales * scale(&spread, params.divergence_floor) {
                diverges = Some(off);
            }
            spread.push(off.abs());
        }
        centre.push(distance);
        let is_beyond = |distance: f64| distance.abs() > params.widest_offset;
        if one_unit && is_beyond(distance) && centre.median().is_some_and(is_beyond) {
            diverges = Some(distance);
        }
        if let Some(off) = diverges {
            extend(&mut faults, *ts, step, off);
        }
    }
    let compared = distances.len() as u64;
    let mut sizes: Vec<f64> = distances.iter().map(|distance| distance.abs()).collect();
    let (median, median_abs) = (median(&mut distances), median(&mut sizes));
    (reference, Divergence { compared, median, median_abs, faults })
}

fn extend(faults: &mut Vec<Fault>, ts: Timestamp, step: u64, off: f64) {
    match faults.last_mut() {
        Some(last) if last.at.plus(last.values * step) == ts => {
            last.values += 1;
            if last.size.is_none_or(|size| size.abs() < off.abs()) {
                last.size = Some(off);
            }
        }
        _ => faults.push(Fault { kind: FaultKind::Divergence, at: ts, values: 1, size: Some(off) }),
    }
}

//! Where to cut.

use super::tamper::dice;
use crate::{domain::Timeframe, units::Timestamp};

/// `count` times spread over `from..to`. Each second one is a bar's close, and the others lie
/// within a bar, where the seed says: both sides of "known by then" are tried. Fewer where the
/// range has not so many bars.
pub fn cuts(timeframe: Timeframe, from: Timestamp, to: Timestamp, count: usize, seed: u64) -> Vec<Timestamp> {
    let mut dice = dice(seed, 0);
    let bar = timeframe.seconds();
    let part = to.since(from) / (count as u64 + 1);
    let mut cuts: Vec<Timestamp> = (1..=count as u64)
        .map(|number| {
            let close = timeframe.close(timeframe.open(from.plus(number * part)));
            let within = 1 + (dice() * (bar - 1) as f64) as u64;
            close.plus(if number % 2 == 0 { within } else { 0 })
        })
        .filter(|cut| *cut < to)
        .collect();
    cuts.dedup();
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_ascend_within_the_range_on_closes_and_between() {
        let (from, to) = (Timestamp(36_000), Timestamp(36_000 + 100 * 3_600));
        let cuts = cuts(Timeframe::H1, from, to, 6, 3);
        assert_eq!(cuts.len(), 6);
        assert!(cuts.is_sorted_by(|a, b| a < b) && cuts.iter().all(|cut| from < *cut && *cut < to));
        let on: Vec<bool> = cuts.iter().map(|cut| cut.0 % 3_600 == 0).collect();
        assert_eq!(on, [true, false, true, false, true, false]);
        assert!(super::cuts(Timeframe::H1, from, from.plus(7_200), 6, 3).len() < 6);
        assert!(super::cuts(Timeframe::H1, from, from, 6, 3).is_empty());
    }
}

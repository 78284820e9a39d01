//! The history as it would be if what came after a time had been otherwise.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};

use crate::{
    domain::{Candle, KnownCandle, Observation},
    pipeline::frames::History,
    units::Timestamp,
};

use super::Trial;

/// How many of a series' newest values are revised.
const REVISED: usize = 200;
/// Prices that the check of candles takes with room to spare.
const PRICES: std::ops::RangeInclusive<f64> = 1e-9..=1e9;

/// What is done to what became known after the cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tampering {
    Cut,
    Corrupted,
    Revised,
}

impl Tampering {
    pub(super) const ALL: [Self; 3] = [Self::Cut, Self::Corrupted, Self::Revised];

    pub(super) fn trial(self) -> Trial {
        match self {
            Self::Cut => Trial::Cut,
            Self::Corrupted => Trial::Corrupted,
            Self::Revised => Trial::Revised,
        }
    }

    /// The same history for the same seed. What was known by the cut stays as it is.
    pub(super) fn apply(self, history: &History, cut: Timestamp, seed: u64) -> History {
        let mut tampered = history.clone();
        let candles = std::iter::once(&mut tampered.own).chain(tampered.peers.iter_mut().map(|(_, bars)| bars));
        for (number, bars) in candles.enumerate() {
            self.series(bars, cut, seed, number as u64);
        }
        for (number, numbers) in tampered.inputs.iter_mut().flatten().enumerate() {
            self.series(&mut numbers.observations, cut, seed, 1_000 + number as u64);
        }
        tampered
    }

    fn series<T: Datum>(self, series: &mut Vec<T>, cut: Timestamp, seed: u64, number: u64) {
        let mut dice = dice(seed, number);
        match self {
            Self::Cut => series.retain(|datum| datum.known_at() <= cut),
            Self::Corrupted => {
                for datum in series.iter_mut().filter(|datum| datum.known_at() > cut) {
                    *datum = datum.other(datum.known_at(), &mut dice);
                }
            }
            Self::Revised => {
                // A second later, so that the next row already meets it.
                let later = cut.plus(1);
                let taken: Vec<Timestamp> =
                    series.iter().filter(|datum| datum.known_at() == later).map(Datum::ts).collect();
                let known = series.iter().rev().filter(|datum| datum.known_at() <= cut && !taken.contains(&datum.ts()));
                let mut newest: Vec<T> = known.take(REVISED).copied().collect();
                // Two values of one time may not become known at once.
                newest.sort_by_key(Datum::ts);
                newest.dedup_by_key(|datum| datum.ts());
                series.extend(newest.iter().map(|datum| datum.other(later, &mut dice)));
            }
        }
    }
}

/// Uniform on `[0, 1)`, for each series its own stream.
pub(super) fn dice(seed: u64, stream: u64) -> impl FnMut() -> f64 {
    let mut source = ChaCha8Rng::seed_from_u64(seed);
    source.set_stream(stream);
    move || f64::from(source.next_u32()) / 4_294_967_296.0
}

/// A candle or a number.
trait Datum: Copy {
    fn ts(&self) -> Timestamp;
    fn known_at(&self) -> Timestamp;
    /// Of the same time, sound, and wildly other.
    fn other(&self, known_at: Timestamp, dice: &mut impl FnMut() -> f64) -> Self;
}

impl Datum for KnownCandle {
    fn ts(&self) -> Timestamp {
        self.candle.ts
    }

    fn known_at(&self) -> Timestamp {
        self.known_at
    }

    fn other(&self, known_at: Timestamp, dice: &mut impl FnMut() -> f64) -> Self {
        let mut moved = |price: f64| (price * (4.0 * dice() - 2.0).exp()).clamp(*PRICES.start(), *PRICES.end());
        let (open, close) = (moved(self.candle.open), moved(self.candle.close));
        let (high, low) = (open.max(close) * (1.0 + dice()), open.min(close) / (1.0 + dice()));
        let volume = (self.candle.volume + 1.0) * (6.0 * dice() - 3.0).exp();
        Self { candle: Candle { ts: self.candle.ts, open, high, low, close, volume }, known_at }
    }
}

impl Datum for Observation {
    fn ts(&self) -> Timestamp {
        self.ts
    }

    fn known_at(&self) -> Timestamp {
        self.known_at
    }

    fn other(&self, known_at: Timestamp, dice: &mut impl FnMut() -> f64) -> Self {
        Self { known_at, value: 10.0 * dice() - (1.0 + dice()) * 3.0 * self.value, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::Timeframe, features::check::check, pipeline::frames::Numbers};

    fn history() -> History {
        let bar = |hour: u64| {
            let ts = Timestamp(3_600 * hour);
            let candle = Candle { ts, open: 10.0, high: 12.0, low: 9.0, close: 11.0, volume: 0.0 };
            KnownCandle { candle, known_at: ts.plus(3_600) }
        };
        let late =
            |day: u64| Observation { ts: Timestamp(86_400 * day), known_at: Timestamp(86_400 * (day + 2)), value: 1.0 };
        let own: Vec<_> = (0..240).map(bar).collect();
        let numbers = Numbers { name: "vix".into(), observations: (0..10).map(late).collect(), max_age: None };
        History {
            timeframe: Timeframe::H1,
            peers: vec![("peer".into(), own.clone())],
            own,
            inputs: vec![vec![numbers]],
        }
    }

    /// The parts of a history that were known at a time.
    fn known(history: &History, at: Timestamp) -> History {
        Tampering::Cut.apply(history, at, 0)
    }

    #[test]
    fn what_was_known_stays_and_nothing_else_does() {
        let (history, cut) = (history(), Timestamp(5 * 86_400));
        for tampering in Tampering::ALL {
            let tampered = tampering.apply(&history, cut, 1);
            assert_eq!(known(&tampered, cut), known(&history, cut), "{tampering:?}");
            assert_eq!(tampered, tampering.apply(&history, cut, 1));
        }
        let kept = known(&history, cut);
        assert_eq!((kept.own.len(), kept.inputs[0][0].observations.len()), (120, 4));
        let corrupted = Tampering::Corrupted.apply(&history, cut, 1);
        assert!(corrupted.own[120..].iter().zip(&history.own[120..]).all(|(a, b)| a.candle.close != b.candle.close));
        assert!(corrupted.peers[0].1[120..].iter().zip(&corrupted.own[120..]).all(|(a, b)| a != b), "each its own");
        assert!(corrupted.inputs[0][0].observations[4..].iter().all(|observation| observation.value != 1.0));
        assert_ne!(corrupted, Tampering::Corrupted.apply(&history, cut, 2));
        let revised = Tampering::Revised.apply(&history, cut, 1);
        let new = &revised.own[240..];
        assert_eq!(new.len(), 120);
        assert!(new.iter().all(|bar| bar.known_at == cut.plus(1) && bar.candle.ts < cut));
    }

    #[test]
    fn tampered_candles_are_candles() {
        for tampering in [Tampering::Corrupted, Tampering::Revised] {
            let tampered = tampering.apply(&history(), Timestamp(86_400), 9);
            assert!(tampered.own.iter().all(|bar| check(&bar.candle, None).is_ok()));
        }
    }
}

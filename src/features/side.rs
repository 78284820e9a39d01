//! One candle series, and what several columns are made of.

use super::past::{Ewm, Past};
use crate::domain::Candle;

/// Added to a size before its logarithm: a bar that did not move has one, too. A basis point.
pub(super) const EPSILON: f64 = 1e-4;

/// How many columns [`Side::momentum`] has.
pub(super) const MOMENTUM: usize = 23;

/// Where the close stands in the range of so many bars.
const PLACES: [usize; 8] = [1, 2, 3, 4, 6, 8, 12, 24];
/// The return over so many bars.
const MOVES: [usize; 5] = [1, 2, 3, 4, 6];
/// The close above the average price of so many bars' volume.
const AVERAGES: [usize; 3] = [3, 6, 24];
/// Half-lives of the mean small and the mean large move.
const SIZES: [u32; 3] = [2, 4, 8];
/// A larger move is a large one, in standard deviations. Small moves tend to turn back, large ones to
/// go on: in hourly candles before July 2023 the sign of what a mean of all foretells changes here.
const LARGE: f64 = 1.6;

/// A series of candles of which any may be missing.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) open: f64,
    pub(super) close: Past,
    pub(super) high: Past,
    pub(super) low: Past,
    pub(super) volume: Past,
    pub(super) log_close: Past,
    pub(super) log_volume: Past,
    /// Log return of the bar.
    pub(super) log_return: f64,
    /// Standard deviation of the log return, half-life 48 bars, around zero.
    pub(super) scale: f64,
    /// The log return in its standard deviations, cut at 6.
    pub(super) z: Past,
    /// Natural log of (the bar's log range + epsilon).
    pub(super) log_range: f64,
    /// A bar's usual move told from ranges, half-life 24 bars.
    pub(super) range_scale: f64,
    /// Where the close stands in the bar: -1 at the low, 1 at the high.
    pub(super) close_location: f64,
    money: Past,
    variance: Ewm,
    range: Ewm,
    small: [Ewm; 3],
    large: [Ewm; 3],
}

impl Side {
    /// `memory` is the longest lag and window asked for, in bars.
    pub(super) fn new(memory: usize) -> Self {
        let past = || Past::new(memory + 1);
        Self {
            open: f64::NAN,
            close: past(),
            high: past(),
            low: past(),
            volume: past(),
            log_close: past(),
            log_volume: past(),
            log_return: f64::NAN,
            scale: f64::NAN,
            z: past(),
            log_range: f64::NAN,
            range_scale: f64::NAN,
            close_location: f64::NAN,
            money: past(),
            variance: Ewm::new(48),
            range: Ewm::new(24),
            small: SIZES.map(Ewm::new),
            large: SIZES.map(Ewm::new),
        }
    }

    pub(super) fn push(&mut self, candle: Option<&Candle>) {
        const NAN: f64 = f64::NAN;
        let (open, high, low, close, volume) =
            candle.map_or((NAN, NAN, NAN, NAN, NAN), |c| (c.open, c.high, c.low, c.close, c.volume));
        self.open = open;
        self.close.push(close);
        self.high.push(high);
        self.low.push(low);
        self.volume.push(volume);
        self.money.push((high + low + close) / 3.0 * volume);
        self.log_close.push(ln(close));
        self.log_volume.push(ln(volume));
        self.log_return = self.log_close.change(1);
        self.scale = self.variance.push(self.log_return * self.log_return).sqrt();
        let z = (self.log_return / self.scale).clamp(-6.0, 6.0);
        self.z.push(z);
        let (small, large) = match z.abs() {
            size if size.is_nan() => (NAN, NAN),
            size if size > LARGE => (0.0, z),
            _ => ((2.0 * z).tanh(), 0.0),
        };
        for (means, value) in [(&mut self.small, small), (&mut self.large, large)] {
            for mean in means {
                mean.push(value);
            }
        }
        self.log_range = ((high / low).ln() + EPSILON).ln();
        self.range_scale = 0.6 * self.range.push(self.log_range).exp();
        self.close_location = if high > low { ((close - low) - (high - close)) / (high - low) } else { NAN };
    }

    /// The log return over `bars`, in standard deviations of such a return.
    pub(super) fn moved(&self, bars: usize) -> f64 {
        self.log_close.change(bars) / (self.scale * (bars as f64).sqrt())
    }

    /// The log distance from the close to the highest high and the lowest low of `bars`, in usual
    /// moves.
    pub(super) fn extremes(&self, bars: usize) -> (f64, f64) {
        let close = self.close.lag(0);
        let high = (self.high.max(bars) / close).ln() / self.range_scale;
        let low = (close / self.low.min(bars)).ln() / self.range_scale;
        (high, low)
    }

    /// Natural log of the nearer of both, plus 0.05.
    pub(super) fn nearer_extreme(&self, bars: usize) -> f64 {
        let (high, low) = self.extremes(bars);
        // f64::min would take the one that is there where the other is missing.
        let nearer = if high < low { high } else { low };
        (nearer + 0.05).ln()
    }

    /// Where the close stands, told in several ways, each of them bounded; see
    /// [`momentum_column`] for which is which.
    pub(super) fn momentum(&self) -> [f64; MOMENTUM] {
        let (close, log_close) = (self.close.lag(0), self.log_close.lag(0));
        let mut values = [f64::NAN; MOMENTUM];
        let (places, rest) = values.split_at_mut(PLACES.len());
        let (moves, rest) = rest.split_at_mut(MOVES.len());
        for (value, bars) in places.iter_mut().zip(PLACES) {
            let (high, low) = (self.high.max(bars), self.low.min(bars));
            if high > low {
                *value = (close - low) / (high - low) - 0.5;
            }
        }
        for (value, bars) in moves.iter_mut().zip(MOVES) {
            *value = (1.5 * self.moved(bars)).tanh();
        }
        let middle = ln((self.high.lag(0) + self.low.lag(0)) / 2.0);
        rest[0] = (2.0 * (log_close - middle) / self.scale).tanh();
        let (averages, sizes) = rest[1..].split_at_mut(AVERAGES.len());
        // Of a series that has ended nothing is told: the means would stay what they were.
        if !self.z.lag(0).is_nan() {
            for (value, mean) in sizes.iter_mut().zip(self.small.iter().chain(&self.large)) {
                *value = mean.value();
            }
        }
        for (value, bars) in averages.iter_mut().zip(AVERAGES) {
            let average = ln(self.money.sum(bars) / self.volume.sum(bars));
            *value = (2.0 * (log_close - average) / (self.scale * (bars as f64).sqrt())).tanh();
        }
        values
    }
}

/// Name and meaning of a column of [`Side::momentum`].
pub(super) fn momentum_column(index: usize) -> (&'static str, usize, &'static str) {
    let (places, moves) = (PLACES.len(), MOVES.len());
    if index < places {
        ("p", PLACES[index], "place of the close in the range of bars, -0.5 at the low, 0.5 at the high; bars:")
    } else if index < places + moves {
        ("t", MOVES[index - places], "tanh of 1.5 times the log return in its standard deviations; bars:")
    } else if index == places + moves {
        ("mid", 1, "tanh of twice the close above the bar's middle in standard deviations; bars:")
    } else if index > places + moves + AVERAGES.len() {
        let size = index - places - moves - 1 - AVERAGES.len();
        let half_life = SIZES[size % SIZES.len()] as usize;
        if size < SIZES.len() {
            ("sm", half_life, "mean tanh of twice the deviation of moves within 1.6, 0 of larger; half-life")
        } else {
            ("lg", half_life, "mean deviation of moves beyond 1.6, 0 of smaller; half-life")
        }
    } else {
        let average = AVERAGES[index - places - moves - 1];
        ("vw", average, "tanh of twice the close above the volume-weighted price in standard deviations; bars:")
    }
}

/// The sum of the columns of [`Side::momentum`] that tell the last two to six bars.
pub(super) fn short_momentum(values: &[f64; MOMENTUM]) -> f64 {
    // p2, p3, p4, p6, t2, t3.
    [1, 2, 3, 4, PLACES.len() + 1, PLACES.len() + 2].into_iter().map(|index| values[index]).sum()
}

/// Natural logarithm; of what is not positive there is none.
pub(super) fn ln(value: f64) -> f64 {
    if value > 0.0 { value.ln() } else { f64::NAN }
}

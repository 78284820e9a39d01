//! The recent past of a candle stream.

use std::collections::VecDeque;

use crate::{domain::Candle, units::Timestamp};

/// Candles by column, as TA-Lib takes them.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    pub(super) open: Vec<f64>,
    pub(super) high: Vec<f64>,
    pub(super) low: Vec<f64>,
    pub(super) close: Vec<f64>,
    pub(super) volume: Vec<f64>,
}

impl Columns {
    pub(super) fn with_capacity(bars: usize) -> Self {
        let column = || Vec::with_capacity(bars);
        Self { open: column(), high: column(), low: column(), close: column(), volume: column() }
    }

    pub(super) fn len(&self) -> usize {
        self.close.len()
    }

    /// The bars again, one by one; their times are not kept and read zero.
    pub(super) fn candles(&self) -> impl Iterator<Item = Candle> + '_ {
        (0..self.len()).map(|bar| Candle {
            ts: Timestamp(0),
            open: self.open[bar],
            high: self.high[bar],
            low: self.low[bar],
            close: self.close[bar],
            volume: self.volume[bar],
        })
    }

    pub(super) fn push(&mut self, candle: &Candle) {
        self.open.push(candle.open);
        self.high.push(candle.high);
        self.low.push(candle.low);
        self.close.push(candle.close);
        self.volume.push(candle.volume);
    }
}

/// The last `capacity` values. Sums are taken afresh: a running sum would carry the rounding of
/// bars long gone, and a row would depend on where its history began.
#[derive(Clone, Debug)]
pub(super) struct Window {
    values: VecDeque<f64>,
    capacity: usize,
}

impl Window {
    pub(super) fn new(capacity: usize) -> Self {
        Self { values: VecDeque::with_capacity(capacity), capacity }
    }

    pub(super) fn push(&mut self, value: f64) {
        if self.values.len() == self.capacity {
            self.values.pop_front();
        }
        self.values.push_back(value);
    }

    /// The value `lag` pushes before the newest, which is lag 0; `None` before the first.
    pub(super) fn lag(&self, lag: usize) -> Option<f64> {
        debug_assert!(lag < self.capacity, "a lag of {lag} in a window of {}", self.capacity);
        self.values.len().checked_sub(lag + 1).map(|index| self.values[index])
    }

    /// Sum of the newest `count` values, oldest first.
    pub(super) fn sum(&self, count: usize) -> f64 {
        self.newest(count).sum()
    }

    /// Root of the mean square of the newest `count` values.
    pub(super) fn rms(&self, count: usize) -> f64 {
        (self.newest(count).map(|value| value * value).sum::<f64>() / count as f64).sqrt()
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The newest `count`, oldest first, or all while there are fewer.
    pub(super) fn newest(&self, count: usize) -> impl Iterator<Item = f64> + '_ {
        self.values.range(self.values.len().saturating_sub(count)..).copied()
    }
}

//! As-of joins: what was known of a series at a time, and how old it was.
//!
//! A row at time `t` sees of each series only what had `known_at <= t`: the value of the latest
//! `ts`, in the newest revision known by then. Its **age** is `t - ts`: how long ago that was
//! which the value speaks of. (`t - known_at` says how long the value has been at hand; it would
//! call an old value fresh that was revised today, so staleness never looks at it.) A candle
//! speaks of its close, so a candle that has just closed has an age of zero. A value older than
//! its series' limit is missing, and its age is told all the same.
//!
//! [`AsOf`] folds one series, an observation at a time as they arrive; [`column()`] and
//! [`join`] run that same fold over whole series, which is why live and history agree to the bit.

mod table;
#[cfg(test)]
mod tests;

pub use table::{Field, Joined, Series, Stream, Values, join};

use crate::{
    domain::{Candle, KnownCandle, Observation, Timeframe},
    units::Timestamp,
};

/// A value of any kind, the time it speaks of, and since when it could be had.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known<T> {
    pub ts: Timestamp,
    pub known_at: Timestamp,
    pub value: T,
}

impl From<Observation> for Known<f64> {
    fn from(Observation { ts, known_at, value }: Observation) -> Self {
        Self { ts, known_at, value }
    }
}

impl Known<Candle> {
    /// A candle, as of its close.
    pub fn candle(known: &KnownCandle, timeframe: Timeframe) -> Self {
        Self { ts: timeframe.close(known.candle.ts), known_at: known.known_at, value: known.candle }
    }
}

/// What can be joined: values that say whether they are numbers.
pub trait Value: Copy + PartialEq {
    fn is_finite(&self) -> bool;
}

impl Value for f64 {
    fn is_finite(&self) -> bool {
        f64::is_finite(*self)
    }
}

impl Value for Candle {
    fn is_finite(&self) -> bool {
        [self.open, self.high, self.low, self.close, self.volume].into_iter().all(f64::is_finite)
    }
}

/// What a row sees of one series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<T = f64> {
    /// Nothing of the series was known yet.
    Unknown,
    /// The latest value is older than the limit: missing. Seconds.
    Stale { age: u64, known_for: u64 },
    /// Seconds since what the value speaks of, and since it became known.
    Fresh { value: T, age: u64, known_for: u64 },
}

impl<T: Copy> Cell<T> {
    pub fn value(&self) -> Option<T> {
        match self {
            Self::Fresh { value, .. } => Some(*value),
            Self::Unknown | Self::Stale { .. } => None,
        }
    }

    /// Seconds since what the latest known value speaks of, be it fresh or stale.
    pub fn age(&self) -> Option<u64> {
        match self {
            Self::Unknown => None,
            Self::Stale { age, .. } | Self::Fresh { age, .. } => Some(*age),
        }
    }

    /// Seconds since the latest known value became known.
    pub fn known_for(&self) -> Option<u64> {
        match self {
            Self::Unknown => None,
            Self::Stale { known_for, .. } | Self::Fresh { known_for, .. } => Some(*known_for),
        }
    }
}

/// Why an observation or a time cannot be joined. Drop the observation, which is not taken in;
/// its source must be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the value of {ts} claims to be known at {known_at}, before it happened")]
    KnownTooEarly { ts: Timestamp, known_at: Timestamp },
    #[error("the value of {ts}, known at {known_at}, is not finite")]
    NotFinite { ts: Timestamp, known_at: Timestamp },
    #[error("two different values of {ts} became known at {known_at}")]
    Conflict { ts: Timestamp, known_at: Timestamp },
    #[error("a value known at {known_at} came after one known at {previous}")]
    OutOfOrder { known_at: Timestamp, previous: Timestamp },
    /// The row would have to be another one.
    #[error("a value known at {known_at} came after the row of {row} had been told")]
    Late { known_at: Timestamp, row: Timestamp },
    /// Rows ascend, and each comes after what is known at its time.
    #[error("the row of {row} was asked for after {previous} had been told")]
    Backwards { row: Timestamp, previous: Timestamp },
}

/// A fault and its series.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("series {series}: {fault}")]
pub struct AsofError {
    pub series: String,
    pub fault: Fault,
}

/// One series as it becomes known.
#[derive(Clone, Debug, PartialEq)]
pub struct AsOf<T = f64> {
    /// Seconds; `None` where a value never becomes too old.
    max_age: Option<u64>,
    latest: Option<Known<T>>,
    /// The newest `known_at` taken in.
    heard: Timestamp,
    /// The last row told.
    row: Option<Timestamp>,
}

impl<T: Value> AsOf<T> {
    /// Values older than `max_age` seconds count as missing.
    pub fn new(max_age: Option<u64>) -> Self {
        Self { max_age, latest: None, heard: Timestamp(0), row: None }
    }

    /// Takes in what has just become known. An old `ts`, known late, is not the latest and
    /// changes nothing; a repetition neither.
    ///
    /// # Errors
    /// [`Fault`]; nothing is taken in then.
    pub fn push(&mut self, known: Known<T>) -> Result<(), Fault> {
        let Known { ts, known_at, value } = known;
        if known_at < ts {
            return Err(Fault::KnownTooEarly { ts, known_at });
        }
        if !value.is_finite() {
            return Err(Fault::NotFinite { ts, known_at });
        }
        if known_at < self.heard {
            return Err(Fault::OutOfOrder { known_at, previous: self.heard });
        }
        if let Some(row) = self.row.filter(|row| known_at <= *row) {
            return Err(Fault::Late { known_at, row });
        }
        if let Some(latest) = &self.latest {
            if (ts, known_at) == (latest.ts, latest.known_at) && value != latest.value {
                return Err(Fault::Conflict { ts, known_at });
            }
            if (ts, known_at) <= (latest.ts, latest.known_at) {
                self.heard = known_at;
                return Ok(());
            }
        }
        self.heard = known_at;
        self.latest = Some(known);
        Ok(())
    }

    /// What the row at `t` sees. Everything known by `t` must have been pushed before.
    ///
    /// # Errors
    /// [`Fault::Backwards`] for a row before the last one, or before something already pushed.
    pub fn at(&mut self, t: Timestamp) -> Result<Cell<T>, Fault> {
        let previous = self.row.map_or(self.heard, |row| row.max(self.heard));
        if t < previous {
            return Err(Fault::Backwards { row: t, previous });
        }
        self.row = Some(t);
        Ok(match self.latest {
            None => Cell::Unknown,
            Some(Known { ts, known_at, value }) => {
                let (age, known_for) = (t.since(ts), t.since(known_at));
                if self.max_age.is_some_and(|max_age| age > max_age) {
                    Cell::Stale { age, known_for }
                } else {
                    Cell::Fresh { value, age, known_for }
                }
            }
        })
    }
}

/// What each row of `grid` (ascending) sees of one series. The series may come in any order: by
/// `known_at` it is merged in linear time, otherwise it is sorted first. What becomes known only
/// after the last row is not looked at.
///
/// # Errors
/// [`Fault`] of the first observation or row that cannot be joined.
pub fn column<T: Value>(
    grid: &[Timestamp],
    series: impl Iterator<Item = Known<T>> + Clone,
    max_age: Option<u64>,
) -> Result<Vec<Cell<T>>, Fault> {
    if series.clone().is_sorted_by_key(|known| known.known_at) {
        return merge(grid, series, max_age);
    }
    let mut sorted: Vec<Known<T>> = series.collect();
    sorted.sort_by_key(|known| (known.known_at, known.ts));
    merge(grid, sorted.into_iter(), max_age)
}

fn merge<T: Value>(
    grid: &[Timestamp],
    series: impl Iterator<Item = Known<T>>,
    max_age: Option<u64>,
) -> Result<Vec<Cell<T>>, Fault> {
    let mut fold = AsOf::new(max_age);
    let mut series = series.peekable();
    let mut cells = Vec::with_capacity(grid.len());
    for row in grid {
        while let Some(known) = series.next_if(|known| known.known_at <= *row) {
            fold.push(known)?;
        }
        cells.push(fold.at(*row)?);
    }
    Ok(cells)
}

//! Series, each known from its own time on, to frames: what was known at each bar's close.

#[cfg(test)]
mod tests;

use std::iter;

use crate::{
    domain::{Frame, KnownCandle, Observation, Reading, Timeframe},
    market::asof::{AsofError, Cell, Known, column},
    units::Timestamp,
};

/// A series of numbers and when its newest value is too old.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// As the store calls it: `fred:VIXCLS`.
    pub name: String,
    pub observations: Vec<Observation>,
    /// Seconds.
    pub max_age: Option<u64>,
}

/// All that frames are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    pub timeframe: Timeframe,
    /// The asset's own bars.
    pub own: Vec<KnownCandle>,
    /// Name and bars of each peer, in the order of `features::engine::peers`; no bars where there
    /// is no such series.
    pub peers: Vec<(String, Vec<KnownCandle>)>,
    /// For each of `features::inputs::INPUTS`, in their order, the series that may tell it, the
    /// best first.
    pub inputs: Vec<Vec<Numbers>>,
}

impl History {
    /// The same to whoever makes each frame `delay` seconds after its bar's close: what became known
    /// until then counts as known at the close, in its last revision.
    #[must_use]
    pub fn delayed(mut self, delay: u64) -> Self {
        let timeframe = self.timeframe;
        for candles in iter::once(&mut self.own).chain(self.peers.iter_mut().map(|(_, bars)| bars)) {
            let times = |known: &KnownCandle| (timeframe.close(known.candle.ts), known.known_at);
            sooner(candles, delay, times, |known, known_at| known.known_at = known_at);
        }
        for numbers in self.inputs.iter_mut().flatten() {
            let times = |observation: &Observation| (observation.ts, observation.known_at);
            sooner(&mut numbers.observations, delay, times, |observation, known_at| observation.known_at = known_at);
        }
        self
    }
}

/// Lets each value be known `delay` seconds sooner, though not before the time that it speaks of.
/// Of revisions that were known one after another and now would be at once, the last is left.
fn sooner<T: Copy>(
    series: &mut Vec<T>,
    delay: u64,
    times: impl Fn(&T) -> (Timestamp, Timestamp),
    set_known_at: impl Fn(&mut T, Timestamp),
) {
    let moved = |value: &T| {
        let (ts, known_at) = times(value);
        // One that claims to be known before its time stays the fault that it is.
        (ts, known_at.minus(delay).max(ts).min(known_at))
    };
    series.sort_by_key(&times);
    series.dedup_by(|next, kept| {
        let revised = times(next) != times(kept) && moved(next) == moved(kept);
        if revised {
            *kept = *next;
        }
        revised
    });
    for value in series {
        let (_, known_at) = moved(value);
        set_known_at(value, known_at);
    }
}

/// One frame for each own bar that was known when it closed, the oldest first.
///
/// # Errors
/// The first series of which something is wrong, by its name.
pub fn frames(history: &History) -> Result<Vec<Frame>, AsofError> {
    let timeframe = history.timeframe;
    let mut closes: Vec<Timestamp> = history.own.iter().map(|known| timeframe.close(known.candle.ts)).collect();
    closes.sort_unstable();
    closes.dedup();
    let bars = |name: &str, candles: &[KnownCandle]| {
        let known = candles.iter().map(|known| Known::candle(known, timeframe));
        // Of another age is another bar.
        column(&closes, known, Some(0)).map_err(|fault| AsofError { series: name.to_owned(), fault })
    };
    let own = bars("the asset's own bars", &history.own)?;
    let peers: Vec<_> = history.peers.iter().map(|(name, candles)| bars(name, candles)).collect::<Result<_, _>>()?;
    let inputs: Vec<Vec<Vec<Cell>>> = history
        .inputs
        .iter()
        .map(|candidates| candidates.iter().map(|numbers| numbers.join(&closes)).collect())
        .collect::<Result<_, _>>()?;
    let frame = |(row, own): (usize, &Cell<_>)| {
        Some(Frame {
            bar: own.value()?,
            peers: peers.iter().map(|cells| cells[row].value()).collect(),
            readings: inputs.iter().map(|candidates| reading(candidates.iter().map(|cells| &cells[row]))).collect(),
        })
    };
    Ok(own.iter().enumerate().filter_map(frame).collect())
}

impl Numbers {
    fn join(&self, closes: &[Timestamp]) -> Result<Vec<Cell>, AsofError> {
        column(closes, self.observations.iter().copied().map(Known::from), self.max_age)
            .map_err(|fault| AsofError { series: self.name.clone(), fault })
    }
}

/// The first that is fresh, or else the age of the youngest that is stale.
fn reading<'a>(mut cells: impl Iterator<Item = &'a Cell> + Clone) -> Reading {
    let hours = |age: u64| age as f64 / Timestamp::HOUR as f64;
    let youngest = cells.clone().filter_map(Cell::age).min();
    let fresh = cells.find_map(|cell| Some((cell.value()?, cell.age()?)));
    match (fresh, youngest) {
        (Some((value, age)), _) => Reading { value, age_hours: hours(age) },
        (None, Some(age)) => Reading { value: f64::NAN, age_hours: hours(age) },
        (None, None) => Reading::MISSING,
    }
}

//! Series, each known from its own time on, to frames: what was known at each bar's close.

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Candle;

    const HOUR: u64 = 3_600;

    fn bar(hour: u64, close: f64) -> KnownCandle {
        let ts = Timestamp(hour * HOUR);
        let candle = Candle { ts, open: close, high: close, low: close, close, volume: 1.0 };
        KnownCandle { candle, known_at: ts.plus(HOUR) }
    }

    fn numbers(name: &str, values: &[(u64, u64, f64)], max_age: u64) -> Numbers {
        let observe = |&(ts, known_at, value): &(u64, u64, f64)| Observation {
            ts: Timestamp(ts * HOUR),
            known_at: Timestamp(known_at * HOUR),
            value,
        };
        Numbers { name: name.into(), observations: values.iter().map(observe).collect(), max_age: Some(max_age * HOUR) }
    }

    #[test]
    fn a_frame_that_is_made_later_holds_what_came_meanwhile() {
        let late = |seconds: u64| KnownCandle { known_at: Timestamp(HOUR + seconds), ..bar(0, 1.0) };
        let history = |own: u64, peer: u64| History {
            timeframe: Timeframe::H1,
            own: vec![late(own)],
            peers: vec![("peer".into(), vec![late(peer)])],
            inputs: vec![vec![numbers("series", &[(0, 0, 1.0)], 9)]],
        };
        let told = |history: History| {
            let frames = frames(&history).unwrap();
            frames.first().map(|frame| (frame.peers[0].is_some(), frame.readings[0].value))
        };
        assert_eq!(told(history(5, 9)), None, "at the close nothing is known of it");
        assert_eq!(told(history(5, 9).delayed(9)), Some((true, 1.0)));
        assert_eq!(told(history(5, 9).delayed(8)), Some((false, 1.0)));
        assert_eq!(told(history(5, 9).delayed(4)), None);
        let revised = Observation { ts: Timestamp(0), known_at: Timestamp(HOUR + 3), value: 2.0 };
        let mut revisions = history(0, 0);
        revisions.inputs[0][0].observations.push(revised);
        assert_eq!(told(revisions.clone()), Some((true, 1.0)));
        assert_eq!(told(revisions.delayed(3)), Some((true, 2.0)));
    }

    #[test]
    fn of_revisions_within_the_delay_the_last_is_told() {
        let known = |seconds: u64, close: f64| KnownCandle { known_at: Timestamp(HOUR + seconds), ..bar(0, close) };
        let observed =
            |seconds: u64, value: f64| Observation { ts: Timestamp(HOUR), known_at: Timestamp(HOUR + seconds), value };
        let history = History {
            timeframe: Timeframe::H1,
            // In any order.
            own: vec![known(4, 2.0), known(1, 1.0)],
            peers: vec![("peer".into(), vec![known(1, 1.0), known(4, 2.0), known(11, 3.0)])],
            inputs: vec![vec![Numbers {
                observations: vec![observed(1, 1.0), observed(4, 2.0), observed(11, 3.0)],
                ..numbers("series", &[], 9)
            }]],
        };
        let told = frames(&history.clone().delayed(10)).unwrap();
        assert_eq!((told.len(), told[0].bar.close, told[0].peers[0].unwrap().close), (1, 2.0, 2.0));
        assert_eq!(told[0].readings[0], Reading { value: 2.0, age_hours: 0.0 });

        let mut faulty = history.clone();
        faulty.own.push(known(4, 5.0));
        assert!(frames(&faulty.delayed(10)).is_err(), "two values of one time are a fault as ever");
        let mut early = history;
        early.own[0].known_at = Timestamp(HOUR - 5);
        assert!(frames(&early.delayed(10)).is_err(), "known before its close");
    }

    #[test]
    fn a_frame_holds_what_was_known_at_its_close_and_nothing_else() {
        let late = KnownCandle { known_at: Timestamp(9 * HOUR), ..bar(2, 7.0) };
        let history = History {
            timeframe: Timeframe::H1,
            own: (0..6).map(|hour| bar(hour, 1.0)).collect(),
            peers: vec![("late".into(), vec![bar(0, 5.0), bar(1, 6.0), late]), ("absent".into(), vec![])],
            inputs: vec![
                vec![numbers("best", &[(0, 2, 10.0), (1, 4, 11.0)], 3), numbers("second", &[(1, 1, 20.0)], 100)],
                vec![numbers("stale", &[(0, 1, 1.0)], 1)],
                vec![],
            ],
        };
        let frames = frames(&history).unwrap();
        let peer = |frame: &Frame| frame.peers[0].map(|candle| candle.close);
        assert_eq!(frames.iter().map(peer).collect::<Vec<_>>(), [Some(5.0), Some(6.0), None, None, None, None]);
        assert!(frames.iter().all(|frame| frame.peers[1].is_none()));
        let read = |input: usize| frames.iter().map(|frame| frame.readings[input]).collect::<Vec<_>>();
        let best: Vec<(f64, f64)> = read(0).iter().map(|reading| (reading.value, reading.age_hours)).collect();
        // Known at hour 2, of hour 0, too old after hour 3; the better series wins where fresh.
        assert_eq!(best, [(20.0, 0.0), (10.0, 2.0), (10.0, 3.0), (11.0, 3.0), (20.0, 4.0), (20.0, 5.0)]);
        let stale = read(1);
        assert_eq!((stale[0].value, stale[0].age_hours), (1.0, 1.0));
        assert!(stale[1].value.is_nan() && stale[1].age_hours == 2.0);
        assert!(read(2)[0].value.is_nan() && read(2)[0].age_hours.is_nan());
    }

    #[test]
    fn a_faulty_series_is_named() {
        let faulty = KnownCandle { known_at: Timestamp(1), ..bar(1, 1.0) };
        let history = History {
            timeframe: Timeframe::H1,
            own: vec![bar(0, 1.0), bar(1, 1.0)],
            peers: vec![("binance_spot/ETH".into(), vec![faulty])],
            inputs: vec![],
        };
        assert!(frames(&history).unwrap_err().to_string().starts_with("series binance_spot/ETH:"));
    }
}

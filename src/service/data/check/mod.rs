//! What is wrong with the data: every series judged, by itself and against the other venues.
//!
//! [`folder`] and [`stored`] read a data folder and the store into an [`Input`]; [`check`] judges
//! it; [`text`](text::text), [`html`](html::html) and `serde_json` show the [`Report`].

mod heat;
pub mod html;
mod load;
mod peers;
mod picture;
#[cfg(test)]
mod tests;
pub mod text;

use std::collections::BTreeSet;

use serde::Serialize;

pub use load::{folder, stored};

use crate::{
    domain::{CandleSeries, KnownCandle, Observation},
    market::quality::{
        Divergence, Fault, FaultKind, Params, Peer, Quality, Severity, check_candles, check_divergence, check_scalar,
    },
    units::Timestamp,
};

/// A series of numbers, and what its file held besides them.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    pub name: String,
    pub values: Vec<Observation>,
    /// Seconds from which on its last value is too old; `None` judges by its own cadence.
    pub max_age: Option<u64>,
    /// What a reader of the report should know.
    pub notes: Vec<String>,
}

/// What is to be judged, from whatever store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Input {
    pub candles: Vec<(CandleSeries, Vec<KnownCandle>)>,
    pub numbers: Vec<Numbers>,
    /// Series that could not be read, and sources that could not be fetched, and why.
    pub unreadable: Vec<(String, String)>,
}

/// The judgement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Where the data lies.
    pub source: String,
    /// The time that staleness is judged at, and where it comes from.
    pub now: Timestamp,
    pub now_from: NowFrom,
    pub series: Vec<SeriesReport>,
    pub unreadable: Vec<Unreadable>,
}

/// Where the time comes from that staleness is judged at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NowFrom {
    /// Whoever asked for the check gave it.
    Given,
    /// When the check was made: a store is of today.
    Clock,
    /// The end of the newest value of all series: that all of them have ended shows nowhere.
    NewestValue,
}

impl NowFrom {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Given => "as asked for",
            Self::Clock => "by the clock",
            Self::NewestValue => "the end of the newest value",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Unreadable {
    pub series: String,
    pub why: String,
}

/// The judgement of one series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeriesReport {
    pub name: String,
    /// Whether its values are bars or single numbers.
    pub bars: bool,
    pub worst: Option<Severity>,
    #[serde(flatten)]
    pub quality: Quality,
    /// Against the venues that quote in the same unit.
    pub same_unit: Option<Compared>,
    /// Against the venues that quote in another: mostly the price of that unit.
    pub other_unit: Option<Compared>,
    pub notes: Vec<String>,
}

/// A venue against others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    pub venues: Vec<String>,
    #[serde(flatten)]
    pub divergence: Divergence,
}

impl Report {
    /// The worst of all faults; a series that cannot be read is an error.
    pub fn worst(&self) -> Option<Severity> {
        let unreadable = (!self.unreadable.is_empty()).then_some(Severity::Error);
        self.series.iter().filter_map(|series| series.worst).chain(unreadable).max()
    }

    /// Whether nothing is as bad as `severity` or worse.
    pub fn is_sound(&self, severity: Severity) -> bool {
        self.worst().is_none_or(|worst| worst < severity)
    }

    /// How many faults of a kind in all series, and how many values they touch.
    pub fn count(&self, kind: FaultKind) -> (u64, u64) {
        let counts = self.series.iter().map(|series| series.quality.count(kind));
        counts.fold((0, 0), |(faults, values), count| (faults + count.0, values + count.1))
    }
}

impl Input {
    /// The end of the newest value: what an archive may call the present.
    pub fn newest(&self) -> Option<Timestamp> {
        let candles = self
            .candles
            .iter()
            .filter_map(|(series, candles)| candles.iter().map(|known| series.timeframe.close(known.candle.ts)).max());
        let numbers = self.numbers.iter().filter_map(|numbers| numbers.values.iter().map(|value| value.ts).max());
        candles.chain(numbers).max()
    }

    /// How many series there are to judge.
    pub fn len(&self) -> usize {
        self.candles.len() + self.numbers.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Judges everything. `now` is the present that the series should reach, and where it comes from;
/// without it, the end of the newest value among them: of an archive. `done` is told after each
/// series.
pub fn check(
    source: &str,
    input: &Input,
    now: Option<(Timestamp, NowFrom)>,
    params: &Params,
    mut done: impl FnMut(usize),
) -> Report {
    let (now, now_from) = now.unwrap_or_else(|| (input.newest().unwrap_or_default(), NowFrom::NewestValue));
    let closes: Vec<_> = input.candles.iter().map(|(_, candles)| peers::closes(candles)).collect();
    let mut series = Vec::with_capacity(input.len());
    for place in 0..input.candles.len() {
        series.push(judge(input, &closes, place, now, params));
        done(series.len());
    }
    for numbers in &input.numbers {
        let quality = check_scalar(&numbers.values, Some(now), numbers.max_age, params);
        let mut notes = numbers.notes.clone();
        if !quality.is_regular && quality.values > 2 {
            notes.push("without a regular step: gaps are not judged".to_owned());
        }
        series.push(SeriesReport {
            name: numbers.name.clone(),
            bars: false,
            worst: quality.worst(),
            quality,
            same_unit: None,
            other_unit: None,
            notes,
        });
        done(series.len());
    }
    let unreadable = |(series, why): &(String, String)| Unreadable { series: series.clone(), why: why.clone() };
    let unreadable = input.unreadable.iter().map(unreadable).collect();
    Report { source: source.to_owned(), now, now_from, series, unreadable }
}

/// Judges the series at `place`. Where venues quote in its own unit they are what it is held
/// against; at bars that none of them has, the venues of other units.
fn judge(input: &Input, closes: &[peers::Closes], place: usize, now: Timestamp, params: &Params) -> SeriesReport {
    let (series, candles) = &input.candles[place];
    let step = series.timeframe.seconds();
    let against = |places: Vec<usize>, one_unit: bool| {
        let venues: Vec<String> = places.iter().map(|other| input.candles[*other].0.to_string()).collect();
        let peers: Vec<Peer<'_>> =
            places.iter().zip(&venues).map(|(other, venue)| Peer { venue, bars: &closes[*other] }).collect();
        let (reference, divergence) = check_divergence(&closes[place], step, &peers, one_unit, params);
        let compared = (divergence.compared > 0).then_some(Compared { venues, divergence });
        (reference, compared)
    };
    let all: Vec<&CandleSeries> = input.candles.iter().map(|(series, _)| series).collect();
    let (same, other) = peers::peers(&all, place);
    let (mut reference, same_unit) = against(same, true);
    let (of_others, other_unit) = against(other, false);

    let own: BTreeSet<Timestamp> = reference.iter().map(|(ts, _)| *ts).collect();
    reference.extend(of_others.into_iter().filter(|(ts, _)| !own.contains(ts)));
    reference.sort_by_key(|(ts, _)| *ts);
    let mut quality = check_candles(candles, series.timeframe, &reference, Some(now), params);
    let faults = |compared: &Option<Compared>| -> Vec<Fault> {
        compared.iter().flat_map(|compared| compared.divergence.faults.clone()).collect()
    };
    quality.faults.extend(faults(&same_unit));
    quality.faults.extend(faults(&other_unit).into_iter().filter(|fault| !own.contains(&fault.at)));
    quality.faults.sort_by_key(|fault| (fault.kind, fault.at));
    SeriesReport {
        name: series.to_string(),
        bars: true,
        worst: quality.worst(),
        quality,
        same_unit,
        other_unit,
        notes: Vec::new(),
    }
}

/// A fault's size as people read it: percent of a bar's price, or the number's own units.
fn size(series: &SeriesReport, fault: &Fault) -> Option<String> {
    let size = fault.size?;
    Some(if series.bars { format!("{:+.1}%", size.exp_m1() * 100.0) } else { format!("{size:+.2}") })
}

//! The heat map: a row a series, a column a stretch of time, as numbers. [`super::html`] draws it.

use std::ops::Range;

use jiff::{Timestamp as Instant, ToSpan, civil::Date, tz::TimeZone};

use super::{Report, SeriesReport};
use crate::{
    market::quality::{Fault, FaultKind},
    units::Timestamp,
};

/// More columns than these would be too narrow to see.
const MOST_COLUMNS: usize = 150;

/// Stretches of time of one kind, and what each series lacks in each.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Heat {
    /// What a column is: `week`, `month`, `quarter`, `year`.
    pub column: &'static str,
    /// The start of each column and the end of the last: one more than there are columns.
    pub starts: Vec<Timestamp>,
    /// In the order of the report's series.
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// The columns from the series' first value to its last, without the end; empty where it
    /// has none within the picture.
    pub columns: Range<usize>,
    /// Only columns with something to tell, ascending.
    pub cells: Vec<Cell>,
    /// Whether the series ended before the present.
    pub stale: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cell {
    pub column: usize,
    /// Values that should be there and those that are not.
    pub expected: u64,
    pub missing: u64,
    /// The kinds of the other faults, each with how many values it touches.
    pub faults: Vec<(FaultKind, u64)>,
}

impl Cell {
    /// From 0 to 1.
    pub(super) fn missing_share(&self) -> f64 {
        if self.missing == 0 { 0.0 } else { (self.missing as f64 / self.expected.max(1) as f64).min(1.0) }
    }
}

/// From the first bar to the last value of all: series of numbers that reach farther back are cut.
pub(super) fn heat(report: &Report) -> Option<Heat> {
    let span = |series: &&SeriesReport| Some((series.quality.first?, series.quality.last?));
    let range = |bars: bool| {
        let spans = report.series.iter().filter(|series| !bars || series.bars).filter_map(|series| span(&series));
        spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    };
    let (whole, to) = range(false)?;
    let from = range(true).map_or(whole, |bars| bars.0);
    let kinds = [("week", 7.days()), ("month", 1.month()), ("quarter", 3.months()), ("year", 1.year())];
    let (column, starts) = kinds
        .into_iter()
        .filter_map(|(name, step)| Some((name, starts(name, step, from, to)?)))
        .find(|(name, starts)| starts.len() <= MOST_COLUMNS + 1 || *name == "year")?;
    let rows = report.series.iter().map(|series| row(series, &starts)).collect();
    Some(Heat { column, starts, rows })
}

/// From the column that holds `from` to the end of the one that holds `to`.
fn starts(name: &str, step: jiff::Span, from: Timestamp, to: Timestamp) -> Option<Vec<Timestamp>> {
    let date = Instant::from_second(i64::try_from(from.0).ok()?).ok()?.to_zoned(TimeZone::UTC).date();
    let mut start = match name {
        "week" => date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days()).ok()?,
        "month" => date.first_of_month(),
        "quarter" => Date::new(date.year(), (date.month() - 1) / 3 * 3 + 1, 1).ok()?,
        _ => date.first_of_year(),
    };
    let mut starts = Vec::new();
    loop {
        let ts = seconds(start)?;
        starts.push(ts);
        if ts > to || starts.len() > 4 * MOST_COLUMNS {
            return Some(starts);
        }
        start = start.checked_add(step).ok()?;
    }
}

fn seconds(date: Date) -> Option<Timestamp> {
    let at = date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
    Some(Timestamp(u64::try_from(at).unwrap_or(0)))
}

fn row(series: &SeriesReport, starts: &[Timestamp]) -> Row {
    let quality = &series.quality;
    let none = Row { columns: 0..0, cells: Vec::new(), stale: false };
    let (Some(first), Some(last), Some(begin), Some(end)) =
        (quality.first, quality.last, starts.first().copied(), starts.last().copied())
    else {
        return none;
    };
    if last < begin || first >= end {
        return none;
    }
    let column_of = |ts: Timestamp| starts.partition_point(|start| *start <= ts).saturating_sub(1);
    let columns = column_of(first.max(begin))..column_of(last.min(end.minus(1))) + 1;
    // A working day's series has fewer values than steps.
    let span = (last.since(first) as f64).max(1.0);
    let missing = quality.count(FaultKind::Gap).1;
    let rate = (quality.values + missing).saturating_sub(1) as f64 / span;
    let mut cells: Vec<Cell> = columns
        .clone()
        .map(|column| {
            let (from, to) = (starts[column].max(first), starts[column + 1].min(last.plus(1)));
            let expected = (to.since(from) as f64 * rate).round() as u64;
            Cell { column, expected, missing: 0, faults: Vec::new() }
        })
        .collect();
    for fault in &quality.faults {
        spread(fault, 1.0 / rate, starts, &columns, &mut cells);
    }
    cells.retain(|cell| cell.missing > 0 || !cell.faults.is_empty());
    let stale = quality.count(FaultKind::Stale).0 > 0;
    Row { columns, cells, stale }
}

/// Each value that a fault touches counts in its own column.
fn spread(fault: &Fault, step: f64, starts: &[Timestamp], columns: &Range<usize>, cells: &mut [Cell]) {
    if fault.kind == FaultKind::Stale {
        return;
    }
    let (mut left, mut at) = (fault.values, fault.at);
    while left > 0 {
        let column = starts.partition_point(|start| *start <= at).saturating_sub(1);
        let (Some(start), Some(next)) = (starts.get(column), starts.get(column + 1)) else { return };
        let here = ((next.since(at) as f64 / step).round() as u64).clamp(1, left);
        let cell = column.checked_sub(columns.start).and_then(|place| cells.get_mut(place));
        // What lies before the picture falls into no column.
        if let Some(cell) = cell.filter(|_| *start <= at) {
            match cell.faults.iter_mut().find(|(kind, _)| *kind == fault.kind) {
                _ if fault.kind == FaultKind::Gap => cell.missing += here,
                Some((_, values)) => *values += here,
                None => cell.faults.push((fault.kind, here)),
            }
        }
        left -= here;
        at = *next;
    }
}

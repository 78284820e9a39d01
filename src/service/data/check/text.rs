//! The judgement for a terminal.

use comfy_table::{Table, presets};

use super::{Report, SeriesReport, size};
use crate::{
    market::quality::{Fault, FaultKind, Severity},
    service::report::format::minute,
    units::Timestamp,
};

/// Faults named per series and kind.
const NAMED: usize = 3;
const NONE: &str = "-";

/// The columns of the table, here and in the page: the first two are words.
pub(super) const HEADER: [&str; 12] = [
    "series",
    "worst",
    "from",
    "to",
    "values",
    "missing",
    "gaps",
    "longest",
    "no trade",
    "spikes",
    "diverging",
    "other",
];

/// A table of all series, and beneath it the first faults of each.
pub fn text(report: &Report) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(HEADER);
    for series in &report.series {
        table.add_row(row(series));
    }
    let mut lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.push(String::new());
    for series in &report.series {
        lines.extend(places(series, NAMED).into_iter().map(|line| format!("{}: {line}", series.name)));
    }
    lines.extend(report.unreadable.iter().map(|unreadable| format!("{}: {}", unreadable.series, unreadable.why)));
    lines.push(String::new());
    lines.push(summary(report));
    lines.push(format!("staleness judged at {} UTC, {}", minute(report.now), report.now_from.as_str()));
    lines.join("\n")
}

/// One sentence.
pub(super) fn summary(report: &Report) -> String {
    let of = |severity: Severity| report.series.iter().filter(|series| series.worst == Some(severity)).count();
    let sound = report.series.iter().filter(|series| series.worst.is_none()).count();
    let mut text = format!(
        "{} series: {sound} sound, {} with notes, {} with warnings, {} with errors",
        report.series.len(),
        of(Severity::Note),
        of(Severity::Warning),
        of(Severity::Error)
    );
    if !report.unreadable.is_empty() {
        text += &format!(", and {} unreadable", report.unreadable.len());
    }
    text
}

/// A series' row beneath [`HEADER`].
pub(super) fn row(series: &SeriesReport) -> [String; HEADER.len()] {
    let quality = &series.quality;
    let day = |ts: Option<Timestamp>| ts.map_or_else(|| NONE.to_owned(), day);
    let number = |count: u64| if count == 0 { NONE.to_owned() } else { count.to_string() };
    let (gaps, missing) = quality.count(FaultKind::Gap);
    let gap_lengths = quality.faults.iter().filter(|fault| fault.kind == FaultKind::Gap).map(|fault| fault.values);
    let shown = [FaultKind::Gap, FaultKind::ZeroVolume, FaultKind::Spike, FaultKind::Divergence];
    let other = quality.faults.iter().filter(|fault| !shown.contains(&fault.kind)).count() as u64;
    [
        series.name.clone(),
        series.worst.map_or("sound", Severity::as_str).to_owned(),
        day(quality.first),
        day(quality.last),
        quality.values.to_string(),
        number(missing),
        number(gaps),
        number(gap_lengths.max().unwrap_or(0)),
        number(quality.count(FaultKind::ZeroVolume).1),
        number(quality.count(FaultKind::Spike).0),
        number(quality.count(FaultKind::Divergence).1),
        number(other),
    ]
}

/// One line a kind of fault with its first places, and how the venue stands to the others.
pub(super) fn places(series: &SeriesReport, named: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for kind in FaultKind::ALL {
        let faults: Vec<_> = series.quality.faults.iter().filter(|fault| fault.kind == kind).collect();
        let Some(last) = faults.last() else { continue };
        let shown: Vec<String> = faults.iter().take(named).map(|fault| place(series, fault)).collect();
        let more = faults.len().saturating_sub(named);
        let more = if more > 0 { format!(", {more} more to {}", minute(last.at)) } else { String::new() };
        lines.push(format!("{}: {}{more}", kind.as_str(), shown.join(", ")));
    }
    let units = [("in the same unit", &series.same_unit), ("in another unit", &series.other_unit)];
    for (what, compared) in units {
        let Some(compared) = compared else { continue };
        if let (Some(median), Some(size)) = (compared.divergence.median, compared.divergence.median_abs) {
            lines.push(format!(
                "against {} ({what}), {} bars: median {:+.1} bp, median size {:.1} bp",
                compared.venues.join(" and "),
                compared.divergence.compared,
                median * 1e4,
                size * 1e4
            ));
        }
    }
    lines.extend(series.notes.iter().cloned());
    lines
}

fn place(series: &SeriesReport, fault: &Fault) -> String {
    let at = minute(fault.at);
    match (size(series, fault), fault.values) {
        (Some(size), 1) => format!("{at} ({size})"),
        (Some(size), values) => format!("{at} ({values}, {size})"),
        (None, 1) => at,
        (None, values) => format!("{at} ({values})"),
    }
}

fn day(ts: Timestamp) -> String {
    let text = ts.to_string();
    text.get(..10).unwrap_or(&text).to_owned()
}

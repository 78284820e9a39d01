//! The judgement as one HTML file: the heat map and the table.

use super::{
    Report, SeriesReport,
    heat::heat,
    picture::{legend, picture},
    text::{HEADER, places, row, summary},
};
use crate::{
    market::quality::{FaultKind, Params, Severity},
    service::{
        page::{self, escape, page},
        report::format::{minute, number},
    },
};

const STYLE: &str = include_str!("style.css");
/// Faults named per series and kind.
const NAMED: usize = 5;
/// The page. Every text of the report is escaped.
pub fn html(report: &Report) -> String {
    let (source, now) = (escape(&report.source), minute(report.now));
    let mut body = format!(
        "<h1>Data check</h1>\n<p class=\"lead\">{source}<br>{}; staleness judged at {now} UTC, {}</p>\n",
        summary(report),
        report.now_from.as_str()
    );
    body += &cards(report);
    if let Some(heat) = heat(report) {
        body += &format!(
            "<section><h2>What is missing, by {}</h2>{}<div class=\"scroll\">{}</div></section>\n",
            heat.column,
            legend(),
            picture(report, &heat)
        );
    }
    let rows: String = report
        .series
        .iter()
        .map(|series| {
            let cells = row(series);
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            page::row(&cells, 2, series.worst.map_or("", Severity::as_str))
        })
        .collect();
    let table = page::table(&HEADER, 2, &rows);
    body += &format!("<section><h2>Series</h2><div class=\"scroll\">{table}</div></section>\n");
    body += &unreadable(report);
    let faults: String = report.series.iter().map(faults).collect();
    body += &format!(
        "<section><h2>Where</h2><p class=\"muted\">The first {NAMED} of each kind, UTC, with the values that each \
         touches; the JSON has all.</p>{faults}</section>\n<footer>Of a gap the first missing value is named. A spike \
         is a jump that the other venues did not make or, where none tells, that the next value takes back or that \
         doubles or halves a price. A \
         divergence is a distance from the other venues' consensus far from what was usual in the {window} values \
         before or, in the same unit, beyond {offset}%.</footer>\n",
        window = Params::default().window,
        offset = Params::default().widest_offset * 100.0
    );
    page("Data check", STYLE, &body)
}

fn cards(report: &Report) -> String {
    let card = |name: &str, value: String, beside: String| {
        format!(
            "<div class=\"card\"><div class=\"name\">{name}</div><div class=\"value\">{value}</div>\
             <div class=\"beside\">{beside}</div></div>\n"
        )
    };
    let count = |count: u64| number(count as f64, 0);
    let values: u64 = report.series.iter().map(|series| series.quality.values).sum();
    let of = |kind| report.count(kind);
    let (gaps, missing) = of(FaultKind::Gap);
    let (runs, no_trade) = of(FaultKind::ZeroVolume);
    let (stretches, diverging) = of(FaultKind::Divergence);
    [
        "<div class=\"cards\">\n".to_owned(),
        card("Values", count(values), format!("in {} series", report.series.len())),
        card("Missing", count(missing), format!("in {} gaps", count(gaps))),
        card("Without a trade", count(no_trade), format!("in {} runs", count(runs))),
        card("Spikes", count(of(FaultKind::Spike).0), "jumps without a witness".to_owned()),
        card("Diverging", count(diverging), format!("in {} stretches", count(stretches))),
        "</div>\n".to_owned(),
    ]
    .concat()
}

fn faults(series: &SeriesReport) -> String {
    let lines = places(series, NAMED);
    if lines.is_empty() {
        return String::new();
    }
    let items: String = lines.iter().map(|line| format!("<li>{}</li>", escape(line))).collect();
    format!("<h3>{}</h3><ul>{items}</ul>", escape(&series.name))
}

fn unreadable(report: &Report) -> String {
    if report.unreadable.is_empty() {
        return String::new();
    }
    let item = |unreadable: &super::Unreadable| {
        format!("<li><strong>{}</strong>: {}</li>", escape(&unreadable.series), escape(&unreadable.why))
    };
    let items: String = report.unreadable.iter().map(item).collect();
    format!("<section><h2>Not readable</h2><ul>{items}</ul></section>\n")
}

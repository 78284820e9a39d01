//! The heat map as SVG. Shades are told apart by lightness and marks by shape: it reads in grey.

use super::{
    Report, SeriesReport,
    heat::{Cell, Heat, Row},
};
use crate::{
    market::quality::{FaultKind, Severity},
    service::{page::escape, report::format::minute},
    units::Timestamp,
};

/// Widths and heights of the picture, in its own units.
const WIDTH: f64 = 1_080.0;
const LETTER: f64 = 6.1;
const TOP: f64 = 22.0;
const LINE: f64 = 15.0;
const BOX: f64 = 12.0;
/// Upper ends of the classes of missing shares; above the last is one more.
const CLASSES: [(f64, &str); 4] = [(0.005, "to 0.5%"), (0.02, "to 2%"), (0.1, "to 10%"), (0.5, "to 50%")];

/// What the shades and marks mean.
pub(super) fn legend() -> String {
    let shade = |class: usize, label: &str| {
        format!("<b><svg viewBox=\"0 0 14 12\"><rect class=\"h{class}\" width=\"14\" height=\"12\"/></svg>{label}</b>")
    };
    let mut legend = shade(0, "complete");
    for (class, (_, label)) in CLASSES.iter().enumerate() {
        legend += &shade(class + 1, label);
    }
    legend += &shade(CLASSES.len() + 1, "more missing");
    for (kind, label) in [
        (FaultKind::NotAValue, "error"),
        (FaultKind::Spike, "spike"),
        (FaultKind::Divergence, "divergence"),
        (FaultKind::ZeroVolume, "no trade"),
        (FaultKind::Revision, "revision or repetition"),
    ] {
        legend += &format!(
            "<b><svg viewBox=\"0 0 14 12\"><rect class=\"h0\" width=\"14\" height=\"12\"/>{}</svg>{label}</b>",
            glyph(kind, 7.0, 6.0)
        );
    }
    legend += "<b><svg viewBox=\"0 0 14 12\"><path class=\"ended\" d=\"M0 6H14\"/></svg>ended</b>";
    format!("<div class=\"key\">{legend}</div>")
}

/// Where the columns stand, right of the names.
struct Grid {
    names: f64,
    columns: usize,
    width: f64,
}

impl Grid {
    /// A column's left edge.
    fn x(&self, column: usize) -> f64 {
        self.names + self.width * column as f64
    }
}

/// A row a series, a column a stretch of time.
pub(super) fn picture(report: &Report, heat: &Heat) -> String {
    let longest = report.series.iter().map(|series| series.name.chars().count()).max().unwrap_or(0);
    let names = 14.0 + LETTER * longest as f64;
    let columns = heat.starts.len().saturating_sub(1).max(1);
    let grid = Grid { names, columns, width: (WIDTH - names) / columns as f64 };
    let height = TOP + LINE * report.series.len() as f64 + 4.0;
    let mut svg = format!(
        "<svg class=\"heat\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"Share of values missing and other faults, a row a series, a column a {}\">\n",
        heat.column
    );
    svg += &axis(heat, &grid, height);
    for (line, (series, row)) in report.series.iter().zip(&heat.rows).enumerate() {
        let y = TOP + LINE * line as f64;
        svg += &format!("<text x=\"{}\" y=\"{:.1}\">{}</text>\n", names - 8.0, y + 9.5, escape(&series.name));
        svg += &cells(series, row, heat, y, &grid);
    }
    svg + "</svg>"
}

/// A mark at every turn of the year; of the month where columns are weeks.
fn axis(heat: &Heat, grid: &Grid, height: f64) -> String {
    let label = |ts: &Timestamp| {
        let text = ts.to_string();
        let part = if heat.column == "week" { text.get(..7) } else { text.get(..4) };
        part.unwrap_or_default().to_owned()
    };
    let mut marks = String::new();
    let mut before = heat.starts.first().map(label).unwrap_or_default();
    let mut free = grid.names;
    for (column, start) in heat.starts.iter().enumerate().skip(1) {
        let name = label(start);
        if name == before {
            continue;
        }
        let x = grid.x(column);
        marks += &format!("<path class=\"grid\" d=\"M{x:.1} {}V{height}\"/>", TOP - 6.0);
        if x >= free && x < WIDTH - 24.0 {
            marks += &format!("<text class=\"mark\" x=\"{:.1}\" y=\"{}\">{name}</text>\n", x + 3.0, TOP - 8.0);
            free = x + 10.0 * name.len() as f64;
        }
        before = name;
    }
    marks
}

fn cells(series: &SeriesReport, row: &Row, heat: &Heat, y: f64, grid: &Grid) -> String {
    let x = |column| grid.x(column);
    let Row { columns: held, cells, stale } = row;
    if held.is_empty() {
        return String::new();
    }
    let rect = |class: usize, from: f64, to: f64| {
        format!("<rect class=\"h{class}\" x=\"{from:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{BOX}\"", to - from)
    };
    let mut svg = rect(0, x(held.start), x(held.end)) + "/>\n";
    for cell in cells {
        let start = heat.starts.get(cell.column).copied().unwrap_or_default();
        svg += &rect(class(cell), x(cell.column), x(cell.column + 1));
        svg += &format!("><title>{}</title></rect>", escape(&told(series, start, cell)));
        if let Some((kind, _)) = cell.faults.iter().max_by_key(|(kind, _)| rank(*kind)) {
            svg += &glyph(*kind, x(cell.column) + grid.width / 2.0, y + BOX / 2.0);
        }
        svg.push('\n');
    }
    if *stale && held.end < grid.columns {
        svg += &format!("<path class=\"ended\" d=\"M{:.1} {:.1}H{WIDTH}\"/>\n", x(held.end) + 2.0, y + BOX / 2.0);
    }
    svg
}

/// What a reader sees who points at a cell.
fn told(series: &SeriesReport, start: Timestamp, cell: &Cell) -> String {
    let mut text = format!("{} from {}", series.name, minute(start));
    if cell.missing > 0 {
        text += &format!(", {} of {} missing", cell.missing, cell.expected);
    }
    for (kind, values) in &cell.faults {
        text += &format!(", {}: {values}", kind.as_str());
    }
    text
}

fn class(cell: &Cell) -> usize {
    let share = cell.missing_share();
    if cell.missing == 0 {
        return 0;
    }
    1 + CLASSES.iter().position(|(end, _)| share <= *end).unwrap_or(CLASSES.len())
}

/// Which of a cell's faults is drawn.
fn rank(kind: FaultKind) -> (Severity, u8) {
    let within = match kind {
        FaultKind::Spike => 3,
        FaultKind::Divergence => 2,
        FaultKind::ZeroVolume => 1,
        _ => 0,
    };
    (kind.severity(), within)
}

/// Told apart by shape, so that it needs no colour.
fn glyph(kind: FaultKind, x: f64, y: f64) -> String {
    match kind {
        FaultKind::Spike => {
            let (left, right, top, foot) = (x - 2.8, x + 2.8, y - 3.4, y + 2.6);
            format!("<path class=\"glyph\" d=\"M{x:.1} {top:.1}L{right:.1} {foot:.1}H{left:.1}Z\"/>")
        }
        FaultKind::Divergence => {
            let (left, right, top, foot) = (x - 2.8, x + 2.8, y - 3.2, y + 3.2);
            format!(
                "<path class=\"glyph\" d=\"M{x:.1} {top:.1}L{right:.1} {y:.1}L{x:.1} {foot:.1}L{left:.1} {y:.1}Z\"/>"
            )
        }
        FaultKind::ZeroVolume => format!("<circle class=\"ring\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.2\"/>"),
        _ if kind.severity() == Severity::Error => {
            let (left, right, top, foot) = (x - 2.6, x + 2.6, y - 3.6, y + 3.6);
            let cross = format!("M{left:.1} {top:.1}L{right:.1} {foot:.1}M{right:.1} {top:.1}L{left:.1} {foot:.1}");
            format!("<path class=\"cross\" d=\"{cross}\"/>")
        }
        _ => format!("<circle class=\"glyph\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"1.3\"/>"),
    }
}

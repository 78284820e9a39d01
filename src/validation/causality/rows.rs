//! Feature rows and labels.

use super::{
    Bench, CausalityError, Leak, Place, Stage, Trial,
    compare::{first_change, same, shown},
    leak::Findings,
    tamper::Tampering,
};
use crate::{
    domain::{Ahead, Target},
    features::engine::catalogue,
    pipeline::forecaster::Table,
    units::Timestamp,
};

/// At each cut: rows and labels known by then, from whole, cut, corrupted and revised data, and
/// the table that ends there.
pub(super) fn check(bench: &Bench<'_>, findings: &mut Findings) -> Result<(), CausalityError> {
    let whole = bench.rows(bench.history, bench.plan.to, "of the whole data", bench.plan.to)?;
    for &cut in &bench.plan.cuts {
        let known = known(&whole, cut);
        if known == 0 || known == whole.rows.len() {
            return Err(CausalityError::Outside(cut));
        }
        for tampering in Tampering::ALL {
            let trial = tampering.trial();
            let other = bench.rows(&bench.tampered(tampering, cut), bench.plan.to, &trial.to_string(), cut)?;
            compare(&whole, &other, trial, cut, findings);
        }
        let ended = bench.rows(bench.history, cut, &Trial::Ended.to_string(), cut)?;
        compare(&whole, &ended, Trial::Ended, cut, findings);
        nothing_beyond(&ended, cut, findings);
    }
    Ok(())
}

/// How many of the first rows were known at the cut.
fn known(table: &Table, cut: Timestamp) -> usize {
    table.rows.made_at.partition_point(|made_at| *made_at <= cut)
}

fn compare(whole: &Table, other: &Table, trial: Trial, cut: Timestamp, findings: &mut Findings) {
    let (ours, theirs) = (&whole.opens[..known(whole, cut)], &other.opens[..known(other, cut)]);
    let odd = (0..ours.len().max(theirs.len())).find(|&row| ours.get(row) != theirs.get(row));
    if let Some(row) = odd {
        let told = |bar: Option<&Timestamp>| bar.map_or_else(|| "missing".to_owned(), ToString::to_string);
        let (before, after) = (told(ours.get(row)), told(theirs.get(row)));
        let first = ours.get(row).or(theirs.get(row)).map(|&bar| Place { row, bar });
        findings.add(Leak { stage: Stage::Row, subject: "bar".to_owned(), trial, cut, first, before, after });
        return;
    }
    let count = ours.len();
    let mut tell = |stage, subject: &str, row: usize, before: f64, after: f64| {
        let first = Some(Place { row, bar: ours[row] });
        let (before, after) = (shown(before), shown(after));
        findings.add(Leak { stage, subject: subject.to_owned(), trial, cut, first, before, after });
    };
    for (column, described) in catalogue().iter().enumerate() {
        let (a, b) = (&whole.rows.x.column(column)[..count], &other.rows.x.column(column)[..count]);
        if let Some(row) = first_change(a, b) {
            tell(Stage::Feature, &described.name, row, a[row], b[row]);
        }
    }
    let answered = whole.rows.known_at.partition_point(|known_at| *known_at <= cut).min(count);
    for row in 0..answered {
        let (a, b) = (labels(&whole.rows.ahead[row]), labels(&other.rows.ahead[row]));
        for ((name, a), b) in LABELS.iter().zip(a).zip(b).filter(|((_, a), b)| !same(*a, *b)) {
            tell(Stage::Label, name, row, a, b);
        }
    }
    findings.compared.features += (count * catalogue().len()) as u64;
    findings.compared.labels += (answered * LABELS.len()) as u64;
}

/// A table that ends at the cut has no row and no label of later.
fn nothing_beyond(ended: &Table, cut: Timestamp, findings: &mut Findings) {
    let mut tell = |stage, subject: &str, row: usize, after: String| {
        let first = ended.opens.get(row).map(|&bar| Place { row, bar });
        let before = "missing".to_owned();
        findings.add(Leak { stage, subject: subject.to_owned(), trial: Trial::Ended, cut, first, before, after });
    };
    if let Some(bar) = ended.opens.get(known(ended, cut)) {
        tell(Stage::Row, "bar", known(ended, cut), bar.to_string());
    }
    let answered = ended.rows.known_at.partition_point(|known_at| *known_at <= cut);
    for (row, ahead) in ended.rows.ahead.iter().enumerate().skip(answered) {
        for (name, value) in LABELS.iter().zip(labels(ahead)).filter(|(_, value)| !value.is_nan()) {
            tell(Stage::Label, name, row, shown(value));
        }
    }
}

const LABELS: [&str; 8] =
    ["price", "volatility", "volume", "log return", "log range", "log volume", "log path", "lean"];

/// In the order of [`LABELS`]: yes is 1, no is 0.
fn labels(ahead: &Ahead) -> [f64; 8] {
    let answer = |target| ahead.answer(target).map_or(f64::NAN, |yes| f64::from(u8::from(yes)));
    let [price, volatility, volume] = Target::ALL.map(answer);
    [price, volatility, volume, ahead.log_return, ahead.log_range, ahead.log_volume, ahead.log_path, ahead.lean]
}

//! Forecasts and the ensemble's moving weights.

use std::collections::BTreeMap;

use super::{
    Bench, CausalityError, Leak, Place, Spoken, Stage, Trial,
    compare::{same, shown},
    leak::Findings,
    tamper::Tampering,
};
use crate::{pipeline::forecaster::ModelSet, units::Timestamp};

/// What a set that was trained at one cut says up to each later one.
pub(super) fn check(
    bench: &Bench<'_>,
    (trained_at, set): (Timestamp, &ModelSet),
    later: &[Timestamp],
    findings: &mut Findings,
) -> Result<(), CausalityError> {
    let whole = bench.forecast((trained_at, set), bench.history, "of the whole data", trained_at)?;
    for &cut in later {
        for tampering in Tampering::ALL {
            let trial = tampering.trial();
            let history = bench.tampered(tampering, cut);
            let other = bench.forecast((trained_at, set), &history, &trial.to_string(), cut)?;
            compare(&whole, &other, trial, cut, findings);
        }
    }
    Ok(())
}

fn compare(whole: &[Spoken], other: &[Spoken], trial: Trial, cut: Timestamp, findings: &mut Findings) {
    let known = |spoken: &[Spoken]| spoken.partition_point(|spoken| spoken.made_at <= cut);
    let (ours, theirs) = (&whole[..known(whole)], &other[..known(other)]);
    let mut tell = |subject: &str, row: usize, before: f64, after: f64| {
        let first = ours.get(row).or(theirs.get(row)).map(|spoken| Place { row, bar: spoken.bar });
        let (subject, before, after) = (subject.to_owned(), shown(before), shown(after));
        findings.add(Leak { stage: Stage::Forecast, subject, trial, cut, first, before, after });
    };
    for row in 0..ours.len().max(theirs.len()) {
        let (said, told) = (values(ours.get(row)), values(theirs.get(row)));
        for name in said.keys().chain(told.keys()) {
            let [before, after] = [&said, &told].map(|values| values.get(name).copied().unwrap_or(f64::NAN));
            if !same(before, after) {
                tell(name, row, before, after);
            }
        }
    }
    findings.compared.forecasts += ours.iter().map(|spoken| spoken.told.len() as u64).sum::<u64>();
}

/// Every number that was said of a bar, by name.
fn values(spoken: Option<&Spoken>) -> BTreeMap<String, f64> {
    let Some(Spoken { made_at, told, weights, .. }) = spoken else { return BTreeMap::new() };
    let told = told.iter().flat_map(|told| {
        [(told.model.clone(), told.probability), (format!("{}, lower bound", told.model), told.lower)]
    });
    let weights = weights.iter().enumerate().map(|(member, &weight)| (format!("ensemble, weight {member}"), weight));
    told.chain(weights).chain([("time".to_owned(), made_at.0 as f64)]).collect()
}

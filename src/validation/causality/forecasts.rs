//! Forecasts and the ensemble's moving weights.

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
    let mut tell = |subject: &str, row: usize, before: String, after: String| {
        let first = ours.get(row).or(theirs.get(row)).map(|spoken| Place { row, bar: spoken.bar });
        let subject = subject.to_owned();
        findings.add(Leak { stage: Stage::Forecast, subject, trial, cut, first, before, after });
    };
    if ours.len() != theirs.len() {
        let row = ours.len().min(theirs.len());
        tell("bars", row, ours.len().to_string(), theirs.len().to_string());
    }
    for (row, (a, b)) in ours.iter().zip(theirs).enumerate() {
        let (said, told) = (values(a), values(b));
        for number in 0..said.len().max(told.len()) {
            match (said.get(number), told.get(number)) {
                (Some((name, a)), Some((other, b))) if name == other && same(*a, *b) => {}
                (a, b) => {
                    let value =
                        |one: Option<&(String, f64)>| one.map_or("missing".to_owned(), |(_, value)| shown(*value));
                    let name = a.or(b).map_or("", |(name, _)| name);
                    tell(name, row, value(a), value(b));
                }
            }
        }
    }
    findings.compared.forecasts += ours.iter().map(|spoken| spoken.told.len() as u64).sum::<u64>();
}

/// Every number that was said, by name.
fn values(spoken: &Spoken) -> Vec<(String, f64)> {
    let told = spoken.told.iter().flat_map(|told| {
        [(told.model.clone(), told.probability), (format!("{}, lower bound", told.model), told.lower)]
    });
    let weights = spoken.weights.iter().enumerate();
    told.chain(weights.map(|(number, &weight)| (format!("weight {number} of the ensemble"), weight))).collect()
}

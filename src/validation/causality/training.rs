//! What is learnt at a time: the same bytes, whatever came after it.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Bench, CausalityError, Leak, Stage, leak::Findings, tamper::Tampering};
use crate::{
    pipeline::forecaster::{Learned, ModelSet, Table},
    units::Timestamp,
};

/// Trains at the cut from whole, cut, corrupted and revised data. Returned is what was learnt from
/// the whole, and from which table.
pub(super) fn check(
    bench: &Bench<'_>,
    cut: Timestamp,
    findings: &mut Findings,
) -> Result<(Table, Learned), CausalityError> {
    let table = bench.stages.rows(bench.history, cut).map_err(|source| failed(cut, source))?;
    let learned = bench.learn(&table, cut, "on the whole data")?;
    let before = parts(&learned.set)?;
    for tampering in Tampering::ALL {
        let trial = tampering.trial();
        let history = bench.tampered(tampering, cut);
        let other = bench.stages.rows(&history, cut).map_err(|source| failed(cut, source))?;
        let after = parts(&bench.learn(&other, cut, &trial.to_string())?.set)?;
        for ((subject, before), (_, after)) in before.iter().zip(&after) {
            findings.compared.models += 1;
            if before != after {
                let (subject, before, after) = (subject.clone(), checksum(before), checksum(after));
                findings.add(Leak { stage: Stage::Model, subject, trial, cut, first: None, before, after });
            }
        }
    }
    Ok((table, learned))
}

fn failed(cut: Timestamp, source: super::StageError) -> CausalityError {
    CausalityError::Stage { doing: "rows to train on".to_owned(), cut, source }
}

/// The bytes of each specialist, of the ensemble and its bounds, and of the whole set, which has
/// the figures of its training as well.
fn parts(set: &ModelSet) -> Result<Vec<(String, Vec<u8>)>, CausalityError> {
    let mut parts = Vec::new();
    for specialist in &set.specialists {
        parts.push((specialist.name.clone(), bytes(specialist)?));
    }
    parts.push(("ensemble".to_owned(), bytes(&set.ensemble)?));
    parts.push(("the ensemble's bounds".to_owned(), bytes(&set.bounds)?));
    parts.push(("the whole set".to_owned(), bytes(set)?));
    Ok(parts)
}

/// As they stand in a model file.
pub(super) fn bytes(value: &impl Serialize) -> Result<Vec<u8>, CausalityError> {
    Ok(postcard::to_stdvec(value)?)
}

/// The first eight bytes of the SHA-256.
pub(super) fn checksum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

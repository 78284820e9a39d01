//! What a bag says of its own training rows, with the proof that no member had seen them.

use super::learn::{
    bag::Plan,
    folds::{self, FoldError},
};
use crate::{
    domain::{
        OutOfFold, OutOfFoldError,
        out_of_fold::{Fold, HeldOut, Span},
    },
    units::Timestamp,
};

/// Why a bag's forecasts are not out of fold.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CertifyError {
    #[error(transparent)]
    Folds(#[from] FoldError),
    #[error(transparent)]
    OutOfFold(#[from] OutOfFoldError),
}

/// Certifies the mean of what the members of every set say that left a row out: against each
/// set's folds, for each of them had a part in it. `held` has a row for each of `times`; its
/// `fold` is set here.
///
/// # Errors
/// [`CertifyError`] where a member had seen a row that it speaks of.
pub fn out_of_fold(
    member: &str,
    times: &[Timestamp],
    held: &[HeldOut],
    plan: &Plan,
) -> Result<OutOfFold, CertifyError> {
    let mut sets = Vec::with_capacity(plan.sets);
    for set in 0..plan.sets {
        let blocks = folds::blocked(times, plan.reach, plan.folds, set, plan.sets)?;
        let mut rows = held.to_vec();
        for (fold, block) in blocks.iter().enumerate() {
            for row in block.test_rows() {
                rows[row as usize].fold = fold;
            }
        }
        let folds: Vec<Fold> = blocks
            .iter()
            .map(|block| Fold { trained: spans(&block.train, held), embargo_seconds: plan.reach.embargo })
            .collect();
        sets.push(OutOfFold::certify(member, &folds, rows)?);
    }
    Ok(OutOfFold::average(&sets)?)
}

/// The stretches of time that training rows touch: a new one begins where a row was left out.
fn spans(train: &[u32], held: &[HeldOut]) -> Vec<Span> {
    train
        .chunk_by(|a, b| b - a == 1)
        .map(|stretch| {
            let of = |row: Option<&u32>| held[row.map_or(0, |&row| row as usize)];
            Span { from: of(stretch.first()).made_at, to: of(stretch.last()).known_at }
        })
        .collect()
}

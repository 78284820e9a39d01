//! What an ensemble would have said over the past, each row forecast from what was known then: for
//! its calibration and its doubt, and for comparing methods without the test range.

use super::{
    fit::FitError,
    fitted::Ensemble,
    params::{AbstentionParams, Params},
    table::{Row, Table},
};
use crate::domain::HeldOut;

/// Cuts the rows into `folds + 1` blocks in time and forecasts each but the first by an ensemble
/// that was fitted on the rows whose outcome was known when it began; weights follow the outcomes
/// as they become known, where they do so at all. `HeldOut::fold` counts the blocks from 0.
/// Nothing is withheld.
///
/// # Errors
/// No fold, or what [`Ensemble::fit`] says of the rows before a block.
pub fn walk(params: &Params, table: &Table, folds: usize) -> Result<Vec<HeldOut>, FitError> {
    let abstention = AbstentionParams { outlier_quantile: None, disagreement_quantile: None };
    let params = Params { abstention, ..params.clone() };
    let mut said = Vec::with_capacity(table.len());
    for (fold, (train, held)) in blocks(table.rows(), folds).enumerate() {
        let past = table.part(train);
        let (mut ensemble, _) = Ensemble::fit(&params, &past, &[])?;
        ensemble.warm_up(&past)?;
        ensemble.live_through(&table.part(held), |row, combined| {
            let &Row { made_at, known_at, outcome } = row;
            let probability = combined.map(|combined| combined.probability);
            said.push(HeldOut { made_at, known_at, fold, probability, outcome });
        })?;
    }
    Ok(said)
}

/// Of `folds + 1` blocks in time, all but the first, each with the rows before it whose outcome was
/// known when it began.
pub(super) fn blocks(
    rows: &[Row],
    folds: usize,
) -> impl Iterator<Item = (std::ops::Range<usize>, std::ops::Range<usize>)> {
    let start = move |block: usize| rows.len() * block / (folds + 1);
    (1..=folds).map(move |block| (0..known_before(rows, start(block)), start(block)..start(block + 1)))
}

/// How many of the first rows lie before row `at` with their outcomes known when it was made.
fn known_before(rows: &[Row], at: usize) -> usize {
    let Some(begins) = rows.get(at).map(|row| row.made_at) else { return 0 };
    rows.iter().take(at).position(|row| row.known_at > begins).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ensemble::{
            Method, RecencyParams,
            synthetic::{HOUR, market, table},
        },
        units::Timestamp,
    };

    #[test]
    fn a_block_is_forecast_from_outcomes_that_were_known() {
        let row = |at| Row { made_at: Timestamp(at), known_at: Timestamp(at + 4), outcome: true };
        let rows: Vec<Row> = (0..20).map(row).collect();
        assert_eq!(known_before(&rows, 10), 7, "row 6 is known at 10, row 7 at 11");
        assert_eq!(known_before(&rows, 3), 0);
        let apart: Vec<Row> = (0..20).map(|at| row(10 * at)).collect();
        assert_eq!(known_before(&apart, 10), 10);
        let cut: Vec<_> = blocks(&rows, 3).collect();
        assert_eq!(cut, [(0..2, 5..10), (0..7, 10..15), (0..12, 15..20)]);
    }

    fn params() -> Params {
        let recency = RecencyParams {
            horizon_seconds: HOUR,
            half_life_seconds: 50 * HOUR,
            rate: 1.0,
            floor: 0.0,
            cap: 1.0,
            max_step: 0.1,
        };
        Params {
            method: Method::Blending { validation: 0.5 },
            recency: Some(recency),
            abstention: AbstentionParams { outlier_quantile: None, disagreement_quantile: Some(0.5) },
        }
    }

    #[test]
    fn the_future_changes_no_forecast() {
        let (outcomes, said) = market(800, 5, &[|t, n| t + n, |t, n| 0.5 * t + n]);
        let before = walk(&params(), &table(&outcomes, &said), 3).unwrap();
        assert_eq!(before.len(), 600);
        assert!(before.iter().all(|row| row.probability.is_some()), "nothing is withheld");
        // What is known when row 500 is forecast: the outcomes of rows up to 499.
        let (mut flipped, mut mute) = (outcomes, said);
        flipped.iter_mut().skip(500).for_each(|outcome| *outcome = !*outcome);
        mute.iter_mut().for_each(|member| member.iter_mut().skip(501).for_each(|p| *p = 0.5));
        let after = walk(&params(), &table(&flipped, &mute), 3).unwrap();
        let told = |rows: &[HeldOut]| rows.iter().map(|row| row.probability).collect::<Vec<_>>();
        assert_eq!(told(&before)[..=300], told(&after)[..=300]);
        assert_ne!(told(&before)[301..], told(&after)[301..]);
    }
}

//! What an ensemble would have said over the past, each row forecast from what was known then: for
//! its calibration and its doubt, and for comparing methods without the test range.

use super::{
    blocks::blocks,
    error::FitError,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::{
        Method, RecencyParams,
        synthetic::{HOUR, market, table},
    };

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

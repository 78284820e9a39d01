//! The ways to combine the same members, measured on the same rows.

use std::collections::{BTreeMap, VecDeque};

use super::{Score, forecast::Prediction};
use crate::{
    domain::{OutOfFold, Target},
    ensemble::{Ensemble, ForecastError, RecencyError, Said},
    pipeline::forecaster::{
        Learned, Table,
        settings::{METHODS, method},
        vote::{self, VoteError},
    },
    units::Timestamp,
};

/// Why the methods were not compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    #[error(transparent)]
    Rows(#[from] VoteError),
    #[error("{method}: {why}")]
    Fit { method: &'static str, why: VoteError },
    #[error("{method}: {why}")]
    Forecast { method: &'static str, why: ForecastError },
    #[error("{method}: {why}")]
    Recency { method: &'static str, why: RecencyError },
}

/// The score on `test` of each method, fitted on what the members said of rows of `train` that they
/// had not seen. Their forecasts of the test rows are among `told`. Abstentions count as what was withheld.
///
/// # Errors
/// See [`CompareError`].
pub fn compare(
    learned: &Learned,
    train: &Table,
    told: &[Prediction],
    test: &Table,
) -> Result<BTreeMap<&'static str, Score>, CompareError> {
    let (set, held) = (&learned.set, learned.inputs());
    let members: Vec<&str> = held.iter().map(OutOfFold::member).map(|name| &**name).collect();
    let said: Vec<&[Prediction]> = told.chunk_by(|a, b| a.ts == b.ts).collect();
    let rows = vote::Rows::new(&held, train, &set.familiar)?;
    let mut scores = BTreeMap::new();
    for name in METHODS {
        let Some(method) = method(name, &members) else { continue };
        let params = crate::ensemble::Params { method, ..set.parameters.ensemble.clone() };
        let mut ensemble = rows.fit(&params).map_err(|why| CompareError::Fit { method: name, why })?;
        let told = replay(name, &mut ensemble, &set.familiar, &said, test)?;
        scores.insert(name, Score::of(&told));
    }
    Ok(scores)
}

/// What the ensemble says of each test row, and what followed, where that is known.
fn replay(
    method: &'static str,
    ensemble: &mut Ensemble,
    familiar: &[u16],
    said: &[&[Prediction]],
    test: &Table,
) -> Result<Vec<(f64, bool)>, CompareError> {
    let rows = &test.rows;
    let members = ensemble.members().to_vec();
    let mut told = Vec::with_capacity(rows.len());
    // Rows whose answer is still to come: when made, when known, and the answer.
    let mut waiting: VecDeque<(Timestamp, Timestamp, Option<bool>)> = VecDeque::new();
    for bar in said {
        let Some(row) = bar.first().and_then(|first| test.opens.binary_search(&first.ts).ok()) else { continue };
        let now = rows.made_at[row];
        let mut outcomes = Vec::new();
        while let Some((made_at, _, answer)) = waiting.pop_front_if(|(_, known_at, _)| *known_at <= now) {
            outcomes.extend(answer.map(|answer| (made_at, answer)));
        }
        // At every bar, as a forecaster does: old losses fade also where nothing new is known.
        ensemble.resolve(now, &outcomes).map_err(|why| CompareError::Recency { method, why })?;
        let said: Vec<Said<'_>> = bar
            .iter()
            .filter(|one| members.iter().any(|member| **member == *one.told.model))
            .map(|one| Said { member: &one.told.model, probability: Ok(one.told.probability) })
            .collect();
        let features: Vec<f64> = rows.x.cells(row, familiar).collect();
        let verdict = ensemble.forecast(&said, &features).map_err(|why| CompareError::Forecast { method, why })?;
        let probability = verdict.combined().map(|combined| combined.probability);
        let answer = rows.ahead[row].answer(Target::Price);
        told.extend(probability.zip(answer));
        ensemble.note(now, &verdict).map_err(|why| CompareError::Recency { method, why })?;
        waiting.push_back((now, rows.known_at[row], answer));
    }
    Ok(told)
}

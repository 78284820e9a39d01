//! A model set on rows after those that it was trained on.

use std::collections::BTreeMap;

use super::{
    Score,
    floors::{self, Floors},
};
use crate::{
    domain::{Frame, Target},
    features::engine::catalogue,
    models::learn::LearnError,
    pipeline::forecaster::{Forecaster, ForecasterError, ModelSet, Table, Told},
    units::Timestamp,
};

/// How many test rows are asked what moved them.
const ASKED: usize = 400;
/// How many columns are named.
const NAMED: usize = 15;

/// A model's forecast of a bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The bar's open.
    pub ts: Timestamp,
    pub told: Told,
}

/// What an evaluation found.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    pub train_rows: usize,
    pub test_rows: usize,
    pub models: BTreeMap<String, (Target, Score)>,
    pub floors: BTreeMap<&'static str, Floors>,
    /// By specialist: the columns that moved its log-odds most on test rows, and by how much on
    /// average (mean size, nats).
    pub importance: BTreeMap<String, Vec<(String, f64)>>,
}

/// Why there is no evaluation.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    #[error(transparent)]
    Forecaster(#[from] ForecasterError),
    #[error("the logistic floor: {0}")]
    Floor(#[from] LearnError),
    #[error("no test row has an answer")]
    NoTest,
}

/// What the set says of every frame that opens in `from..to`; the frames before warm it up.
///
/// # Errors
/// A candle that cannot be.
pub fn predict(
    set: ModelSet,
    frames: &[Frame],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Prediction>, ForecasterError> {
    let mut predictions = Vec::new();
    let keep = |ts, told: Vec<Told>, _: &Forecaster| {
        predictions.extend(told.into_iter().map(|told| Prediction { ts, told }));
    };
    forecast(set, frames, from, to, keep)?;
    Ok(predictions)
}

/// Tells `each` of every frame that opens in `from..to` what the set says of it, and what has
/// become of the set by then.
pub(super) fn forecast(
    set: ModelSet,
    frames: &[Frame],
    from: Timestamp,
    to: Timestamp,
    mut each: impl FnMut(Timestamp, Vec<Told>, &Forecaster),
) -> Result<(), ForecasterError> {
    let mut forecaster = Forecaster::new(set, frames.first().map_or(0, |frame| frame.peers.len()));
    for frame in frames.iter().take_while(|frame| frame.ts() < to) {
        if frame.ts() < from {
            forecaster.warm_up(frame)?;
        } else {
            let told = forecaster.step(frame)?;
            each(frame.ts(), told, &forecaster);
        }
    }
    Ok(())
}

/// Holds the predictions against what followed in `test`, beside the floors that `train` gives.
///
/// # Errors
/// See [`EvaluateError`].
pub fn judge(
    set: &ModelSet,
    predictions: &[Prediction],
    train: &Table,
    test: &Table,
) -> Result<Evaluation, EvaluateError> {
    // What each model said of its target, and what followed.
    type Answered<'a> = BTreeMap<&'a str, (Target, Vec<(f64, bool)>)>;
    let mut told = Answered::new();
    for Prediction { ts, told: Told { model, target, probability, .. } } in predictions {
        let Ok(row) = test.opens.binary_search(ts) else { continue };
        let Some(answer) = test.rows.ahead.get(row).and_then(|ahead| ahead.answer(*target)) else { continue };
        told.entry(model).or_insert_with(|| (*target, Vec::new())).1.push((*probability, answer));
    }
    if told.is_empty() {
        return Err(EvaluateError::NoTest);
    }
    let models = told.into_iter().map(|(name, (target, told))| (name.to_owned(), (target, Score::of(&told)))).collect();
    let mut floors = BTreeMap::new();
    for target in Target::ALL {
        floors.insert(target.as_str(), floors::floors(target, set.horizon as usize, &train.rows, &test.rows)?);
    }
    let importance = importance(set, test);
    Ok(Evaluation { train_rows: train.rows.len(), test_rows: test.rows.len(), models, floors, importance })
}

fn importance(set: &ModelSet, test: &Table) -> BTreeMap<String, Vec<(String, f64)>> {
    let names = catalogue();
    let x = &test.rows.x;
    let mut row = vec![0.0; x.width()];
    let step = (x.rows() / ASKED).max(1);
    let mut of = |specialist: &crate::models::specialist::Specialist| {
        let (mut sums, mut asked) = (vec![0.0; x.width()], 0.0);
        for at in (0..x.rows()).step_by(step) {
            x.copy_row(at, &mut row);
            let Ok(parts) = specialist.contributions(&row) else { continue };
            sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part.abs());
            asked += 1.0;
        }
        let mut moved: Vec<(String, f64)> =
            names.iter().zip(sums).map(|(column, sum)| (column.name.clone(), sum / f64::max(asked, 1.0))).collect();
        moved.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        moved.truncate(NAMED);
        (specialist.name.clone(), moved)
    };
    set.specialists.iter().map(&mut of).collect()
}

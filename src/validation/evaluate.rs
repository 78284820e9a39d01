//! What a model set is worth on rows after those that it was trained on.

use std::collections::BTreeMap;

use super::{
    Score,
    floors::{self, Floors},
    forecast::Prediction,
    methods::{CompareError, compare},
};
use crate::{
    domain::{Target, Told},
    features::engine::catalogue,
    models::learn::LearnError,
    pipeline::forecaster::{Learned, ModelSet, Table},
};

/// How many test rows are asked what moved them.
const ASKED: usize = 400;
/// How many columns are named.
const NAMED: usize = 15;

/// What an evaluation found.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    pub train_rows: usize,
    pub test_rows: usize,
    pub models: BTreeMap<String, (Target, Score)>,
    pub floors: BTreeMap<&'static str, Floors>,
    /// The ways to combine the members that forecast the price.
    pub methods: BTreeMap<&'static str, Score>,
    /// By specialist: the columns that moved its log-odds most on test rows, and by how much on
    /// average (mean size, nats).
    pub importance: BTreeMap<String, Vec<(String, f64)>>,
}

/// Why there is no evaluation.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    #[error("the logistic floor: {0}")]
    Floor(#[from] LearnError),
    #[error("no test row has an answer")]
    NoTest,
    #[error("the methods: {0}")]
    Methods(#[from] CompareError),
}

/// Holds the predictions against what followed in `test`, beside the floors that `train` gives and
/// the other ways to combine the members.
///
/// # Errors
/// See [`EvaluateError`].
pub fn judge(
    learned: &Learned,
    predictions: &[Prediction],
    train: &Table,
    test: &Table,
) -> Result<Evaluation, EvaluateError> {
    let set = &learned.set;
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
    Ok(Evaluation {
        train_rows: train.rows.len(),
        test_rows: test.rows.len(),
        models,
        floors,
        methods: compare(learned, train, predictions, test)?,
        importance: importance(set, test),
    })
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

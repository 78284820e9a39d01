//! What costs nothing to say: a model that does not beat these has learnt nothing.

use serde::Serialize;

use super::Score;
use crate::{
    domain::Target,
    features::sets::Sets,
    models::{
        learn::{LearnError, Learner, Logistic, Training},
        specialist::Rows,
    },
};

/// Columns of the plain logistic regression: six returns, four changes of volume, two ranges and
/// the distance to the deviation's bounds.
const PLAIN: [&str; 14] =
    ["z_1", "z_2", "z_3", "z_4", "z_5", "z_6", "dlv_1", "dlv_2", "dlv_3", "dlv_5", "lhl_1", "lhl_2", "glo", "ghi"];

/// The floors of one target on the test rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Floors {
    /// Always the training rows' base rate.
    pub majority: Score,
    /// What followed the same last answer in the training rows.
    pub last_move: Score,
    /// A plain logistic regression on fourteen lags.
    pub logistic: Score,
}

/// The floors of `target`, learnt on the one table and measured on the other.
///
/// # Errors
/// As the logistic regression's.
pub(super) fn floors(target: Target, horizon: usize, train: &Rows, test: &Rows) -> Result<Floors, LearnError> {
    let rose = |rows: &Rows, row: usize| rows.ahead.get(row).and_then(|ahead| ahead.answer(target));
    let (train_rows, test_rows) = (train.answered(target), test.answered(target));
    let labels = train.answers(target, &train_rows);
    let base = rate(labels.iter().copied());
    let answer = |row: u32| rose(test, row as usize) == Some(true);
    let majority: Vec<(f64, bool)> = test_rows.iter().map(|&row| (base, answer(row))).collect();
    // The last answer that is known at a row's close is that of the row `horizon` bars before.
    let last = |rows: &Rows, row: u32| (row as usize).checked_sub(horizon).and_then(|before| rose(rows, before));
    let after = |before: bool| {
        let rows = train_rows.iter().zip(&labels).filter(|(row, _)| last(train, **row) == Some(before));
        rate(rows.map(|(_, up)| *up))
    };
    let (after_no, after_yes) = (after(false), after(true));
    let repeat = |&row: &u32| {
        let p = match last(test, row) {
            Some(true) => after_yes,
            Some(false) => after_no,
            None => base,
        };
        (p, answer(row))
    };
    let last_move: Vec<(f64, bool)> = test_rows.iter().map(repeat).collect();
    let sets = Sets::new();
    let columns: Vec<u16> = PLAIN.iter().map(|name| sets.place(name)).collect();
    let x = train.take(&columns, &train_rows)?;
    let fitted = Logistic::default().fit(&Training::new(&x, &labels, &vec![1.0; labels.len()])?, 0)?;
    let told = fitted.predict_all(&test.take(&columns, &test_rows)?, None).map_err(|error| LearnError::Shape {
        what: "columns",
        expected: error.expected,
        found: error.found,
    })?;
    let logistic: Vec<(f64, bool)> = told.into_iter().zip(test_rows.iter().map(|&row| answer(row))).collect();
    Ok(Floors { majority: Score::of(&majority), last_move: Score::of(&last_move), logistic: Score::of(&logistic) })
}

/// The share of yes by Laplace's rule: never 0 or 1.
fn rate(answers: impl Iterator<Item = bool>) -> f64 {
    let (yes, all) = answers.fold((0.0, 0.0), |(yes, all), up| (yes + f64::from(u8::from(up)), all + 1.0));
    (yes + 1.0) / (all + 2.0)
}

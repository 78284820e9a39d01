//! The rows of which a question's answer is known, and members that learn from some of them.

use super::{GrowError, Member, Plan, Rows, Seen};
use crate::{domain::Target, models::learn::folds::Fold, units::Timestamp};

/// A table's rows whose answer is known, numbered anew: folds are cut of these.
#[derive(Clone, Debug)]
pub(super) struct Answered<'a> {
    pub(super) target: Target,
    pub(super) rows: &'a Rows,
    /// Their places in the table, ascending.
    pub(super) places: Vec<u32>,
    /// When each was made.
    pub(super) times: Vec<Timestamp>,
    pub(super) labels: Vec<bool>,
}

impl<'a> Answered<'a> {
    pub(super) fn new(target: Target, rows: &'a Rows) -> Self {
        let places = rows.answered(target);
        let times = places.iter().map(|&row| rows.made_at[row as usize]).collect();
        let labels = rows.answers(target, &places);
        Self { target, rows, places, times, labels }
    }

    /// A member that has seen the fold's training rows, and its log-odds of the test rows: not a
    /// number of one that it cannot judge.
    pub(super) fn grow(&self, plan: &Plan, fold: &Fold, seed: u64) -> Result<((Member, Seen), Vec<f64>), GrowError> {
        let of = |numbers: &[u32]| numbers.iter().map(|&number| self.places[number as usize]).collect::<Vec<u32>>();
        let seen = Seen { trained: of(&fold.train), held: of(&fold.test_rows()) };
        let member = plan.grow(self.target, self.rows, &seen.trained, seed)?;
        let (mut row, mut scratch) = (vec![0.0; self.rows.x.width()], Vec::new());
        let mut tell = |&place: &u32| {
            self.rows.x.copy_row(place as usize, &mut row);
            member.log_odds(&row, &mut scratch).unwrap_or(f64::NAN)
        };
        let told = seen.held.iter().map(&mut tell).collect();
        Ok(((member, seen), told))
    }
}

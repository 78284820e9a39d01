//! What specialists learn from.

use super::super::learn::{LearnError, Matrix};
use crate::{
    domain::{Ahead, Target},
    units::Timestamp,
};

/// The rows of one asset, every column of the catalogue, and what followed each.
#[derive(Clone, Debug)]
pub struct Rows {
    /// When each row was known: its bar's close, ascending.
    pub made_at: Vec<Timestamp>,
    /// When its answers were known.
    pub known_at: Vec<Timestamp>,
    pub x: Matrix,
    pub ahead: Vec<Ahead>,
}

impl Rows {
    pub fn len(&self) -> usize {
        self.made_at.len()
    }

    pub fn is_empty(&self) -> bool {
        self.made_at.is_empty()
    }

    /// The numbers of the rows whose answer to `target` is known.
    pub fn answered(&self, target: Target) -> Vec<u32> {
        let known = |row: &u32| self.ahead[*row as usize].answer(target).is_some();
        (0..self.len() as u32).filter(known).collect()
    }

    /// The answers of the named rows, which have one.
    pub fn answers(&self, target: Target, rows: &[u32]) -> Vec<bool> {
        rows.iter().map(|&row| self.ahead[row as usize].answer(target) == Some(true)).collect()
    }

    /// The named columns of the named rows.
    ///
    /// # Errors
    /// A column or row that is not there, or a value that is infinite.
    pub fn take(&self, columns: &[u16], rows: &[u32]) -> Result<Matrix, LearnError> {
        let column = |&column: &u16| {
            let values = self.x.column(usize::from(column));
            rows.iter().map(move |&row| values[row as usize])
        };
        Matrix::new(rows.len(), columns.len(), columns.iter().flat_map(column).collect())
    }
}

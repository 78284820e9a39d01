//! Which columns of the catalogue a part of a specialist reads.

use serde::{Deserialize, Serialize};

use super::Invalid;

/// Numbers of columns of a whole row, in the order in which a learner was given them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns(pub Vec<u16>);

impl Columns {
    /// Appends the columns' values to `out`.
    pub(super) fn read(&self, row: &[f64], out: &mut Vec<f64>) {
        out.extend(self.values(row));
    }

    /// The columns' values of a row; not a number where the row is too short.
    pub fn values<'a>(&'a self, row: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        self.0.iter().map(|&column| row.get(usize::from(column)).copied().unwrap_or(f64::NAN))
    }

    pub(super) fn validate(&self, width: usize) -> Result<(), Invalid> {
        if self.0.iter().all(|&column| usize::from(column) < width) { Ok(()) } else { Err(Invalid::Column) }
    }
}

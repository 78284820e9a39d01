//! The table that learners read.

use super::LearnError;

/// Rows by columns, stored column by column; NaN is a missing value, infinities are refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    rows: usize,
    width: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// `values` holds all of the first column, then all of the second.
    ///
    /// # Errors
    /// [`LearnError::Shape`], also above 65,535 columns; [`LearnError::Infinite`].
    pub fn new(rows: usize, width: usize, values: Vec<f64>) -> Result<Self, LearnError> {
        if values.len() != rows * width {
            return Err(LearnError::Shape { what: "values", expected: rows * width, found: values.len() });
        }
        if width > usize::from(u16::MAX) {
            return Err(LearnError::Shape { what: "columns", expected: usize::from(u16::MAX), found: width });
        }
        if let Some(at) = values.iter().position(|value| value.is_infinite()) {
            return Err(LearnError::Infinite { row: at % rows, column: at / rows });
        }
        Ok(Self { rows, width, values })
    }

    /// From rows of one width.
    ///
    /// # Errors
    /// As [`Matrix::new`].
    pub fn from_rows<'a>(rows: impl IntoIterator<Item = &'a [f64]>) -> Result<Self, LearnError> {
        let rows: Vec<&[f64]> = rows.into_iter().collect();
        let width = rows.first().map_or(0, |row| row.len());
        if let Some(odd) = rows.iter().find(|row| row.len() != width) {
            return Err(LearnError::Shape { what: "columns in a row", expected: width, found: odd.len() });
        }
        let values = (0..width).flat_map(|column| rows.iter().map(move |row| row[column])).collect();
        Self::new(rows.len(), width, values)
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn width(&self) -> usize {
        self.width
    }

    /// # Panics
    /// Beyond the last column.
    pub fn column(&self, column: usize) -> &[f64] {
        &self.values[column * self.rows..(column + 1) * self.rows]
    }

    /// Copies one row into `out`, which is as long as a row.
    ///
    /// # Panics
    /// Beyond the last row.
    pub fn copy_row(&self, row: usize, out: &mut [f64]) {
        for (column, value) in out.iter_mut().enumerate().take(self.width) {
            *value = self.values[column * self.rows + row];
        }
    }

    /// One row's cells in the named columns.
    ///
    /// # Panics
    /// Beyond the last row or column.
    pub fn cells<'a>(&'a self, row: usize, columns: &'a [u16]) -> impl Iterator<Item = f64> + 'a {
        columns.iter().map(move |&column| self.column(usize::from(column))[row])
    }

    /// The named rows, in that order.
    ///
    /// # Panics
    /// Beyond the last row.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        let mut values = Vec::with_capacity(rows.len() * self.width);
        for column in 0..self.width {
            let column = self.column(column);
            values.extend(rows.iter().map(|&row| column[row as usize]));
        }
        Self { rows: rows.len(), width: self.width, values }
    }

    /// With more columns after its own.
    ///
    /// # Errors
    /// As [`Matrix::new`].
    pub fn append<C: AsRef<[f64]>>(mut self, columns: impl IntoIterator<Item = C>) -> Result<Self, LearnError> {
        for column in columns {
            self.values.extend_from_slice(column.as_ref());
            self.width += 1;
        }
        Self::new(self.rows, self.width, self.values)
    }

    /// The columns that hold at least two different values: no other can tell rows apart.
    pub(super) fn varying(&self) -> Vec<usize> {
        let varies = |column: &usize| {
            let mut values = self.column(*column).iter().filter(|value| !value.is_nan());
            values.next().is_some_and(|first| values.any(|value| value != first))
        };
        (0..self.width).filter(varies).collect()
    }
}

//! Trees that correct what a formula says of a row.

use serde::{Deserialize, Serialize};

use super::{Columns, GrowError, Invalid, Rows, ScoreError, spread};
use crate::{
    domain::Target,
    models::learn::{Boosting, Fitted, Learner, Training},
};

/// What a formula says: log-odds, and `N` numbers that the trees may read of how it came to them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stage<const N: usize> {
    pub(super) log_odds: f64,
    pub(super) inputs: [f64; N],
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Correction {
    columns: Columns,
    trees: Fitted,
}

impl Correction {
    /// Grows trees on `columns` of the rows `train` and on what the formula says of each.
    pub(super) fn grow<const N: usize>(
        columns: &Columns,
        trees: &Boosting,
        target: Target,
        rows: &Rows,
        train: &[u32],
        stages: &[Stage<N>],
        seed: u64,
    ) -> Result<Self, GrowError> {
        let input = |input: usize| stages.iter().map(|stage| stage.inputs[input]).collect::<Vec<f64>>();
        let x = rows.take(&columns.0, train)?.append((0..N).map(input))?;
        let (labels, weights) = (rows.answers(target, train), vec![1.0; train.len()]);
        let offsets: Vec<f64> = stages.iter().map(|stage| stage.log_odds).collect();
        let trees = trees.fit(&Training::new(&x, &labels, &weights)?.with_offsets(&offsets)?, seed)?;
        Ok(Self { columns: columns.clone(), trees })
    }

    /// The formula's log-odds, corrected.
    pub(super) fn log_odds<const N: usize>(
        &self,
        row: &[f64],
        stage: &Stage<N>,
        scratch: &mut Vec<f64>,
    ) -> Result<f64, ScoreError> {
        self.read(row, stage, scratch);
        Ok(self.trees.log_odds(scratch, stage.log_odds)?)
    }

    /// Adds to `out` what each column moved; returns what is the formula's: its log-odds, and what
    /// the trees made of what it says.
    pub(super) fn contributions<const N: usize>(
        &self,
        row: &[f64],
        stage: &Stage<N>,
        out: &mut [f64],
    ) -> Result<f64, ScoreError> {
        let mut values = Vec::new();
        self.read(row, stage, &mut values);
        let mut told = vec![0.0; values.len()];
        self.trees.contributions(&values, &mut told)?;
        spread(&self.columns, &told, 1.0, out);
        Ok(stage.log_odds + told[self.columns.0.len()..].iter().sum::<f64>())
    }

    fn read<const N: usize>(&self, row: &[f64], stage: &Stage<N>, out: &mut Vec<f64>) {
        out.clear();
        self.columns.read(row, out);
        out.extend(stage.inputs);
    }

    /// Whether it could have been grown on rows of `width` columns and a formula that says `inputs`
    /// numbers.
    pub(super) fn validate(&self, width: usize, inputs: usize) -> Result<(), Invalid> {
        self.columns.validate(width)?;
        self.trees.validate()?;
        if self.trees.width() == self.columns.0.len() + inputs { Ok(()) } else { Err(Invalid::Number) }
    }
}

//! Proof, on the user's own data, that nothing before a time depends on anything after it.
//!
//! The history is cut at a time, and separately replaced and revised after it. Whatever the
//! program makes of what was known by then must stay as it was, to the bit: rows, labels, models,
//! forecasts. What a stack of models adds is checked beside it: that no member spoke of a row that
//! it had seen. `docs/CAUSALITY.md` says what this proves and what it does not.
//!
//! The program under test is a parameter, [`Stages`], so that tests plant leaks in it.

mod compare;
mod cuts;
mod forecasts;
mod leak;
mod out_of_fold;
mod program;
mod rows;
mod tamper;
mod training;

pub use cuts::cuts;
pub use leak::{Compared, Leak, Place, Report, Stage, Trial};
pub use program::Program;

use leak::Findings;
use tamper::Tampering;

use crate::{
    domain::{OutOfFold, Told},
    ensemble::Ensemble,
    market::asof::AsofError,
    pipeline::{
        forecaster::{ForecasterError, Learned, ModelSet, RowsError, Table, TrainSetError, vote::VoteError},
        frames::History,
    },
    units::Timestamp,
};

/// What is under test, a stage at a time.
pub trait Stages {
    /// The rows of every bar that has closed by `to`, with the answers known by then.
    ///
    /// # Errors
    /// A history that gives no rows.
    fn rows(&self, history: &History, to: Timestamp) -> Result<Table, StageError>;

    /// What is learnt at `to` from the table that ends there.
    ///
    /// # Errors
    /// A table that nothing can be learnt from.
    fn learn(&self, table: &Table, to: Timestamp) -> Result<Learned, StageError>;

    /// The ensemble that learns from these forecasts of rows of the table, and from no others.
    ///
    /// # Errors
    /// Too few forecasts.
    fn stack(&self, inputs: &[OutOfFold], table: &Table) -> Result<Ensemble, StageError>;

    /// What the set says of each bar that opens in `from..to`, in order.
    ///
    /// # Errors
    /// A history that cannot be forecast from.
    fn forecast(
        &self,
        set: &ModelSet,
        history: &History,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Spoken>, StageError>;
}

/// What a model set says at one bar's close.
#[derive(Clone, Debug, PartialEq)]
pub struct Spoken {
    /// The bar's open.
    pub bar: Timestamp,
    /// Its close.
    pub made_at: Timestamp,
    pub told: Vec<Told>,
    /// The ensemble's, as they stood then.
    pub weights: Vec<f64>,
}

/// Why a stage came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    #[error(transparent)]
    Join(#[from] AsofError),
    #[error(transparent)]
    Rows(#[from] RowsError),
    #[error(transparent)]
    Train(#[from] TrainSetError),
    #[error(transparent)]
    Vote(#[from] VoteError),
    #[error(transparent)]
    Forecast(#[from] ForecasterError),
}

/// Why nothing was proven.
#[derive(Debug, thiserror::Error)]
pub enum CausalityError {
    #[error("{doing}, cut at {cut}: {source}")]
    Stage { doing: String, cut: Timestamp, source: StageError },
    /// Nothing could come to light there.
    #[error("no bar closes before the cut at {0}, or none after it: take a range that the candles cover")]
    Outside(Timestamp),
    #[error("no cut")]
    NoCut,
    #[error("a model cannot be written as bytes: {0}")]
    Encode(#[from] postcard::Error),
}

/// What to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Ascending. At the middle one a model set is trained, which forecasts from there on.
    pub cuts: Vec<Timestamp>,
    /// The end of the last bar looked at, after the last cut.
    pub to: Timestamp,
    /// Seconds after a fold's last answer in which its member may not learn.
    pub embargo: u64,
    /// How many members are grown again with the rows replaced that they may not see.
    pub probes: usize,
    pub seed: u64,
}

/// Tries every stage at every cut. `progress` is told what is done next, how many steps are done,
/// and of how many.
///
/// # Errors
/// [`CausalityError`]: a stage that fails, or nothing to compare.
pub fn check(
    stages: &dyn Stages,
    history: &History,
    plan: &Plan,
    progress: &dyn Fn(&str, usize, usize),
) -> Result<Report, CausalityError> {
    let middle = plan.cuts.len().saturating_sub(1) / 2;
    let (trained_at, later) = match plan.cuts.get(middle..) {
        Some([at, later @ ..]) => (*at, later),
        _ => return Err(CausalityError::NoCut),
    };
    let tries = Tampering::ALL.len();
    let steps = 1 + plan.cuts.len() * (tries + 1) + 1 + tries + 1 + plan.probes + 1 + later.len() * tries;
    let bench = Bench { stages, history, plan, progress, steps, done: 0.into() };
    let mut findings = Findings::default();
    rows::check(&bench, &mut findings)?;
    let (table, learned) = training::check(&bench, trained_at, &mut findings)?;
    let training = out_of_fold::Training { cut: trained_at, table: &table, learned: &learned };
    out_of_fold::check(&bench, training, &mut findings)?;
    forecasts::check(&bench, (trained_at, &learned.set), later, &mut findings)?;
    Ok(Report { cuts: plan.cuts.clone(), trained_at, compared: findings.compared, leaks: findings.leaks })
}

/// The program on the bench, each of its stages a step.
struct Bench<'a> {
    stages: &'a dyn Stages,
    history: &'a History,
    plan: &'a Plan,
    progress: &'a dyn Fn(&str, usize, usize),
    steps: usize,
    done: std::cell::Cell<usize>,
}

impl Bench<'_> {
    fn rows(&self, history: &History, to: Timestamp, doing: &str, cut: Timestamp) -> Result<Table, CausalityError> {
        self.step(&format!("rows {doing}"), cut, || self.stages.rows(history, to))
    }

    fn learn(&self, table: &Table, cut: Timestamp, doing: &str) -> Result<Learned, CausalityError> {
        self.step(&format!("training {doing}"), cut, || self.stages.learn(table, cut))
    }

    fn forecast(
        &self,
        (trained_at, set): (Timestamp, &ModelSet),
        history: &History,
        doing: &str,
        cut: Timestamp,
    ) -> Result<Vec<Spoken>, CausalityError> {
        self.step(&format!("forecasts {doing}"), cut, || self.stages.forecast(set, history, trained_at, self.plan.to))
    }

    fn step<T>(
        &self,
        doing: &str,
        cut: Timestamp,
        run: impl FnOnce() -> Result<T, StageError>,
    ) -> Result<T, CausalityError> {
        (self.progress)(doing, self.done.get(), self.steps);
        let done = run().map_err(|source| CausalityError::Stage { doing: doing.to_owned(), cut, source });
        self.done.set(self.done.get() + 1);
        done
    }

    /// The history as it is tampered with at a cut.
    fn tampered(&self, tampering: Tampering, cut: Timestamp) -> History {
        tampering.apply(self.history, cut, self.plan.seed)
    }
}

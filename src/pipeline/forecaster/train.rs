//! Training of a model set.

use super::{
    model_set::{MemberReport, ModelSet, Subject, Trained},
    recipe::{ENSEMBLE, plans},
    rows::Table,
};
use crate::{
    domain::{OutOfFold, Target},
    ensemble::{self, AbstentionParams, Ensemble, FitError, Method, RecencyError, RecencyParams, TableError},
    features::{engine, sets::Sets},
    models::{
        calibrate::{CalibrateError, Rows as Calibration, VennAbers},
        learn::{bag, folds::Reach},
        metrics,
        specialist::{self, Seen, TrainSpecialistError},
    },
};

/// Bars left out after a fold beside those whose labels overlap it: the features' short memory.
pub const EMBARGO_BARS: u32 = 50;
/// Blocks by which the ensemble is tried before it is trusted.
const WALK_BLOCKS: usize = 5;

/// How to train.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// In bars.
    pub horizon: u32,
    pub seed: u64,
    /// The result does not depend on it.
    pub threads: usize,
    pub folds: usize,
    pub sets: usize,
    /// How many bars after a fold are not learnt from, beside those whose labels overlap it.
    pub embargo_bars: u32,
    pub method: Method,
    /// Half-life of the losses that move the ensemble's weights, in bars; `None` leaves them fixed.
    pub recency_bars: Option<u32>,
    pub abstention: AbstentionParams,
}

impl Settings {
    /// 5 folds in 2 sets, [`EMBARGO_BARS`], stacking, weights as they were fitted.
    pub fn new(horizon: u32, seed: u64, threads: usize) -> Self {
        Self {
            horizon,
            seed,
            threads,
            folds: 5,
            sets: 2,
            embargo_bars: EMBARGO_BARS,
            method: Method::Stacking { folds: 5, penalties: vec![0.001, 0.01, 0.1, 1.0] },
            recency_bars: None,
            abstention: AbstentionParams { outlier_quantile: Some(0.999), disagreement_quantile: Some(0.999) },
        }
    }
}

/// Why nothing was trained.
#[derive(Debug, thiserror::Error)]
pub enum TrainSetError {
    #[error("{name}: {why}")]
    Specialist { name: &'static str, why: TrainSpecialistError },
    #[error("the ensemble: {0}")]
    Table(#[from] TableError),
    #[error("the ensemble: {0}")]
    Fit(#[from] FitError),
    #[error("the ensemble: {0}")]
    Recency(#[from] RecencyError),
    #[error("the ensemble's bounds: {0}")]
    Bounds(#[from] CalibrateError),
}

/// A model set and what it was made of.
#[derive(Clone, Debug)]
pub struct Learned {
    pub set: ModelSet,
    /// Of each specialist of the set, in their order.
    pub evidence: Vec<Evidence>,
}

/// What a specialist's members were given, and what they said of rows that they were kept from.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Of each member; rows are numbered as in the table.
    pub seen: Vec<Seen>,
    /// What calibration made of it; of those that forecast the price, the ensemble learnt from it.
    pub out_of_fold: OutOfFold,
}

/// Trains every specialist on the table's rows, then the ensemble on what they said of rows that
/// they had not seen. `progress` is told a name, and how many of its members are done, of how many.
/// The same table, settings and seed give the same set, on any number of threads.
///
/// # Errors
/// See [`TrainSetError`].
pub fn train(
    subject: Subject,
    table: &Table,
    trained: Trained,
    settings: &Settings,
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<ModelSet, TrainSetError> {
    Ok(learn(subject, table, trained, settings, progress)?.set)
}

/// [`train`], with the evidence of what each member saw.
///
/// # Errors
/// See [`TrainSetError`].
pub fn learn(
    subject: Subject,
    table: &Table,
    trained: Trained,
    settings: &Settings,
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<Learned, TrainSetError> {
    let sets = Sets::new();
    let bar = subject.timeframe.seconds();
    let reach = Reach { horizon: u64::from(settings.horizon) * bar, embargo: u64::from(settings.embargo_bars) * bar };
    let (mut specialists, mut reports, mut evidence) = (Vec::new(), Vec::new(), Vec::new());
    let mut prices = Vec::new();
    for (number, (name, target, plan)) in plans(&sets, settings.horizon).into_iter().enumerate() {
        let bag = bag::Plan {
            folds: settings.folds,
            sets: settings.sets,
            reach,
            seed: settings.seed.wrapping_mul(1_000).wrapping_add(number as u64),
            threads: settings.threads,
        };
        let tell = |done, of| progress(name, done, of);
        let done = specialist::train(name, target, &plan, &table.rows, &bag, settings.horizon, &tell)
            .map_err(|why| TrainSetError::Specialist { name, why })?;
        let held = done.out_of_fold.rows().iter().filter_map(|held| Some((held.probability?, held.outcome)));
        let (told, outcomes): (Vec<f64>, Vec<bool>) = held.unzip();
        let calibration = format!("{:?}", done.calibration).to_lowercase();
        reports.push(report(name, target, (&told, &outcomes), calibration));
        if target == Target::Price {
            prices.push(done.out_of_fold.clone());
        }
        evidence.push(Evidence { seen: done.seen, out_of_fold: done.out_of_fold });
        specialists.push(done.specialist);
    }
    progress(ENSEMBLE, 0, 1);
    let familiar = sets.direction();
    let (ensemble, bounds, report) = stack(&prices, table, bar, settings)?;
    for (member, weight) in ensemble.members().iter().zip(ensemble.weights()) {
        if let Some(report) = reports.iter_mut().find(|report| *report.name == **member) {
            report.weight = Some(*weight);
        }
    }
    reports.push(report);
    progress(ENSEMBLE, 1, 1);
    let set = ModelSet {
        features: engine::VERSION,
        columns: sets.columns().len() as u32,
        subject,
        horizon: settings.horizon,
        trained,
        reports,
        specialists,
        ensemble,
        bounds,
        familiar,
    };
    Ok(Learned { set, evidence })
}

/// The ensemble of the members that gave `inputs`, its bounds, and what it honestly says of the
/// same rows. `bar` is a bar's length in seconds.
///
/// # Errors
/// See [`TrainSetError`].
pub fn stack(
    inputs: &[OutOfFold],
    table: &Table,
    bar: u64,
    settings: &Settings,
) -> Result<(Ensemble, VennAbers, MemberReport), TrainSetError> {
    let familiar = Sets::new().direction();
    let joined = ensemble::Table::join(inputs)?;
    let recency = settings.recency_bars.map(|bars| RecencyParams {
        horizon_seconds: u64::from(settings.horizon) * bar,
        half_life_seconds: u64::from(bars) * bar,
        rate: 1.0 / f64::from(settings.horizon.max(1)),
        floor: 0.05,
        cap: 0.9,
        max_step: 0.01,
    });
    let params = ensemble::Params { method: settings.method.clone(), recency, abstention: settings.abstention };
    let x = &table.rows.x;
    let mut row = vec![0.0; x.width()];
    let rows: Vec<Vec<f64>> = (0..x.rows())
        .map(|at| {
            x.copy_row(at, &mut row);
            familiar.iter().map(|&column| row[usize::from(column)]).collect()
        })
        .collect();
    let features: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let (mut ensemble, _) = Ensemble::fit(&params, &joined, &features)?;
    ensemble.warm_up(&joined)?;
    let walked = ensemble::walk(&params, &joined, WALK_BLOCKS)?;
    let told: Vec<(f64, bool)> = walked.iter().filter_map(|held| Some((held.probability?, held.outcome))).collect();
    let (raw, labels): (Vec<f64>, Vec<bool>) = told.into_iter().unzip();
    let weights = vec![1.0 / f64::from(settings.horizon.max(1)); raw.len()];
    let bounds = VennAbers::fit(&Calibration::new(&raw, &labels, &weights)?);
    let report = report(ENSEMBLE, Target::Price, (&raw, &labels), "identity".to_owned());
    Ok((ensemble, bounds, report))
}

fn report(name: &str, target: Target, (told, outcomes): (&[f64], &[bool]), calibration: String) -> MemberReport {
    MemberReport {
        name: name.to_owned(),
        target,
        rows: told.len() as u64,
        log_loss: metrics::log_loss(told, outcomes).unwrap_or(f64::NAN),
        auc: metrics::auc(told, outcomes).unwrap_or(f64::NAN),
        weight: None,
        calibration,
    }
}

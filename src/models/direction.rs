//! Will the price stand higher in `horizon_hours`? One model for all assets, on scale-free columns.
//!
//! Training cuts the samples by time into fit, calibration and holdout, purged between:
//! 1. a forest grown on the fit slice is calibrated on the calibration slice;
//! 2. a forest grown on fit + calibration, with that calibration, is measured on the holdout;
//!    that is the report;
//! 3. the forest that forecasts is grown on everything, with that calibration.
//!
//! Venn-Abers bounds of the calibrated probabilities come from the calibration slice too.
//!
//! The last forest itself is never measured here: it would have to be on rows it has seen. The
//! report is of the same procedure with the holdout withheld.

use super::{
    calibrate::{self, CalibrateError, VennAbers},
    calibration::Calibration,
    forest::{Forest, Shape},
    learn::{self, LearnError},
    metrics,
    moves::Moves,
    split::{Slices, slices},
};
use crate::domain::{FeatureRow, Forecast, Sample};

/// How to train. The defaults are those that `docs/MODELS.md` measures.
#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    /// The horizon of the samples' labels.
    pub horizon_hours: u32,
    pub trees: u32,
    pub depth: u16,
    /// The fewest rows in a leaf.
    pub min_leaf: usize,
    /// Columns tried at each split.
    pub columns_per_split: usize,
    /// Forests learn from every n-th hour: neighbouring labels repeat one another. Calibration
    /// and holdout use every hour.
    pub stride_hours: u32,
    /// Share of the time range, from its end.
    pub holdout: f64,
    /// Share of the time range, before the holdout.
    pub calibration: f64,
    pub seed: u64,
    /// How many threads grow trees; the result does not depend on it.
    pub threads: usize,
}

impl Default for Params {
    fn default() -> Self {
        Self::for_horizon(12)
    }
}

impl Params {
    /// The measured shape for a horizon.
    pub fn for_horizon(horizon_hours: u32) -> Self {
        Self {
            horizon_hours,
            trees: 40,
            depth: 5,
            min_leaf: 100,
            columns_per_split: 12,
            stride_hours: (horizon_hours / 4).max(2),
            holdout: 0.15,
            calibration: 0.2,
            seed: 7,
            threads: 2,
        }
    }
}

/// Why nothing was trained. Keep the model that is in force, if there is one.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrainError {
    #[error("training parameter {name} is out of range")]
    Params { name: &'static str },
    #[error("{rows} rows in the {slice} slice: {needed} are needed")]
    TooFewRows { slice: &'static str, rows: usize, needed: usize },
    #[error("the {slice} slice holds one outcome only")]
    OneClass { slice: &'static str },
    #[error("row {row}: {width} columns where the first has {expected}")]
    Width { row: usize, width: usize, expected: usize },
    #[error("row {row}: column {column} is not finite")]
    NotFinite { row: usize, column: usize },
    #[error("row {row}: the forward return or the average true range is not finite")]
    BadTarget { row: usize },
    #[error("the learner failed: {0}")]
    Learner(#[from] LearnError),
    #[error("the bounds: {0}")]
    Bounds(#[from] CalibrateError),
}

/// A row the model cannot read. Drop it: no forecast is no evidence.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PredictError {
    #[error("{width} columns where the model was trained on {expected}")]
    Width { width: usize, expected: usize },
    #[error("column {column} is not finite")]
    NotFinite { column: usize },
}

impl From<learn::PredictError> for PredictError {
    fn from(learn::PredictError { expected, found }: learn::PredictError) -> Self {
        Self::Width { width: found, expected }
    }
}

/// How the procedure did on the holdout, in nats where it is a log loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainReport {
    /// Samples given.
    pub rows: usize,
    pub calibration_rows: usize,
    pub holdout_rows: usize,
    pub log_loss: f64,
    /// Of always saying the base rate known before the holdout: the floor to beat.
    pub base_log_loss: f64,
    pub accuracy: f64,
    /// `None` where the holdout holds one outcome only.
    pub auc: Option<f64>,
    pub brier: f64,
    /// The share of holdout rows that rose.
    pub positive_rate: f64,
    /// 0: the calibration slice spoke against the learner, which then only says the base rate.
    pub calibration_slope: f64,
}

/// A trained model.
#[derive(Debug)]
pub struct Trained {
    horizon_hours: u32,
    width: usize,
    forest: Forest,
    calibration: Calibration,
    /// Of calibrated probabilities.
    bounds: VennAbers,
    moves: Moves,
    report: TrainReport,
}

/// The fewest rows of any slice that anything may be learnt from.
const MIN_ROWS: usize = 200;

/// Trains on samples of any order and any number of assets, whose labels have
/// `params.horizon_hours`.
///
/// # Errors
/// See [`TrainError`].
pub fn train(samples: &[Sample], params: &Params) -> Result<Trained, TrainError> {
    check(samples, params)?;
    let sorted;
    let samples = if samples.is_sorted_by_key(|sample| sample.row.ts) {
        samples
    } else {
        sorted = {
            let mut copy = samples.to_vec();
            copy.sort_by_key(|sample| sample.row.ts);
            copy
        };
        &sorted
    };
    let Slices { fit, calibration, holdout } =
        slices(samples, params.horizon_hours, params.calibration, params.holdout);
    let before_holdout = &samples[..calibration.end];
    let (cal_rows, held) = (&samples[calibration], &samples[holdout]);
    for (slice, rows) in [("fit", &samples[fit.clone()]), ("calibration", cal_rows), ("holdout", held)] {
        if rows.len() < MIN_ROWS {
            return Err(TrainError::TooFewRows { slice, rows: rows.len(), needed: MIN_ROWS });
        }
    }

    let first = grow("fit", &samples[fit], params)?;
    let raw = told(&first, cal_rows)?;
    let labels = labels(cal_rows);
    let effective = effective_rows(cal_rows, params.horizon_hours);

    let measured = grow("fit and calibration", before_holdout, params)?;
    let scale = Calibration::fit(&raw, &labels, first.base, measured.base, effective);
    let bounds = bounds(&raw, &labels, &Calibration { base: first.base, ..scale }, effective)?;
    let raw = told(&measured, held)?;
    let report = report(samples.len(), cal_rows.len(), held, &raw, &scale);

    let forest = grow("whole", samples, params)?;
    Ok(Trained {
        horizon_hours: params.horizon_hours,
        width: samples.first().map_or(0, |sample| sample.row.values.len()),
        calibration: Calibration { base: forest.base, ..scale },
        forest,
        bounds,
        moves: Moves::of(samples.iter().map(|sample| (sample.forward_return, sample.row.atr))),
        report,
    })
}

impl Trained {
    /// # Errors
    /// A row of another width, or with a column that is not finite.
    pub fn predict(&self, row: &FeatureRow) -> Result<Forecast, PredictError> {
        if row.values.len() != self.width {
            return Err(PredictError::Width { width: row.values.len(), expected: self.width });
        }
        if let Some(column) = row.values.iter().position(|value| !value.is_finite()) {
            return Err(PredictError::NotFinite { column });
        }
        let raw = self.forest.predict(&row.values)?;
        let probability_up = self.calibration.apply(raw);
        Ok(Forecast {
            horizon_hours: self.horizon_hours,
            probability_up,
            lower: self.bounds.bounds(probability_up, probability_up).0,
            gain: self.moves.gain * row.atr,
            loss: self.moves.loss * row.atr,
            atr: row.atr,
        })
    }

    pub fn report(&self) -> &TrainReport {
        &self.report
    }

    pub fn horizon_hours(&self) -> u32 {
        self.horizon_hours
    }

    /// The share of training rows that rose: what the model says when it knows nothing.
    pub fn base_rate(&self) -> f64 {
        self.forest.base
    }
}

fn check(samples: &[Sample], params: &Params) -> Result<(), TrainError> {
    let shares = params.holdout > 0.0 && params.calibration > 0.0 && params.holdout + params.calibration < 0.8;
    for (name, sound) in [
        ("horizon_hours", params.horizon_hours > 0),
        ("trees", params.trees > 0),
        ("depth", params.depth > 0),
        ("min_leaf", params.min_leaf > 0),
        ("columns_per_split", params.columns_per_split > 0),
        ("stride_hours", params.stride_hours > 0),
        ("holdout + calibration", shares),
        ("threads", params.threads > 0),
    ] {
        if !sound {
            return Err(TrainError::Params { name });
        }
    }
    let expected = samples.first().map_or(0, |sample| sample.row.values.len());
    for (row, sample) in samples.iter().enumerate() {
        let width = sample.row.values.len();
        if width != expected {
            return Err(TrainError::Width { row, width, expected });
        }
        if let Some(column) = sample.row.values.iter().position(|value| !value.is_finite()) {
            return Err(TrainError::NotFinite { row, column });
        }
        if !sample.forward_return.is_finite() || !sample.row.atr.is_finite() {
            return Err(TrainError::BadTarget { row });
        }
    }
    Ok(())
}

fn grow(slice: &'static str, samples: &[Sample], params: &Params) -> Result<Forest, TrainError> {
    let stride = u64::from(params.stride_hours);
    let rows: Vec<&Sample> = samples.iter().filter(|sample| (sample.row.ts.0 / 3_600).is_multiple_of(stride)).collect();
    if rows.len() < MIN_ROWS {
        return Err(TrainError::TooFewRows { slice, rows: rows.len(), needed: MIN_ROWS });
    }
    let up = rows.iter().filter(|sample| rose(sample)).count();
    if up == 0 || up == rows.len() {
        return Err(TrainError::OneClass { slice });
    }
    let width = rows.first().map_or(0, |sample| sample.row.values.len());
    let shape = Shape {
        trees: params.trees,
        depth: params.depth,
        min_leaf: params.min_leaf,
        columns_per_split: params.columns_per_split.min(width),
        seed: params.seed,
        threads: params.threads,
    };
    Ok(Forest::fit(&rows, &shape)?)
}

fn rose(sample: &Sample) -> bool {
    sample.forward_return > 0.0
}

fn labels(samples: &[Sample]) -> Vec<bool> {
    samples.iter().map(rose).collect()
}

/// What the forest says of each row, all of its width.
fn told(forest: &Forest, samples: &[Sample]) -> Result<Vec<f64>, LearnError> {
    let row = |sample: &Sample| forest.predict(&sample.row.values);
    let shape =
        |odd: learn::PredictError| LearnError::Shape { what: "columns", expected: odd.expected, found: odd.found };
    samples.iter().map(row).collect::<Result<_, _>>().map_err(shape)
}

/// Independent outcomes in a slice: labels of one hour (several assets) move together, and those
/// of neighbouring hours overlap, so that a slice holds as many as horizons fit into its hours.
fn effective_rows(samples: &[Sample], horizon_hours: u32) -> f64 {
    let hours = samples.chunk_by(|a, b| a.row.ts == b.row.ts).count();
    hours as f64 / f64::from(horizon_hours)
}

/// From what the learner said of rows it was not fitted on, calibrated.
fn bounds(raw: &[f64], labels: &[bool], scale: &Calibration, effective: f64) -> Result<VennAbers, CalibrateError> {
    let told: Vec<f64> = raw.iter().map(|&p| scale.apply(p)).collect();
    let weights = vec![effective / raw.len() as f64; raw.len()];
    Ok(VennAbers::fit(&calibrate::Rows::new(&told, labels, &weights)?))
}

fn report(rows: usize, calibration_rows: usize, held: &[Sample], raw: &[f64], scale: &Calibration) -> TrainReport {
    let labels = labels(held);
    let told: Vec<f64> = raw.iter().map(|&p| scale.apply(p)).collect();
    let floor = vec![scale.base; held.len()];
    // The holdout is not empty: its rows were counted.
    let of = |value: Option<f64>| value.unwrap_or(f64::INFINITY);
    TrainReport {
        rows,
        calibration_rows,
        holdout_rows: held.len(),
        log_loss: of(metrics::log_loss(&told, &labels)),
        base_log_loss: of(metrics::log_loss(&floor, &labels)),
        accuracy: metrics::accuracy(&told, &labels).unwrap_or(0.0),
        auc: metrics::auc(&told, &labels),
        brier: of(metrics::brier(&told, &labels)),
        positive_rate: labels.iter().filter(|up| **up).count() as f64 / labels.len().max(1) as f64,
        calibration_slope: scale.slope,
    }
}

#[cfg(test)]
#[path = "direction_tests.rs"]
mod tests;

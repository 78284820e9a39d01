//! What was compared, and what was found.

use std::fmt;

use serde::Serialize;

use crate::units::Timestamp;

/// Where something from the future showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Which bars have a row.
    Row,
    Feature,
    Label,
    /// What training leaves: learners, scalers, calibration, stacking weights, bounds.
    Model,
    /// What members say of rows that they were kept from: the ensemble's inputs.
    OutOfFold,
    Forecast,
}

/// How it showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trial {
    /// What became known after the cut was left out.
    Cut,
    /// It was replaced by something else.
    Corrupted,
    /// What was known at the cut was revised after it.
    Revised,
    /// Asked for up to the cut only, it held more than was known then.
    Ended,
    /// By the times of the rows: a member was trained on rows that it may not see.
    Geometry,
    /// A member grew otherwise when the rows were replaced that it may not see.
    Withheld,
    /// Members that had not seen the row say something else of it.
    Retold,
    /// The ensemble is not the one that learns from what such members say.
    Restacked,
}

/// A row, counted from 0, and the open of its bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    pub row: usize,
    pub bar: Timestamp,
}

/// Something before the cut that depends on something after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leak {
    pub stage: Stage,
    /// The column, target, model or member.
    pub subject: String,
    pub trial: Trial,
    pub cut: Timestamp,
    /// The first that changed; `None` of a whole model.
    pub first: Option<Place>,
    /// Its value as it was, and as it became; of a model the checksum.
    pub before: String,
    pub after: String,
}

/// How much was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Values of feature columns.
    pub features: u64,
    pub labels: u64,
    /// Trained parts: specialists, ensemble, bounds.
    pub models: u64,
    /// Pairs of a member and a row that it was trained on.
    pub training_rows: u64,
    /// Members grown again with the rows replaced that they may not see.
    pub members: u64,
    /// Stacking inputs and calibration inputs, told again by members that had not seen the row.
    pub out_of_fold: u64,
    pub forecasts: u64,
}

/// The outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub cuts: Vec<Timestamp>,
    /// The cut at which models were trained.
    pub trained_at: Timestamp,
    pub compared: Compared,
    /// Each stage, subject and trial once: where it showed first.
    pub leaks: Vec<Leak>,
}

#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) compared: Compared,
    pub(super) leaks: Vec<Leak>,
}

impl Findings {
    pub(super) fn add(&mut self, leak: Leak) {
        let same = |known: &Leak| (known.stage, known.trial, &known.subject) == (leak.stage, leak.trial, &leak.subject);
        if !self.leaks.iter().any(same) {
            self.leaks.push(leak);
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Row => "row",
            Self::Feature => "feature column",
            Self::Label => "label",
            Self::Model => "model",
            Self::OutOfFold => "out-of-fold",
            Self::Forecast => "forecast",
        })
    }
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cut => "without the data after the cut",
            Self::Corrupted => "with the data after the cut replaced",
            Self::Revised => "with the data before the cut revised after it",
            Self::Ended => "in a table that ends at the cut",
            Self::Geometry => "by the times of the rows",
            Self::Withheld => "with the rows replaced that it may not see",
            Self::Retold => "told again by members that had not seen the row",
            Self::Restacked => "stacked again on forecasts of members that had not seen the row",
        })
    }
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stage, subject, trial, cut, first, before, after } = self;
        write!(f, "{stage} {subject}, cut at {cut}: {before} became {after} {trial}")?;
        match first {
            Some(Place { row, bar }) => write!(f, ", first at row {row}, the bar of {bar}"),
            None => Ok(()),
        }
    }
}

//! Members' probabilities of one outcome to a single one that says what it is made of, or an
//! abstention. Formulas and sources: `docs/ENSEMBLE.md`.
//!
//! Whatever the method, the ensemble is a sum in log-odds: `intercept + slope * sum of weight *
//! voice`, where a voice is a member's log-odds, or in plain voting its vote. That makes reasons
//! exact, and lets one rule deal with members that are absent and with weights that move.

mod blending;
mod blocks;
mod combiner;
mod doubt;
mod error;
mod fit;
mod fitted;
mod newton;
mod odds;
mod outlier;
mod params;
mod projection;
mod quantile;
mod recency;
mod stacking;
mod table;
mod voting;
mod walk;

pub use combiner::with_learnt;
pub use error::FitError;
pub use fit::{FitReport, MemberReport};
pub use fitted::{Ensemble, ForecastError, Said};
pub use outlier::{Outlier, Score};
pub use params::{AbstentionParams, Method, Params, ParamsError, RecencyParams};
pub use recency::{Recency, RecencyError};
pub use stacking::PenaltyScore;
pub use table::{Table, TableError};
pub use walk::walk;

#[cfg(test)]
mod synthetic;

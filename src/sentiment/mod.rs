//! Text to scores, and scores to hourly series.

mod score;
pub mod vader;

pub use score::{Score, ScoreError, Scorer};
pub use vader::Vader;

//! What a scorer says of a text.

/// How positive a text is, and how sure its scorer is of that.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// From -1, most negative, to 1.
    pub value: f64,
    /// From 0, no evidence at all, to 1; each scorer says what it means by it.
    pub confidence: f64,
}

/// A text could not be scored. Drop the text: another may well be scored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the scorer {scorer} failed: {why}")]
pub struct ScoreError {
    pub scorer: String,
    pub why: String,
}

/// Gives texts scores; the same text always gets the same.
pub trait Scorer: std::fmt::Debug + Send + Sync {
    /// For reports and stored scores: `vader`.
    fn name(&self) -> &str;

    /// # Errors
    /// Only from a scorer that can fail, as a model run by another library.
    fn score(&self, text: &str) -> Result<Score, ScoreError>;
}

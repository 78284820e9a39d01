//! A file of texts to a table of scores.

use std::io::Write;

use serde::Serialize;

use crate::{
    io::lines::{LineError, Lines},
    sentiment::{Score, ScoreError, Scorer},
};

/// What a file's scores come to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    pub scorer: String,
    /// One for each line, empty lines too.
    pub texts: u64,
    pub empty: u64,
    pub positive: u64,
    pub neutral: u64,
    pub negative: u64,
    /// Over all texts that are not empty; absent without any.
    pub mean_score: Option<f64>,
    pub mean_confidence: Option<f64>,
}

/// A file could not be scored to its end.
#[derive(Debug, thiserror::Error)]
pub enum ScoringError {
    #[error(transparent)]
    Line(#[from] LineError),
    #[error("{file}: line {line}: {source}")]
    Score { file: String, line: u64, source: ScoreError },
    #[error("the scores cannot be written: {0}")]
    Write(#[from] csv::Error),
}

impl ScoringError {
    /// Whether whoever read the scores has gone away.
    pub fn is_closed_pipe(&self) -> bool {
        let Self::Write(error) = self else { return false };
        matches!(error.kind(), csv::ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::BrokenPipe)
    }
}

/// Scores each line and writes `text,score,confidence` as CSV, a row for each line in its order:
/// the text as it stood there, both numbers to four decimals. A blank line has score and
/// confidence zero. `each` is told the number of every line done.
///
/// # Errors
/// A line that cannot be read or scored, and an output that cannot be written.
pub fn score_lines(
    scorer: &dyn Scorer,
    lines: Lines,
    out: impl Write,
    each: &mut dyn FnMut(u64),
) -> Result<Summary, ScoringError> {
    let file = lines.file().to_owned();
    let mut summary = Summary { scorer: scorer.name().to_owned(), ..Summary::default() };
    let (mut scores, mut confidences) = (0.0, 0.0);
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["text", "score", "confidence"])?;
    for (line, text) in (1u64..).zip(lines) {
        let text = text?;
        let score = if text.trim().is_empty() {
            summary.empty += 1;
            Score::default()
        } else {
            scorer.score(&text).map_err(|source| ScoringError::Score { file: file.clone(), line, source })?
        };
        let sign = if score.value > 0.0 {
            &mut summary.positive
        } else if score.value < 0.0 {
            &mut summary.negative
        } else {
            &mut summary.neutral
        };
        *sign += 1;
        summary.texts = line;
        scores += score.value;
        confidences += score.confidence;
        let number = |value: f64| format!("{value:.4}");
        table.write_record([text.as_str(), &number(score.value), &number(score.confidence)])?;
        each(line);
    }
    table.flush().map_err(csv::Error::from)?;
    let scored = summary.texts - summary.empty;
    let mean = |sum: f64| (scored > 0).then(|| sum / scored as f64);
    summary.mean_score = mean(scores);
    summary.mean_confidence = mean(confidences);
    Ok(summary)
}

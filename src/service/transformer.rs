//! An ONNX classifier as a scorer.

use crate::{
    io::onnx::{Classifier, OnnxError},
    sentiment::{ClassError, Classes, Score, ScoreError, Scorer},
};

/// What [`Classes::score`] makes of a classifier's outputs.
#[derive(Debug)]
pub struct Transformer {
    classifier: Classifier,
    classes: Classes,
}

/// A model that does not fit its labels, or does not run.
#[derive(Debug, thiserror::Error)]
pub enum TransformerError {
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    #[error("{file}: {source}")]
    Classes { file: String, source: ClassError },
}

impl Transformer {
    /// Tries the model once, so that a misfit shows before the first text.
    ///
    /// # Errors
    /// A model that fails or has not three outputs.
    pub fn new(classifier: Classifier, classes: Classes) -> Result<Self, TransformerError> {
        let logits = classifier.logits("Prices rose.")?;
        let file = classifier.file().display().to_string();
        classes.score(&logits).map_err(|source| TransformerError::Classes { file, source })?;
        Ok(Self { classifier, classes })
    }
}

impl Scorer for Transformer {
    fn name(&self) -> &str {
        "transformer"
    }

    fn score(&self, text: &str) -> Result<Score, ScoreError> {
        let fault = |why: String| ScoreError { scorer: self.name().to_owned(), why };
        let logits = self.classifier.logits(text).map_err(|error| fault(error.to_string()))?;
        self.classes.score(&logits).map_err(|error| fault(error.to_string()))
    }
}

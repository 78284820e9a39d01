//! From a classifier's outputs to a score.

use super::Score;

/// Which output of a three-class model means what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classes {
    positive: usize,
    negative: usize,
    neutral: usize,
}

/// A model's classes or outputs that cannot be made a score of. Halt: the labels must fit the
/// model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClassError {
    #[error("the labels must be positive, negative and neutral, each once, in the model's order; given are {0}")]
    Labels(String),
    #[error("the model has {0} outputs, and three labels name them")]
    Outputs(usize),
    #[error("the model's output is no number")]
    NotANumber,
}

impl Classes {
    /// The labels in the order of the model's outputs; case does not matter.
    ///
    /// # Errors
    /// [`ClassError::Labels`].
    pub fn new(labels: &[String]) -> Result<Self, ClassError> {
        let place = |name: &str| labels.iter().position(|label| label.eq_ignore_ascii_case(name));
        match (place("positive"), place("negative"), place("neutral")) {
            (Some(positive), Some(negative), Some(neutral)) if labels.len() == 3 => {
                Ok(Self { positive, negative, neutral })
            }
            _ => Err(ClassError::Labels(labels.join(", "))),
        }
    }

    /// By softmax the outputs (logits) are shares of one. The value is the positive share less
    /// the negative one. The confidence says how far the likeliest class stands above chance,
    /// `(max - 1/3) / (1 - 1/3)`: as a model's shares are seldom calibrated, it is no
    /// probability that the value is right.
    ///
    /// # Errors
    /// Outputs that are not three, or are no numbers.
    pub fn score(self, logits: &[f32]) -> Result<Score, ClassError> {
        if logits.len() != 3 {
            return Err(ClassError::Outputs(logits.len()));
        }
        let greatest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        if !logits.iter().all(|logit| logit.is_finite()) {
            return Err(ClassError::NotANumber);
        }
        let powers: Vec<f64> = logits.iter().map(|logit| f64::from(logit - greatest).exp()).collect();
        let sum: f64 = powers.iter().sum();
        let share = |class: usize| powers[class] / sum;
        let most = share(self.positive).max(share(self.negative)).max(share(self.neutral));
        Ok(Score {
            value: share(self.positive) - share(self.negative),
            confidence: ((most - 1.0 / 3.0) * 1.5).clamp(0.0, 1.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(labels: [&str; 3]) -> Result<Classes, ClassError> {
        Classes::new(&labels.map(str::to_owned))
    }

    #[test]
    fn outputs_are_read_in_the_order_of_the_labels() {
        let logits = [2.0f32.ln(), 1.0f32.ln(), 1.0f32.ln()];
        for (labels, value) in [
            (["positive", "negative", "neutral"], 0.25),
            (["Negative", "Positive", "Neutral"], -0.25),
            (["neutral", "negative", "positive"], 0.0),
        ] {
            let score = classes(labels).unwrap().score(&logits).unwrap();
            assert!((score.value - value).abs() < 1e-6 && (score.confidence - 0.25).abs() < 1e-6, "{score:?}");
        }
        let sure = classes(["positive", "negative", "neutral"]).unwrap().score(&[900.0, -900.0, 0.0]).unwrap();
        assert_eq!(sure, Score { value: 1.0, confidence: 1.0 });
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(classes(["positive", "positive", "neutral"]).is_err());
        assert!(Classes::new(&[]).is_err());
        let classes = classes(["positive", "negative", "neutral"]).unwrap();
        assert_eq!(classes.score(&[1.0, 2.0]), Err(ClassError::Outputs(2)));
        assert_eq!(classes.score(&[1.0, f32::NAN, 0.0]), Err(ClassError::NotANumber));
        assert_eq!(classes.score(&[1.0, f32::INFINITY, 0.0]), Err(ClassError::NotANumber));
    }
}

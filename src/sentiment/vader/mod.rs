//! VADER, a lexicon and rules for the sentiment of short texts: C. J. Hutto and E. E. Gilbert,
//! "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text",
//! ICWSM 2014.
//!
//! The scores equal those of the reference implementation, `vaderSentiment` 3.3.2 for Python,
//! in every digit that it gives, its oddities included; each oddity is named where it is
//! reproduced. The lexicons are the reference's own files (`assets/vader`, MIT).
//!
//! The reference is as exact as its Python: these are the sums of Python up to 3.11 (3.12 adds
//! with compensation, which can move a fourth decimal) and the letter cases of this compiler's
//! Unicode, which is newer than Python 3.11's for letters added since Unicode 14.

mod lexicon;
mod rules;
mod space;
mod tokens;

use super::{Score, ScoreError, Scorer};
use tokens::Tokens;

/// What the reference calls polarity scores.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Polarity {
    /// The sum of the valences, squeezed into -1..1, rounded to 4 decimals.
    pub compound: f64,
    /// Shares of the text that are negative, neutral and positive, each rounded to 3 decimals;
    /// they add up to about one, or are all zero for a text without words.
    pub neg: f64,
    pub neu: f64,
    pub pos: f64,
}

/// The lexicon and rules; needs no state, so every value is the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct Vader;

impl Vader {
    /// The reference's `polarity_scores`.
    pub fn polarity(self, text: &str) -> Polarity {
        let text = lexicon::describe_emojis(text);
        let tokens = Tokens::new(text.trim_matches(space::is_space));
        rules::polarity(&text, &rules::valences(&tokens))
    }
}

/// The value is the compound score. The confidence says how much evidence the lexicon gave and
/// how far it points one way: with `n` words that carry sentiment after all rules, of which the
/// positive add up to `p` and the negative to `q`, it is `n / (n + 1) * |p - q| / (p + q)`, and
/// zero without such words. It is no probability that the value is right.
impl Scorer for Vader {
    fn name(&self) -> &str {
        "vader"
    }

    fn score(&self, text: &str) -> Result<Score, ScoreError> {
        let text = lexicon::describe_emojis(text);
        let tokens = Tokens::new(text.trim_matches(space::is_space));
        let valences = rules::valences(&tokens);
        let value = rules::polarity(&text, &valences).compound;
        Ok(Score { value, confidence: confidence(&valences) })
    }
}

fn confidence(valences: &[f64]) -> f64 {
    let (mut count, mut positive, mut negative) = (0.0, 0.0, 0.0);
    for valence in valences.iter().filter(|valence| **valence != 0.0) {
        count += 1.0;
        if *valence > 0.0 {
            positive += valence;
        } else {
            negative -= valence;
        }
    }
    let sum: f64 = positive + negative;
    if sum == 0.0 { 0.0 } else { count / (count + 1.0) * (positive - negative).abs() / sum }
}

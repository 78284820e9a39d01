//! What a model says, and why.

use serde::{Deserialize, Serialize};

use super::{Target, Verdict};

/// A calibrated forecast over `horizon_hours`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    pub horizon_hours: u32,
    /// The probability that the close `horizon_hours` ahead stands above this close.
    pub probability_up: f64,
    /// The least that this probability may well be: what stakes are sized by. Zero in journals of
    /// before there was a bound.
    #[serde(default)]
    pub lower: f64,
    /// The gain to be expected where the price rises, as a positive fraction of the price: the mean
    /// one, less what of such an edge does not come true.
    pub gain: f64,
    /// The loss to be expected where it falls, likewise.
    pub loss: f64,
    /// Average true range over 14 bars as a fraction of the close: the unit of stops. Zero in
    /// journals of before it stood here.
    #[serde(default)]
    pub atr: f64,
}

/// What is to be expected, as a fraction of the stake, where the price rises with probability `p`, by
/// `gain` then and else falls by `loss`: the edge, before costs.
pub fn edge(p: f64, gain: f64, loss: f64) -> f64 {
    p * gain - (1.0 - p) * loss
}

/// What one model says of a bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    pub model: String,
    pub target: Target,
    /// Of yes.
    pub probability: f64,
    /// The least that it may well be; 0 where the ensemble abstains.
    pub lower: f64,
}

/// What an ensemble's forecast, or its abstention, rests on. As large as the ensemble has members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grounds {
    /// What each specialist says of its own question.
    pub told: Vec<Told>,
    /// What the ensemble made of those that forecast the price.
    pub ensemble: Verdict,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_of_before_there_was_a_bound_is_read() {
        let old = r#"{"horizon_hours":12,"probability_up":0.5625,"gain":0.02,"loss":0.01}"#;
        let expected =
            Forecast { horizon_hours: 12, probability_up: 0.5625, lower: 0.0, gain: 0.02, loss: 0.01, atr: 0.0 };
        assert_eq!(serde_json::from_str::<Forecast>(old).unwrap(), expected);
    }
}

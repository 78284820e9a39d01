//! Probabilities, log-odds (natural logarithm) and log losses (nats).

/// Probabilities are read within this distance of 0 and 1: no member may claim more certainty
/// than a million to one, and none can make the ensemble's loss infinite.
pub(super) const CLIP: f64 = 1e-6;

pub(super) fn log_odds(probability: f64) -> f64 {
    let p = probability.clamp(CLIP, 1.0 - CLIP);
    (p / (1.0 - p)).ln()
}

pub(super) fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// `-ln` of the probability that was given to what happened, without cancellation.
pub(super) fn log_loss(log_odds: f64, outcome: bool) -> f64 {
    let wrong = if outcome { -log_odds } else { log_odds };
    wrong.max(0.0) + (-wrong.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_computed() {
        assert!((log_odds(0.75) - 3.0_f64.ln()).abs() < 1e-15);
        assert!((probability(3.0_f64.ln()) - 0.75).abs() < 1e-15);
        assert!((log_loss(3.0_f64.ln(), true) + 0.75_f64.ln()).abs() < 1e-15);
        assert!((log_loss(3.0_f64.ln(), false) + 0.25_f64.ln()).abs() < 1e-15);
        assert_eq!(log_loss(0.0, true), 2.0_f64.ln());
        for certain in [0.0, 1.0] {
            assert!(log_odds(certain).abs() < 13.9, "{certain}");
        }
        assert_eq!((probability(1e4), probability(-1e4)), (1.0, 0.0));
        assert_eq!((log_loss(-1e4, true), log_loss(1e4, true)), (1e4, 0.0));
    }
}

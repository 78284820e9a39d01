//! Several voices to one log-odds, and back to who said what.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::odds;
use crate::domain::{Combined, Part};

/// What of a member counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Voice {
    /// Half a vote for or against; nothing at exactly one half.
    Vote,
    LogOdds,
}

impl Voice {
    pub(super) fn of(self, log_odds: f64) -> f64 {
        match self {
            Self::LogOdds => log_odds,
            Self::Vote if log_odds == 0.0 => 0.0,
            Self::Vote => 0.5_f64.copysign(log_odds),
        }
    }
}

/// `intercept + slope * sum of weight * voice`, which every method comes down to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Combiner {
    pub(super) voice: Voice,
    pub(super) intercept: f64,
    /// 0 or more.
    pub(super) slope: f64,
    /// As fitted or given, in order of the members' names: none below 0, summing to 1.
    pub(super) weights: Vec<f64>,
}

impl Combiner {
    /// Log-odds averaged by weights that sum to 1.
    pub(super) fn mean(weights: Vec<f64>) -> Self {
        Self { voice: Voice::LogOdds, intercept: 0.0, slope: 1.0, weights }
    }

    /// `None` where nobody spoke. `said` are log-odds, `weights` those of the moment.
    pub(super) fn combine(&self, members: &[Arc<str>], weights: &[f64], said: &[Option<f64>]) -> Option<Combined> {
        let shares = shares(weights, said)?;
        let present = members.iter().zip(said).filter_map(|(member, z)| Some((member, (*z)?)));
        let parts: Vec<Part> = present
            .zip(shares)
            .map(|((member, z), weight)| Part {
                member: Arc::clone(member),
                probability: odds::probability(z),
                weight,
                contribution: self.slope * weight * self.voice.of(z),
            })
            .collect();
        let log_odds = parts.iter().fold(self.intercept, |sum, part| sum + part.contribution);
        let probability = odds::probability(log_odds);
        Some(Combined { probability, log_odds, intercept: self.intercept, parts, learnt: 0.0 })
    }
}

/// The same with what outcomes since the training add.
pub fn with_learnt(combined: Combined, learnt: f64) -> Combined {
    let log_odds = combined.log_odds + learnt;
    Combined { probability: odds::probability(log_odds), log_odds, learnt, ..combined }
}

/// The weights of those who spoke, scaled to sum 1; equal ones where they weigh nothing. `None`
/// where nobody spoke.
fn shares(weights: &[f64], said: &[Option<f64>]) -> Option<Vec<f64>> {
    let mut present: Vec<f64> =
        weights.iter().zip(said).filter(|(_, z)| z.is_some()).map(|(weight, _)| *weight).collect();
    let sum: f64 = present.iter().sum();
    let count = present.len() as f64;
    present.iter_mut().for_each(|weight| *weight = if sum > 0.0 { *weight / sum } else { 1.0 / count });
    (!present.is_empty()).then_some(present)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn members(count: usize) -> Vec<Arc<str>> {
        (0..count).map(|at| format!("m{at}").into()).collect()
    }

    #[test]
    fn hand_computed() {
        let combiner = Combiner { voice: Voice::LogOdds, intercept: 0.1, slope: 2.0, weights: vec![0.2, 0.3, 0.5] };
        let said = [Some(1.0), None, Some(-0.5)];
        let combined = combiner.combine(&members(3), &combiner.weights, &said).unwrap();
        // Shares 2/7 and 5/7: 0.1 + 2 (2/7 - 5/14) = 0.1 - 1/7.
        assert!((combined.log_odds - (0.1 - 1.0 / 7.0)).abs() < 1e-15);
        assert!((combined.parts[1].contribution + 5.0 / 7.0).abs() < 1e-15);
        assert_eq!(&*combined.parts[1].member, "m2");
        let votes = Combiner { voice: Voice::Vote, ..combiner };
        let combined = votes.combine(&members(3), &votes.weights, &[Some(1e-9), Some(0.0), Some(-4.0)]).unwrap();
        assert!((combined.log_odds - (0.1 + 2.0 * (0.2 * 0.5 - 0.5 * 0.5))).abs() < 1e-15);
        assert_eq!(votes.combine(&members(3), &votes.weights, &[None; 3]), None);
        assert_eq!(shares(&[0.0, 0.0, 1.0], &[Some(1.0), Some(1.0), None]), Some(vec![0.5, 0.5]));
    }

    fn someone() -> impl Strategy<Value = (Vec<f64>, Vec<Option<f64>>)> {
        (1_usize..6).prop_flat_map(|count| {
            let weights = prop::collection::vec(0.01..1.0_f64, count);
            (weights, prop::collection::vec(prop::option::weighted(0.8, -6.0..6.0_f64), count))
        })
    }

    proptest! {
        #[test]
        fn contributions_add_up_and_weights_sum_to_one((weights, said) in someone(), slope in 0.0..3.0_f64) {
            let combiner = Combiner { voice: Voice::LogOdds, intercept: 0.2, slope, weights };
            let combined = combiner.combine(&members(said.len()), &combiner.weights, &said);
            prop_assert_eq!(combined.is_some(), said.iter().any(Option::is_some));
            let Some(combined) = combined else { return Ok(()) };
            let mut sum = combined.intercept;
            for part in &combined.parts {
                sum += part.contribution;
            }
            prop_assert_eq!(sum.to_bits(), combined.log_odds.to_bits());
            let weight: f64 = combined.parts.iter().map(|part| part.weight).sum();
            prop_assert!((weight - 1.0).abs() < 1e-12);
        }

        #[test]
        fn a_mean_lies_between_its_members((weights, said) in someone()) {
            let combiner = Combiner::mean(weights);
            if let Some(combined) = combiner.combine(&members(said.len()), &combiner.weights, &said) {
                let spoken = || said.iter().flatten();
                let least = spoken().copied().fold(f64::INFINITY, f64::min);
                let most = spoken().copied().fold(f64::NEG_INFINITY, f64::max);
                prop_assert!(combined.log_odds >= least - 1e-12 && combined.log_odds <= most + 1e-12);
            }
        }

        #[test]
        fn a_member_that_says_more_never_lowers_it((weights, said) in someone(), slope in 0.0..3.0_f64, more in 0.0..5.0_f64, vote: bool) {
            let voice = if vote { Voice::Vote } else { Voice::LogOdds };
            let combiner = Combiner { voice, intercept: -0.1, slope, weights };
            let told = |said: &[Option<f64>]| Some(combiner.combine(&members(said.len()), &combiner.weights, said)?.log_odds);
            let before = told(&said);
            for at in 0..said.len() {
                let mut raised = said.clone();
                raised[at] = raised[at].map(|z| z + more);
                prop_assert!(told(&raised) >= before.map(|z| z - 1e-12));
            }
        }

        #[test]
        fn a_copy_that_shares_its_weight_changes_nothing((weights, said) in someone(), slope in 0.0..3.0_f64) {
            let one = Combiner { voice: Voice::LogOdds, intercept: 0.0, slope, weights };
            let (mut split, mut copied) = (one.weights.clone(), said.clone());
            split[0] /= 2.0;
            split.push(split[0]);
            copied.push(said[0]);
            let alone = one.combine(&members(said.len()), &one.weights, &said).map(|combined| combined.log_odds);
            let double = one.combine(&members(copied.len()), &split, &copied).map(|combined| combined.log_odds);
            prop_assert_eq!(alone.is_some(), double.is_some());
            if let (Some(alone), Some(double)) = (alone, double) {
                prop_assert!((alone - double).abs() < 1e-12);
            }
        }
    }
}

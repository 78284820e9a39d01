//! Weights that follow each member's recent log loss.
//!
//! `target = fitted weight * exp(-rate * S)`, scaled to sum 1 and put within the bounds, where `S` is
//! the member's log loss less the mean of those who spoke of the same bar, summed with a weight that
//! halves each half-life (exponential weights: Freund and Schapire, J. Comput. Syst. Sci. 55, 1997;
//! with forgetting, as in Raftery, Karny and Ettler, "Online Prediction Under Model Uncertainty via
//! Dynamic Model Averaging", Technometrics 52, 2010). Bars that were hard for all move nothing. A
//! member that is absent gathers no evidence, its old evidence fades, and so its weight returns to
//! the fitted one; when it comes back it goes on from there. The weights walk towards the target by
//! at most `max_step` a bar.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{
    odds,
    params::{ParamsError, RecencyParams},
    projection::project,
};
use crate::units::Timestamp;

/// The state: weights, evidence, and the forecasts whose outcome is not known yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Recency {
    params: RecencyParams,
    /// As fitted, within the bounds: where the weights begin, and what they return to.
    fitted: Vec<f64>,
    weights: Vec<f64>,
    evidence: Vec<Evidence>,
    /// In order of `made_at`.
    pending: VecDeque<Noted>,
    last_noted: Option<Timestamp>,
    /// To when the evidence is faded.
    now: Option<Timestamp>,
    /// Forecasts whose outcome did not come within a half-life of when it was due.
    given_up: u64,
}

/// Of one member, fading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Evidence {
    /// Log loss less the mean of those who spoke of the same bar, in nats.
    excess: f64,
    loss: f64,
    outcomes: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Noted {
    made_at: Timestamp,
    probabilities: Vec<Option<f64>>,
}

/// What the caller got wrong; the state is as it was.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RecencyError {
    #[error("{found} probabilities of {expected} members")]
    Width { found: usize, expected: usize },
    #[error("made at {made_at}: {probability} is no probability")]
    Probability { made_at: Timestamp, probability: f64 },
    #[error("a forecast made at {made_at} is noted after one made at {last}")]
    NotedLate { made_at: Timestamp, last: Timestamp },
    #[error("it is {now}, before {last}: time runs forward")]
    Backwards { now: Timestamp, last: Timestamp },
    /// Outcomes are taken when they are known, and not a second sooner.
    #[error("at {now} the outcome of the forecast made at {made_at} cannot be known: it is due at {due}")]
    NotYetKnown { now: Timestamp, made_at: Timestamp, due: Timestamp },
    #[error("an outcome of a forecast made at {made_at}, which was never noted, or is settled")]
    NeverNoted { made_at: Timestamp },
}

impl Recency {
    /// Begins at `fitted`: weights of 0 or more that sum to 1, moved within the bounds.
    ///
    /// # Errors
    /// Parameters that make no sense for so many members.
    pub fn start(fitted: &[f64], params: RecencyParams) -> Result<Self, ParamsError> {
        params.check(fitted.len())?;
        let fitted = project(fitted, params.floor, params.cap);
        Ok(Self {
            params,
            weights: fitted.clone(),
            evidence: vec![Evidence::default(); fitted.len()],
            fitted,
            pending: VecDeque::new(),
            last_noted: None,
            now: None,
            given_up: 0,
        })
    }

    /// The weights of the moment, of all members: each within the bounds, together 1.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Each member's recent mean log loss in nats; `None` before its first outcome.
    pub fn recent_log_loss(&self) -> Vec<Option<f64>> {
        let mean = |member: &Evidence| (member.outcomes > 0.0).then(|| member.loss / member.outcomes);
        self.evidence.iter().map(mean).collect()
    }

    /// Forecasts that wait for their outcome.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Forecasts whose outcome never came.
    pub fn given_up(&self) -> u64 {
        self.given_up
    }

    /// Keeps what each member said at `made_at` until its outcome is known.
    ///
    /// # Errors
    /// Another number of members, what is no probability, or a time not after the last one's.
    pub fn note(&mut self, made_at: Timestamp, probabilities: &[Option<f64>]) -> Result<(), RecencyError> {
        let expected = self.weights.len();
        if probabilities.len() != expected {
            return Err(RecencyError::Width { found: probabilities.len(), expected });
        }
        if let Some(&probability) = probabilities.iter().flatten().find(|p| !(0.0..=1.0).contains(*p)) {
            return Err(RecencyError::Probability { made_at, probability });
        }
        if let Some(last) = self.last_noted.filter(|last| made_at <= *last) {
            return Err(RecencyError::NotedLate { made_at, last });
        }
        self.last_noted = Some(made_at);
        self.pending.push_back(Noted { made_at, probabilities: probabilities.to_vec() });
        Ok(())
    }

    /// One bar: fades the evidence to `now`, takes the outcomes that became known, as pairs of
    /// `made_at` and outcome in any order, and moves the weights one step.
    ///
    /// # Errors
    /// An outcome before its time or of a forecast that was not noted; time that runs backwards.
    pub fn resolve(&mut self, now: Timestamp, outcomes: &[(Timestamp, bool)]) -> Result<(), RecencyError> {
        if let Some(last) = self.now.filter(|last| now < *last) {
            return Err(RecencyError::Backwards { now, last });
        }
        // All is checked before anything changes.
        let mut outcomes = outcomes.to_vec();
        outcomes.sort_unstable();
        let mut last = None;
        for &(made_at, _) in &outcomes {
            let due = made_at.plus(self.params.horizon_seconds);
            if now < due {
                return Err(RecencyError::NotYetKnown { now, made_at, due });
            }
            if last == Some(made_at) || self.place(made_at).is_none() {
                return Err(RecencyError::NeverNoted { made_at });
            }
            last = Some(made_at);
        }
        let faded = self.now.map_or(1.0, |last| self.half(now.since(last)));
        self.evidence.iter_mut().for_each(|member| member.fade(faded));
        self.now = Some(now);
        for (made_at, outcome) in outcomes {
            if let Some(noted) = self.place(made_at).and_then(|at| self.pending.remove(at)) {
                self.learn(&noted, outcome, now);
            }
        }
        self.give_up(now);
        self.step();
        Ok(())
    }

    fn place(&self, made_at: Timestamp) -> Option<usize> {
        self.pending.binary_search_by_key(&made_at, |noted| noted.made_at).ok()
    }

    /// What is left of evidence after so many seconds.
    fn half(&self, seconds: u64) -> f64 {
        (-(seconds as f64) / self.params.half_life_seconds as f64).exp2()
    }

    fn learn(&mut self, noted: &Noted, outcome: bool, now: Timestamp) {
        let weight = self.half(now.since(noted.made_at.plus(self.params.horizon_seconds)));
        let lost: Vec<Option<f64>> =
            noted.probabilities.iter().map(|p| Some(odds::log_loss(odds::log_odds((*p)?), outcome))).collect();
        let (sum, count) = lost.iter().flatten().fold((0.0, 0_u32), |(sum, n), loss| (sum + loss, n + 1));
        let mean = sum / f64::from(count.max(1));
        for (member, loss) in self.evidence.iter_mut().zip(lost) {
            let Some(loss) = loss else { continue };
            member.excess += weight * (loss - mean);
            member.loss += weight * loss;
            member.outcomes += weight;
        }
    }

    fn give_up(&mut self, now: Timestamp) {
        let RecencyParams { horizon_seconds, half_life_seconds, .. } = self.params;
        let late = |noted: &Noted| noted.made_at.plus(horizon_seconds).plus(half_life_seconds) < now;
        while self.pending.front().is_some_and(late) {
            self.pending.pop_front();
            self.given_up = self.given_up.saturating_add(1);
        }
    }

    fn step(&mut self) {
        let target = self.target();
        let gap = |(to, from): (&f64, &f64)| to - from;
        let farthest = target.iter().zip(&self.weights).map(gap).fold(0.0, |most: f64, gap| most.max(gap.abs()));
        let share = if farthest > self.params.max_step { self.params.max_step / farthest } else { 1.0 };
        for (weight, to) in self.weights.iter_mut().zip(target) {
            // On the way between two points within the bounds; rounding must not lead out of them.
            *weight = (*weight + share * (to - *weight)).clamp(self.params.floor, self.params.cap);
        }
    }

    fn target(&self) -> Vec<f64> {
        let least = self.evidence.iter().map(|member| member.excess).fold(f64::INFINITY, f64::min);
        let raw = self.fitted.iter().zip(&self.evidence);
        let raw: Vec<f64> = raw.map(|(w, member)| w * (-self.params.rate * (member.excess - least)).exp()).collect();
        let sum: f64 = raw.iter().sum();
        let share = |(raw, fitted): (&f64, &f64)| if sum > 0.0 { raw / sum } else { *fitted };
        let scaled: Vec<f64> = raw.iter().zip(&self.fitted).map(share).collect();
        project(&scaled, self.params.floor, self.params.cap)
    }
}

impl Evidence {
    fn fade(&mut self, by: f64) {
        self.excess *= by;
        self.loss *= by;
        self.outcomes *= by;
    }
}

/// As read from a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    params: RecencyParams,
    fitted: Vec<f64>,
    weights: Vec<f64>,
    evidence: Vec<Evidence>,
    pending: VecDeque<Noted>,
    last_noted: Option<Timestamp>,
    now: Option<Timestamp>,
    given_up: u64,
}

impl TryFrom<Unchecked> for Recency {
    type Error = String;

    fn try_from(read: Unchecked) -> Result<Self, String> {
        let Unchecked { params, fitted, weights, evidence, pending, last_noted, now, given_up } = read;
        let members = weights.len();
        params.check(members).map_err(|fault| fault.to_string())?;
        let weighs = |w: &[f64]| {
            let inside = w.iter().all(|w| (params.floor..=params.cap).contains(w));
            inside && (w.iter().sum::<f64>() - 1.0).abs() < 1e-9
        };
        let finite =
            |member: &Evidence| member.excess.is_finite() && member.loss.is_finite() && member.outcomes.is_finite();
        let ordered = pending.iter().zip(pending.iter().skip(1)).all(|(a, b)| a.made_at < b.made_at);
        let last = pending.back().is_none_or(|noted| last_noted.is_some_and(|last| noted.made_at <= last));
        let said = |noted: &Noted| {
            noted.probabilities.len() == members
                && noted.probabilities.iter().flatten().all(|p| (0.0..=1.0).contains(p))
        };
        for (sound, what) in [
            (fitted.len() == members && weighs(&fitted), "fitted weights"),
            (weighs(&weights), "weights"),
            (evidence.len() == members && evidence.iter().all(finite), "evidence"),
            (ordered && last && pending.iter().all(said), "pending forecasts"),
        ] {
            if !sound {
                return Err(format!("recency: its {what} are not what this program writes"));
            }
        }
        Ok(Self { params, fitted, weights, evidence, pending, last_noted, now, given_up })
    }
}

#[cfg(test)]
mod tests;

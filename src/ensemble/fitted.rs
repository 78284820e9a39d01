//! An ensemble that forecasts.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    combiner::Combiner,
    doubt::Limits,
    odds,
    recency::{Recency, RecencyError},
    table::{Row, Table},
};
use crate::{
    domain::{Absence, Absent, Cause, Combined, Verdict},
    units::Timestamp,
};

/// A fitted ensemble. Made by [`Ensemble::fit`]; a file that holds something else than what that
/// writes is refused when it is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Ensemble {
    /// In order of their names.
    pub(super) members: Vec<Arc<str>>,
    pub(super) combiner: Combiner,
    pub(super) recency: Option<Recency>,
    pub(super) limits: Limits,
}

/// What a member says of a bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Said<'a> {
    pub member: &'a str,
    /// A number that is no probability counts as failing, like an error.
    pub probability: Result<f64, Absence>,
}

/// What the caller got wrong; members that fail are none of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForecastError {
    #[error("{member} is no member of this ensemble")]
    NoSuchMember { member: String },
    #[error("{member} speaks twice")]
    Twice { member: String },
    #[error("{width} features where the ensemble was fitted on {expected}")]
    Width { width: usize, expected: usize },
}

impl Ensemble {
    /// Members in order of their names.
    pub fn members(&self) -> &[Arc<str>] {
        &self.members
    }

    /// The weights of the moment, in order of the members; they sum to 1.
    pub fn weights(&self) -> &[f64] {
        self.recency.as_ref().map_or(&self.combiner.weights, Recency::weights)
    }

    /// What the weights follow; `None` where they are fixed.
    pub fn recency(&self) -> Option<&Recency> {
        self.recency.as_ref()
    }

    /// Combines what the members say of one bar. Members may be given in any order, and one that is
    /// not given is silent. `features` is the bar's row, of the width that was fitted; it is looked
    /// at only where an outlier limit was asked for.
    ///
    /// # Errors
    /// A member that is unknown or speaks twice; a row of another width.
    pub fn forecast(&self, said: &[Said<'_>], features: &[f64]) -> Result<Verdict, ForecastError> {
        let (probabilities, absent) = self.hear(said)?;
        let heard: Vec<Option<f64>> = probabilities.iter().map(|p| p.map(odds::log_odds)).collect();
        let score = match &self.limits.outlier {
            None => None,
            Some(outlier) => {
                let (width, expected) = (features.len(), outlier.width());
                Some(outlier.score(features).ok_or(ForecastError::Width { width, expected })?)
            }
        };
        let (doubt, cause) = self.limits.doubt(&heard, score);
        let mut combined = self.combiner.combine(&self.members, self.weights(), &heard);
        for (part, said) in combined.iter_mut().flat_map(|c| &mut c.parts).zip(probabilities.iter().flatten()) {
            // As it was said, not as it came back from log-odds.
            part.probability = *said;
        }
        Ok(match (cause, combined) {
            (None, Some(combined)) => Verdict::Forecast { combined, absent, doubt },
            (cause, withheld) => {
                // Nothing is combined of nobody alone, and that is a cause.
                let cause = cause.unwrap_or(Cause::NobodyPresent);
                Verdict::Abstention { cause, withheld, absent, doubt }
            }
        })
    }

    /// Keeps what was said at `made_at`, forecast or withheld, until its outcome is known. Does
    /// nothing where weights are fixed.
    ///
    /// # Errors
    /// A bar that is not after the last one.
    pub fn note(&mut self, made_at: Timestamp, verdict: &Verdict) -> Result<(), RecencyError> {
        let Some(recency) = &mut self.recency else { return Ok(()) };
        recency.note(made_at, &spoken(&self.members, verdict.combined()))
    }

    /// One bar for the weights: see [`Recency::resolve`]. Does nothing where they are fixed.
    ///
    /// # Errors
    /// An outcome before its time or of a bar that was not noted; time that runs backwards.
    pub fn resolve(&mut self, now: Timestamp, outcomes: &[(Timestamp, bool)]) -> Result<(), RecencyError> {
        self.recency.as_mut().map_or(Ok(()), |recency| recency.resolve(now, outcomes))
    }

    /// Lets the weights live through the table's bars as if they had come one by one, so that they
    /// start where the last months left them. Does nothing where they are fixed.
    ///
    /// # Errors
    /// A table whose outcomes were known before the horizon of the parameters.
    pub fn warm_up(&mut self, table: &Table) -> Result<(), RecencyError> {
        self.live_through(table, |_, _| {})
    }

    /// Plays the table's bars one by one, and tells of each what is said before anything later is
    /// known.
    pub(super) fn live_through(
        &mut self,
        table: &Table,
        mut tell: impl FnMut(&Row, Option<Combined>),
    ) -> Result<(), RecencyError> {
        let mut due = table.rows().iter().peekable();
        for (row, said) in table.iter() {
            let mut known = Vec::new();
            while let Some(past) = due.next_if(|past| past.known_at <= row.made_at) {
                known.push((past.made_at, past.outcome));
            }
            self.resolve(row.made_at, &known)?;
            tell(row, self.combiner.combine(&self.members, self.weights(), said));
            if let Some(recency) = &mut self.recency {
                let said: Vec<Option<f64>> = said.iter().map(|z| z.map(odds::probability)).collect();
                recency.note(row.made_at, &said)?;
            }
        }
        let rest: Vec<&Row> = due.collect();
        let Some(end) = rest.iter().map(|row| row.known_at).max() else { return Ok(()) };
        let rest: Vec<_> = rest.into_iter().map(|row| (row.made_at, row.outcome)).collect();
        self.resolve(end, &rest)
    }

    /// The probability of each member, and who has none and why.
    fn hear(&self, said: &[Said<'_>]) -> Result<(Vec<Option<f64>>, Vec<Absent>), ForecastError> {
        let mut told: Vec<Option<Result<f64, Absence>>> = vec![None; self.members.len()];
        for Said { member, probability } in said {
            let at = self.members.binary_search_by(|known| (**known).cmp(member));
            let slot = at.ok().and_then(|at| told.get_mut(at));
            let slot = slot.ok_or_else(|| ForecastError::NoSuchMember { member: (*member).to_owned() })?;
            if slot.replace(probability.clone().and_then(sound)).is_some() {
                return Err(ForecastError::Twice { member: (*member).to_owned() });
            }
        }
        let mut absent = Vec::new();
        let heard = self.members.iter().zip(told).map(|(member, told)| match told.unwrap_or(Err(Absence::Silent)) {
            Ok(probability) => Some(probability),
            Err(why) => {
                absent.push(Absent { member: Arc::clone(member), why });
                None
            }
        });
        Ok((heard.collect(), absent))
    }
}

fn sound(probability: f64) -> Result<f64, Absence> {
    match probability {
        p if !p.is_finite() => Err(Absence::NotFinite),
        p if !(0.0..=1.0).contains(&p) => Err(Absence::OutOfRange { said: p }),
        p => Ok(p),
    }
}

/// What each member said, of those who spoke.
fn spoken(members: &[Arc<str>], combined: Option<&Combined>) -> Vec<Option<f64>> {
    let parts = combined.map_or(&[][..], |combined| &combined.parts);
    let of = |member: &Arc<str>| parts.iter().find(|part| part.member == *member).map(|part| part.probability);
    members.iter().map(of).collect()
}

/// As read from a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    members: Vec<Arc<str>>,
    combiner: Combiner,
    recency: Option<Recency>,
    limits: Limits,
}

impl TryFrom<Unchecked> for Ensemble {
    type Error = String;

    fn try_from(read: Unchecked) -> Result<Self, String> {
        let Unchecked { members, combiner, recency, limits } = read;
        let Combiner { intercept, slope, weights, .. } = &combiner;
        let weighs = weights.len() == members.len()
            && weights.iter().all(|weight| (0.0..=1.0).contains(weight))
            && (weights.iter().sum::<f64>() - 1.0).abs() < 1e-9;
        let follows = recency.as_ref().is_none_or(|recency| recency.weights().len() == members.len());
        let limit = limits.disagreement.is_none_or(|limit| limit >= 0.0 && limit.is_finite());
        for (sound, what) in [
            (!members.is_empty() && members.is_sorted_by(|a, b| a < b), "members"),
            (weighs && intercept.is_finite() && *slope >= 0.0 && slope.is_finite(), "weights"),
            (follows, "recent weights"),
            (limit && limits.outlier.as_ref().is_none_or(super::Outlier::is_sound), "limits"),
        ] {
            if !sound {
                return Err(format!("ensemble: its {what} are not what this program writes"));
            }
        }
        Ok(Self { members, combiner, recency, limits })
    }
}

#[cfg(test)]
mod tests;

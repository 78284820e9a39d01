//! Why a forecast is what it is.

use super::{recipe::ENSEMBLE, stream::Forecaster};
use crate::{domain::Verdict, features::engine::catalogue};

/// What outcomes since the training add.
const LEARNT: &str = "learnt";

/// What moved a model's log-odds of a bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    pub model: String,
    /// A specialist's column, the ensemble's member, or `learnt`: what outcomes since the training add.
    pub part: String,
    /// What the column held, the probability that the member said, or what is said with what was
    /// learnt.
    pub value: f64,
    /// By how much it moved them, in nats. A specialist's columns are of before its calibration, and
    /// the mean over its members; the ensemble's sum to what it says.
    pub log_odds: f64,
}

impl Forecaster {
    /// Of the last frame: the `most` columns that moved each specialist most, the strongest first,
    /// what each member brought to the ensemble's `verdict`, also of one that it withheld, and what
    /// outcomes added to those who learn from them.
    pub fn reasons(&self, verdict: &Verdict, most: usize) -> Vec<Reason> {
        let names = catalogue();
        let mut reasons = Vec::new();
        for specialist in &self.model_set().specialists {
            let Ok(moved) = specialist.contributions(self.row()) else { continue };
            let mut columns: Vec<usize> = (0..moved.len()).filter(|&column| moved[column] != 0.0).collect();
            columns.sort_by(|&a, &b| moved[b].abs().total_cmp(&moved[a].abs()).then(a.cmp(&b)));
            reasons.extend(columns.into_iter().take(most).map(|column| Reason {
                model: specialist.name.clone(),
                part: names[column].name.clone(),
                value: self.row()[column],
                log_odds: moved[column],
            }));
            reasons
                .extend(self.learnt(&specialist.name).map(|(log_odds, said)| learnt(&specialist.name, log_odds, said)));
        }
        reasons.extend(verdict.combined().into_iter().flat_map(|combined| &combined.parts).map(|part| Reason {
            model: ENSEMBLE.to_owned(),
            part: part.member.to_string(),
            value: part.probability,
            log_odds: part.contribution,
        }));
        reasons.extend(verdict.combined().map(|combined| learnt(ENSEMBLE, combined.learnt, combined.probability)));
        reasons
    }
}

fn learnt(model: &str, log_odds: f64, said: f64) -> Reason {
    Reason { model: model.to_owned(), part: LEARNT.to_owned(), value: said, log_odds }
}

//! Forecasts, a frame at a time.

use super::{model_set::ModelSet, recipe::ENSEMBLE};
use crate::{
    domain::{Absence, Frame, Target, Verdict},
    ensemble::{ForecastError, RecencyError, Said},
    features::{CandleError, Engine},
    models::specialist::Opinion,
    units::Timestamp,
};

/// What a model says of a bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub model: String,
    pub target: Target,
    /// Of yes.
    pub probability: f64,
    /// The least that it may well be; 0 where the ensemble abstains.
    pub lower: f64,
}

/// Why a frame gives no forecasts.
#[derive(Debug, thiserror::Error)]
pub enum ForecasterError {
    #[error(transparent)]
    Candle(#[from] CandleError),
    #[error(transparent)]
    Forecast(#[from] ForecastError),
    #[error(transparent)]
    Recency(#[from] RecencyError),
}

/// A model set at work: features, specialists, ensemble and its moving weights.
#[derive(Clone, Debug)]
pub struct Forecaster {
    set: ModelSet,
    engine: Engine,
    row: Vec<f64>,
    scratch: Vec<f64>,
    familiar: Vec<f64>,
    /// Forecasts whose outcome is still to come: when made, of which close, known when.
    waiting: std::collections::VecDeque<(Timestamp, f64, Timestamp)>,
}

impl Forecaster {
    /// For frames with `peers` peers. The first six weeks of frames warm it up.
    pub fn new(set: ModelSet, peers: usize) -> Self {
        let engine = Engine::new(set.subject.timeframe, peers);
        Self { set, engine, row: Vec::new(), scratch: Vec::new(), familiar: Vec::new(), waiting: Default::default() }
    }

    pub fn model_set(&self) -> &ModelSet {
        &self.set
    }

    /// The whole row of the last frame, in the order of the catalogue.
    pub fn row(&self) -> &[f64] {
        &self.row
    }

    /// Takes a frame in without forecasting: history before the first forecast.
    ///
    /// # Errors
    /// A candle that cannot be.
    pub fn warm_up(&mut self, frame: &Frame) -> Result<(), ForecasterError> {
        Ok(self.engine.push(frame, &mut self.row)?)
    }

    /// What every specialist and the ensemble say at the frame's close. A specialist that has
    /// nothing to say of it is left out.
    ///
    /// # Errors
    /// See [`ForecasterError`].
    pub fn step(&mut self, frame: &Frame) -> Result<Vec<Told>, ForecasterError> {
        self.engine.push(frame, &mut self.row)?;
        let timeframe = self.set.subject.timeframe;
        let now = timeframe.close(frame.ts());
        self.resolve(now, frame.bar.close)?;
        let mut told = Vec::with_capacity(self.set.specialists.len() + 1);
        let mut said: Vec<(usize, Result<f64, Absence>)> = Vec::new();
        for (place, specialist) in self.set.specialists.iter().enumerate() {
            let opinion = specialist.opinion(&self.row, &mut self.scratch);
            if let Ok(Opinion { probability, lower, .. }) = opinion {
                told.push(Told { model: specialist.name.clone(), target: specialist.target, probability, lower });
            }
            if specialist.target == Target::Price {
                let failed = |why: crate::models::specialist::ScoreError| Absence::Failed { reason: why.to_string() };
                said.push((place, opinion.map(|opinion| opinion.probability).map_err(failed)));
            }
        }
        self.familiar.clear();
        self.familiar.extend(self.set.familiar.iter().map(|&column| self.row[usize::from(column)]));
        let named: Vec<Said<'_>> = said
            .into_iter()
            .map(|(place, probability)| Said { member: &self.set.specialists[place].name, probability })
            .collect();
        let verdict = self.set.ensemble.forecast(&named, &self.familiar)?;
        if let Some(ensemble) = self.told(&verdict) {
            told.push(ensemble);
        }
        self.set.ensemble.note(now, &verdict)?;
        let due = now.plus(u64::from(self.set.horizon) * timeframe.seconds());
        self.waiting.push_back((now, frame.bar.close, due));
        Ok(told)
    }

    fn told(&self, verdict: &Verdict) -> Option<Told> {
        let told = |probability, lower| Told { model: ENSEMBLE.to_owned(), target: Target::Price, probability, lower };
        match verdict {
            Verdict::Forecast { combined, .. } => {
                let (lower, _) = self.set.bounds.bounds(combined.probability, combined.probability);
                Some(told(combined.probability, lower))
            }
            Verdict::Abstention { withheld, .. } => withheld.as_ref().map(|withheld| told(withheld.probability, 0.0)),
        }
    }

    /// Tells the ensemble what became of its forecasts. One whose hour never came is dropped.
    fn resolve(&mut self, now: Timestamp, close: f64) -> Result<(), RecencyError> {
        let mut outcome = None;
        while let Some(&(made_at, before, due)) = self.waiting.front().filter(|waiting| waiting.2 <= now) {
            if due == now {
                outcome = Some((made_at, close > before));
            }
            self.waiting.pop_front();
        }
        self.set.ensemble.resolve(now, outcome.as_slice())
    }
}

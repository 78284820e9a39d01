//! Forecasts, a frame at a time.

use super::{model_set::ModelSet, recipe::ENSEMBLE};
use crate::{
    domain::{Absence, Combined, Frame, Target, Timeframe, Told, Verdict},
    ensemble::{ForecastError, RecencyError, Said},
    features::{AverageTrueRange, CandleError, Engine},
    models::specialist::Opinion,
    units::Timestamp,
};

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
    ranges: AverageTrueRange,
    /// Of the last frame.
    atr: f64,
    row: Vec<f64>,
    scratch: Vec<f64>,
    familiar: Vec<f64>,
    /// Forecasts whose outcome is still to come: when made, of which close, known when.
    waiting: std::collections::VecDeque<(Timestamp, f64, Timestamp)>,
}

impl Forecaster {
    /// How long before its first forecast it should be fed, in seconds: 26 weeks or 1,440 bars,
    /// whichever is longer. The slowest means halve what is older in 30 days or in 240 bars, so that
    /// at most 1.6% is left of what stood before.
    pub fn warm_up_seconds(timeframe: Timeframe) -> u64 {
        (26 * 7 * 86_400).max(6 * 240 * timeframe.seconds())
    }

    /// For frames with `peers` peers.
    pub fn new(set: ModelSet, peers: usize) -> Self {
        Self {
            engine: Engine::new(set.subject.timeframe, peers),
            set,
            ranges: AverageTrueRange::default(),
            atr: f64::NAN,
            row: Vec::new(),
            scratch: Vec::new(),
            familiar: Vec::new(),
            waiting: Default::default(),
        }
    }

    pub fn model_set(&self) -> &ModelSet {
        &self.set
    }

    /// The whole row of the last frame, in the order of the catalogue.
    pub fn row(&self) -> &[f64] {
        &self.row
    }

    /// Average true range as a fraction of the last frame's close; not a number before the 15th.
    pub fn atr(&self) -> f64 {
        self.atr
    }

    /// Takes a frame in without forecasting: history before the first forecast.
    ///
    /// # Errors
    /// A candle that cannot be.
    pub fn warm_up(&mut self, frame: &Frame) -> Result<(), ForecasterError> {
        self.engine.push(frame, &mut self.row)?;
        self.atr = self.ranges.push(&frame.bar)?;
        Ok(())
    }

    /// What every specialist says at the frame's close, and what the ensemble makes of it. A
    /// specialist that has nothing to say of it is left out.
    ///
    /// # Errors
    /// See [`ForecasterError`].
    pub fn ask(&mut self, frame: &Frame) -> Result<(Vec<Told>, Verdict), ForecasterError> {
        self.warm_up(frame)?;
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
        self.set.ensemble.note(now, &verdict)?;
        let due = now.plus(u64::from(self.set.horizon) * timeframe.seconds());
        self.waiting.push_back((now, frame.bar.close, due));
        Ok((told, verdict))
    }

    /// What the ensemble says, also what it withholds; `None` where nobody spoke.
    pub fn told(&self, verdict: &Verdict) -> Option<Told> {
        let told = |probability, lower| Told { model: ENSEMBLE.to_owned(), target: Target::Price, probability, lower };
        match verdict {
            Verdict::Forecast { combined, .. } => Some(told(combined.probability, self.lower(combined))),
            Verdict::Abstention { withheld, .. } => withheld.as_ref().map(|withheld| told(withheld.probability, 0.0)),
        }
    }

    /// The least that what the ensemble says may well be.
    pub fn lower(&self, combined: &Combined) -> f64 {
        self.set.bounds.bounds(combined.probability, combined.probability).0
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_bars_take_longer_to_warm_up() {
        const DAY: u64 = 86_400;
        let days = |timeframe| Forecaster::warm_up_seconds(timeframe) / DAY;
        assert_eq!([Timeframe::M1, Timeframe::H1, Timeframe::H4, Timeframe::D1].map(days), [182, 182, 240, 1_440]);
    }
}

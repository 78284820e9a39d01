//! Forecasts, a frame at a time.

use std::collections::VecDeque;

use super::{model_set::ModelSet, recipe::ENSEMBLE};
use crate::{
    domain::{Absence, Combined, Frame, Target, Timeframe, Told, Verdict},
    ensemble::{ForecastError, RecencyError, Said, with_learnt},
    features::{
        AverageTrueRange, CandleError, Engine,
        ahead::{Standing, Standings},
    },
    models::{
        learn::Lesson,
        specialist::{Opinion, ScoreError},
    },
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

/// A model set at work: features, specialists, ensemble, and what it learns from outcomes.
///
/// From the end of its training on it forecasts every bar it is given and learns what became of it,
/// asked or not; so what it says of a bar depends on the bars before and not on who asked when.
#[derive(Clone, Debug)]
pub struct Forecaster {
    set: ModelSet,
    engine: Engine,
    ranges: AverageTrueRange,
    standings: Standings,
    /// Of the last frame.
    atr: f64,
    row: Vec<f64>,
    scratch: Vec<f64>,
    familiar: Vec<f64>,
    /// In order of time.
    waiting: VecDeque<Waiting>,
}

/// A bar whose outcomes are still to come.
#[derive(Clone, Debug)]
struct Waiting {
    made_at: Timestamp,
    standing: Standing,
    due: Timestamp,
    /// One a learner of the set, in their order: none where nothing was said, or it was withheld.
    lessons: Vec<Option<Lesson>>,
    /// Whether it is of after the training: from no other is anything learnt.
    new: bool,
}

impl Forecaster {
    /// How long before its first forecast it should be fed, in seconds: 26 weeks or 1,440 bars,
    /// whichever is longer. The slowest means halve what is older in 30 days or in 240 bars, so that
    /// at most 1.6% is left of what stood before.
    pub fn warm_up_seconds(timeframe: Timeframe) -> u64 {
        (26 * 7 * 86_400).max(6 * 240 * timeframe.seconds())
    }

    /// The open of the first bar that it should be fed to forecast from `from` on: so that it is
    /// warm by then, and by the end of its training if that is sooner, to learn from all since.
    pub fn begin(set: &ModelSet, from: Timestamp) -> Timestamp {
        from.min(set.trained.to).minus(Self::warm_up_seconds(set.subject.timeframe))
    }

    /// For frames with `peers` peers.
    pub fn new(set: ModelSet, peers: usize) -> Self {
        Self {
            engine: Engine::new(set.subject.timeframe, peers),
            set,
            ranges: AverageTrueRange::default(),
            standings: Standings::default(),
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

    /// Takes a frame of history in, and learns from it if it is of after the training.
    ///
    /// # Errors
    /// See [`ForecasterError`].
    pub fn warm_up(&mut self, frame: &Frame) -> Result<(), ForecasterError> {
        if self.is_new(frame) { self.ask(frame).map(drop) } else { self.take_in(frame).map(drop) }
    }

    /// Whether it is of after the training.
    fn is_new(&self, frame: &Frame) -> bool {
        frame.ts() >= self.set.trained.to
    }

    fn take_in(&mut self, frame: &Frame) -> Result<Standing, ForecasterError> {
        self.engine.push(frame, &mut self.row)?;
        self.atr = self.ranges.push(&frame.bar)?;
        Ok(self.standings.push(&frame.bar))
    }

    /// The place among the set's learners of who learns for a model.
    fn learner(&self, model: &str) -> Option<usize> {
        self.set.learners.iter().position(|learner| learner.model == model)
    }

    /// What every specialist says at the frame's close, and what the ensemble makes of it. A
    /// specialist that has nothing to say of it is left out.
    ///
    /// # Errors
    /// See [`ForecasterError`].
    pub fn ask(&mut self, frame: &Frame) -> Result<(Vec<Told>, Verdict), ForecasterError> {
        let standing = self.take_in(frame)?;
        let timeframe = self.set.subject.timeframe;
        let now = timeframe.close(frame.ts());
        self.resolve(now, &standing)?;
        let mut lessons: Vec<Option<Lesson>> = vec![None; self.set.learners.len()];
        let mut told = Vec::with_capacity(self.set.specialists.len() + 1);
        let mut said: Vec<(usize, Result<f64, Absence>)> = Vec::new();
        for (place, specialist) in self.set.specialists.iter().enumerate() {
            let score = specialist.score(&self.row, &mut self.scratch);
            if let Ok(score) = &score {
                let learner = self.learner(&specialist.name);
                let lesson = learner.map(|at| self.set.learners[at].lesson(&self.row, score.probability));
                let Opinion { probability, lower, .. } = specialist.opinion(score, lesson.as_ref());
                told.push(Told { model: specialist.name.clone(), target: specialist.target, probability, lower });
                if let Some(at) = learner {
                    lessons[at] = lesson;
                }
            }
            // The ensemble combines what it was fitted on: its members as trained.
            if specialist.target == Target::Price {
                let failed = |why: ScoreError| Absence::Failed { reason: why.to_string() };
                said.push((place, score.map(|score| score.probability).map_err(failed)));
            }
        }
        self.familiar.clear();
        self.familiar.extend(self.set.familiar.iter().map(|&column| self.row[usize::from(column)]));
        let named: Vec<Said<'_>> = said
            .into_iter()
            .map(|(place, probability)| Said { member: &self.set.specialists[place].name, probability })
            .collect();
        let mut verdict = self.set.ensemble.forecast(&named, &self.familiar)?;
        self.set.ensemble.note(now, &verdict)?;
        if let Some(at) = self.learner(ENSEMBLE) {
            let given = verdict.probability().is_some();
            verdict = verdict.map(|combined| {
                let lesson = self.set.learners[at].lesson(&self.row, combined.probability);
                let learnt = lesson.learnt();
                lessons[at] = given.then_some(lesson);
                with_learnt(combined, learnt)
            });
        }
        let due = now.plus(u64::from(self.set.horizon) * timeframe.seconds());
        self.waiting.push_back(Waiting { made_at: now, standing, due, lessons, new: self.is_new(frame) });
        Ok((told, verdict))
    }

    /// What outcomes so far added to what a model said of the last frame, and what it said with that.
    pub(super) fn learnt(&self, model: &str) -> Option<(f64, f64)> {
        let lesson = self.waiting.back()?.lessons.get(self.learner(model)?)?.as_ref()?;
        Some((lesson.learnt(), lesson.said()))
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

    /// Learns what became of what was said. What is due at a bar that never came is dropped.
    fn resolve(&mut self, now: Timestamp, ahead: &Standing) -> Result<(), RecencyError> {
        let mut outcome = None;
        while let Some(waiting) = self.waiting.pop_front_if(|waiting| waiting.due <= now) {
            if waiting.due != now {
                continue;
            }
            let answer = |target| waiting.standing.answer(ahead, target);
            outcome = answer(Target::Price).map(|rose| (waiting.made_at, rose));
            if !waiting.new {
                continue;
            }
            for (learner, lesson) in self.set.learners.iter_mut().zip(&waiting.lessons) {
                if let (Some(lesson), Some(answer)) = (lesson, answer(learner.target)) {
                    learner.online.learn(lesson, answer);
                }
            }
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

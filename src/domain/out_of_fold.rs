//! Forecasts for rows that their learner had not seen: the only thing that a meta-model may learn
//! from. A meta-model fitted on its members' own training rows believes the one that overfits most.

use std::sync::Arc;

use crate::units::Timestamp;

/// A stretch of training rows: from when the first was made to when the last one's outcome was
/// known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// What one learner was fitted on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Everything that touched the learner: rows it was fitted on, and those that chose its
    /// parameters, stopped it early or calibrated it.
    pub trained: Vec<Span>,
    /// Training after a held-out row begins no sooner than this after its outcome.
    pub embargo_seconds: u64,
}

/// One row, as a learner that had not seen it forecast it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOut {
    /// When the forecast could be made: the bar's close.
    pub made_at: Timestamp,
    /// When its outcome was known.
    pub known_at: Timestamp,
    /// Which of the folds' learners spoke, counted from 0.
    pub fold: usize,
    /// `None` where it could not: a source was missing.
    pub probability: Option<f64>,
    pub outcome: bool,
}

/// A member's forecasts of the past, none made by a learner that had seen the row.
///
/// The fields are private, there is no other way in than [`OutOfFold::certify`], which compares
/// every row with what its learner was fitted on, and `tests/tidy.rs` holds that bagging alone
/// calls it. It is not read back from files either.
#[derive(Clone, Debug, PartialEq)]
pub struct OutOfFold {
    member: Arc<str>,
    rows: Vec<HeldOut>,
}

/// Forecasts that are none, or not out of fold. Rows are counted from 0.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OutOfFoldError {
    #[error("{member}, row {row}: made at {made_at}, not after the row before it")]
    Order { member: Arc<str>, row: usize, made_at: Timestamp },
    #[error("{member}, row {row}: made at {made_at} and its outcome known no later, at {known_at}")]
    Horizon { member: Arc<str>, row: usize, made_at: Timestamp, known_at: Timestamp },
    #[error("{member}, row {row}: fold {fold} of {folds}")]
    NoSuchFold { member: Arc<str>, row: usize, fold: usize, folds: usize },
    #[error("{member}, row {row}: {probability} is no probability")]
    Probability { member: Arc<str>, row: usize, probability: f64 },
    #[error(
        "{member}, row {row}: {made_at} to {known_at} is not out of fold {fold}, which was trained from {} to {} with an embargo of {embargo_seconds} s",
        trained.from, trained.to
    )]
    Leak {
        member: Arc<str>,
        row: usize,
        fold: usize,
        made_at: Timestamp,
        known_at: Timestamp,
        trained: Span,
        embargo_seconds: u64,
    },
    #[error("{member}: the sets to average hold different rows, first at row {row}")]
    DifferentSets { member: Arc<str>, row: usize },
    #[error("no set to average")]
    NoSet,
}

impl OutOfFold {
    /// Takes rows in order of `made_at` and checks of each that it lies outside of what its fold
    /// was trained on.
    ///
    /// A row's label is made of everything from `made_at` to `known_at`; a training span that
    /// overlaps it, or begins within the embargo after it, has seen part of it (purging and
    /// embargo: Lopez de Prado, "Advances in Financial Machine Learning", 2018, section 7.4).
    ///
    /// # Errors
    /// See [`OutOfFoldError`]; the first fault is told.
    pub fn certify(member: &str, folds: &[Fold], rows: Vec<HeldOut>) -> Result<Self, OutOfFoldError> {
        let member: Arc<str> = member.into();
        let mut last: Option<Timestamp> = None;
        for (row, held) in rows.iter().enumerate() {
            let &HeldOut { made_at, known_at, fold, probability, .. } = held;
            let named = || Arc::clone(&member);
            if last.is_some_and(|last| made_at <= last) {
                return Err(OutOfFoldError::Order { member: named(), row, made_at });
            }
            last = Some(made_at);
            if known_at <= made_at {
                return Err(OutOfFoldError::Horizon { member: named(), row, made_at, known_at });
            }
            if let Some(probability) = probability.filter(|p| !(0.0..=1.0).contains(p)) {
                return Err(OutOfFoldError::Probability { member: named(), row, probability });
            }
            let Some(Fold { trained, embargo_seconds }) = folds.get(fold) else {
                return Err(OutOfFoldError::NoSuchFold { member: named(), row, fold, folds: folds.len() });
            };
            let seen = |span: &&Span| span.from < known_at.plus(*embargo_seconds) && made_at < span.to;
            if let Some(&trained) = trained.iter().find(seen) {
                let embargo_seconds = *embargo_seconds;
                let member = named();
                return Err(OutOfFoldError::Leak { member, row, fold, made_at, known_at, trained, embargo_seconds });
            }
        }
        Ok(Self { member, rows })
    }

    /// The mean of several sets of folds over the same rows, over those that speak; the folds are
    /// those of the first set.
    ///
    /// # Errors
    /// No set, or sets that differ in more than folds and probabilities.
    pub fn average(sets: &[Self]) -> Result<Self, OutOfFoldError> {
        let (first, others) = sets.split_first().ok_or(OutOfFoldError::NoSet)?;
        let mut average = first.clone();
        for set in others {
            let same =
                |a: &HeldOut, b: &HeldOut| (a.made_at, a.known_at, a.outcome) == (b.made_at, b.known_at, b.outcome);
            let pairs = first.rows.iter().zip(&set.rows);
            let alike = pairs.take_while(|(a, b)| same(a, b)).count();
            if set.member != first.member || alike < first.rows.len().max(set.rows.len()) {
                return Err(OutOfFoldError::DifferentSets { member: Arc::clone(&set.member), row: alike });
            }
        }
        for (row, held) in average.rows.iter_mut().enumerate() {
            let said = sets.iter().filter_map(|set| set.rows.get(row)?.probability);
            let (sum, count) = said.fold((0.0, 0_u32), |(sum, count), p| (sum + p, count + 1));
            held.probability = (count > 0).then(|| (sum / f64::from(count)).clamp(0.0, 1.0));
        }
        Ok(average)
    }

    /// The same rows with each probability mapped, as a calibration does. A map that sees nothing
    /// but the probability cannot smuggle the row's outcome in.
    ///
    /// # Errors
    /// A result that is no probability.
    pub fn map(&self, calibrate: impl Fn(f64) -> f64) -> Result<Self, OutOfFoldError> {
        let mut mapped = self.clone();
        for (row, held) in mapped.rows.iter_mut().enumerate() {
            held.probability = held.probability.map(&calibrate);
            if let Some(probability) = held.probability.filter(|p| !(0.0..=1.0).contains(p)) {
                return Err(OutOfFoldError::Probability { member: Arc::clone(&self.member), row, probability });
            }
        }
        Ok(mapped)
    }

    pub fn member(&self) -> &Arc<str> {
        &self.member
    }

    /// In order of `made_at`.
    pub fn rows(&self) -> &[HeldOut] {
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(hour: u64, probability: f64) -> HeldOut {
        HeldOut {
            made_at: Timestamp(3_600 * hour),
            known_at: Timestamp(3_600 * (hour + 4)),
            fold: 0,
            probability: Some(probability),
            outcome: false,
        }
    }

    fn fold(from: u64, to: u64, embargo: u64) -> Fold {
        let span = Span { from: Timestamp(3_600 * from), to: Timestamp(3_600 * to) };
        Fold { trained: vec![span], embargo_seconds: 3_600 * embargo }
    }

    fn certify(fold: Fold, hours: &[u64]) -> Result<OutOfFold, OutOfFoldError> {
        OutOfFold::certify("price", &[fold], hours.iter().map(|&hour| held(hour, 0.6)).collect())
    }

    #[test]
    fn rows_that_the_learner_saw_are_refused() {
        // Trained on outcomes known until hour 100.
        assert!(certify(fold(0, 100, 0), &[100, 101]).is_ok());
        let leak = certify(fold(0, 101, 0), &[100, 101]).unwrap_err();
        assert!(matches!(leak, OutOfFoldError::Leak { row: 0, .. }), "{leak}");
        // Trained after it: the row's own outcome is known at hour 14.
        assert!(certify(fold(14, 90, 0), &[10]).is_ok());
        assert!(certify(fold(13, 90, 0), &[10]).is_err(), "overlapping labels");
        assert!(certify(fold(14, 90, 1), &[10]).is_err(), "no embargo");
        assert!(certify(fold(15, 90, 1), &[10]).is_ok());
        // In the midst of training.
        assert!(certify(fold(0, 100, 0), &[50]).is_err());
        assert_eq!(
            leak.to_string(),
            "price, row 0: 1970-01-05T04:00:00Z to 1970-01-05T08:00:00Z is not out of fold 0, which was trained \
             from 1970-01-01T00:00:00Z to 1970-01-05T05:00:00Z with an embargo of 0 s"
        );
    }

    #[test]
    fn faulty_rows_are_named() {
        let before = fold(0, 1, 0);
        assert!(matches!(certify(before.clone(), &[5, 5]), Err(OutOfFoldError::Order { row: 1, .. })));
        let with = |change: fn(&mut HeldOut)| {
            let mut row = held(5, 0.5);
            change(&mut row);
            OutOfFold::certify("price", std::slice::from_ref(&before), vec![row]).unwrap_err()
        };
        assert!(matches!(with(|row| row.fold = 1), OutOfFoldError::NoSuchFold { fold: 1, folds: 1, .. }));
        assert!(matches!(with(|row| row.known_at = row.made_at), OutOfFoldError::Horizon { .. }));
        for probability in [f64::NAN, f64::INFINITY, -0.1, 1.1] {
            let rows = vec![held(5, probability)];
            let fault = OutOfFold::certify("price", std::slice::from_ref(&before), rows).unwrap_err();
            assert!(matches!(fault, OutOfFoldError::Probability { row: 0, .. }), "{fault}");
        }
    }

    #[test]
    fn sets_average_over_those_that_speak() {
        let set = |p: [Option<f64>; 3]| {
            let rows = (5..8).zip(p).map(|(hour, probability)| HeldOut { probability, ..held(hour, 0.0) });
            OutOfFold::certify("price", &[fold(0, 1, 0)], rows.collect()).unwrap()
        };
        let sets = [set([Some(0.2), None, None]), set([Some(0.4), Some(0.7), None])];
        let average = OutOfFold::average(&sets).unwrap();
        let said: Vec<_> = average.rows().iter().map(|row| row.probability).collect();
        assert_eq!(said, [Some((0.2 + 0.4) / 2.0), Some(0.7), None]);
        let other = certify(fold(0, 1, 0), &[5, 6]).unwrap();
        let fault = OutOfFold::average(&[sets[0].clone(), other]).unwrap_err();
        assert_eq!(fault, OutOfFoldError::DifferentSets { member: "price".into(), row: 2 });
        assert_eq!(OutOfFold::average(&[]), Err(OutOfFoldError::NoSet));
    }

    #[test]
    fn a_map_must_give_probabilities() {
        let rows = certify(fold(0, 1, 0), &[5, 6]).unwrap();
        assert_eq!(rows.map(|p| p / 2.0).unwrap().rows()[1].probability, Some(0.3));
        assert!(rows.map(|p| p * 2.0).is_err());
        assert!(rows.map(|_| f64::NAN).is_err());
    }
}

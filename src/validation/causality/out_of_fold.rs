//! Stacking inputs: what members say of rows that they had not seen.
//!
//! Four checks, each blind where another sees. By the times of the rows no member was trained on a
//! row that its held rows forbid. A member grows to the same bytes when just those rows are
//! replaced, so that what it says it was trained on is true. What was handed on as out of fold is
//! what those members say who were kept from the row. And the ensemble is the one that learns from
//! that and nothing else.

use super::{
    Bench, CausalityError, Leak, Place, Stage, Trial,
    compare::shown,
    leak::Findings,
    training::{bytes, checksum},
};
use crate::{
    domain::Ahead,
    models::{
        learn::{LearnError, Matrix},
        specialist::{Rows, Seen, Specialist},
    },
    pipeline::forecaster::{Evidence, Learned, RowsError, Table},
    units::Timestamp,
};

/// Summing in another order may differ by so much, and a forecast of another member by far more.
const ROUNDING: f64 = 1e-12;

/// What was learnt at a cut, and from which table.
#[derive(Clone, Copy)]
pub(super) struct Training<'a> {
    pub(super) cut: Timestamp,
    pub(super) table: &'a Table,
    pub(super) learned: &'a Learned,
}

pub(super) fn check(bench: &Bench<'_>, training: Training<'_>, findings: &mut Findings) -> Result<(), CausalityError> {
    for (specialist, evidence) in training.specialists() {
        training.geometry(specialist, evidence, bench.plan.embargo, findings);
        training.retell(specialist, evidence, findings);
    }
    training.restack(bench, findings)?;
    let members = training.specialists().map(|(_, evidence)| evidence.seen.len()).min().unwrap_or(0);
    let probes = bench.plan.probes.min(members);
    for probe in 0..probes {
        // As far from each other as they can be: of a bag of two sets, one of each.
        let number = (bench.plan.seed as usize % members + probe * members / probes) % members;
        training.withhold(bench, number, findings)?;
    }
    Ok(())
}

impl<'a> Training<'a> {
    fn specialists(&self) -> impl Iterator<Item = (&'a Specialist, &'a Evidence)> + use<'a> {
        self.learned.set.specialists.iter().zip(&self.learned.evidence)
    }

    /// Looks for a member that was trained on rows that it may not see.
    fn geometry(&self, specialist: &Specialist, evidence: &Evidence, embargo: u64, findings: &mut Findings) {
        for (number, Seen { trained, held }) in evidence.seen.iter().enumerate() {
            let forbidden = forbidden(&self.table.rows, held, embargo);
            findings.compared.training_rows += trained.len() as u64;
            if let Some(&row) = trained.iter().find(|&&row| forbidden[row as usize]) {
                let told = ("kept from".to_owned(), "trained on".to_owned());
                let first = Some(self.place(row as usize));
                findings.add(self.leak(Trial::Geometry, member(specialist, number), first, told));
            }
        }
    }

    /// Asks the members that were kept from each row again.
    fn retell(&self, specialist: &Specialist, evidence: &Evidence, findings: &mut Findings) {
        let rows = &self.table.rows;
        let mut keepers = vec![Vec::new(); rows.len()];
        for (number, Seen { held, .. }) in evidence.seen.iter().enumerate() {
            held.iter().for_each(|&row| keepers[row as usize].extend(specialist.members().get(number)));
        }
        let (mut values, mut scratch) = (vec![0.0; rows.x.width()], Vec::new());
        for held in evidence.out_of_fold.rows() {
            let Ok(row) = rows.made_at.binary_search(&held.made_at) else { continue };
            rows.x.copy_row(row, &mut values);
            let said = specialist.said_by(keepers[row].iter().copied(), &values, &mut scratch);
            let (before, after) = (said.unwrap_or(f64::NAN), held.probability.unwrap_or(f64::NAN));
            findings.compared.out_of_fold += 1;
            if (before - after).abs() <= ROUNDING || before.is_nan() && after.is_nan() {
                continue;
            }
            let (first, told) = (Some(self.place(row)), (shown(before), shown(after)));
            findings.add(self.leak(Trial::Retold, specialist.name.clone(), first, told));
            return;
        }
    }

    /// Stacks again on what the members of the ensemble say of rows that they had not seen.
    fn restack(&self, bench: &Bench<'_>, findings: &mut Findings) -> Result<(), CausalityError> {
        let run = || bench.stages.stack(&self.learned.inputs(), self.table);
        let ensemble = bench.step(&Trial::Restacked.to_string(), self.cut, run)?;
        let (before, after) = (bytes(&ensemble)?, bytes(&self.learned.set.ensemble)?);
        findings.compared.models += 1;
        if before != after {
            let told = (checksum(&before), checksum(&after));
            findings.add(self.leak(Trial::Restacked, "ensemble".to_owned(), None, told));
        }
        Ok(())
    }

    /// Grows all members again with the rows replaced that one of them may not see.
    fn withhold(&self, bench: &Bench<'_>, number: usize, findings: &mut Findings) -> Result<(), CausalityError> {
        let rows = &self.table.rows;
        let blind = |evidence: &Evidence| forbidden(rows, &evidence.seen[number].held, bench.plan.embargo);
        let zones: Vec<Vec<bool>> = self.learned.evidence.iter().map(blind).collect();
        let zone: Vec<usize> = (0..rows.len()).filter(|&row| zones.iter().all(|zone| zone[row])).collect();
        let doing = Trial::Withheld.to_string();
        let table = replaced(self.table, &zone).map_err(|why| {
            let source = RowsError::from(why).into();
            CausalityError::Stage { doing: doing.clone(), cut: self.cut, source }
        })?;
        let again = bench.learn(&table, self.cut, &doing)?;
        for ((specialist, _), other) in self.specialists().zip(&again.set.specialists) {
            let of = |specialist: &Specialist| specialist.members().get(number).map(bytes).transpose();
            let (before, after) = (of(specialist)?.unwrap_or_default(), of(other)?.unwrap_or_default());
            findings.compared.members += 1;
            if before != after {
                let told = (checksum(&before), checksum(&after));
                findings.add(self.leak(Trial::Withheld, member(specialist, number), None, told));
            }
        }
        Ok(())
    }

    fn place(&self, row: usize) -> Place {
        Place { row, bar: self.table.opens[row] }
    }

    fn leak(&self, trial: Trial, subject: String, first: Option<Place>, (before, after): (String, String)) -> Leak {
        Leak { stage: Stage::OutOfFold, subject, trial, cut: self.cut, first, before, after }
    }
}

fn member(specialist: &Specialist, number: usize) -> String {
    format!("{}, member {number}", specialist.name)
}

/// Of each row, whether who speaks of the `held` rows may not be trained on it: its label's time
/// overlaps that of a held one, or it was made within the embargo after one.
///
/// A label is made of everything between the row and the time at which it is known (purging and
/// embargo: Lopez de Prado, "Advances in Financial Machine Learning", 2018, section 7.4).
fn forbidden(rows: &Rows, held: &[u32], embargo: u64) -> Vec<bool> {
    let mut held: Vec<usize> = held.iter().map(|&row| row as usize).collect();
    held.sort_unstable();
    let spoils = |(made_at, known_at): (&Timestamp, &Timestamp)| {
        // Of those not yet over when the row was made, the first began the earliest.
        let first = held.partition_point(|&held| rows.known_at[held].plus(embargo) <= *made_at);
        held.get(first).is_some_and(|&held| rows.made_at[held] < *known_at)
    };
    rows.made_at.iter().zip(&rows.known_at).map(spoils).collect()
}

/// The table with other values in these rows: each has the features of another of them, and what
/// followed turned about.
fn replaced(table: &Table, rows: &[usize]) -> Result<Table, LearnError> {
    let mut table = table.clone();
    let before = table.rows.ahead.clone();
    for (&row, &from) in rows.iter().zip(rows.iter().rev()) {
        let other = before[from];
        table.rows.ahead[row] = Ahead {
            answers: before[row].answers.map(|answer| answer.map(|yes| !yes)),
            log_return: -other.log_return,
            log_range: other.log_range,
            log_volume: -other.log_volume,
            log_path: other.log_path,
            lean: -other.lean,
        };
    }
    let x = &table.rows.x;
    let mut values = Vec::with_capacity(x.rows() * x.width());
    for column in 0..x.width() {
        let start = values.len();
        values.extend_from_slice(x.column(column));
        for (&row, &from) in rows.iter().zip(rows.iter().rev()) {
            values[start + row] = x.column(column)[from];
        }
    }
    table.rows.x = Matrix::new(x.rows(), x.width(), values)?;
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_overlaps_a_held_row_or_follows_it_too_soon_is_forbidden() {
        let hours = |from: u64, to: u64| (from..to).map(|hour| Timestamp(3_600 * hour)).collect::<Vec<_>>();
        let x = Matrix::new(12, 0, Vec::new()).unwrap();
        let rows = Rows { made_at: hours(0, 12), known_at: hours(3, 15), x, ahead: vec![Ahead::NOTHING; 12] };
        let kept = |held: &[u32], embargo: u64| -> Vec<usize> {
            let forbidden = forbidden(&rows, held, 3_600 * embargo);
            (0..12).filter(|&row| forbidden[row]).collect()
        };
        // Made at 5 and 6, known at 9: from 3, known at 6, to 8, made before 9.
        assert_eq!(kept(&[5, 6], 0), (3..9).collect::<Vec<_>>());
        assert_eq!(kept(&[6, 5], 2), (3..11).collect::<Vec<_>>());
        assert_eq!(kept(&[0, 11], 0), [0, 1, 2, 9, 10, 11], "two blocks");
        assert!(kept(&[], 5).is_empty());
    }
}

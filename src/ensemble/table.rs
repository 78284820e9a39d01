//! The members' out-of-fold forecasts side by side.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use super::{newton::Rows, odds};
use crate::{domain::OutOfFold, units::Timestamp};

/// What ensembles are fitted on. It is made of [`OutOfFold`] alone, so that no forecast of a row
/// that its learner had seen can get in.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// In order of their names: the order in which members are given changes no bit.
    members: Vec<Arc<str>>,
    /// In order of time; rows of which nobody spoke are left out.
    rows: Vec<Row>,
    /// Row by row, a log-odds each member.
    said: Vec<Option<f64>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) made_at: Timestamp,
    pub(super) known_at: Timestamp,
    pub(super) outcome: bool,
}

/// A row, what each member says of it, and which told of it first.
struct Joined<'a> {
    teller: &'a Arc<str>,
    row: Row,
    said: Vec<Option<f64>>,
}

/// Members that do not fit together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    #[error("no member")]
    NoMember,
    #[error("{member} is given twice")]
    Twice { member: Arc<str> },
    /// They forecast different things, or disagree on what happened.
    #[error("{member} and {other} hold different outcomes of the forecast made at {made_at}")]
    Conflict { member: Arc<str>, other: Arc<str>, made_at: Timestamp },
}

impl Table {
    /// Joins members on `made_at`. A row that a member lacks counts as its absence.
    ///
    /// # Errors
    /// No member, one given twice, or two that differ in a row's outcome or when it was known.
    pub fn join(members: &[OutOfFold]) -> Result<Self, TableError> {
        let mut members: Vec<&OutOfFold> = members.iter().collect();
        members.sort_by(|a, b| a.member().cmp(b.member()));
        if let Some(pair) = members.windows(2).find(|pair| pair[0].member() == pair[1].member()) {
            return Err(TableError::Twice { member: Arc::clone(pair[0].member()) });
        }
        let width = members.len();
        if width == 0 {
            return Err(TableError::NoMember);
        }
        let mut joined: BTreeMap<Timestamp, Joined<'_>> = BTreeMap::new();
        for (at, member) in members.iter().enumerate() {
            for held in member.rows() {
                let row = Row { made_at: held.made_at, known_at: held.known_at, outcome: held.outcome };
                let first = || Joined { teller: member.member(), row, said: vec![None; width] };
                let joined = joined.entry(held.made_at).or_insert_with(first);
                if joined.row != row {
                    let (member, other) = (Arc::clone(member.member()), Arc::clone(joined.teller));
                    return Err(TableError::Conflict { member, other, made_at: held.made_at });
                }
                if let Some(slot) = joined.said.get_mut(at) {
                    *slot = held.probability.map(odds::log_odds);
                }
            }
        }
        joined.retain(|_, joined| joined.said.iter().any(Option::is_some));
        let rows = joined.values().map(|joined| joined.row).collect();
        let said = joined.values().flat_map(|joined| joined.said.iter().copied()).collect();
        Ok(Self { members: members.iter().map(|member| Arc::clone(member.member())).collect(), rows, said })
    }

    /// In order of their names.
    pub fn members(&self) -> &[Arc<str>] {
        &self.members
    }

    /// Rows of which at least one member spoke.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Each row and the log-odds of each member.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Row, &[Option<f64>])> {
        self.rows.iter().zip(self.said.chunks_exact(self.members.len()))
    }

    /// The rows of a range as a table of their own.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        let width = self.members.len();
        let said = self.said.get(range.start * width..range.end * width).unwrap_or_default().to_vec();
        let rows = self.rows.get(range).unwrap_or_default().to_vec();
        Self { members: self.members.clone(), rows, said }
    }

    /// Inputs of a fit: a member that is absent from a row is taken to say the mean of those
    /// present, which adds no evidence and keeps the problem convex.
    pub(super) fn inputs(&self, range: Range<usize>) -> Rows {
        let width = self.members.len();
        let said = self.said.get(range.start * width..range.end * width).unwrap_or_default();
        let mut inputs = Vec::with_capacity(said.len());
        for row in said.chunks_exact(width) {
            let (sum, count) = row.iter().flatten().fold((0.0, 0_u32), |(sum, n), z| (sum + z, n + 1));
            let mean = sum / f64::from(count.max(1));
            inputs.extend(row.iter().map(|z| z.unwrap_or(mean)));
        }
        let outcomes = self.rows.get(range).unwrap_or_default().iter().map(|row| row.outcome).collect();
        Rows { inputs, width, outcomes }
    }
}

#[cfg(test)]
mod tests;

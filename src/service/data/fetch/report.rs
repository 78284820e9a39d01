//! What became of each job.

use serde::Serialize;

use crate::{io::store::data::Written, units::Timestamp};

/// What the names of jobs begin with.
pub(super) const CANDLES: &str = "candles ";
pub(super) const SERIES: &str = "series ";
pub(super) const POSTS: &str = "posts ";
pub(super) const LOGS: &str = "logs ";
pub(super) const UNDO: &str = "undo ";
pub(super) const STATES: &str = "pools of chain ";
pub(in crate::service::data) const BARS: &str = "bars ";
/// Of a derivation's position, not of a job.
pub(in crate::service::data) const TICKS: &str = "ticks ";
pub(in crate::service::data) const SPREAD: &str = "spread ";
pub(in crate::service::data) const SENTIMENT: &str = "sentiment";

/// The name of a pool's job: two chains may each have a pool of one name.
pub(in crate::service::data) fn of_pool(kind: &str, chain_id: u64, pool: &str) -> String {
    format!("{kind}{chain_id}/{pool}")
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "end", content = "why")]
pub enum End {
    Done,
    /// Asked to stop; the next fetch goes on from here.
    Interrupted,
    /// The source is off: this variable is missing.
    Off(String),
    /// What was stored before is whole; the next fetch goes on from here.
    Failed(String),
}

/// What a job brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `candles binance_spot/ETHUSDT_1h`, `series fred:VIXCLS`, `posts rss:coindesk`.
    pub job: String,
    #[serde(flatten)]
    pub end: End,
    pub new: u64,
    pub same: u64,
    pub revised: u64,
    /// What was left out, by reason.
    pub dropped: Vec<(String, u64)>,
    /// What the user should know of how it is now: clocks that differ, values held back.
    pub notes: Vec<String>,
    /// What was taken back. It stays said, whatever comes later.
    pub undone: Vec<String>,
}

impl Report {
    pub(in crate::service::data) fn new(job: impl Into<String>) -> Self {
        let (dropped, notes, undone) = (Vec::new(), Vec::new(), Vec::new());
        Self { job: job.into(), end: End::Done, new: 0, same: 0, revised: 0, dropped, notes, undone }
    }

    pub(in crate::service::data) fn add(&mut self, written: Written) {
        self.new += written.new;
        self.same += written.same;
        self.revised += written.revised;
    }

    /// What the same job brought later.
    pub(super) fn absorb(&mut self, later: Self) {
        self.add(Written { new: later.new, same: later.same, revised: later.revised });
        for (reason, count) in &later.dropped {
            self.drop(reason, *count);
        }
        self.undone.extend(later.undone);
        (self.end, self.notes) = (later.end, later.notes);
    }

    pub(in crate::service::data) fn drop(&mut self, reason: &str, count: u64) {
        match self.dropped.iter_mut().find(|(known, _)| known == reason) {
            Some((_, sum)) => *sum += count,
            None => self.dropped.push((reason.to_owned(), count)),
        }
    }

    #[must_use]
    pub(in crate::service::data) fn failed(mut self, error: &impl ToString) -> Self {
        self.end = End::Failed(error.to_string());
        self
    }

    #[must_use]
    pub(super) fn interrupted(mut self) -> Self {
        self.end = End::Interrupted;
        self
    }
}

/// Under which a job's health is kept in the store.
pub(super) fn health_name(job: &str) -> String {
    format!("{HEALTH}{job}")
}

/// What the names of health entries begin with.
pub const HEALTH: &str = "health ";

/// A job's health, kept in the store beside its data, so that `shoal data check` and monitoring
/// see a source that fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Health {
    pub last_try: Timestamp,
    pub last_success: Option<Timestamp>,
    /// Of the last try.
    pub failure: Option<String>,
}

impl Health {
    /// The health after a job that ended so at `now`; an interrupted one says nothing new.
    pub(super) fn after(earlier: Option<Self>, end: &End, now: Timestamp) -> Option<Self> {
        let last_success = earlier.and_then(|earlier| earlier.last_success);
        match end {
            End::Done => Some(Self { last_try: now, last_success: Some(now), failure: None }),
            End::Failed(why) => Some(Self { last_try: now, last_success, failure: Some(why.clone()) }),
            End::Interrupted | End::Off(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_back_stays_said_and_how_it_was_does_not() {
        let report = |notes: &[&str], undone: &[&str]| {
            let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
            Report { notes: texts(notes), undone: texts(undone), ..Report::new("a job") }
        };
        let mut whole = report(&["stale"], &[]);
        whole.absorb(report(&[], &["blocks from 5 on"]));
        whole.absorb(report(&["late"], &[]));
        assert_eq!(whole, report(&["late"], &["blocks from 5 on"]));
    }
}

//! From when on a fetched value counts as known. Pure.
//!
//! The rule of the series ([`Publication`]) gives the earliest time, and no value is taken
//! before it: so a bar still forming is never stored, and a live bot knows no more than a
//! backtest assumes. Then, for a value not held yet:
//!
//! - The source was never looked at for that time: history, the rule is trusted.
//! - It was looked at when the rule was already due, and the value was not there: it was
//!   published late, and is known from this fetch on.
//! - It fell due since the last look. Within a day of that look the bot is following the
//!   series, and has known the value since this fetch; after a longer pause it is catching up, and
//!   the rule is trusted as for history.
//!
//! A value that differs from the one held is a revision: known from this fetch on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    domain::{Observation, Publication},
    units::Timestamp,
};

/// A series looked at twice within this time is being followed.
const FOLLOWING: u64 = 86_400;

/// An earlier fetch that succeeded: at `at`, for all values from `from` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    pub from: Timestamp,
    pub at: Timestamp,
}

/// What the caller has of a series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Held {
    /// The newest value of each time, at least from where the fetch begins.
    pub values: BTreeMap<Timestamp, f64>,
    pub look: Option<Look>,
}

/// What a fetch adds to what was held.
#[derive(Clone, Debug, PartialEq)]
pub struct Readings {
    /// New values and revisions, by time.
    pub observations: Vec<Observation>,
    /// Of these, how many are revisions.
    pub revised: usize,
    /// Values left out because their rule says that they are not public yet.
    pub not_due: usize,
    /// To keep with the observations, and to give back with the next fetch.
    pub look: Look,
}

pub(super) fn read(
    values: &BTreeMap<Timestamp, f64>,
    from: Timestamp,
    held: &Held,
    publication: Publication,
    now: Timestamp,
) -> Readings {
    // Where a fetch begins after the last one ended, what lies between will count as late: known
    // too late, never too early.
    let look = match held.look {
        Some(earlier) => Look { from: earlier.from.min(from), at: now },
        None => Look { from, at: now },
    };
    let mut readings = Readings { observations: Vec::new(), revised: 0, not_due: 0, look };
    for (&ts, &value) in values.range(from..) {
        let due = publication.known_at(ts);
        if due > now {
            readings.not_due += 1;
            continue;
        }
        let known_at = match held.values.get(&ts) {
            Some(old) if old.to_bits() == value.to_bits() => continue,
            Some(_) => {
                readings.revised += 1;
                now
            }
            None => match held.look {
                Some(look) if ts >= look.from && (due <= look.at || now.since(look.at) <= FOLLOWING) => now,
                _ => due,
            },
        };
        readings.observations.push(Observation { ts, known_at, value });
    }
    readings
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Lag, Period};

    const DAY: u64 = 86_400;
    const RULE: Publication = Publication { period: Period::Day, lag: Lag::Seconds(DAY) };

    fn day(number: u64) -> Timestamp {
        Timestamp(number * DAY)
    }

    fn values(days: impl IntoIterator<Item = (u64, f64)>) -> BTreeMap<Timestamp, f64> {
        days.into_iter().map(|(number, value)| (day(number), value)).collect()
    }

    /// The day and `known_at` of what is new at `now`, given what was held and looked at.
    fn new(
        given: &[(u64, f64)],
        kept: &[(u64, f64)],
        look: Option<(u64, Timestamp)>,
        now: Timestamp,
    ) -> Vec<(u64, Timestamp)> {
        let look = look.map(|(from, at)| Look { from: day(from), at });
        let held = Held { values: values(kept.iter().copied()), look };
        let readings = read(&values(given.iter().copied()), day(0), &held, RULE, now);
        readings.observations.iter().map(|new| (new.ts.0 / DAY, new.known_at)).collect()
    }

    #[test]
    fn history_is_known_by_the_rule() {
        assert_eq!(new(&[(1, 5.0), (2, -36.98)], &[], None, day(100)), [(1, day(3)), (2, day(4))]);
    }

    #[test]
    fn what_is_not_due_is_left_out() {
        let given = values([(1, 5.0), (2, 6.0)]);
        let readings = read(&given, day(0), &Held::default(), RULE, day(4).minus(1));
        assert_eq!((readings.observations.len(), readings.not_due), (1, 1));
        assert_eq!(readings.look, Look { from: day(0), at: day(4).minus(1) });
    }

    #[test]
    fn what_is_followed_is_known_when_fetched() {
        let now = day(4).plus(1_800);
        assert_eq!(new(&[(1, 5.0), (2, 6.0)], &[(1, 5.0)], Some((0, day(4).minus(1_800))), now), [(2, now)]);
    }

    #[test]
    fn a_gap_is_caught_up_by_the_rule() {
        let given = [(1, 5.0), (2, 6.0), (90, 7.0)];
        assert_eq!(new(&given, &[(1, 5.0)], Some((0, day(3))), day(100)), [(2, day(4)), (90, day(92))]);
    }

    #[test]
    fn what_was_late_is_known_when_fetched() {
        // The look on day 50 did not find the value of day 2, due on day 4.
        assert_eq!(new(&[(2, 6.0)], &[], Some((0, day(50))), day(100)), [(2, day(100))]);
        // But that look began at day 10.
        assert_eq!(new(&[(2, 6.0)], &[], Some((10, day(50))), day(100)), [(2, day(4))]);
    }

    #[test]
    fn a_revision_is_known_when_fetched() {
        let held = Held { values: values([(1, 5.0), (2, 6.0)]), look: None };
        let readings = read(&values([(1, 5.0), (2, 6.5)]), day(0), &held, RULE, day(100));
        assert_eq!(readings.observations, [Observation { ts: day(2), known_at: day(100), value: 6.5 }]);
        assert_eq!(readings.revised, 1);
    }

    proptest! {
        /// Whatever was held and looked at: nothing is known before its rule, nor in the future,
        /// nor at a time when it was looked for in vain.
        #[test]
        fn never_early(
            given in proptest::collection::btree_map(0u64..60, -50.0f64..50.0, 0..20),
            kept in proptest::collection::btree_map(0u64..60, -50.0f64..50.0, 0..20),
            look in proptest::option::of((0u64..60, 0u64..80)),
            now in 0u64..80,
        ) {
            let look = look.map(|(from, at)| Look { from: day(from), at: day(at.min(now)) });
            let held = Held { values: values(kept), look };
            let readings = read(&values(given), day(0), &held, RULE, day(now));
            for new in readings.observations {
                prop_assert!(new.known_at >= RULE.known_at(new.ts) && new.known_at <= day(now));
                let sought = look.filter(|look| new.ts >= look.from && RULE.known_at(new.ts) <= look.at);
                prop_assert!(sought.is_none() || new.known_at == day(now));
            }
        }
    }
}

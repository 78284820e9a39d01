//! Which stretches of time a series has been fetched for.

use std::{fmt, ops::Range, str::FromStr};

use crate::units::Timestamp;

/// Stretches of time, ascending, that neither overlap nor touch. Kept as text beside the rows
/// that it speaks of, so that a fetch broken off anywhere goes on without a hole or a double,
/// in whatever order the stretches were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Covered(Vec<Range<Timestamp>>);

/// A text that no `Covered` wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no list of stretches such as 1577836800-1609459200,1640995200-1672531200")]
pub struct CoveredError(String);

impl Covered {
    /// Adds a stretch; an empty one changes nothing.
    pub fn add(&mut self, new: Range<Timestamp>) {
        if new.is_empty() {
            return;
        }
        let mut merged = new;
        self.0.retain(|old| {
            let apart = old.end < merged.start || merged.end < old.start;
            if !apart {
                merged = old.start.min(merged.start)..old.end.max(merged.end);
            }
            apart
        });
        let at = self.0.partition_point(|old| old.start < merged.start);
        self.0.insert(at, merged);
    }

    /// What of `wanted` is not covered, ascending.
    pub fn missing(&self, wanted: Range<Timestamp>) -> Vec<Range<Timestamp>> {
        let mut missing = Vec::new();
        let mut from = wanted.start;
        for old in &self.0 {
            if old.end <= from || old.start >= wanted.end {
                continue;
            }
            if from < old.start {
                missing.push(from..old.start);
            }
            from = old.end;
        }
        if from < wanted.end {
            missing.push(from..wanted.end);
        }
        missing
    }

    /// The first time from `from` on that is not covered.
    pub fn first_missing(&self, from: Timestamp) -> Timestamp {
        self.0.iter().find(|old| old.contains(&from)).map_or(from, |old| old.end)
    }
}

impl fmt::Display for Covered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, Range { start, end }) in self.0.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            write!(f, "{comma}{}-{}", start.0, end.0)?;
        }
        Ok(())
    }
}

impl FromStr for Covered {
    type Err = CoveredError;

    fn from_str(text: &str) -> Result<Self, CoveredError> {
        let wrong = || CoveredError(text.to_owned());
        let mut covered = Self::default();
        for stretch in text.split(',').filter(|stretch| !stretch.is_empty()) {
            let (start, end) = stretch.split_once('-').ok_or_else(wrong)?;
            let (start, end) = (start.parse().map_err(|_| wrong())?, end.parse().map_err(|_| wrong())?);
            covered.add(Timestamp(start)..Timestamp(end));
        }
        Ok(covered)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stretch() -> impl Strategy<Value = Range<u64>> {
        (0u64..60, 0u64..12).prop_map(|(start, length)| start..start + length)
    }

    fn seconds(range: &Range<u64>) -> Range<Timestamp> {
        Timestamp(range.start)..Timestamp(range.end)
    }

    proptest! {
        /// Against a plain set of seconds.
        #[test]
        fn it_is_a_set_of_seconds(added in prop::collection::vec(stretch(), 0..8), wanted in stretch()) {
            let mut covered = Covered::default();
            for range in &added {
                covered.add(seconds(range));
            }
            let is_in = |second: u64| added.iter().any(|range| range.contains(&second));
            let missing = covered.missing(seconds(&wanted));
            for second in 0..100 {
                let expected = wanted.contains(&second) && !is_in(second);
                let found = missing.iter().any(|range| range.contains(&Timestamp(second)));
                prop_assert_eq!(found, expected, "second {}", second);
            }
            let first = covered.first_missing(Timestamp(wanted.start)).0;
            prop_assert!(!is_in(first) && (wanted.start..first).all(is_in));
            prop_assert!(missing.windows(2).all(|pair| pair[0].end < pair[1].start));
            prop_assert!(covered.0.windows(2).all(|pair| pair[0].end < pair[1].start));
            prop_assert_eq!(covered.to_string().parse(), Ok(covered));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["1", "1-", "a-b", "1-2;3-4"] {
            assert!(text.parse::<Covered>().is_err(), "{text}");
        }
        assert_eq!("".parse(), Ok(Covered::default()));
    }
}

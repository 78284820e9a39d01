//! Cutting time-ordered samples into slices whose labels do not overlap.

use std::ops::Range;

use crate::{domain::Sample, units::Timestamp};

/// Rows to fit on, then rows to calibrate on, then rows to measure on. Between two slices lie
/// the purged rows: those whose label was not yet known when the later slice begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slices {
    pub(super) fit: Range<usize>,
    pub(super) calibration: Range<usize>,
    pub(super) holdout: Range<usize>,
}

/// `samples` ascend by time. The cuts fall by time, so that rows of one hour stay together.
pub(super) fn slices(samples: &[Sample], horizon_hours: u32, calibration: f64, holdout: f64) -> Slices {
    let first = samples.first().map_or(0, |sample| sample.row.ts.0);
    let end = samples.last().map_or(0, |sample| sample.row.ts.0 + 1);
    let at = |share: f64| Timestamp(first + ((end - first) as f64 * share) as u64).hour();
    let calibration_from = at(1.0 - calibration - holdout);
    let holdout_from = at(1.0 - holdout);
    Slices {
        fit: 0..known_before(samples, calibration_from, horizon_hours),
        calibration: begin(samples, calibration_from)..known_before(samples, holdout_from, horizon_hours),
        holdout: begin(samples, holdout_from)..samples.len(),
    }
}

/// How many rows have a label that ends no later than that of a row at `from` begins.
fn known_before(samples: &[Sample], from: Timestamp, horizon_hours: u32) -> usize {
    let horizon = u64::from(horizon_hours) * Timestamp::HOUR;
    samples.partition_point(|sample| sample.row.ts.plus(horizon) <= from)
}

fn begin(samples: &[Sample], from: Timestamp) -> usize {
    samples.partition_point(|sample| sample.row.ts < from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FeatureRow;

    #[test]
    fn no_label_reaches_into_the_next_slice() {
        for horizon in [1u32, 4, 24] {
            let samples: Vec<_> = (0..4_000u64)
                .map(|i| Sample {
                    row: FeatureRow { ts: Timestamp(3_600 * (i / 2)), values: vec![], atr: 0.01 },
                    forward_return: 0.0,
                })
                .collect();
            let Slices { fit, calibration, holdout } = slices(&samples, horizon, 0.2, 0.2);
            let ts = |index: usize| samples[index].row.ts;
            let reach = |index: usize| ts(index).plus(u64::from(horizon) * 3_600);
            assert!(reach(fit.end - 1) <= ts(calibration.start) && reach(calibration.end - 1) <= ts(holdout.start));
            assert_eq!(calibration.start - fit.end, 2 * (horizon as usize - 1), "and no more is purged than must be");
            assert_eq!(holdout.start - calibration.end, 2 * (horizon as usize - 1));
            assert_eq!((fit.start, holdout.end), (0, samples.len()));
            assert!(ts(holdout.start - 1) < ts(holdout.start), "an hour is not split");
        }
    }
}

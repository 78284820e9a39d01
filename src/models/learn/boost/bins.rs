//! Columns cut into few bins, so that a split is found by counting.

use crate::models::learn::Matrix;

/// The bin of a missing value; others count from 1.
pub(super) const MISSING: u8 = 0;

/// The varying columns of a matrix, each value as the number of its bin.
#[derive(Debug)]
pub(super) struct Bins {
    pub(super) rows: usize,
    /// Which column of the matrix each one is.
    pub(super) columns: Vec<u16>,
    /// Of each column the borders between its bins, ascending; a value on a border lies above it.
    cuts: Vec<Vec<f64>>,
    /// Column by column.
    codes: Vec<u8>,
}

impl Bins {
    /// At most `most` bins a column, which hold about as many rows each; where a column has no
    /// more different values than that, each has a bin of its own.
    pub(super) fn new(x: &Matrix, most: usize) -> Self {
        let mut bins = Self { rows: x.rows(), columns: Vec::new(), cuts: Vec::new(), codes: Vec::new() };
        for column in x.varying() {
            let values = x.column(column);
            let cuts = cuts(values, most);
            bins.codes.extend(values.iter().map(|value| {
                if value.is_nan() { MISSING } else { 1 + cuts.partition_point(|cut| cut <= value) as u8 }
            }));
            bins.columns.push(column as u16);
            bins.cuts.push(cuts);
        }
        bins
    }

    /// The bins of all rows of a column.
    pub(super) fn codes(&self, column: usize) -> &[u8] {
        &self.codes[column * self.rows..(column + 1) * self.rows]
    }

    /// The border above a bin.
    pub(super) fn cut(&self, column: usize, bin: u8) -> f64 {
        self.cuts[column][usize::from(bin) - 1]
    }
}

fn cuts(values: &[f64], most: usize) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    // Each different value, and how many rows lie at or below it.
    let mut steps: Vec<(f64, usize)> = Vec::new();
    for (at, &value) in sorted.iter().enumerate() {
        match steps.last_mut() {
            Some(step) if step.0 == value => step.1 = at + 1,
            _ => steps.push((value, at + 1)),
        }
    }
    let mut cuts = Vec::with_capacity(most);
    let mut filled = 0;
    for (at, pair) in steps.windows(2).enumerate() {
        // What is left, shared out among the bins that are left.
        let share = (sorted.len() - filled) as f64 / (most - cuts.len()) as f64;
        if steps.len() <= most || (pair[0].1 - filled) as f64 >= share {
            cuts.push(between(pair[0].0, pair[1].0));
            filled = steps[at].1;
        }
        if cuts.len() + 1 == most {
            break;
        }
    }
    cuts
}

/// Above the lower value, at most the upper.
fn between(lower: f64, upper: f64) -> f64 {
    let middle = lower / 2.0 + upper / 2.0;
    if middle > lower && middle < upper { middle } else { upper }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn few_values_have_a_bin_each_and_many_share_evenly() {
        assert_eq!(cuts(&[3.0, 1.0, f64::NAN, 1.0, 2.0], 63), [1.5, 2.5]);
        let many: Vec<f64> = (0..6_300).map(f64::from).collect();
        let cut = cuts(&many, 63);
        assert_eq!((cut.len(), cut[0], cut[61]), (62, 99.5, 6_199.5));
        // One value that most rows have takes a bin and leaves the others theirs.
        let heavy: Vec<f64> = (0..6_300).map(|row| if row < 5_000 { 0.0 } else { f64::from(row) }).collect();
        assert_eq!(cuts(&heavy, 63).len(), 62);
        assert_eq!(cuts(&[0.0, f64::MIN_POSITIVE], 63).len(), 1);
    }

    proptest! {
        #[test]
        fn bins_keep_order_and_borders_tell_them_apart(
            values in prop::collection::vec(prop_oneof![Just(f64::NAN), -9.0f64..9.0, (0u8..5).prop_map(f64::from)], 2..300),
            most in 2usize..=255,
        ) {
            let x = Matrix::new(values.len(), 1, values.clone()).unwrap();
            let bins = Bins::new(&x, most);
            prop_assume!(!bins.columns.is_empty());
            let codes = bins.codes(0);
            for (&code, value) in codes.iter().zip(&values) {
                prop_assert_eq!(code == MISSING, value.is_nan());
                prop_assert!(usize::from(code) <= most);
                if code > 1 {
                    prop_assert!(*value >= bins.cut(0, code - 1));
                }
                if code != MISSING && usize::from(code) <= bins.cuts[0].len() {
                    prop_assert!(*value < bins.cut(0, code));
                }
            }
        }
    }
}

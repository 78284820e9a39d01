//! Isotonic regression by pool-adjacent-violators.

use serde::{Deserialize, Serialize};

use super::{InvalidCalibration, Rows};

/// The best map that never falls, as corners with straight lines between them and constant beyond
/// (as scikit-learn's `IsotonicRegression(out_of_bounds="clip")`). Held within `1 / (n + 2)` of 0
/// and 1: `n` rows cannot show anything rarer (Laplace's rule of succession).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Isotonic {
    /// Raw probabilities, ascending.
    raw: Vec<f64>,
    /// What they stand for, never falling.
    calibrated: Vec<f64>,
}

impl Isotonic {
    pub(super) fn fit(rows: &Rows<'_>) -> Self {
        let groups = groups(rows);
        let values = pool(&groups);
        let margin = 1.0 / (rows.total() + 2.0);
        let (mut raw, mut calibrated) = (Vec::new(), Vec::new());
        for (at, (group, value)) in groups.iter().zip(&values).enumerate() {
            // Between the ends of a flat stretch nothing has to be kept.
            let inside = |other: Option<usize>| other.and_then(|other| values.get(other)).is_some_and(|v| v == value);
            if !(inside(at.checked_sub(1)) && inside(Some(at + 1))) {
                raw.push(group.raw);
                calibrated.push(value.clamp(margin, 1.0 - margin));
            }
        }
        Self { raw, calibrated }
    }

    pub(super) fn apply(&self, raw: f64) -> f64 {
        let above = self.raw.partition_point(|&corner| corner <= raw);
        let last = self.raw.len() - 1;
        if above == 0 {
            return self.calibrated[0];
        }
        if above > last {
            return self.calibrated[last];
        }
        let (from, to) = (self.raw[above - 1], self.raw[above]);
        let (low, high) = (self.calibrated[above - 1], self.calibrated[above]);
        // Held between its ends: rounding must not make the map fall.
        (low + (high - low) * ((raw - from) / (to - from))).clamp(low, high)
    }

    pub(super) fn validate(&self) -> Result<(), InvalidCalibration> {
        if self.raw.is_empty() || self.raw.len() != self.calibrated.len() {
            return Err(InvalidCalibration::Parameter);
        }
        for step in 0..self.raw.len() {
            let inside = |p: f64| (0.0..=1.0).contains(&p);
            let ordered =
                step == 0 || self.raw[step - 1] < self.raw[step] && self.calibrated[step - 1] <= self.calibrated[step];
            if !(inside(self.raw[step]) && inside(self.calibrated[step]) && ordered) {
                return Err(InvalidCalibration::Step { step });
            }
        }
        Ok(())
    }
}

/// All rows of one raw probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Group {
    pub(super) raw: f64,
    pub(super) weight: f64,
    /// The weight of those whose label is true.
    pub(super) up: f64,
}

/// Rows of weight 0 do not count. Ascending.
pub(super) fn groups(rows: &Rows<'_>) -> Vec<Group> {
    let mut order: Vec<usize> = (0..rows.raw.len()).filter(|&row| rows.weights[row] > 0.0).collect();
    order.sort_by(|&a, &b| rows.raw[a].total_cmp(&rows.raw[b]));
    let mut groups: Vec<Group> = Vec::new();
    for row in order {
        let (raw, weight) = (rows.raw[row], rows.weights[row]);
        let up = if rows.labels[row] { weight } else { 0.0 };
        match groups.last_mut() {
            Some(group) if group.raw == raw => {
                group.weight += weight;
                group.up += up;
            }
            _ => groups.push(Group { raw, weight, up }),
        }
    }
    groups
}

/// The closest values, by weighted squares, that never fall: one a group. Neighbours that fall
/// are pooled until none does.
pub(super) fn pool(groups: &[Group]) -> Vec<f64> {
    // Blocks: weight, weight of true labels, number of groups.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for group in groups {
        let mut block = (group.weight, group.up, 1);
        while let Some(&(weight, up, count)) = blocks.last()
            && up * block.0 >= block.1 * weight
        {
            block = (block.0 + weight, block.1 + up, block.2 + count);
            blocks.pop();
        }
        blocks.push(block);
    }
    blocks.into_iter().flat_map(|(weight, up, count)| std::iter::repeat_n(up / weight, count)).collect()
}

//! Venn-Abers prediction: a probability with bounds that need no assumption about the model.
//!
//! Give a row to isotonic regression twice, once as if its label were false and once as if it were
//! true: what it says of the row lies between `p0` and `p1`, and for one of the two, namely the one
//! whose assumption came true, the probability is exactly calibrated, whatever the model, as long
//! as the rows are exchangeable (Vovk, Petej, Fedorova, "Large-scale probabilistic predictors with
//! and without guarantees of validity", NIPS 2015). The gap is wide where few rows were seen.
//! Market rows are exchangeable only roughly: the bounds are honest about few rows, not about a
//! market that changes.

use serde::{Deserialize, Serialize};

use super::{
    InvalidCalibration, Rows,
    isotonic::{Group, groups},
};

/// Both isotonic fits for every possible row, as steps: looking one up is a binary search. One
/// that was read from outside must pass [`VennAbers::validate`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VennAbers {
    /// From this raw probability on ...
    lower_from: Vec<f64>,
    /// ... `p0` is this; 0 before the first.
    lower: Vec<f64>,
    /// Up to this raw probability ...
    upper_to: Vec<f64>,
    /// ... `p1` is this; 1 after the last.
    upper: Vec<f64>,
}

impl VennAbers {
    /// The tested row weighs 1, like an independent row.
    pub fn fit(rows: &Rows<'_>) -> Self {
        let groups = groups(rows);
        let upper_of = one_more_true(&groups);
        // With labels and order turned around, a false label is a true one.
        let mirrored: Vec<Group> =
            groups.iter().rev().map(|group| Group { up: group.weight - group.up, ..*group }).collect();
        let lower_of: Vec<f64> = one_more_true(&mirrored).into_iter().rev().map(|p| 1.0 - p).collect();
        let mut fitted = Self { lower_from: Vec::new(), lower: Vec::new(), upper_to: Vec::new(), upper: Vec::new() };
        for (at, group) in groups.iter().enumerate() {
            if at == 0 || lower_of[at] > lower_of[at - 1] {
                fitted.lower_from.push(group.raw);
                fitted.lower.push(lower_of[at]);
            }
            if at + 1 == groups.len() || upper_of[at + 1] > upper_of[at] {
                fitted.upper_to.push(group.raw);
                fitted.upper.push(upper_of[at]);
            }
        }
        fitted
    }

    /// `p0` and `p1` of a row with this raw probability; `p0 <= p1`.
    pub fn interval(&self, raw: f64) -> (f64, f64) {
        let below = self.lower_from.partition_point(|&from| from <= raw);
        let p0 = below.checked_sub(1).map_or(0.0, |at| self.lower[at]);
        let p1 = self.upper.get(self.upper_to.partition_point(|&to| to < raw)).copied().unwrap_or(1.0);
        (p0, p1.max(p0))
    }

    /// Bounds around a calibrated probability `p` of a row with this raw probability: the interval,
    /// widened to hold `p` too. Where two honest estimates differ, whoever sizes by the lower bound
    /// gets the less favourable one.
    pub fn bounds(&self, raw: f64, p: f64) -> (f64, f64) {
        let (p0, p1) = self.interval(raw);
        (p0.min(p), p1.max(p))
    }

    /// Refuses what [`VennAbers::fit`] cannot have made.
    ///
    /// # Errors
    /// See [`InvalidCalibration`].
    pub fn validate(&self) -> Result<(), InvalidCalibration> {
        for (at, values) in [(&self.lower_from, &self.lower), (&self.upper_to, &self.upper)] {
            if at.is_empty() || at.len() != values.len() {
                return Err(InvalidCalibration::Parameter);
            }
            for step in 0..at.len() {
                let inside = |p: f64| (0.0..=1.0).contains(&p);
                let ordered = step == 0 || at[step - 1] < at[step] && values[step - 1] <= values[step];
                if !(inside(at[step]) && inside(values[step]) && ordered) {
                    return Err(InvalidCalibration::Step { step });
                }
            }
        }
        // The lower bound rises only at its own steps: below the upper there, it is so everywhere.
        let crosses = |&step: &usize| {
            let to = self.upper_to.partition_point(|&to| to < self.lower_from[step]);
            self.upper.get(to).is_some_and(|&upper| self.lower[step] > upper + 1e-9)
        };
        match (0..self.lower.len()).find(crosses) {
            Some(step) => Err(InvalidCalibration::Step { step }),
            None => Ok(()),
        }
    }
}

/// For each group the isotonic value at it if one more row with a true label stood in it.
///
/// Isotonic values are the slopes of the greatest convex minorant of the cumulative sums. With the
/// additional row at group `i`, the sums before it are moved by (-1, -1) against those after it.
/// From one group to the next a single point changes sides, so that one stack, whose top is the
/// left end of the slope in question, serves all groups in linear time (algorithms 1 and 2 of the
/// paper).
fn one_more_true(groups: &[Group]) -> Vec<f64> {
    type Point = (f64, f64);
    let mut sums: Vec<Point> = vec![(0.0, 0.0)];
    for group in groups {
        let (x, y) = sums[sums.len() - 1];
        sums.push((x + group.weight, y + group.up));
    }
    // Whether b lies on or above the line from a to c.
    let not_below = |a: Point, b: Point, c: Point| (b.0 - a.0) * (c.1 - a.1) <= (b.1 - a.1) * (c.0 - a.0);
    let mut corners: Vec<Point> = vec![(-1.0, -1.0)];
    for &sum in &sums {
        while let [.., a, b] = corners[..]
            && not_below(a, b, sum)
        {
            corners.pop();
        }
        corners.push(sum);
    }
    corners.reverse();
    let mut values = Vec::with_capacity(groups.len());
    let mut least: f64 = 0.0;
    for sum in &sums[1..] {
        let [.., next, top] = corners[..] else {
            // Only the last point is left: nothing contradicts the true label.
            values.push(1.0);
            continue;
        };
        // Slopes never fall but for rounding.
        least = ((next.1 - top.1) / (next.0 - top.0)).clamp(least, 1.0);
        values.push(least);
        let moved = (sum.0 - 1.0, sum.1 - 1.0);
        if not_below(top, moved, next) {
            continue;
        }
        corners.pop();
        while let [.., after, b] = corners[..]
            && not_below(moved, b, after)
        {
            corners.pop();
        }
        corners.push(moved);
    }
    values
}

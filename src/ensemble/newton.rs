//! Logistic regression within bounds, by a projected Newton method.
//!
//! Minimises `mean log loss + penalty / 2 * |weights - toward|^2`, which is convex. Each step
//! minimises the second-order model exactly within the bounds (coordinate descent on a handful of
//! variables) and is then halved until the loss falls enough (Bertsekas, "Projected Newton Methods
//! for Optimization Problems with Simple Constraints", SIAM J. Control Optim. 20, 1982). No chance
//! and no threads: the same rows give the same bits.

use super::odds;

/// Inputs row by row, each `width` wide, and what happened.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) inputs: Vec<f64>,
    pub(super) width: usize,
    pub(super) outcomes: Vec<bool>,
}

/// Where weights may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bounds {
    /// None below 0; an intercept besides, free and without a penalty.
    NonNegative,
    /// None below 0; no intercept.
    Origin,
    /// None below 0 and summing to 1; no intercept.
    Simplex,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Solution {
    pub(super) intercept: f64,
    pub(super) weights: Vec<f64>,
}

const MAX_STEPS: usize = 100;
const MAX_SWEEPS: usize = 20_000;
/// Keeps the second-order model strictly convex where members are copies of each other.
const RIDGE: f64 = 1e-12;
/// Below this promised gain (nats) the loss's own rounding says nothing more: steps are taken whole.
const TRUSTED: f64 = 1e-12;
const DONE: f64 = 1e-26;

/// The weights that minimise, starting from `toward`, which must lie within the bounds.
pub(super) fn minimise(rows: &Rows, penalty: f64, toward: &[f64], bounds: Bounds) -> Solution {
    let problem = Problem { rows, penalty, toward, bounds };
    // The intercept is the last variable.
    let mut x: Vec<f64> = toward.iter().copied().chain([0.0]).collect();
    let mut value = problem.value(&x);
    for _ in 0..MAX_STEPS {
        let (gradient, curvature) = problem.derivatives(&x);
        let step = problem.step(&x, &gradient, &curvature);
        let promised = -dot(&gradient, &step);
        if promised.is_nan() || promised <= DONE {
            break;
        }
        let mut length = 1.0;
        let (mut next, mut next_value) = problem.moved(&x, &step, length);
        while promised > TRUSTED && next_value > value - 1e-4 * length * promised && length > 1e-12 {
            length /= 2.0;
            (next, next_value) = problem.moved(&x, &step, length);
        }
        if next_value > value + TRUSTED {
            break;
        }
        (x, value) = (next, next_value);
    }
    let intercept = x.pop().unwrap_or(0.0);
    Solution { intercept, weights: x }
}

/// Mean log loss of `intercept + weights * inputs` in nats; 0 of no row.
pub(super) fn mean_log_loss(rows: &Rows, intercept: f64, weights: &[f64]) -> f64 {
    let losses = rows.iter().map(|(inputs, outcome)| odds::log_loss(intercept + dot(weights, inputs), outcome));
    losses.sum::<f64>() / rows.outcomes.len().max(1) as f64
}

impl Rows {
    fn iter(&self) -> impl Iterator<Item = (&[f64], bool)> {
        self.inputs.chunks_exact(self.width).zip(self.outcomes.iter().copied())
    }
}

struct Problem<'a> {
    rows: &'a Rows,
    penalty: f64,
    toward: &'a [f64],
    bounds: Bounds,
}

impl Problem<'_> {
    fn value(&self, x: &[f64]) -> f64 {
        let Some((intercept, weights)) = x.split_last() else { return f64::NAN };
        let away: f64 = weights.iter().zip(self.toward).map(|(w, to)| (w - to).powi(2)).sum();
        mean_log_loss(self.rows, *intercept, weights) + 0.5 * self.penalty * away
    }

    /// The gradient, and the second derivatives row by row.
    fn derivatives(&self, x: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let size = x.len();
        let (mut gradient, mut curvature) = (vec![0.0; size], vec![0.0; size * size]);
        let share = 1.0 / self.rows.outcomes.len().max(1) as f64;
        let mut inputs = vec![1.0; size];
        for (row, outcome) in self.rows.iter() {
            inputs[..size - 1].copy_from_slice(row);
            let p = odds::probability(dot(x, &inputs));
            let wrong = share * (p - f64::from(u8::from(outcome)));
            let bend = share * p * (1.0 - p);
            for i in 0..size {
                gradient[i] += wrong * inputs[i];
                for j in 0..=i {
                    curvature[i * size + j] += bend * inputs[i] * inputs[j];
                }
            }
        }
        for i in 0..size {
            for j in 0..i {
                curvature[j * size + i] = curvature[i * size + j];
            }
            curvature[i * size + i] += RIDGE;
        }
        for (i, to) in self.toward.iter().enumerate() {
            gradient[i] += self.penalty * (x[i] - to);
            curvature[i * size + i] += self.penalty;
        }
        (gradient, curvature)
    }

    /// The step to the least of the second-order model within the bounds.
    fn step(&self, x: &[f64], gradient: &[f64], curvature: &[f64]) -> Vec<f64> {
        let size = x.len();
        let weights = size - 1;
        let mut step = vec![0.0; size];
        // The model's slope at the step.
        let mut slope = gradient.to_vec();
        let shift = |step: &mut [f64], slope: &mut [f64], j: usize, by: f64| {
            step[j] += by;
            for (i, slope) in slope.iter_mut().enumerate() {
                *slope += by * curvature[i * size + j];
            }
        };
        let at = |i: usize, j: usize| curvature[i * size + j];
        for _ in 0..MAX_SWEEPS {
            let mut moved = 0.0_f64;
            if self.bounds != Bounds::Simplex {
                let free = if self.bounds == Bounds::NonNegative { size } else { weights };
                for j in 0..free {
                    let by = -slope[j] / at(j, j);
                    let by = if j < weights { by.max(-(x[j] + step[j])) } else { by };
                    shift(&mut step, &mut slope, j, by);
                    moved = moved.max(by.abs());
                }
            }
            // From one member to another: what lets members that resemble each other settle.
            for (i, j) in (0..weights).flat_map(|i| (0..i).map(move |j| (i, j))) {
                let by = -(slope[i] - slope[j]) / (at(i, i) + at(j, j) - 2.0 * at(i, j)).max(RIDGE);
                let by = by.min(x[j] + step[j]).max(-(x[i] + step[i]));
                shift(&mut step, &mut slope, i, by);
                shift(&mut step, &mut slope, j, -by);
                moved = moved.max(by.abs());
            }
            if moved < 1e-15 {
                break;
            }
        }
        step
    }

    /// `x + length * step`, cleared of rounding beyond the bounds, and the value there.
    fn moved(&self, x: &[f64], step: &[f64], length: f64) -> (Vec<f64>, f64) {
        let mut next: Vec<f64> = x.iter().zip(step).map(|(x, step)| x + length * step).collect();
        if let Some((_, weights)) = next.split_last_mut() {
            weights.iter_mut().for_each(|w| *w = w.max(0.0));
            if self.bounds == Bounds::Simplex {
                let sum: f64 = weights.iter().sum();
                weights.iter_mut().for_each(|w| *w /= sum);
            }
        }
        let value = self.value(&next);
        (next, value)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests;

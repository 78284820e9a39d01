//! Logistic regression by Newton's method, least squares, and small statistics around them.

/// What minimises a penalised loss.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Solution {
    pub(super) coefficients: Vec<f64>,
    pub(super) intercept: f64,
}

/// No minimum was found. Columns that repeat one another need a penalty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NewtonError {
    #[error("the columns depend on one another and no penalty separates them")]
    Singular,
    #[error("no minimum within 100 steps")]
    NotConverged,
}

/// The minimiser of weighted log losses plus half of `l2` times the squared coefficients: fits
/// `targets` (0..=1) by `sigmoid(offset + intercept + sum of coefficient * column)`. The intercept is
/// not penalised.
pub(super) fn logistic(
    columns: &[Vec<f64>],
    targets: &[f64],
    weights: &[f64],
    offsets: Option<&[f64]>,
    l2: f64,
) -> Result<Solution, NewtonError> {
    let total: f64 = weights.iter().sum();
    let mut beta = vec![0.0; columns.len() + 1];
    let start = || offsets.map_or_else(|| vec![0.0; targets.len()], <[f64]>::to_vec);
    let mut scores = start();
    let mut loss = objective(&scores, &beta[..columns.len()], targets, weights, l2);
    for _ in 0..100 {
        let Step { by, decrement } = step(columns, targets, weights, &scores, &beta, l2)?;
        let mut share = 1.0;
        loop {
            let next: Vec<f64> = beta.iter().zip(&by).map(|(b, s)| b - share * s).collect();
            let mut next_scores = start();
            for (column, &b) in columns.iter().zip(&next) {
                next_scores.iter_mut().zip(column).for_each(|(score, x)| *score += b * x);
            }
            next_scores.iter_mut().for_each(|score| *score += next[columns.len()]);
            let next_loss = objective(&next_scores, &next[..columns.len()], targets, weights, l2);
            if next_loss <= loss || share < 1e-9 {
                if next_loss <= loss {
                    (beta, scores, loss) = (next, next_scores, next_loss);
                }
                break;
            }
            share /= 2.0;
        }
        if decrement <= 1e-12 * total.max(f64::MIN_POSITIVE) || share < 1e-9 {
            let intercept = beta.pop().unwrap_or(0.0);
            return Ok(Solution { coefficients: beta, intercept });
        }
    }
    Err(NewtonError::NotConverged)
}

/// What Newton's method takes from the coefficients, the intercept's last.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) by: Vec<f64>,
    /// Twice what the quadratic model would still gain.
    pub(super) decrement: f64,
}

/// The step of [`logistic`] where the coefficients are `beta`, the intercept last, and the rows' log-odds
/// `scores`.
pub(super) fn step(
    columns: &[Vec<f64>],
    targets: &[f64],
    weights: &[f64],
    scores: &[f64],
    beta: &[f64],
    l2: f64,
) -> Result<Step, NewtonError> {
    let p: Vec<f64> = scores.iter().map(|&score| sigmoid(score)).collect();
    let slope: Vec<f64> = p.iter().zip(targets).zip(weights).map(|((p, y), w)| w * (p - y)).collect();
    let curvature: Vec<f64> = p.iter().zip(weights).map(|(p, w)| w * (p * (1.0 - p)).max(1e-12)).collect();
    let ones = vec![1.0; targets.len()];
    let width = columns.len() + 1;
    let penalised = |j: usize| if j < columns.len() { l2 } else { 0.0 };
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).chain([ones.as_slice()]).collect();
    let gradient: Vec<f64> =
        columns.iter().zip(beta).enumerate().map(|(j, (column, b))| dot(&slope, column) + penalised(j) * b).collect();
    let mut hessian = products(&columns, &curvature);
    (0..width).for_each(|j| hessian[j * width + j] += penalised(j));
    let by = solve(hessian, gradient.clone(), width).ok_or(NewtonError::Singular)?;
    let decrement = by.iter().zip(&gradient).map(|(s, g)| s * g).sum();
    Ok(Step { by, decrement })
}

/// The weighted sums of products of all pairs of columns, a symmetric matrix. Rows are taken in
/// blocks that stay in the cache while every pair is summed.
fn products(columns: &[&[f64]], weights: &[f64]) -> Vec<f64> {
    const ROWS: usize = 512;
    let width = columns.len();
    let mut matrix = vec![0.0; width * width];
    let mut scaled = [0.0; ROWS];
    for from in (0..weights.len()).step_by(ROWS) {
        let rows = from..weights.len().min(from + ROWS);
        let scaled = &mut scaled[..rows.len()];
        for j in 0..width {
            let factors = weights[rows.clone()].iter().zip(&columns[j][rows.clone()]);
            scaled.iter_mut().zip(factors).for_each(|(scaled, (weight, value))| *scaled = weight * value);
            for k in j..width {
                matrix[j * width + k] += dot(scaled, &columns[k][rows.clone()]);
            }
        }
    }
    for j in 0..width {
        for k in j + 1..width {
            matrix[k * width + j] = matrix[j * width + k];
        }
    }
    matrix
}

/// The intercept alone: what added to all `scores` makes their probabilities add up to the targets.
pub(super) fn intercept(scores: &[f64], targets: &[f64], weights: &[f64]) -> f64 {
    let mut intercept = 0.0;
    if scores.iter().all(|&score| score == 0.0) {
        let up: f64 = targets.iter().zip(weights).map(|(target, weight)| target * weight).sum();
        return logit(up / weights.iter().sum::<f64>());
    }
    for _ in 0..100 {
        let (mut slope, mut curve) = (0.0, f64::MIN_POSITIVE);
        for ((score, target), weight) in scores.iter().zip(targets).zip(weights) {
            let p = sigmoid(score + intercept);
            slope += weight * (p - target);
            curve += weight * p * (1.0 - p);
        }
        // Where the curve is flat a whole step would fly off.
        let step = (slope / curve).clamp(-2.0, 2.0);
        intercept -= step;
        if step.abs() < 1e-12 {
            break;
        }
    }
    intercept
}

/// What [`logistic`] makes least, of rows with these log-odds.
pub(super) fn objective(scores: &[f64], coefficients: &[f64], targets: &[f64], weights: &[f64], l2: f64) -> f64 {
    // ln(1 + e^s) - y s, written so that it neither overflows nor cancels.
    let rows = scores.iter().zip(targets).zip(weights);
    let losses: f64 = rows.map(|((s, y), w)| w * (s.max(0.0) - s * y + (-s.abs()).exp().ln_1p())).sum();
    losses + l2 / 2.0 * coefficients.iter().map(|c| c * c).sum::<f64>()
}

/// Four running sums, always in the same order: fast, and the same bits on every run.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (head_a, tail_a) = a.as_chunks::<4>();
    let (head_b, tail_b) = b.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (a, b) in head_a.iter().zip(head_b) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f64>() + tail_a.iter().zip(tail_b).map(|(a, b)| a * b).sum::<f64>()
}

/// The minimiser of half the weighted squared errors plus half of `l2` times the squared
/// coefficients; the intercept is not penalised.
pub(super) fn least_squares(
    columns: &[Vec<f64>],
    targets: &[f64],
    weights: &[f64],
    l2: f64,
) -> Result<Solution, NewtonError> {
    let ones = vec![1.0; targets.len()];
    let width = columns.len() + 1;
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).chain([ones.as_slice()]).collect();
    let weighted: Vec<f64> = targets.iter().zip(weights).map(|(target, weight)| target * weight).collect();
    let right = columns.iter().map(|column| dot(&weighted, column)).collect();
    let mut matrix = products(&columns, weights);
    (0..width - 1).for_each(|j| matrix[j * width + j] += l2);
    let mut coefficients = solve(matrix, right, width).ok_or(NewtonError::Singular)?;
    let intercept = coefficients.pop().unwrap_or(0.0);
    Ok(Solution { coefficients, intercept })
}

/// The inverse, row by row, of the weighted sums of products of all pairs of columns with `l2` added
/// to each column's own.
pub(super) fn covariance(columns: &[Vec<f64>], weights: &[f64], l2: f64) -> Result<Vec<f64>, NewtonError> {
    let width = columns.len();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let mut matrix = products(&columns, weights);
    (0..width).for_each(|j| matrix[j * width + j] += l2);
    let factors = factors(matrix, width).ok_or(NewtonError::Singular)?;
    let mut inverse = vec![0.0; width * width];
    for (j, row) in inverse.chunks_exact_mut(width).enumerate() {
        row[j] = 1.0;
        substitute(&factors, row);
    }
    // Rounding must not tell the two halves apart.
    for j in 0..width {
        for k in j + 1..width {
            inverse[k * width + j] = inverse[j * width + k];
        }
    }
    Ok(inverse)
}

/// Solves `a x = b` for a symmetric positive definite `a`.
fn solve(a: Vec<f64>, mut b: Vec<f64>, n: usize) -> Option<Vec<f64>> {
    let factors = factors(a, n)?;
    substitute(&factors, &mut b);
    Some(b)
}

/// The lower of Cholesky's factors of a symmetric positive definite `a`.
pub(super) fn factors(mut a: Vec<f64>, n: usize) -> Option<Vec<f64>> {
    for j in 0..n {
        let before = a[j * n + j];
        for k in 0..j {
            a[j * n + j] -= a[j * n + k] * a[j * n + k];
        }
        // What is left of a pivot below this is rounding.
        if a[j * n + j] <= before * 1e-13 {
            return None;
        }
        let pivot = a[j * n + j].sqrt();
        a[j * n + j] = pivot;
        for i in j + 1..n {
            for k in 0..j {
                a[i * n + j] -= a[i * n + k] * a[j * n + k];
            }
            a[i * n + j] /= pivot;
        }
    }
    Some(a)
}

/// What `b` is of, by the lower of Cholesky's factors.
fn substitute(factors: &[f64], b: &mut [f64]) {
    let n = b.len();
    for i in 0..n {
        for k in 0..i {
            b[i] -= factors[i * n + k] * b[k];
        }
        b[i] /= factors[i * n + i];
    }
    for i in (0..n).rev() {
        for k in i + 1..n {
            b[i] -= factors[k * n + i] * b[k];
        }
        b[i] /= factors[i * n + i];
    }
}

pub(super) fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

pub(super) fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// Of the values that are not missing; `None` where all are. Of an even number the mean of the
/// middle two.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut values: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    if values.is_empty() {
        return None;
    }
    let (even, middle) = (values.len().is_multiple_of(2), values.len() / 2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let lower = below.iter().copied().max_by(f64::total_cmp).filter(|_| even).unwrap_or(upper);
    Some(lower + (upper - lower) / 2.0)
}

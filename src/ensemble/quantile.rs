//! Quantiles, and a location and scale that a few wild values cannot move.

/// A median absolute deviation times this estimates the standard deviation of normal numbers:
/// 1 / Phi^-1(3/4) (Huber, "Robust Statistics", 1981, section 5.1).
const MAD_TO_SIGMA: f64 = 1.482_602_218_505_602;

/// The `q` quantile (0 to 1) by linear interpolation between order statistics (type 7 of Hyndman
/// and Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50, 1996, as
/// numpy and R do by default). `None` of nothing. Reorders `values`; linear in their number.
pub(super) fn quantile(values: &mut [f64], q: f64) -> Option<f64> {
    let at = q.clamp(0.0, 1.0) * values.len().checked_sub(1)? as f64;
    let (_, below, above) = values.select_nth_unstable_by(at.floor() as usize, f64::total_cmp);
    let next = above.iter().copied().min_by(f64::total_cmp).unwrap_or(*below);
    Some(*below + (next - *below) * at.fract())
}

/// Median and spread: the scaled median absolute deviation, or where more than half of the values
/// are one (a candle pattern's zeros) the sample standard deviation. `None` of nothing.
pub(super) fn location_and_spread(values: &mut [f64]) -> Option<(f64, f64)> {
    let median = quantile(values, 0.5)?;
    let mut deviations: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    let spread = MAD_TO_SIGMA * quantile(&mut deviations, 0.5)?;
    let spread = if spread > 0.0 { spread } else { standard_deviation(values).unwrap_or(0.0) };
    Some((median, spread))
}

/// With `n - 1` in the denominator; `None` of fewer than two.
pub(super) fn standard_deviation(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / (count - 1.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_computed() {
        // numpy.quantile([1, 2, 4, 8], [0, .1, .5, .9, 1]).
        for (q, expected) in [(0.0, 1.0), (0.1, 1.3), (0.5, 3.0), (0.9, 6.8), (1.0, 8.0)] {
            let got = quantile(&mut [8.0, 1.0, 4.0, 2.0], q).unwrap();
            assert!((got - expected).abs() < 1e-12, "{q}: {got}");
        }
        assert_eq!(quantile(&mut [], 0.5), None);
        assert_eq!(standard_deviation(&[1.0, 3.0]), Some(2.0_f64.sqrt()));
        assert_eq!(standard_deviation(&[1.0]), None);
        let (median, spread) = location_and_spread(&mut [1.0, 2.0, 3.0, 4.0, 1_000.0]).unwrap();
        assert_eq!((median, spread), (3.0, MAD_TO_SIGMA));
        let (median, spread) = location_and_spread(&mut [0.0, 0.0, 0.0, 2.0]).unwrap();
        assert_eq!((median, spread), (0.0, 1.0), "mostly zeros: mean 0.5, squares 3, over 3");
    }
}

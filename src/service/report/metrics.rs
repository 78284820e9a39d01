//! Figures of merit. Each returns `None` where it is not defined; none returns a sentinel.

/// Hours of a year of 365 days: crypto markets never close.
pub const HOURS_A_YEAR: f64 = 8_760.0;

/// `last / first - 1`; `None` for a first value that is not above zero.
pub fn total_return(first: f64, last: f64) -> Option<f64> {
    (first > 0.0).then(|| last / first - 1.0)
}

/// The deepest fall from a peak before it: `max over t of 1 - value[t] / max(value[..=t])`,
/// between 0 and 1 for values above zero (Magdon-Ismail & Atiya, "Maximum drawdown", 2004).
pub fn max_drawdown(values: &[f64]) -> f64 {
    drawdowns(values).into_iter().fold(0.0, f64::max)
}

/// The fall from the peak so far at each value; 0 while no value was above zero.
pub fn drawdowns(values: &[f64]) -> Vec<f64> {
    let mut peak = 0.0f64;
    let mut drawdown = |value: &f64| {
        peak = peak.max(*value);
        if peak > 0.0 { 1.0 - value / peak } else { 0.0 }
    };
    values.iter().map(&mut drawdown).collect()
}

/// `mean / deviation * sqrt(8760)` of simple hourly returns with a risk-free rate of zero and the
/// sample deviation over `n - 1` (Sharpe, "The Sharpe ratio", 1994). `None` below two returns, at
/// zero deviation, or where a value is not above zero.
pub fn sharpe(values: &[f64]) -> Option<f64> {
    if values.iter().any(|value| *value <= 0.0) {
        return None;
    }
    let returns: Vec<f64> = values.iter().zip(values.iter().skip(1)).map(|(a, b)| b / a - 1.0).collect();
    if returns.len() < 2 {
        return None;
    }
    let count = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / count;
    let variance = returns.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>() / (count - 1.0);
    // A constant growth leaves rounding noise, which is no deviation.
    let deviation = variance.sqrt();
    (deviation > 1e-15).then(|| mean / deviation * HOURS_A_YEAR.sqrt())
}

/// The share of hours in which a position was held; `None` without hours.
pub fn exposure(held: &[bool]) -> Option<f64> {
    share(held.iter().filter(|held| **held).count(), held.len())
}

/// The share of profits above zero; `None` without trades.
pub fn win_rate(profits: &[f64]) -> Option<f64> {
    share(profits.iter().filter(|profit| **profit > 0.0).count(), profits.len())
}

/// Gains over losses, both as sums of sizes; `None` where nothing was lost.
pub fn profit_factor(profits: &[f64]) -> Option<f64> {
    let gained: f64 = profits.iter().filter(|profit| **profit > 0.0).sum();
    let lost: f64 = profits.iter().filter(|profit| **profit < 0.0).map(|profit| -profit).sum();
    (lost > 0.0).then(|| gained / lost)
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: Option<f64>, b: f64) {
        assert!(a.is_some_and(|a| (a - b).abs() < 1e-12), "{a:?} is not {b}");
    }

    #[test]
    fn returns() {
        near(total_return(100.0, 110.0), 0.1);
        near(total_return(100.0, 75.0), -0.25);
        assert_eq!(total_return(0.0, 1.0), None);
    }

    #[test]
    fn the_drawdown_is_the_deepest_and_not_the_last() {
        // Falls: 120 to 90 is a quarter, 150 to 135 a tenth.
        assert_eq!(max_drawdown(&[100.0, 120.0, 90.0, 150.0, 135.0]), 0.25);
        assert_eq!(max_drawdown(&[1.0, 2.0, 3.0]), 0.0);
        assert_eq!(max_drawdown(&[]), 0.0);
        assert_eq!(max_drawdown(&[0.0, 0.0]), 0.0);
        assert_eq!(max_drawdown(&[4.0, 0.0]), 1.0);
        assert_eq!(drawdowns(&[4.0, 3.0, 8.0, 6.0]), [0.0, 0.25, 0.0, 0.25]);
    }

    #[test]
    fn sharpe_by_hand() {
        // Returns 0.1, -0.1, 0.1: mean 1/30, sample variance (2/75 + ...) = 1/75.
        let values = [100.0, 110.0, 99.0, 108.9];
        near(sharpe(&values), (1.0 / 30.0) / (1.0f64 / 75.0).sqrt() * 8_760f64.sqrt());
        assert_eq!(sharpe(&[1.0, 1.0, 1.0]), None);
        assert_eq!(sharpe(&[1.0, 2.0]), None);
        assert_eq!(sharpe(&[1.0, 0.0, 1.0]), None);
        assert_eq!(sharpe(&[1.0, 2.0, 4.0, 8.0]), None, "constant growth has no deviation");
    }

    #[test]
    fn shares_and_factors() {
        near(exposure(&[true, false, false, true]), 0.5);
        assert_eq!(exposure(&[]), None);
        near(win_rate(&[1.0, -1.0, 0.0, 2.0]), 0.5);
        assert_eq!(win_rate(&[]), None);
        near(profit_factor(&[3.0, -1.0, -1.0, 0.0]), 1.5);
        near(profit_factor(&[-1.0]), 0.0);
        assert_eq!(profit_factor(&[1.0]), None);
    }
}

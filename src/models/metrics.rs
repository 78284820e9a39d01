//! How good probabilities are. `labels` are true where the price rose.

/// Mean of `-ln(probability given to what happened)`, in nats; `None` without rows.
pub fn log_loss(probabilities: &[f64], labels: &[bool]) -> Option<f64> {
    mean(probabilities, labels, |p, up| -if up { p } else { 1.0 - p }.max(f64::MIN_POSITIVE).ln())
}

/// Mean squared error of the probabilities; `None` without rows.
pub fn brier(probabilities: &[f64], labels: &[bool]) -> Option<f64> {
    mean(probabilities, labels, |p, up| (p - f64::from(u8::from(up))).powi(2))
}

/// The share of rows whose label the probability, cut at one half, names; `None` without rows.
pub fn accuracy(probabilities: &[f64], labels: &[bool]) -> Option<f64> {
    mean(probabilities, labels, |p, up| f64::from(u8::from((p > 0.5) == up)))
}

/// The chance that a row that rose was given a higher probability than one that did not, ties
/// counting half (the Mann-Whitney statistic); `None` unless both kinds are there.
pub fn auc(probabilities: &[f64], labels: &[bool]) -> Option<f64> {
    let mut rows: Vec<(f64, bool)> = probabilities.iter().copied().zip(labels.iter().copied()).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut seen, mut rank_sum) = (0.0, 0.0);
    for ties in rows.chunk_by(|a, b| a.0 == b.0) {
        let rank = seen + (ties.len() as f64 + 1.0) / 2.0;
        rank_sum += rank * ties.iter().filter(|row| row.1).count() as f64;
        seen += ties.len() as f64;
    }
    let up = rows.iter().filter(|row| row.1).count() as f64;
    let down = seen - up;
    (up > 0.0 && down > 0.0).then(|| (rank_sum - up * (up + 1.0) / 2.0) / (up * down))
}

fn mean(probabilities: &[f64], labels: &[bool], of: impl Fn(f64, bool) -> f64) -> Option<f64> {
    let rows = probabilities.len().min(labels.len());
    (rows > 0).then(|| probabilities.iter().zip(labels).map(|(&p, &up)| of(p, up)).sum::<f64>() / rows as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [bool; 4] = [false, false, true, true];

    #[test]
    fn known_values() {
        let p = [0.1, 0.4, 0.35, 0.8];
        assert_eq!(auc(&p, &LABELS), Some(0.75));
        assert!((log_loss(&p, &LABELS).unwrap() - 0.472287953809).abs() < 1e-8);
        assert!((brier(&p, &LABELS).unwrap() - 0.158_125).abs() < 1e-12);
        assert_eq!(accuracy(&p, &LABELS), Some(0.75));
    }

    #[test]
    fn ties_say_nothing_and_one_class_has_no_auc() {
        assert_eq!(auc(&[0.5; 4], &LABELS), Some(0.5));
        assert_eq!(auc(&[0.5; 2], &[true, true]), None);
        assert_eq!(log_loss(&[], &[]), None);
    }
}

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

/// Expected calibration error: the rows are put into [`ECE_BINS`] bins of equal width by their
/// probability, and the distance between a bin's mean probability and its share of true labels is
/// averaged, each bin weighted by its rows (Naeini et al., AAAI 2015, on the probability of a true
/// label, not on that of the likelier class). A probability on a border belongs to the upper bin,
/// 1 to the last. `None` without rows.
pub fn expected_calibration_error(probabilities: &[f64], labels: &[bool]) -> Option<f64> {
    let mut bins = [(0.0, 0.0); ECE_BINS];
    let mut rows = 0.0;
    for (&p, &up) in probabilities.iter().zip(labels) {
        let bin = &mut bins[((p * ECE_BINS as f64) as usize).min(ECE_BINS - 1)];
        bin.0 += p;
        bin.1 += f64::from(u8::from(up));
        rows += 1.0;
    }
    // |mean p - share of true| * rows in the bin / rows: the bin's own number of rows cancels.
    (rows > 0.0).then(|| bins.iter().map(|(p, up)| (p - up).abs()).sum::<f64>() / rows)
}

/// Bins of [`expected_calibration_error`].
pub const ECE_BINS: usize = 15;

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
        // Four bins of one row each: (0.1 + 0.4 + 0.65 + 0.2) / 4.
        assert!((expected_calibration_error(&p, &LABELS).unwrap() - 0.3375).abs() < 1e-12);
        // One bin of four rows: mean 0.505, half are true.
        let p = [0.50, 0.51, 0.50, 0.51];
        assert!((expected_calibration_error(&p, &LABELS).unwrap() - 0.005).abs() < 1e-12);
        assert_eq!(expected_calibration_error(&[0.0, 0.0, 1.0, 1.0], &LABELS), Some(0.0));
    }

    #[test]
    fn ties_say_nothing_and_one_class_has_no_auc() {
        assert_eq!(auc(&[0.5; 4], &LABELS), Some(0.5));
        assert_eq!(auc(&[0.5; 2], &[true, true]), None);
        assert_eq!(log_loss(&[], &[]), None);
        assert_eq!(expected_calibration_error(&[], &[]), None);
    }
}

//! The nearest weights that are bounded and sum to 1.

/// The Euclidean projection onto `floor <= weight <= cap, sum = 1`: every weight moved by the same
/// amount and cut off at the bounds (Wang and Lu, "Projection onto the capped simplex",
/// arXiv:1503.01002, 2015). There is one where `floor * n <= 1 <= cap * n`, which the parameters'
/// check holds.
pub(super) fn project(weights: &[f64], floor: f64, cap: f64) -> Vec<f64> {
    let moved = |by: f64| weights.iter().map(move |weight| (weight + by).clamp(floor, cap));
    // Bisection on the amount to the last bit: the sum rises with it.
    let (mut low, mut high) = (-2.0, 2.0);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if moved(middle).sum::<f64>() < 1.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    moved(high).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(a: &[f64], b: &[f64]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12)
    }

    #[test]
    fn hand_computed() {
        assert!(near(&project(&[0.2, 0.3, 0.5], 0.05, 0.9), &[0.2, 0.3, 0.5]));
        // 0.9 is cut to 0.6, the others share what is left over: (0.4 - 0.1) / 2 each.
        assert!(near(&project(&[0.9, 0.1, 0.0], 0.0, 0.6), &[0.6, 0.25, 0.15]));
        assert!(near(&project(&[1.0, 0.0, 0.0], 0.1, 1.0), &[0.8, 0.1, 0.1]));
        assert!(near(&project(&[1.0, 0.0], 0.5, 0.5), &[0.5, 0.5]));
        assert!(near(&project(&[1.0], 0.0, 1.0), &[1.0]));
    }

    proptest! {
        #[test]
        fn it_is_bounded_sums_to_one_keeps_order_and_is_nearest(
            raw in prop::collection::vec(0.0..1.0_f64, 1..7), low in 0.0..1.0_f64, high in 0.0..1.0_f64,
            other in prop::collection::vec(0.0..1.0_f64, 7),
        ) {
            let equal = 1.0 / raw.len() as f64;
            let (floor, cap) = (low * equal, equal + high * (1.0 - equal));
            let sum: f64 = raw.iter().sum();
            let weights: Vec<f64> = raw.iter().map(|w| if sum > 0.0 { w / sum } else { equal }).collect();
            let projected = project(&weights, floor, cap);
            prop_assert!((projected.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            prop_assert!(projected.iter().all(|w| (floor..=cap).contains(w)));
            for (a, pa) in weights.iter().zip(&projected) {
                for (b, pb) in weights.iter().zip(&projected) {
                    prop_assert!(a > b || pa <= pb, "{a} {b} became {pa} {pb}");
                }
            }
            let distance = |to: &[f64]| weights.iter().zip(to).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
            let rival = project(&other[..raw.len()], floor, cap);
            prop_assert!(distance(&projected) <= distance(&rival) + 1e-9);
        }
    }
}

//! Location and scale that a few wrong numbers cannot move.

/// A median absolute deviation times this estimates the standard deviation of normal numbers:
/// 1 / Phi^-1(3/4) (Hampel, "The Influence Curve and its Role in Robust Estimation", JASA 69,
/// 1974; Huber, "Robust Statistics", 1981, section 5.1).
pub const MAD_TO_SIGMA: f64 = 1.482_602_218_505_602;

/// The median; the mean of the middle two of an even count. `None` of nothing. Sorts `values`.
pub fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    middle(values)
}

fn middle(sorted: &[f64]) -> Option<f64> {
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(half.checked_sub(1)?)?;
    Some(f64::midpoint(lower, upper))
}

/// The median of the last so many values. A step costs a search and a shift within the window,
/// so a series is linear in its length.
#[derive(Clone, Debug)]
pub struct RollingMedian {
    window: usize,
    /// As they came, a ring of at most `window`.
    ring: Vec<f64>,
    oldest: usize,
    sorted: Vec<f64>,
}

impl RollingMedian {
    /// Over the last `window` values; nothing is kept for zero.
    pub fn new(window: usize) -> Self {
        Self { window, ring: Vec::with_capacity(window), oldest: 0, sorted: Vec::with_capacity(window) }
    }

    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The median of what is in the window.
    pub fn median(&self) -> Option<f64> {
        middle(&self.sorted)
    }

    /// Takes in a value and lets the oldest go where the window is full.
    pub fn push(&mut self, value: f64) {
        if self.window == 0 {
            return;
        }
        if self.ring.len() < self.window {
            self.ring.push(value);
        } else if let Some(slot) = self.ring.get_mut(self.oldest) {
            let gone = std::mem::replace(slot, value);
            self.oldest = (self.oldest + 1) % self.window;
            let place = self.sorted.partition_point(|other| other.total_cmp(&gone).is_lt());
            self.sorted.remove(place);
        }
        let place = self.sorted.partition_point(|other| other.total_cmp(&value).is_lt());
        self.sorted.insert(place, value);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_rolling_median_is_the_median_of_its_window(values in prop::collection::vec(-5..5_i32, 0..80), window in 1_usize..12) {
            let mut rolling = RollingMedian::new(window);
            for (at, value) in values.iter().enumerate() {
                rolling.push(f64::from(*value));
                let first = (at + 1).saturating_sub(window);
                let mut last: Vec<f64> = values[first..=at].iter().copied().map(f64::from).collect();
                prop_assert_eq!(rolling.median(), median(&mut last));
                prop_assert_eq!(rolling.len(), last.len());
            }
        }
    }

    #[test]
    fn medians() {
        assert_eq!(
            [median(&mut []), median(&mut [3.0, 1.0, 2.0]), median(&mut [4.0, 1.0])],
            [None, Some(2.0), Some(2.5)]
        );
    }
}

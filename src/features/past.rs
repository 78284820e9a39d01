//! The recent past of one quantity, in which anything may be missing (not a number).

use super::window::Window;

/// The last `capacity` values of a [`Window`]. A statistic of values of which one is missing, or
/// of more than there are, is missing.
#[derive(Clone, Debug)]
pub(super) struct Past {
    values: Window,
}

impl Past {
    pub(super) fn new(capacity: usize) -> Self {
        Self { values: Window::new(capacity) }
    }

    pub(super) fn push(&mut self, value: f64) {
        self.values.push(value);
    }

    /// The value `lag` pushes before the newest, which is lag 0; not a number before the first.
    pub(super) fn lag(&self, lag: usize) -> f64 {
        self.values.lag(lag).unwrap_or(f64::NAN)
    }

    /// The newest less the one `lag` before it.
    pub(super) fn change(&self, lag: usize) -> f64 {
        self.lag(0) - self.lag(lag)
    }

    /// Not a number where one of the newest `count` is missing; so are the other statistics.
    pub(super) fn sum(&self, count: usize) -> f64 {
        self.full(count).map_or(f64::NAN, Iterator::sum)
    }

    pub(super) fn mean(&self, count: usize) -> f64 {
        self.sum(count) / count as f64
    }

    /// Sample standard deviation (divisor `count - 1`), by two passes.
    pub(super) fn std(&self, count: usize) -> f64 {
        let mean = self.mean(count);
        let squares = self.full(count).map_or(f64::NAN, |values| values.map(|x| (x - mean) * (x - mean)).sum());
        (squares / (count as f64 - 1.0)).sqrt()
    }

    pub(super) fn max(&self, count: usize) -> f64 {
        self.extreme(count, |best, x| x > best)
    }

    pub(super) fn min(&self, count: usize) -> f64 {
        self.extreme(count, |best, x| x < best)
    }

    /// The mean of those of the newest `count` that are there, if they are at least `least`.
    pub(super) fn mean_of_present(&self, count: usize, least: usize) -> f64 {
        let (sum, present) =
            self.values.newest(count).filter(|x| !x.is_nan()).fold((0.0, 0usize), |(sum, n), x| (sum + x, n + 1));
        if present >= least.max(1) { sum / present as f64 } else { f64::NAN }
    }

    /// The mean of the values at these lags, missing ones left out.
    pub(super) fn mean_at(&self, lags: impl Iterator<Item = usize>) -> f64 {
        let there = lags.map(|lag| self.lag(lag)).filter(|x| !x.is_nan());
        let (sum, present) = there.fold((0.0, 0.0), |(sum, n), x| (sum + x, n + 1.0));
        if present > 0.0 { sum / present } else { f64::NAN }
    }

    fn extreme(&self, count: usize, better: impl Fn(f64, f64) -> bool) -> f64 {
        let Some(values) = self.full(count) else { return f64::NAN };
        // A missing one stays: nothing is better than it, and it replaces whatever was best.
        values.reduce(|best, x| if x.is_nan() || better(best, x) { x } else { best }).unwrap_or(f64::NAN)
    }

    /// The newest `count`, oldest first; `None` while there are fewer.
    fn full(&self, count: usize) -> Option<impl Iterator<Item = f64> + '_> {
        (self.values.len() >= count).then(|| self.values.newest(count))
    }
}

/// An exponentially weighted mean over bars: a value `n` bars old weighs `2^(-n / half_life)`,
/// a missing one nothing. Not a number until `half_life` values have come, then never again.
#[derive(Clone, Debug)]
pub(super) struct Ewm {
    decay: f64,
    least: u32,
    count: u32,
    weight: f64,
    mean: f64,
}

impl Ewm {
    pub(super) fn new(half_life: u32) -> Self {
        Self { decay: 0.5f64.powf(1.0 / f64::from(half_life)), least: half_life, count: 0, weight: 0.0, mean: 0.0 }
    }

    pub(super) fn push(&mut self, value: f64) -> f64 {
        self.weight *= self.decay;
        if !value.is_nan() {
            self.weight += 1.0;
            self.mean += (value - self.mean) / self.weight;
            self.count = self.count.saturating_add(1);
        }
        self.value()
    }

    pub(super) fn value(&self) -> f64 {
        if self.count >= self.least { self.mean } else { f64::NAN }
    }
}

/// What the coming bar usually is, beside the level of its day or week: the mean, over the last
/// `cycles` cycles of `period` bars, of how far the bar at the same place stood above the mean of
/// the `period` bars that ended with it.
#[derive(Clone, Debug)]
pub(super) struct Season {
    level: Past,
    deviation: Past,
    period: usize,
    cycles: usize,
}

impl Season {
    pub(super) fn new(period: usize, cycles: usize) -> Self {
        Self { level: Past::new(period), deviation: Past::new(period * cycles), period, cycles }
    }

    pub(super) fn push(&mut self, value: f64) -> f64 {
        self.level.push(value);
        self.deviation.push(value - self.level.mean_of_present(self.period, self.period / 2));
        self.deviation.mean_at((1..=self.cycles).map(|cycle| self.period * cycle - 1))
    }
}

/// What usually comes after a time of the week: the mean, over the last `weeks` weeks, of how far
/// the mean of the `bars` bars that followed the same time stood above that of the `bars` before it.
#[derive(Clone, Debug)]
pub(super) struct Outlook {
    values: Past,
    means: Past,
    changes: Past,
    bars: usize,
    week: usize,
    weeks: usize,
}

impl Outlook {
    /// `week` is a week's bars, and `bars` at most as many.
    pub(super) fn new(bars: usize, week: usize, weeks: usize) -> Self {
        let (values, means, changes) = (Past::new(bars), Past::new(bars + 1), Past::new(week * weeks));
        Self { values, means, changes, bars, week, weeks }
    }

    pub(super) fn push(&mut self, value: f64) -> f64 {
        self.values.push(value);
        self.means.push(self.values.mean(self.bars));
        self.changes.push(self.means.change(self.bars));
        self.changes.mean_at((1..=self.weeks).map(|week| self.week * week - self.bars))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(values: &[f64]) -> Past {
        let mut past = Past::new(4);
        values.iter().for_each(|&value| past.push(value));
        past
    }

    #[test]
    fn statistics_are_of_the_newest_and_missing_where_one_is() {
        let four = past(&[9.0, 1.0, 2.0, 4.0, 3.0]);
        assert_eq!((four.lag(0), four.lag(3), four.change(2)), (3.0, 1.0, 1.0));
        assert_eq!((four.sum(4), four.mean(2), four.max(3), four.min(4)), (10.0, 3.5, 4.0, 1.0));
        assert!((four.std(4) - (5.0f64 / 3.0).sqrt()).abs() < 1e-15);
        let holed = past(&[1.0, f64::NAN, 4.0]);
        assert!(holed.sum(3).is_nan() && holed.max(3).is_nan() && holed.min(2).is_nan() && holed.std(4).is_nan());
        assert_eq!(holed.max(1), 4.0);
        assert_eq!(holed.mean_of_present(4, 2), 2.5);
        assert!(holed.mean_of_present(4, 3).is_nan());
        assert_eq!(holed.mean_at([0, 1, 3].into_iter()), 4.0);
    }

    #[test]
    fn half_of_the_weight_is_gone_after_the_half_life() {
        let mut mean = Ewm::new(2);
        assert!(mean.push(4.0).is_nan());
        // Weights 2^-0.5 and 1.
        let w = 0.5f64.sqrt();
        assert!((mean.push(1.0) - (4.0 * w + 1.0) / (w + 1.0)).abs() < 1e-15);
        assert!((mean.push(f64::NAN) - (4.0 * w + 1.0) / (w + 1.0)).abs() < 1e-15, "a missing value changes nothing");
        let expected = (4.0 * 0.5f64.powf(1.5) + 0.5 + 2.0) / (0.5f64.powf(1.5) + 0.5 + 1.0);
        assert!((mean.push(2.0) - expected).abs() < 1e-15, "but time has passed");
    }

    #[test]
    fn a_season_knows_the_coming_bar() {
        let mut season = Season::new(4, 3);
        let mut told = Vec::new();
        for bar in 0..24 {
            told.push(season.push(if bar % 4 == 2 { 8.0 } else { 0.0 }));
        }
        // After bar 21 comes bar 22, a high one: 8 above a mean of 2.
        assert_eq!(told[21], 6.0);
        assert_eq!(told[22], -2.0);
    }

    #[test]
    fn an_outlook_knows_what_follows_a_time_of_the_week() {
        // A week of six bars: two of ten, then four of one.
        let bar = |at: usize| if at % 6 < 2 { 10.0 } else { 1.0 };
        let mut outlook = Outlook::new(2, 6, 3);
        let told: Vec<f64> = (0..30).map(|at| outlook.push(bar(at))).collect();
        // Before a whole week there is nothing; after bar 13, the second of ten, ones follow.
        assert!(told[..7].iter().all(|value| value.is_nan()));
        assert_eq!((told[13], told[17], told[15]), (-9.0, 9.0, 0.0));
        // A missing bar takes the weeks in which it is needed with it.
        let mut holed = Outlook::new(2, 6, 3);
        let told: Vec<f64> = (0..30).map(|at| holed.push(if at == 8 { f64::NAN } else { bar(at) })).collect();
        assert_eq!((told[13], told[14], told[19]), (-9.0, -4.5, -9.0));
    }
}

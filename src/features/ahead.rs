//! What followed each bar: the targets.

use super::{blocks::own::DEVIATION_BARS, past::Past, side::EPSILON};
use crate::{
    domain::{Ahead, Candle, Target, Timeframe},
    units::Timestamp,
};

/// When a bar's answers are known: the close of the bar ahead.
pub fn known_at(ts: Timestamp, timeframe: Timeframe, horizon: u32) -> Timestamp {
    timeframe.close(ts).plus(u64::from(horizon) * timeframe.seconds())
}

/// Where a bar stands in what the targets compare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    close: f64,
    /// Sample standard deviation of the last 20 closes; not a number before there are so many.
    deviation: f64,
    volume: f64,
}

impl Standing {
    /// What the bar ahead answers; equal is no.
    pub fn answer(&self, ahead: &Self, target: Target) -> Option<bool> {
        match target {
            Target::Price => Some(ahead.close > self.close),
            Target::Volatility => {
                let known = self.deviation.is_finite() && ahead.deviation.is_finite();
                known.then_some(ahead.deviation > self.deviation)
            }
            Target::Volume => Some(ahead.volume > self.volume),
        }
    }
}

/// Where each bar stands, one bar at a time; bars are counted, not hours.
#[derive(Clone, Debug)]
pub struct Standings {
    closes: Past,
}

impl Default for Standings {
    fn default() -> Self {
        Self { closes: Past::new(DEVIATION_BARS) }
    }
}

impl Standings {
    pub fn push(&mut self, bar: &Candle) -> Standing {
        self.closes.push(bar.close);
        Standing { close: bar.close, deviation: self.closes.std(DEVIATION_BARS), volume: bar.volume }
    }

    fn of(bars: &[Candle]) -> Vec<Standing> {
        let mut standings = Self::default();
        bars.iter().map(|bar| standings.push(bar)).collect()
    }
}

/// What followed each of `bars` (ascending), `horizon` bars later.
///
/// The bar ahead is found by its time: where it is missing there is no answer, rather than one
/// with another horizon.
pub fn ahead(bars: &[Candle], timeframe: Timeframe, horizon: u32) -> Vec<Ahead> {
    let standings = Standings::of(bars);
    let step = u64::from(horizon) * timeframe.seconds();
    let mut next = 0;
    let mut of = |(at, now): (usize, &Candle)| {
        let due = now.ts.plus(step);
        while bars.get(next).is_some_and(|later| later.ts < due) {
            next += 1;
        }
        let Some(later) = bars.get(next).filter(|later| later.ts == due) else { return Ahead::NOTHING };
        // With a bar missing on the way there is no path of the horizon's length.
        let whole = next - at == horizon as usize;
        let (log_path, lean) = if whole { path(&bars[at..=next]) } else { (f64::NAN, f64::NAN) };
        Ahead {
            answers: Target::ALL.map(|target| standings[at].answer(&standings[next], target)),
            log_return: (later.close / now.close).ln(),
            log_range: ((later.high / later.low).ln() + EPSILON).ln(),
            log_volume: if now.volume > 0.0 && later.volume > 0.0 {
                (later.volume / now.volume).ln()
            } else {
                f64::NAN
            },
            log_path,
            lean,
        }
    };
    bars.iter().enumerate().map(&mut of).collect()
}

/// Size and lean (see [`Ahead`]) of the path that leads from the first bar to the last.
fn path(bars: &[Candle]) -> (f64, f64) {
    let Some((now, coming)) = bars.split_first() else { return (f64::NAN, f64::NAN) };
    let newest = &coming[coming.len().saturating_sub(DEVIATION_BARS)..];
    let (sum, squares) = newest
        .iter()
        .map(|bar| bar.close / now.close - 1.0)
        .fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
    let size = f64::sqrt(squares - sum * sum / DEVIATION_BARS as f64);
    ((size + EPSILON).ln(), if size > 0.0 { sum / size } else { f64::NAN })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(closes: &[f64]) -> Vec<Candle> {
        let bar = |(hour, &close): (usize, &f64)| Candle {
            ts: Timestamp(hour as u64 * 3_600),
            open: close,
            high: close * 1.01,
            low: close,
            close,
            volume: 10.0 + hour as f64,
        };
        closes.iter().enumerate().map(bar).collect()
    }

    #[test]
    fn answers_are_of_the_bar_ahead_and_equal_is_no() {
        let bars = bars(&[1.0, 2.0, 2.0, 1.5]);
        let ahead = ahead(&bars, Timeframe::H1, 1);
        let price: Vec<_> = ahead.iter().map(|ahead| ahead.answer(Target::Price)).collect();
        assert_eq!(price, [Some(true), Some(false), Some(false), None]);
        assert_eq!(ahead[0].answer(Target::Volume), Some(true));
        assert_eq!(ahead[0].answer(Target::Volatility), None, "20 closes are needed");
        assert!((ahead[0].log_return - 2f64.ln()).abs() < 1e-15);
        assert!((ahead[0].log_range - (1.01f64.ln() + 1e-4).ln()).abs() < 1e-12);
        assert!(ahead[3].log_return.is_nan());
    }

    #[test]
    fn a_missing_hour_has_no_answer() {
        let mut bars = bars(&[1.0, 2.0, 3.0, 4.0]);
        bars.remove(2);
        let ahead = ahead(&bars, Timeframe::H1, 1);
        assert_eq!(ahead[1].answer(Target::Price), None);
        let two = super::ahead(&bars, Timeframe::H1, 2);
        assert_eq!(two[1].answer(Target::Price), Some(true));
    }

    #[test]
    fn the_path_is_of_the_closes_that_come_into_the_window() {
        let mut rising = bars(&[1.0, 2.0, 2.0, 1.5]);
        let (size, path) = (1.8f64.sqrt(), ahead(&rising, Timeframe::H1, 2)[0]);
        assert!((path.log_path - (size + 1e-4).ln()).abs() < 1e-12 && (path.lean - 2.0 / size).abs() < 1e-12);
        rising.remove(1);
        let path = ahead(&rising, Timeframe::H1, 2)[0];
        assert!(
            path.answer(Target::Price).is_some() && path.log_path.is_nan() && path.lean.is_nan(),
            "a bar is missing"
        );
        let closes: Vec<f64> = (0..40).map(|bar| 100.0 + f64::from(bar * bar % 17)).collect();
        let path = ahead(&bars(&closes), Timeframe::H1, 30)[5];
        let deviation = Standings::of(&bars(&closes))[35].deviation / closes[5];
        assert!((path.log_path.exp() - 1e-4 - deviation * 19f64.sqrt()).abs() < 1e-12, "20 closes and no more");
    }

    #[test]
    fn the_deviation_of_twenty_closes() {
        let mut closes = vec![100.0; 20];
        closes[19] = 101.0;
        closes.extend([100.0; 20]);
        let ahead = ahead(&bars(&closes), Timeframe::H1, 1);
        assert_eq!(ahead[18].answer(Target::Volatility), None);
        assert_eq!(ahead[19].answer(Target::Volatility), Some(false));
        // The odd close leaves the window between bars 38 and 39.
        assert_eq!(ahead[38].answer(Target::Volatility), Some(false));
        assert_eq!(ahead[37].answer(Target::Volatility), Some(false));
    }
}

//! Hourly candles from swaps.

use crate::{domain::Candle, units::Timestamp};

/// Builds one market's candles. A pool always has a price, so a candle opens at the price in
/// force when its hour begins (the close before it), and an hour without a swap is a flat
/// candle of no volume.
#[derive(Clone, Debug, PartialEq)]
pub struct CandleBuilder {
    forming: Candle,
}

impl CandleBuilder {
    /// Starts in the hour of `ts` with the price then in force.
    pub fn new(ts: Timestamp, price: f64) -> Self {
        Self { forming: flat(ts.hour(), price) }
    }

    /// Closes every hour that ended at or before `ts` and returns their candles, oldest first.
    pub fn advance(&mut self, ts: Timestamp) -> Vec<Candle> {
        let mut closed = Vec::new();
        while self.forming.ts < ts.hour() {
            let next = flat(self.forming.ts.plus(Timestamp::HOUR), self.forming.close);
            closed.push(std::mem::replace(&mut self.forming, next));
        }
        closed
    }

    /// Takes in a swap of the forming hour: the price after it and its volume in base units.
    pub fn swap(&mut self, price: f64, base_volume: f64) {
        let candle = &mut self.forming;
        candle.high = candle.high.max(price);
        candle.low = candle.low.min(price);
        candle.close = price;
        candle.volume += base_volume;
    }
}

fn flat(ts: Timestamp, price: f64) -> Candle {
    Candle { ts, open: price, high: price, low: price, close: price, volume: 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candle_is_known_only_when_its_hour_is_over() {
        let mut builder = CandleBuilder::new(Timestamp(7_200), 10.0);
        builder.swap(12.0, 1.0);
        builder.swap(9.0, 2.0);
        assert!(builder.advance(Timestamp(10_799)).is_empty());
        let closed = builder.advance(Timestamp(10_800));
        let expected = Candle { ts: Timestamp(7_200), open: 10.0, high: 12.0, low: 9.0, close: 9.0, volume: 3.0 };
        assert_eq!(closed, [expected]);
    }

    #[test]
    fn hours_without_swaps_are_flat() {
        let mut builder = CandleBuilder::new(Timestamp(0), 5.0);
        builder.swap(6.0, 1.0);
        let closed = builder.advance(Timestamp(3 * 3_600 + 5));
        assert_eq!(closed.len(), 3);
        assert_eq!(closed[2], flat(Timestamp(7_200), 6.0));
    }
}

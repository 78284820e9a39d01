//! Candles of any timeframe from swaps.

use crate::{
    domain::{Candle, Timeframe},
    units::Timestamp,
};

/// A candle and the side of its volume.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    pub candle: Candle,
    /// Of the candle's volume, what traders bought, in base units.
    pub buy_volume: f64,
    /// And what they sold.
    pub sell_volume: f64,
    pub swaps: u64,
}

impl Bar {
    fn flat(ts: Timestamp, price: f64) -> Self {
        let candle = Candle { ts, open: price, high: price, low: price, close: price, volume: 0.0 };
        Self { candle, buy_volume: 0.0, sell_volume: 0.0, swaps: 0 }
    }

    /// Base units bought less those sold.
    pub fn net_flow(&self) -> f64 {
        self.buy_volume - self.sell_volume
    }
}

/// Builds one market's candles of one timeframe. A pool always has a price, so a candle opens at
/// the price in force when it begins (the close before it), and one without a swap is flat and of
/// no volume.
#[derive(Clone, Debug, PartialEq)]
pub struct CandleBuilder {
    timeframe: Timeframe,
    forming: Bar,
}

impl CandleBuilder {
    /// Starts in the bar that holds `ts` with the price then in force.
    pub fn new(timeframe: Timeframe, ts: Timestamp, price: f64) -> Self {
        Self { timeframe, forming: Bar::flat(timeframe.open(ts), price) }
    }

    pub fn timeframe(&self) -> Timeframe {
        self.timeframe
    }

    /// The bar that has not ended.
    pub fn forming(&self) -> &Bar {
        &self.forming
    }

    /// Closes every bar that ended at or before `ts` and returns them, oldest first.
    pub fn advance(&mut self, ts: Timestamp) -> Vec<Bar> {
        let mut closed = Vec::new();
        while self.ends_by(ts) {
            let candle = self.forming.candle;
            let next = Bar::flat(self.timeframe.close(candle.ts), candle.close);
            closed.push(std::mem::replace(&mut self.forming, next));
        }
        closed
    }

    /// Whether the forming bar ended at or before `ts`.
    pub fn ends_by(&self, ts: Timestamp) -> bool {
        self.forming.candle.ts < self.timeframe.open(ts)
    }

    /// Takes in a swap of the forming bar: the price after it and the base units that the trader
    /// bought, negative where sold.
    pub fn swap(&mut self, price: f64, base_bought: f64) {
        let Bar { candle, buy_volume, sell_volume, swaps } = &mut self.forming;
        candle.high = candle.high.max(price);
        candle.low = candle.low.min(price);
        candle.close = price;
        candle.volume += base_bought.abs();
        *(if base_bought > 0.0 { buy_volume } else { sell_volume }) += base_bought.abs();
        *swaps += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candle_is_known_only_when_its_hour_is_over() {
        let mut builder = CandleBuilder::new(Timeframe::H1, Timestamp(7_200), 10.0);
        builder.swap(12.0, 1.0);
        builder.swap(9.0, -2.0);
        assert!(builder.advance(Timestamp(10_799)).is_empty());
        let closed = builder.advance(Timestamp(10_800));
        let candle = Candle { ts: Timestamp(7_200), open: 10.0, high: 12.0, low: 9.0, close: 9.0, volume: 3.0 };
        assert_eq!(closed, [Bar { candle, buy_volume: 1.0, sell_volume: 2.0, swaps: 2 }]);
        assert_eq!(closed[0].net_flow(), -1.0);
    }

    #[test]
    fn bars_without_swaps_are_flat() {
        for timeframe in Timeframe::ALL {
            let mut builder = CandleBuilder::new(timeframe, Timestamp(0), 5.0);
            builder.swap(6.0, 1.0);
            let closed = builder.advance(Timestamp(3 * timeframe.seconds() + 5));
            assert_eq!(closed.len(), 3);
            assert_eq!(closed[2], Bar::flat(Timestamp(2 * timeframe.seconds()), 6.0));
            assert_eq!(builder.forming().candle.ts, Timestamp(3 * timeframe.seconds()));
        }
    }
}

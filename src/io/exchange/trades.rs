//! Trades to candles, whatever order and however often they arrive.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::error::BarFault;
use crate::{
    domain::{Candle, Timeframe},
    units::Timestamp,
};

/// Decimals of a size.
const DECIMALS: usize = 18;

/// What tells two trades apart, and which came first: the venue's number of the trade, or, where
/// it has none, its time in nanoseconds and a digest of the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TradeKey(pub u64, pub u64);

impl fmt::Display for TradeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "number {}", self.0)
    }
}

/// One trade.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trade {
    pub key: TradeKey,
    /// The venue's number of the trade, one more than the trade before.
    pub id: Option<u64>,
    /// Nanoseconds since 1970, by the venue's clock.
    pub at_ns: u64,
    pub price: f64,
    pub size: Size,
}

impl Trade {
    pub(super) fn at(&self) -> Timestamp {
        Timestamp(self.at_ns / 1_000_000_000)
    }
}

/// An amount of the base asset in units of 1e-18: sums are exact, so their order is of no
/// consequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size(u128);

impl Size {
    /// A plain decimal without a sign.
    pub(super) fn parse(text: &str) -> Result<Self, BarFault> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) {
            return Err(BarFault::NotANumber(text.chars().take(40).collect()));
        }
        let fraction = fraction.trim_end_matches('0');
        let units = format!("{whole}{fraction:0<DECIMALS$}").parse().ok().filter(|_| fraction.len() <= DECIMALS);
        units.map(Self).ok_or_else(|| BarFault::TooFine(text.chars().take(40).collect()))
    }

    /// The nearest `f64`.
    fn to_f64(self) -> f64 {
        let unit = 10u128.pow(DECIMALS as u32);
        format!("{}.{:0DECIMALS$}", self.0 / unit, self.0 % unit).parse().unwrap_or(f64::INFINITY)
    }
}

#[derive(Clone, Debug)]
struct Bar {
    first: (TradeKey, f64),
    last: (TradeKey, f64),
    high: f64,
    low: f64,
    size: Size,
    seen: BTreeSet<TradeKey>,
}

/// Bars in the making.
#[derive(Clone, Debug)]
pub(super) struct TradeBars {
    timeframe: Timeframe,
    bars: BTreeMap<Timestamp, Bar>,
}

impl TradeBars {
    pub(super) fn new(timeframe: Timeframe) -> Self {
        Self { timeframe, bars: BTreeMap::new() }
    }

    /// Takes the trade into its bar; `None` for one that is in it already.
    pub(super) fn add(&mut self, trade: &Trade) -> Option<Timestamp> {
        let open = self.timeframe.open(trade.at());
        let at = (trade.key, trade.price);
        let bar = self.bars.entry(open).or_insert_with(|| Bar {
            first: at,
            last: at,
            high: trade.price,
            low: trade.price,
            size: Size::default(),
            seen: BTreeSet::new(),
        });
        if !bar.seen.insert(trade.key) {
            return None;
        }
        if trade.key < bar.first.0 {
            bar.first = at;
        }
        if trade.key > bar.last.0 {
            bar.last = at;
        }
        bar.high = bar.high.max(trade.price);
        bar.low = bar.low.min(trade.price);
        // 10^20 whole units: no market comes near.
        bar.size = Size(bar.size.0.saturating_add(trade.size.0));
        Some(open)
    }

    /// The bar that opens at `open` as it stands.
    pub(super) fn candle(&self, open: Timestamp) -> Option<Candle> {
        let bar = self.bars.get(&open)?;
        Some(Candle {
            ts: open,
            open: bar.first.1,
            high: bar.high,
            low: bar.low,
            close: bar.last.1,
            volume: bar.size.to_f64(),
        })
    }

    /// The bars that open before `end`, oldest first; they are forgotten.
    pub(super) fn take_before(&mut self, end: Timestamp) -> Vec<Candle> {
        let later = self.bars.split_off(&end);
        let candles = self.bars.keys().filter_map(|open| self.candle(*open)).collect();
        self.bars = later;
        candles
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn trade(id: u64, at: u64, price: u32, size: u32) -> Trade {
        let size = Size::parse(&format!("0.{size:08}")).unwrap();
        Trade { key: TradeKey(id, 0), id: Some(id), at_ns: at * 1_000_000_000, price: f64::from(price), size }
    }

    fn candles(trades: &[Trade]) -> Vec<Candle> {
        let mut bars = TradeBars::new(Timeframe::M1);
        for trade in trades {
            bars.add(trade);
        }
        bars.take_before(Timestamp(u64::MAX))
    }

    #[test]
    fn sizes_are_exact() {
        assert_eq!(Size::parse("15979.71727919").unwrap().to_f64(), 15_979.717_279_19);
        assert_eq!(Size::parse("0.000000000000000001").unwrap().0, 1);
        assert_eq!(Size::parse("7.1000000000000000000000").unwrap().to_f64(), 7.1);
        for text in ["", ".5", "-1", "+1", "1e3", "NaN", "0.0000000000000000001", "1000000000000000000000000000000"] {
            assert!(Size::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        /// Whatever order and however often they come, the same trades make the same candles.
        #[test]
        fn order_and_repeats_are_of_no_consequence(
            tape in proptest::collection::vec((0u64..90, 1u32..1_000, 0u32..100_000_000), 1..60),
            order in proptest::collection::vec(any::<proptest::sample::Index>(), 0..200),
        ) {
            let mut at = 1_704_067_200;
            let straight: Vec<Trade> = tape.iter().enumerate().map(|(id, (gap, price, size))| {
                at += gap;
                trade(id as u64, at, *price, *size)
            }).collect();
            let mut mixed: Vec<Trade> = order.iter().map(|index| *index.get(&straight)).collect();
            mixed.extend(straight.iter().rev());
            prop_assert_eq!(candles(&straight), candles(&mixed));
        }
    }

    #[test]
    fn a_candle_says_what_its_trades_say() {
        let all = [trade(1, 60, 10, 1), trade(2, 61, 30, 2), trade(3, 119, 20, 3), trade(4, 120, 99, 4)];
        let bar = Candle { ts: Timestamp(60), open: 10.0, high: 30.0, low: 10.0, close: 20.0, volume: 0.000_000_06 };
        assert_eq!(candles(&all)[0], bar);
        assert_eq!(candles(&all)[1].ts, Timestamp(120));
    }
}

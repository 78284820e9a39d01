//! Candles in JSON rows, every one checked.

use serde_json::Value;

use super::error::{BarFault, ExchangeError};
use crate::{
    domain::{Candle, CandleSeries, Timeframe},
    units::Timestamp,
};

/// A wrong field is quoted up to this length.
const QUOTED: usize = 40;

/// Where a venue's rows keep what; the bar's open comes first everywhere.
#[derive(Debug)]
pub(super) struct Layout {
    /// Milliseconds: 1000.
    pub ticks_per_second: u64,
    pub open: usize,
    pub high: usize,
    pub low: usize,
    pub close: usize,
    pub volume: usize,
    pub newest_first: bool,
}

/// A field, and what is wrong with it.
pub(super) type FieldFault = (&'static str, BarFault);

/// What rows say.
#[derive(Debug, Default)]
pub(super) struct Bars {
    /// Oldest first: on the grid, in order, no open twice.
    pub candles: Vec<Candle>,
    /// Rows that were left out, and why.
    pub malformed: Vec<String>,
}

/// The rows' candles. One bad row does not take the others with it.
///
/// # Errors
/// The first row's fault where no row is sound.
pub(super) fn candles(series: &CandleSeries, rows: &[Vec<Value>], layout: &Layout) -> Result<Bars, ExchangeError> {
    let mut candles: Vec<Candle> = Vec::with_capacity(rows.len());
    let mut faults = Vec::new();
    let mut read = |number: usize, row: &Vec<Value>| {
        let candle = candle(row, layout).and_then(|candle| checked(candle, series.timeframe));
        let ordered = candle.and_then(|candle| match candles.last() {
            Some(previous) if candle.ts <= previous.ts => Err(("ts", BarFault::Unsorted { previous: previous.ts })),
            _ => Ok(candle),
        });
        match ordered {
            Ok(candle) => candles.push(candle),
            Err((field, fault)) => {
                let open = row.first().map_or_else(|| "no open".to_owned(), quoted);
                let place = format!("bar {number} ({open})");
                faults.push(ExchangeError::Bar { series: series.clone(), place, field, fault });
            }
        }
    };
    if layout.newest_first {
        rows.iter().enumerate().rev().for_each(|(number, row)| read(number, row));
    } else {
        rows.iter().enumerate().for_each(|(number, row)| read(number, row));
    }
    if candles.is_empty() && !faults.is_empty() {
        return Err(faults.swap_remove(0));
    }
    Ok(Bars { candles, malformed: faults.iter().map(ToString::to_string).collect() })
}

fn candle(row: &[Value], layout: &Layout) -> Result<Candle, FieldFault> {
    let field = |name, at: usize| number(row.get(at).ok_or((name, BarFault::Missing))?).map_err(|fault| (name, fault));
    let first = row.first().ok_or(("ts", BarFault::Missing))?;
    let ticks = first.as_u64().ok_or_else(|| ("ts", BarFault::NotATime(quoted(first))))?;
    let ts = Timestamp(ticks / layout.ticks_per_second);
    if !ticks.is_multiple_of(layout.ticks_per_second) {
        return Err(("ts", BarFault::OffGrid(ts)));
    }
    Ok(Candle {
        ts,
        open: field("open", layout.open)?,
        high: field("high", layout.high)?,
        low: field("low", layout.low)?,
        close: field("close", layout.close)?,
        volume: field("volume", layout.volume)?,
    })
}

/// The candle, if it can be one.
pub(super) fn checked(candle: Candle, timeframe: Timeframe) -> Result<Candle, FieldFault> {
    if timeframe.open(candle.ts) != candle.ts {
        return Err(("ts", BarFault::OffGrid(candle.ts)));
    }
    let prices = [("open", candle.open), ("high", candle.high), ("low", candle.low), ("close", candle.close)];
    for (name, price) in prices {
        if price <= 0.0 {
            return Err((name, BarFault::NotPositive(price)));
        }
    }
    if candle.volume < 0.0 {
        return Err(("volume", BarFault::Negative(candle.volume)));
    }
    let body = candle.open.max(candle.close).max(candle.low);
    if candle.high < body {
        return Err(("high", BarFault::HighTooLow { high: candle.high, body }));
    }
    let body = candle.open.min(candle.close);
    if candle.low > body {
        return Err(("low", BarFault::LowTooHigh { low: candle.low, body }));
    }
    Ok(candle)
}

/// A number, or a string that is one: the nearest `f64` to what the venue wrote.
pub(super) fn number(value: &Value) -> Result<f64, BarFault> {
    let number = match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_f64(),
        _ => None,
    };
    number.filter(|number: &f64| number.is_finite()).ok_or_else(|| BarFault::NotANumber(quoted(value)))
}

pub(super) fn quoted(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().filter(|c| !c.is_control()).take(QUOTED).collect()
}

/// The bars of `timeframe` that shorter bars make up. A shorter bar that is missing had no
/// trades and adds nothing.
pub(super) fn aggregated(shorter: &[Candle], timeframe: Timeframe) -> Vec<Candle> {
    let mut bars: Vec<Candle> = Vec::new();
    for candle in shorter {
        let ts = timeframe.open(candle.ts);
        match bars.last_mut() {
            Some(bar) if bar.ts == ts => {
                bar.high = bar.high.max(candle.high);
                bar.low = bar.low.min(candle.low);
                bar.close = candle.close;
                bar.volume += candle.volume;
            }
            _ => bars.push(Candle { ts, ..*candle }),
        }
    }
    bars
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::io::exchange::{binance, coinbase};

    fn series() -> CandleSeries {
        CandleSeries { venue: "binance_spot".into(), symbol: "ETHUSDT".into(), timeframe: Timeframe::H1 }
    }

    fn fault(rows: &Value) -> String {
        let rows: Vec<Vec<Value>> = serde_json::from_value(rows.clone()).unwrap();
        let bars = candles(&series(), &rows, &binance::LAYOUT).unwrap();
        assert_eq!((bars.candles.len(), bars.malformed.len()), (1, 1));
        bars.malformed[0].clone()
    }

    #[test]
    fn every_fault_names_series_bar_and_field() {
        let good = json!([3_600_000, "2", "3", "1", "2.5", "7"]);
        for (row, field, what) in [
            (json!([3_600_000, "2", "3", "1"]), "close", "missing"),
            (json!([3_600_000, "2", "x", "1", "2", "7"]), "high", "`x` is no finite number"),
            (json!([3_600_000, "2", "inf", "1", "2", "7"]), "high", "`inf` is no finite number"),
            (json!([3_600_000, "2", "3", "0", "2", "7"]), "low", "0 is not above zero"),
            (json!([3_600_000, "2", "3", "1", "2", "-7"]), "volume", "-7 is below zero"),
            (json!([3_600_000, "2", "1.5", "1", "2", "7"]), "high", "1.5 is below 2"),
            (json!([3_600_000, "2", "3", "2.5", "2", "7"]), "low", "2.5 is above 2"),
            (json!([3_600_001, "2", "3", "1", "2", "7"]), "ts", "does not open a bar"),
            (json!([3_660_000, "2", "3", "1", "2", "7"]), "ts", "does not open a bar"),
            (json!(["soon", "2", "3", "1", "2", "7"]), "ts", "`soon` is no time"),
            (good.clone(), "ts", "not after 1970-01-01T01:00:00Z"),
        ] {
            let text = fault(&json!([good, row]));
            assert!(text.starts_with("binance_spot/ETHUSDT_1h: bar 1 ("), "{text}");
            assert!(text.contains(&format!("field `{field}`: ")) && text.contains(what), "{text}");
        }
    }

    #[test]
    fn newest_first_is_turned_around_and_four_hours_are_made_of_one() {
        let rows: Vec<Vec<Value>> = (0..7)
            .rev()
            .filter(|hour| *hour != 2)
            .map(|hour| {
                serde_json::from_value(json!([hour * 3_600, 1 + hour, 9 + hour, 2 + hour, 3 + hour, 0.1])).unwrap()
            })
            .collect();
        let hours = candles(&series(), &rows, &coinbase::LAYOUT).unwrap().candles;
        assert_eq!(hours.len(), 6);
        let bars = aggregated(&hours, Timeframe::H4);
        let first = Candle { ts: Timestamp(0), open: 2.0, high: 12.0, low: 1.0, close: 6.0, volume: 0.1 + 0.1 + 0.1 };
        assert_eq!((bars[0], bars[1].ts, bars.len()), (first, Timestamp(4 * 3_600), 2));
    }
}

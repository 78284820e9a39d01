//! Kraken.
//!
//! <https://docs.kraken.com/api-reference/market-data/get-ohlc-data>: the bars
//! of the 720 most recent intervals that had trades, whatever `since` is, the last of them still
//! forming. Older bars are made from
//! <https://docs.kraken.com/api-reference/market-data/get-recent-trades>: 1000 trades from a
//! cursor in nanoseconds on. Errors come with status 200, in the list `error`.

use std::time::Duration;

use rand::Rng;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Exchange,
    error::{BarFault, ExchangeError},
    rows::{self, Layout},
    trades::{Size, Trade, TradeKey},
};
use crate::{
    domain::{CandleSeries, Timeframe},
    io::http::Request,
};

/// Trades in an answer that was cut: later ones exist.
pub(super) const TRADES: usize = 1_000;

/// `[time, open, high, low, close, vwap, volume, count]`, volume in base units.
pub(super) const LAYOUT: Layout =
    Layout { ticks_per_second: 1, open: 1, high: 2, low: 3, close: 4, volume: 6, newest_first: false };

const UNKNOWN_PAIR: [&str; 2] = ["EQuery:Unknown asset pair", "EQuery:Invalid asset pair"];
const BUSY: [&str; 4] = ["EAPI:Rate limit exceeded", "EGeneral:Too many requests", "EService:", "EGeneral:Temporary"];

#[derive(Debug, Deserialize)]
struct Answer {
    error: Vec<String>,
    result: Option<Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Time {
    pub result: Unix,
}

#[derive(Debug, Deserialize)]
pub(super) struct Unix {
    /// Seconds.
    pub unixtime: u64,
}

pub(super) fn time() -> Request {
    Request::get("server time", "/0/public/Time")
}

pub(super) fn ohlc(symbol: &str, timeframe: Timeframe) -> Request {
    Request::get(format!("{timeframe} OHLC of {symbol}"), "/0/public/OHLC")
        .query("pair", symbol)
        .query("interval", timeframe.seconds() / 60)
}

pub(super) fn trades(symbol: &str, since_ns: u64) -> Request {
    Request::get(format!("trades of {symbol}"), "/0/public/Trades")
        .query("pair", symbol)
        .query("since", since_ns)
        .query("count", TRADES)
}

/// The rows of the answer's one pair, which may be called otherwise than it was asked for
/// (`XBTUSD` is answered as `XXBTZUSD`). A venue that is busy is asked again, as a 429 would be.
pub(super) async fn ask(
    exchange: &Exchange,
    series: &CandleSeries,
    symbol: &str,
    request: &Request,
) -> Result<Vec<Vec<Value>>, ExchangeError> {
    let mut bound = exchange.limits.first_wait;
    let mut attempt = 0;
    loop {
        attempt += 1;
        let answer: Answer = exchange
            .http
            .json(request)
            .await
            .map_err(|source| ExchangeError::Http { series: series.clone(), source })?;
        let error = match answer.error.iter().find(|error| error.starts_with('E')) {
            None => return pair(series, answer.result),
            Some(error) => error.chars().take(200).collect::<String>(),
        };
        if UNKNOWN_PAIR.contains(&error.as_str()) {
            return Err(ExchangeError::UnknownSymbol {
                series: series.clone(),
                symbol: symbol.to_owned(),
                answer: error,
            });
        }
        if !BUSY.iter().any(|busy| error.starts_with(busy)) {
            return Err(ExchangeError::Refused { series: series.clone(), answer: error });
        }
        if attempt >= exchange.limits.attempts {
            return Err(ExchangeError::Busy { series: series.clone(), answer: error });
        }
        let wait: Duration = bound.mul_f64(rand::rng().random_range(0.0..=1.0));
        tracing::warn!(%series, %error, attempt, retry_in_ms = wait.as_millis() as u64, "the venue is busy: asking again");
        tokio::time::sleep(wait).await;
        bound = (bound * 2).min(exchange.limits.longest_wait);
    }
}

fn pair(series: &CandleSeries, result: Option<Map<String, Value>>) -> Result<Vec<Vec<Value>>, ExchangeError> {
    let mut pairs = result.into_iter().flatten().filter(|(name, _)| name != "last");
    let refused = |answer: &str| ExchangeError::Refused { series: series.clone(), answer: answer.to_owned() };
    match (pairs.next(), pairs.next()) {
        (Some((_, rows)), None) => {
            serde_json::from_value(rows).map_err(|error| refused(&format!("the rows are no lists: {error}")))
        }
        _ => Err(refused("the answer holds not one pair")),
    }
}

/// `[price, volume, time, side, type, miscellaneous, trade_id]`: the `number`th row of a message.
/// WebSocket v1 leaves the number of the trade out.
pub(super) fn trade(number: usize, row: &[Value]) -> Result<Trade, rows::FieldFault> {
    let cell = |name, at: usize| row.get(at).ok_or((name, BarFault::Missing));
    let time = cell("time", 2)?;
    let at_ns = nanoseconds(time).ok_or_else(|| ("time", BarFault::NotATime(rows::quoted(time))))?;
    let size = size(cell("volume", 1)?).map_err(|fault| ("volume", fault))?;
    let price = rows::number(cell("price", 0)?).map_err(|fault| ("price", fault))?;
    if price <= 0.0 {
        return Err(("price", BarFault::NotPositive(price)));
    }
    let id = row.get(6).and_then(Value::as_u64);
    let key = id.map_or_else(|| TradeKey(at_ns, digest(number, row)), |id| TradeKey(id, 0));
    Ok(Trade { key, id, at_ns, price, size })
}

/// Tells trades of one moment apart: their places in the message first, then what they say.
fn digest(number: usize, row: &[Value]) -> u64 {
    let words = row.iter().map(Value::to_string).flat_map(String::into_bytes);
    // FNV-1a, cut to 48 bits.
    let hash =
        words.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    ((number as u64) << 48) | (hash >> 16)
}

/// Seconds with a fraction, as a string or a number, in nanoseconds.
fn nanoseconds(value: &Value) -> Option<u64> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let (seconds, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
    seconds.parse::<u64>().ok()?.checked_mul(1_000_000_000)?.checked_add(fraction.parse().ok()?)
}

/// A size, as a string or a number.
pub(super) fn size(value: &Value) -> Result<Size, BarFault> {
    match value {
        Value::String(text) => Size::parse(text),
        // `f64`'s own text is the shortest that reads back, and has no exponent.
        Value::Number(number) => Size::parse(&number.as_f64().unwrap_or(f64::NAN).to_string()),
        other => Err(BarFault::NotANumber(rows::quoted(other))),
    }
}

//! Binance, spot and USD-M perpetual futures.
//!
//! <https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints>,
//! <https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api/Kline-Candlestick-Data>.

use std::num::NonZeroU32;

use serde::Deserialize;
use serde_json::Value;

use super::rows::Layout;
use crate::{
    domain::{Timeframe, VenueKind},
    io::http::{HttpError, HttpFault, Request},
    units::Timestamp,
};

/// Klines in one answer; futures would give 1500 at twice the weight.
pub(super) const LIMIT: u64 = 1_000;
/// `{"code":-1121,"msg":"Invalid symbol."}`, with status 400.
const INVALID_SYMBOL: &str = "-1121";

pub(super) const LAYOUT: Layout =
    Layout { ticks_per_second: 1_000, open: 1, high: 2, low: 3, close: 4, volume: 5, newest_first: false };

pub(super) type Rows = Vec<Vec<Value>>;

#[derive(Debug, Deserialize)]
pub(super) struct Time {
    /// Milliseconds.
    #[serde(rename = "serverTime")]
    pub server_time: u64,
}

fn prefix(kind: VenueKind) -> &'static str {
    if kind == VenueKind::BinancePerp { "/fapi/v1" } else { "/api/v3" }
}

pub(super) fn time(kind: VenueKind) -> Request {
    Request::get("server time", format!("{}/time", prefix(kind)))
}

/// The first `LIMIT` klines that open in `[from, to)`. Weight 2 on spot, 5 on futures.
pub(super) fn klines(kind: VenueKind, symbol: &str, timeframe: Timeframe, from: Timestamp, to: Timestamp) -> Request {
    let weight = if kind == VenueKind::BinancePerp { 5 } else { 2 };
    Request::get(format!("{timeframe} klines of {symbol}"), format!("{}/klines", prefix(kind)))
        .query("symbol", symbol)
        .query("interval", timeframe)
        .query("startTime", from.0.saturating_mul(1_000))
        .query("endTime", to.0.saturating_mul(1_000).saturating_sub(1))
        .query("limit", LIMIT)
        .cost(NonZeroU32::MIN.saturating_add(weight - 1))
}

/// Whether the answer says that there is no such symbol.
pub(super) fn is_unknown_symbol(error: &HttpError) -> bool {
    matches!(&error.fault, HttpFault::Status { status: 400, body, .. } if body.contains(INVALID_SYMBOL))
}

//! Coinbase Exchange.
//!
//! <https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-candles>:
//! at most 300 candles, newest first, none for intervals without a trade, some possibly from
//! before `start`; granularities 60, 300, 900, 3600, 21600 and 86400 s, so 4h is made of 1h.

use serde::Deserialize;

use super::rows::Layout;
use crate::{
    domain::Timeframe,
    io::http::{HttpError, HttpFault, Request},
    units::Timestamp,
};

/// Candles in one answer; a multiple of four, so that whole 4h bars fit.
pub(super) const LIMIT: u64 = 300;

pub(super) const LAYOUT: Layout =
    Layout { ticks_per_second: 1, open: 3, high: 2, low: 1, close: 4, volume: 5, newest_first: true };

#[derive(Debug, Deserialize)]
pub(super) struct Time {
    /// Seconds, with a fraction.
    pub epoch: f64,
}

pub(super) fn time() -> Request {
    Request::get("server time", "/time")
}

/// The bars to ask for where `timeframe` is wanted.
pub(super) fn offered(timeframe: Timeframe) -> Timeframe {
    if timeframe == Timeframe::H4 { Timeframe::H1 } else { timeframe }
}

/// The candles that open in `[from, to)`, which must not be more than `LIMIT`.
pub(super) fn candles(symbol: &str, offered: Timeframe, from: Timestamp, to: Timestamp) -> Request {
    Request::get(format!("{offered} candles of {symbol}"), format!("/products/{symbol}/candles"))
        .query("granularity", offered.seconds())
        .query("start", from)
        .query("end", to.minus(offered.seconds()))
}

/// Whether the answer says that there is no such product.
pub(super) fn is_unknown_symbol(error: &HttpError) -> bool {
    matches!(error.fault, HttpFault::Status { status: 404, .. })
}

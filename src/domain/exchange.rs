//! Exchanges and what they list: the one symbol map.

use std::collections::BTreeMap;

use super::Asset;

/// Whose interface a venue speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VenueKind {
    BinanceSpot,
    /// USD-M perpetual futures.
    BinancePerp,
    /// Coinbase Exchange.
    Coinbase,
    /// REST, and WebSocket v2.
    Kraken,
    /// REST, and the older WebSocket v1, whose trades carry no identity.
    KrakenV1,
}

/// A venue: where it is and how it is to be treated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Venue {
    /// As in the data folder: `binance_spot`.
    pub name: String,
    pub kind: VenueKind,
    /// Base address of the REST interface.
    pub rest: String,
    /// Base address of the WebSocket.
    pub websocket: String,
    /// The published rate limit: so many units (requests or weights) ...
    pub quota_units: u32,
    /// ... in so many seconds.
    pub quota_seconds: u32,
    /// A bar is taken from REST no earlier than this after its close: the venue may still be
    /// writing it down.
    pub settle_seconds: u64,
    /// A venue's clock that differs from ours by more is reported.
    pub max_skew_seconds: u64,
    /// A WebSocket that says nothing for this long is given up.
    pub silence_seconds: u64,
}

/// What one venue calls an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// In REST requests: `XBTUSD`.
    pub rest: String,
    /// On the WebSocket: `BTC/USD`.
    pub websocket: String,
}

/// A pair of assets and its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    pub asset: Asset,
    pub quote: String,
    /// As in the data folder: `ETHUSDT`.
    pub symbol: String,
    /// By the venue's name.
    pub listings: BTreeMap<String, Listing>,
}

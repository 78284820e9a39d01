//! What a feed has to tell.

use std::time::Duration;

use crate::{
    domain::KnownCandle,
    io::exchange::{Skew, error::ExchangeError},
    units::Timestamp,
};

/// What a [`Feed`](super::Feed) has to tell.
#[derive(Debug)]
pub enum FeedEvent {
    /// The subscription stands.
    Connected,
    /// The connection is gone, or was never had; it is opened again for ever. Candles go on
    /// coming from REST meanwhile.
    Lost { since: Timestamp, why: String, retry_in: Duration },
    /// The connection said nothing, or nothing of use, for too long, and is replaced.
    Stale { since: Timestamp, why: &'static str },
    /// The bars that open in `[from, to)` were not heard whole and are being asked for by REST;
    /// later ones wait for them.
    Gap { from: Timestamp, to: Timestamp },
    /// A final candle, in order, each once.
    Candle(KnownCandle),
    /// A candle of a bar that lies back: it changed after it was delivered, or was heard only after
    /// its bar had been passed over as one without trades.
    Revised(KnownCandle),
    /// The clocks differ by more than they may; told once, until they agree again.
    Skew(Skew),
    /// They agree again.
    Agreed(Skew),
    /// A message that makes no sense; the feed goes on without it.
    Malformed { why: String, message: String },
    /// A question to REST failed; it is asked again, later and later.
    Failed(ExchangeError),
}

//! Exchanges: candles from REST, page by page, and live from a WebSocket.
//!
//! Two rules hold throughout. A bar is final only if its close is at or before both our clock
//! and the venue's, so that neither clock alone can pass a forming bar as final. A bar from the
//! past is known since its close, for the venue published it then; a bar that was followed live
//! is known since it was received.

mod binance;
mod coinbase;
mod error;
mod kraken;
mod live;
mod pager;
mod rows;
mod skew;
mod trades;

use std::{num::NonZeroU32, time::Duration};

pub use error::{BarFault, ExchangeError};
pub use live::{Feed, FeedEvent, Patience};
pub use pager::{Page, Pager};
pub use skew::Skew;

use super::{
    clock::Clock,
    endpoint::Endpoint,
    http::{Http, Limits, Quota, Request},
};
use crate::{
    domain::{CandleSeries, Instrument, Listing, Timeframe, Venue, VenueKind},
    units::Timestamp,
};

/// A client of one venue. Clones share its quota and its pauses.
#[derive(Clone, Debug)]
pub struct Exchange {
    venue: Venue,
    websocket: Endpoint,
    http: Http,
    limits: Limits,
}

impl Exchange {
    /// A client of `venue`, within its quota; nothing is sent yet.
    ///
    /// # Errors
    /// [`ExchangeError::Address`].
    pub fn new(venue: Venue, limits: Limits, clock: Clock) -> Result<Self, ExchangeError> {
        let address = |what| {
            let venue = venue.name.clone();
            move |source| ExchangeError::Address { venue, what, source }
        };
        let quota = NonZeroU32::new(venue.quota_units)
            .map(|units| Quota { units: units.get(), per: Duration::from_secs(venue.quota_seconds.into()) });
        let limits = Limits { quota, ..limits };
        let http = Http::new(&venue.rest, limits, clock).map_err(address("REST address"))?;
        let websocket = Endpoint::parse(&venue.websocket).map_err(address("WebSocket address"))?;
        Ok(Self { venue, websocket, http, limits })
    }

    pub fn venue(&self) -> &Venue {
        &self.venue
    }

    /// How the series is called in the store and the data folder.
    pub fn series(&self, instrument: &Instrument, timeframe: Timeframe) -> CandleSeries {
        CandleSeries { venue: self.venue.name.clone(), symbol: instrument.symbol.clone(), timeframe }
    }

    /// The final candles that open in `[from, to)`, page by page, each known since its close.
    /// To resume, give the `to` of the last page that was kept as `from`.
    ///
    /// # Errors
    /// [`ExchangeError::NotListed`].
    pub fn candles(
        &self,
        instrument: &Instrument,
        timeframe: Timeframe,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Pager, ExchangeError> {
        let listing = self.listing(instrument)?;
        Ok(Pager::new(self.clone(), self.series(instrument, timeframe), listing.rest.clone(), from, to))
    }

    /// The candles that open at or after `from`, as they become final, without end.
    ///
    /// # Errors
    /// [`ExchangeError::NotListed`].
    pub fn follow(
        &self,
        instrument: &Instrument,
        timeframe: Timeframe,
        from: Timestamp,
        patience: Patience,
    ) -> Result<Feed, ExchangeError> {
        let listing = self.listing(instrument)?;
        Ok(Feed::new(self.clone(), self.series(instrument, timeframe), listing.clone(), from, patience))
    }

    /// The venue's clock beside ours.
    ///
    /// # Errors
    /// [`ExchangeError::Clock`].
    pub async fn skew(&self) -> Result<Skew, ExchangeError> {
        let kind = self.venue.kind;
        let venue = match kind {
            VenueKind::BinanceSpot | VenueKind::BinancePerp => {
                self.clock_of(&binance::time(kind)).await.map(|time: binance::Time| time.server_time / 1_000)
            }
            VenueKind::Coinbase => {
                // A negative or absurd number becomes a bound of `u64`: nothing is final then, or
                // our clock decides.
                self.clock_of(&coinbase::time()).await.map(|time: coinbase::Time| time.epoch as u64)
            }
            VenueKind::Kraken | VenueKind::KrakenV1 => {
                self.clock_of(&kraken::time()).await.map(|time: kraken::Time| time.result.unixtime)
            }
        }?;
        let skew = Skew { ours: self.http.clock().now(), venues: Timestamp(venue) };
        if skew.seconds() > self.venue.max_skew_seconds {
            tracing::warn!(venue = %self.venue.name, %skew, "the clocks differ: the more cautious decides");
        }
        Ok(skew)
    }

    async fn clock_of<T: serde::de::DeserializeOwned>(&self, request: &Request) -> Result<T, ExchangeError> {
        let answer = self.http.json(request).await;
        answer.map_err(|source| ExchangeError::Clock { venue: self.venue.name.clone(), source })
    }

    fn listing<'a>(&self, instrument: &'a Instrument) -> Result<&'a Listing, ExchangeError> {
        instrument.listings.get(&self.venue.name).ok_or_else(|| ExchangeError::NotListed {
            venue: self.venue.name.clone(),
            instrument: format!("{}/{}", instrument.asset, instrument.quote),
        })
    }
}

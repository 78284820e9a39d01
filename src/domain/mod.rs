//! The values that pass between stages. Data only: no stage's logic lives here.

pub mod approved;
pub mod candle;
pub mod chain;
pub mod decision;
pub mod exchange;
pub mod features;
pub mod fill;
pub mod forecast;
pub mod market;
pub mod observation;
pub mod order;
pub mod post;
pub mod publication;
pub mod record;
pub mod replica_plan;
pub mod secret;
pub mod timeframe;
pub mod transaction;

pub use approved::Approved;
pub use candle::{Candle, HourBars, PriceBar};
pub use chain::{Block, BlockHeader, PoolEvent, PoolEventKind};
pub use decision::{Action, Decision, Rejection};
pub use exchange::{Instrument, Listing, Venue, VenueKind};
pub use features::{FeatureRow, Sample};
pub use fill::{Fill, Outcome, Settlement};
pub use forecast::Forecast;
pub use market::{Asset, Dex, Market, PoolKind, PoolSpec, Token};
pub use observation::{CandleSeries, KnownCandle, Observation};
pub use order::{Bracket, Order, OrderId, Reason, Side};
pub use post::Post;
pub use publication::{Lag, Period, Publication, SeriesRule};
pub use record::Record;
pub use secret::Secret;
pub use timeframe::{Timeframe, TimeframeError};
pub use transaction::{SignedTransaction, Transaction};

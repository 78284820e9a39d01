//! The values that pass between stages. Data only: no stage's logic lives here.

pub mod approved;
pub mod candle;
pub mod chain;
pub mod decision;
pub mod features;
pub mod fill;
pub mod forecast;
pub mod market;
pub mod order;
pub mod record;
pub mod replica_plan;
pub mod transaction;

pub use approved::Approved;
pub use candle::{Candle, PriceBar};
pub use chain::{Block, BlockHeader, PoolEvent, PoolEventKind};
pub use decision::{Action, Decision, Rejection};
pub use features::{FeatureRow, Sample};
pub use fill::{Fill, Outcome};
pub use forecast::Forecast;
pub use market::{Asset, Market, PoolKind, PoolSpec, Token};
pub use order::{Order, OrderId, Reason, Side};
pub use record::Record;
pub use transaction::{SignedTransaction, Transaction};

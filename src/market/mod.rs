//! From logs to pool state and candles.

pub mod candles;
pub mod decode;
pub mod path;
pub mod pools;

pub use candles::CandleBuilder;
pub use decode::{DecodeError, decode};
pub use pools::{MarketError, PoolTracker};

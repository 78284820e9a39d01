//! From logs to pool state and candles; series joined as they were known, and judged.

pub mod asof;
pub mod candles;
pub mod decode;
pub mod path;
pub mod pools;
pub mod robust;

pub use candles::CandleBuilder;
pub use decode::{DecodeError, decode};
pub use pools::{MarketError, PoolTracker};

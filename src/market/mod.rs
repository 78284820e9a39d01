//! From logs to pool state and candles; series joined as they were known, and judged.

pub mod asof;
pub mod candles;
pub mod consensus;
pub mod decode;
pub mod path;
pub mod pools;
pub mod quality;
pub mod robust;
pub mod spread;

pub use candles::CandleBuilder;
pub use decode::{DecodeError, decode};
pub use pools::{MarketError, PoolTracker};

//! From logs to pool state and candles; series joined as they were known, and judged.

pub mod asof;
pub mod candles;
pub mod chain_state;
pub mod consensus;
pub mod decode;
pub mod depth;
pub mod path;
pub mod pool_bars;
pub mod pools;
pub mod quality;
pub mod rebuilt;
pub mod robust;
pub mod spread;
pub mod tail;
pub mod told;

pub use candles::{Bar, CandleBuilder};
pub use chain_state::{Applied, ChainState, ChainStateError, ClosedBar, PoolState};
pub use decode::{DecodeError, LogFault, decode};
pub use depth::{Amounts, Depth};
pub use pool_bars::PoolBars;
pub use pools::{MarketError, PoolTracker};
pub use rebuilt::{Rebuilt, Untold};
pub use tail::{Link, Tail};
pub use told::{Telling, Told};

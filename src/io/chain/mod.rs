//! The node: snapshot reads, logs, heads, sending.

mod abi;
pub mod client;
pub mod error;
mod facts;
pub mod heads;
pub mod lens;
pub mod pages;
mod pools;
pub mod ranges;
pub mod rpc;
pub mod slots;
pub mod twap;
pub mod types;

pub use client::Chain;
pub use error::{ConnectError, Fault, RpcError};
pub use facts::PoolFacts;
pub use heads::Heads;
pub use lens::{PoolReading, PoolReadings};
pub use pages::{HEADERS_AT_ONCE, LogPage, LogPages, PagesError, TimedLog};
pub use ranges::Ranges;
pub use rpc::Rpc;
pub use twap::{Twap, TwapError};
pub use types::{Fees, RawLog, Receipt, V3State};

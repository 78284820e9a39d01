//! The node: snapshot reads, logs, heads, sending.

mod abi;
pub mod client;
pub mod error;
mod facts;
pub mod heads;
mod pools;
pub mod rpc;
pub mod slots;
pub mod types;

pub use client::Chain;
pub use error::{ConnectError, Fault, RpcError};
pub use facts::PoolFacts;
pub use heads::Heads;
pub use rpc::Rpc;
pub use types::{Fees, RawLog, Receipt, V3State};

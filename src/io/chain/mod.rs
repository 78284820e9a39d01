//! The node: snapshot reads, logs, sending.

mod abi;
pub mod client;
pub mod endpoint;
pub mod error;
mod pools;
pub mod rpc;
pub mod types;

pub use client::Chain;
pub use endpoint::{Endpoint, EndpointError};
pub use error::{Advice, ConnectError, Fault, RpcError};
pub use rpc::Rpc;
pub use types::{Fees, RawLog, Receipt, V3State};

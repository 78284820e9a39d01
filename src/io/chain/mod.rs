//! The node: snapshot reads, logs, heads, sending.

mod abi;
pub mod adapter;
pub mod endpoint;
pub mod error;
pub mod heads;
pub mod pool;
pub mod rpc;
pub mod slots;

pub use adapter::{Chain, RawLog, Receipt};
pub use endpoint::{Endpoint, EndpointError};
pub use error::{Advice, ConnectError, Fault, RpcError};
pub use heads::Heads;
pub use pool::V3State;
pub use rpc::Rpc;

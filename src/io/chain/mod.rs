//! The node: snapshot reads, logs, sending.

pub mod endpoint;
pub mod error;
pub mod rpc;

pub use endpoint::{Endpoint, EndpointError};
pub use error::{Advice, ConnectError, Fault, RpcError};
pub use rpc::Rpc;

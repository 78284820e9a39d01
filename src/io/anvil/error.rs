//! Why a node did not start.

use std::{io, path::PathBuf, time::Duration};

use crate::io::chain::{ConnectError, RpcError};

#[derive(Debug, thiserror::Error)]
pub enum AnvilError {
    #[error("no Anvil {needed} or newer found; looked at {}; install it with `make anvil` (`npm ci` in anvil/)", looked.join(", "))]
    NotFound { needed: &'static str, looked: Vec<String> },
    #[error("port {0} on 127.0.0.1 is taken; give another port, or none to have a free one picked")]
    PortTaken(u16),
    #[error("no free port on 127.0.0.1: {0}")]
    NoPort(io::Error),
    #[error("{} did not start: {source}", path.display())]
    Spawn { path: PathBuf, source: io::Error },
    #[error("{} ended before it answered ({status}): {stderr}", path.display())]
    Exited { path: PathBuf, status: String, stderr: String },
    #[error("{} did not answer on port {port} within {waited:?}: {stderr}", path.display())]
    NotReady { path: PathBuf, port: u16, waited: Duration, stderr: String },
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Rpc(#[from] RpcError),
}

//! A local Ethereum node as a child process.

pub mod binary;
mod child;
pub mod control;
pub mod error;

use std::{
    ffi::OsString,
    io,
    net::TcpListener,
    path::{Path, PathBuf},
    time::Duration,
};

pub use binary::Binary;
pub use control::Control;
pub use error::AnvilError;

use crate::units::Timestamp;
use child::Process;

/// How long a node may take until it answers; a fork of a far node reads a block first.
const READY_WITHIN: Duration = Duration::from_secs(30);
const FORK_READY_WITHIN: Duration = Duration::from_secs(120);
const POLL_EVERY: Duration = Duration::from_millis(10);

/// How to start a node. `Default` with a `project_dir` starts an empty chain that mines each
/// transaction at once.
#[derive(Clone, Debug, Default)]
pub struct AnvilOptions {
    /// The folder that holds `anvil/node_modules`.
    pub project_dir: PathBuf,
    /// The Anvil to run instead of the one that is found.
    pub bin: Option<PathBuf>,
    /// A free one is picked where none is given.
    pub port: Option<u16>,
    /// The node to fork.
    pub fork_url: Option<String>,
    /// The block to fork at instead of the head.
    pub fork_block: Option<u64>,
    /// Blocks come only from `evm_mine`.
    pub no_mining: bool,
    pub gas_limit: Option<u64>,
    /// The genesis block's time.
    pub timestamp: Option<Timestamp>,
    /// Old states kept in memory; none goes to disk.
    pub keep_states: Option<u32>,
}

/// A running node. It is killed when this is dropped, and on Linux however we die.
#[derive(Debug)]
pub struct Anvil {
    process: Process,
    /// `http://127.0.0.1:PORT`.
    pub endpoint: String,
    pub port: u16,
    /// What ran.
    pub binary: Binary,
}

impl Anvil {
    /// Starts a node with chain id 1 and waits until it answers.
    ///
    /// # Errors
    /// [`AnvilError`]: no Anvil, a port that is taken, or a node that ended or did not answer.
    pub async fn start(options: &AnvilOptions) -> Result<Self, AnvilError> {
        let binary = binary::find(options.bin.as_deref(), &options.project_dir)?;
        let Some(port) = options.port else {
            // Between picking a port and the node's binding it another process may take it.
            let mut last = None;
            for _ in 0..3 {
                match Self::start_on(options, &binary, free_port()?).await {
                    Err(AnvilError::PortTaken(port)) => last = Some(port),
                    outcome => return outcome,
                }
            }
            return Err(AnvilError::PortTaken(last.unwrap_or_default()));
        };
        if TcpListener::bind(("127.0.0.1", port)).is_err() {
            return Err(AnvilError::PortTaken(port));
        }
        Self::start_on(options, &binary, port).await
    }

    async fn start_on(options: &AnvilOptions, binary: &Binary, port: u16) -> Result<Self, AnvilError> {
        let process = Process::spawn(&binary.path, arguments(options, port))
            .map_err(|source| AnvilError::Spawn { path: binary.path.clone(), source })?;
        let endpoint = format!("http://127.0.0.1:{port}");
        let mut anvil = Self { process, endpoint, port, binary: binary.clone() };
        let waited = if options.fork_url.is_some() { FORK_READY_WITHIN } else { READY_WITHIN };
        match tokio::time::timeout(waited, anvil.ready()).await {
            Ok(Ok(())) => Ok(anvil),
            Ok(Err(error)) => Err(error),
            Err(_) => {
                Err(AnvilError::NotReady { path: binary.path.clone(), port, waited, stderr: anvil.process.stderr() })
            }
        }
    }

    async fn ready(&mut self) -> Result<(), AnvilError> {
        let control = self.control().await?;
        loop {
            if let Some(status) = self.process.exit_status() {
                // The thread that reads stderr may be a moment behind the exit.
                tokio::time::sleep(POLL_EVERY).await;
                let stderr = self.process.stderr();
                if stderr.contains("Address already in use") {
                    return Err(AnvilError::PortTaken(self.port));
                }
                let path = self.binary.path.clone();
                return Err(AnvilError::Exited { path, status: status.to_string(), stderr });
            }
            if control.head().await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
    }

    /// The node's own commands: balances, time, mining.
    ///
    /// # Errors
    /// Never for a node that runs; the connection opens with the first request.
    pub async fn control(&self) -> Result<Control, AnvilError> {
        Control::connect(&self.endpoint).await
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Kills the node and waits until it is gone.
    pub async fn stop(mut self) {
        // A killed process is reaped within milliseconds, but that is a blocking wait.
        let _ = tokio::task::spawn_blocking(move || self.process.kill()).await;
    }
}

fn arguments(options: &AnvilOptions, port: u16) -> Vec<OsString> {
    let mut args: Vec<OsString> = Vec::new();
    let mut push = |name: &str, value: Option<String>| {
        args.push(name.into());
        args.extend(value.map(OsString::from));
    };
    push("--quiet", None);
    push("--host", Some("127.0.0.1".to_owned()));
    push("--port", Some(port.to_string()));
    push("--chain-id", Some("1".to_owned()));
    push("--hardfork", Some("prague".to_owned()));
    // Without it gigabytes of states go to disk.
    push("--prune-history", Some(options.keep_states.unwrap_or(64).to_string()));
    // A saved state is larger than the default limit of a request.
    push("--no-request-size-limit", None);
    if let Some(url) = &options.fork_url {
        push("--fork-url", Some(url.clone()));
        // It would cache by chain and block under the home folder: with a replica, stale.
        push("--no-storage-caching", None);
    }
    if let Some(block) = options.fork_block {
        push("--fork-block-number", Some(block.to_string()));
    }
    if options.no_mining {
        push("--no-mining", None);
    }
    if let Some(limit) = options.gas_limit {
        push("--gas-limit", Some(limit.to_string()));
    }
    if let Some(timestamp) = options.timestamp {
        push("--timestamp", Some(timestamp.0.to_string()));
    }
    args
}

fn free_port() -> Result<u16, AnvilError> {
    let bound: io::Result<u16> =
        TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| Ok(listener.local_addr()?.port()));
    bound.map_err(AnvilError::NoPort)
}

/// The project's folder: `SHOAL_PROJECT`, or the nearest folder with `anvil/package.json` above
/// the current one or above the running program, or where this was built.
pub fn project_dir() -> PathBuf {
    if let Some(dir) = std::env::var_os("SHOAL_PROJECT").filter(|dir| !dir.is_empty()) {
        return dir.into();
    }
    let starts = [std::env::current_dir(), std::env::current_exe()];
    let above =
        |start: &PathBuf| start.ancestors().find(|dir| dir.join("anvil/package.json").is_file()).map(Path::to_owned);
    starts.iter().flatten().find_map(above).unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into())
}

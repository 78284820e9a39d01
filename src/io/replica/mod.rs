//! The offline mainnet replica: Uniswap's own bytecode at the mainnet addresses on a local node,
//! with the pools of [`crate::domain::replica_plan`].
//!
//! Not on it: Permit2, the UniversalRouter and the position manager's NFT descriptor. Tokens
//! other than WETH and UNI are stand-ins (`contracts/StandInToken.sol`), so their gas differs
//! from mainnet's.

pub mod abi;
pub mod artifacts;
mod build;
mod cache;
pub mod mover;

use std::path::PathBuf;

use alloy::primitives::{Address, B256, Keccak256};

pub use build::{DRIVER, MOVER};
pub use cache::default_dir as default_cache_dir;

use crate::{
    domain::replica_plan::{self, PoolPlan},
    io::{
        anvil::{self, Anvil, AnvilError, AnvilOptions, Binary, binary},
        chain::RpcError,
    },
    units::Timestamp,
};

/// The genesis time, 2015-08-01 00:00:00 UTC: earlier than every price that a demo or a test
/// replays on a fork, since a chain's time cannot go back.
pub const GENESIS: Timestamp = Timestamp(1_438_387_200);

/// Raise it when `build` changes in a way that neither the plan nor a contract shows.
const RECIPE: u32 = 1;

#[derive(Debug, thiserror::Error)]
pub enum ReplicaError {
    #[error(transparent)]
    Anvil(#[from] AnvilError),
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error("{} is not usable: {why}; run `make anvil` (`npm ci` in anvil/)", path.display())]
    Artifact { path: PathBuf, why: String },
    #[error("{} has creation code {actual}, not {expected}; run `make anvil` (`npm ci` in anvil/)", path.display())]
    ArtifactHash { path: PathBuf, expected: B256, actual: B256 },
    #[error("{what} stands at {actual:?} instead of its mainnet address {expected}")]
    Address { what: String, expected: Address, actual: Option<Address> },
    #[error("{what} reverted after {gas} gas")]
    Reverted { what: String, gas: u64 },
    #[error("the replica's plan of {0} does not fit the contracts")]
    Plan(String),
}

/// How to start a replica or a fork. `Default` is what the command line uses.
#[derive(Clone, Debug)]
pub struct ReplicaOptions {
    /// A free one is picked where none is given.
    pub port: Option<u16>,
    /// Where the built state is kept.
    pub cache_dir: PathBuf,
    /// The folder that holds `anvil/node_modules`.
    pub project_dir: PathBuf,
    /// The Anvil to run instead of the one that is found.
    pub anvil_bin: Option<PathBuf>,
}

impl Default for ReplicaOptions {
    fn default() -> Self {
        Self { port: None, cache_dir: default_cache_dir(), project_dir: anvil::project_dir(), anvil_bin: None }
    }
}

/// How a replica came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Built,
    Cached,
}

/// A running replica; it ends when this is dropped.
#[derive(Debug)]
pub struct Replica {
    anvil: Anvil,
    pub origin: Origin,
    /// The saved state that it was loaded from or saved to.
    pub cache_file: PathBuf,
    /// What its pools hold.
    pub plan: Vec<PoolPlan>,
}

impl Replica {
    pub fn endpoint(&self) -> &str {
        &self.anvil.endpoint
    }

    pub fn anvil(&self) -> &Anvil {
        &self.anvil
    }

    pub async fn stop(self) {
        self.anvil.stop().await;
    }
}

/// Starts the replica: from the cache where it holds this very content, else built and saved. A
/// damaged cache file is reported as a warning and replaced; a cache that cannot be written is a
/// warning too.
///
/// # Errors
/// [`ReplicaError`]: no Anvil, a port that is taken, artifacts that are missing or differ, or a
/// node that fails.
pub async fn start(options: ReplicaOptions) -> Result<Replica, ReplicaError> {
    let binary = binary::find(options.anvil_bin.as_deref(), &options.project_dir)?;
    let deployments = artifacts::deployments(&options.project_dir)?;
    let plan = replica_plan::plan();
    let key = content_key(&binary, &deployments, &plan)?;
    let cache_file = cache::path(&options.cache_dir, key);

    match cache::read(&cache_file) {
        Ok(Some(state)) => match load(&options, state).await {
            Ok(anvil) => return Ok(Replica { anvil, origin: Origin::Cached, cache_file, plan }),
            Err(ReplicaError::Rpc(error)) => {
                tracing::warn!(path = %cache_file.display(), %error, "the cached replica does not load; building it anew");
            }
            Err(error) => return Err(error),
        },
        Ok(None) => {}
        Err(why) => {
            tracing::warn!(path = %cache_file.display(), why, "the cached replica is damaged; building it anew");
        }
    }

    let anvil = Anvil::start(&node(&options)).await?;
    let control = anvil.control().await?;
    build::build(&control, deployments, &plan).await?;
    let saved = match cache::slim(&control.dump_state().await?) {
        Ok(state) => cache::write(&cache_file, &state),
        Err(error) => Err(error),
    };
    if let Err(error) = saved {
        tracing::warn!(path = %cache_file.display(), %error, "the built replica could not be saved");
    }
    Ok(Replica { anvil, origin: Origin::Built, cache_file, plan })
}

fn node(options: &ReplicaOptions) -> AnvilOptions {
    AnvilOptions {
        project_dir: options.project_dir.clone(),
        bin: options.anvil_bin.clone(),
        port: options.port,
        gas_limit: Some(build::BUILD_GAS_LIMIT),
        timestamp: Some(GENESIS),
        ..AnvilOptions::default()
    }
}

async fn load(options: &ReplicaOptions, state: alloy::primitives::Bytes) -> Result<Anvil, ReplicaError> {
    let anvil = Anvil::start(&AnvilOptions { gas_limit: None, ..node(options) }).await?;
    let control = anvil.control().await?;
    control.load_state(state).await?;
    // Without it the next block would carry the present time.
    control.set_timestamp_interval(1).await?;
    control.impersonate_all().await?;
    Ok(anvil)
}

/// Forks the node at `url` (a replica or the real mainnet) into a second one that mines on
/// command only and impersonates every account. The mover is put on it and funded if it is not
/// there.
///
/// # Errors
/// [`ReplicaError`]: no Anvil, or a node that does not start or answer.
pub async fn fork(url: &str, options: &ReplicaOptions) -> Result<Anvil, ReplicaError> {
    let anvil = Anvil::start(&AnvilOptions {
        project_dir: options.project_dir.clone(),
        bin: options.anvil_bin.clone(),
        port: options.port,
        fork_url: Some(url.to_owned()),
        no_mining: true,
        ..AnvilOptions::default()
    })
    .await?;
    let control = anvil.control().await?;
    control.impersonate_all().await?;
    let code: alloy::primitives::Bytes = control.rpc().request("eth_getCode", (MOVER, "latest")).await?;
    if code != artifacts::mover_code()? {
        build::install_mover(&control).await?;
        build::wrap_for_mover(&control).await?;
    }
    Ok(anvil)
}

/// A fork to trade on, and the replica under it where it has one.
#[derive(Debug)]
pub struct TradingFork {
    pub anvil: Anvil,
    /// `None` when `SHOAL_FORK_URL` names the node forked.
    pub replica: Option<Replica>,
}

impl TradingFork {
    pub fn endpoint(&self) -> &str {
        &self.anvil.endpoint
    }

    pub async fn stop(self) {
        self.anvil.stop().await;
        if let Some(replica) = self.replica {
            replica.stop().await;
        }
    }
}

/// A fork of the node that `SHOAL_FORK_URL` names, else of a replica started for it. A port in
/// the options is the fork's.
///
/// # Errors
/// As [`start`] and [`fork`].
pub async fn trading_fork(options: ReplicaOptions) -> Result<TradingFork, ReplicaError> {
    if let Some(url) =
        std::env::var_os("SHOAL_FORK_URL").and_then(|url| url.into_string().ok()).filter(|u| !u.is_empty())
    {
        return Ok(TradingFork { anvil: fork(&url, &options).await?, replica: None });
    }
    let replica = start(ReplicaOptions { port: None, ..options.clone() }).await?;
    let anvil = fork(replica.endpoint(), &options).await?;
    Ok(TradingFork { anvil, replica: Some(replica) })
}

/// The hash of everything that the built state follows from.
fn content_key(
    binary: &Binary,
    deployments: &[artifacts::Deployment],
    plan: &[PoolPlan],
) -> Result<B256, ReplicaError> {
    let mut hasher = Keccak256::new();
    hasher.update(format!("{RECIPE} {} {plan:?}", binary.version));
    for deployment in deployments {
        hasher.update(&deployment.code);
    }
    for (address, code) in artifacts::stand_ins()? {
        hasher.update(address);
        hasher.update(&code);
    }
    hasher.update(artifacts::mover_code()?);
    Ok(hasher.finalize())
}

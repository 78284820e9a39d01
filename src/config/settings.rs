//! The settings that are no stage's own parameters.

use std::{fmt, path::PathBuf, time::Duration};

use alloy::primitives::Address;

use super::RpcUrl;
use crate::{
    domain::{Dex, PoolSpec, Token},
    units::{TokenAmount, Wei},
};

/// What the node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Real money.
    Mainnet,
    /// A node that only this machine believes: a fork or the replica.
    Fork,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mainnet => "mainnet",
            Self::Fork => "fork",
        })
    }
}

/// The node and the contracts on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainSettings {
    /// What `eth_chainId` must answer.
    pub id: u64,
    pub rpc: RpcUrl,
    /// `SwapRouter02`.
    pub router: Address,
    /// `QuoterV2`.
    pub quoter: Address,
    /// `Multicall3`.
    pub multicall: Address,
    /// A request unanswered for this long is given up and tried again.
    pub request_timeout: Duration,
    /// How long to wait between looks for a new block.
    pub poll: Duration,
    /// A node that answers nothing for this long ends the run.
    pub give_up_after: Duration,
    /// The chain's time between blocks.
    pub block_seconds: u64,
}

/// A pool by its name in `pools.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    pub name: String,
    pub dex: Dex,
    pub spec: PoolSpec,
    /// The token of the lower address.
    pub token0: Token,
    pub token1: Token,
}

/// Where the candles come from that are known before the first decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistorySource {
    /// The pool's own swaps, read from the node.
    Chain,
    /// Files in the data folder.
    Data,
    /// A seeded random walk.
    Simulated,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistorySettings {
    pub source: HistorySource,
    /// Hours known before the first decision.
    pub hours: u32,
    /// The data folder, relative to the working directory; present where the source is `Data`.
    pub data: Option<PathBuf>,
    /// The venues to read, the most trusted first; at least one where the source is `Data`.
    pub venues: Vec<String>,
}

/// Which models trade, and what the direction model is trained on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelSettings {
    /// What `shoal train` wrote, one file for each market, relative to the working directory. Without
    /// any, a direction model is trained on the spot, as the rest says.
    pub files: Vec<PathBuf>,
    /// A forecast speaks of the price this many hours ahead.
    pub horizon_hours: u32,
    /// The training window.
    pub train_hours: u32,
    /// No model is trained on less.
    pub min_train_hours: u32,
    /// The seed of everything random in training and simulation.
    pub seed: u64,
}

/// What `demo` and `backtest` start with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoSettings {
    /// In quote base units.
    pub capital: TokenAmount,
    /// For gas.
    pub ether: Wei,
    /// In wei per gas.
    pub base_fee: Wei,
    /// Hours traded after the history.
    pub hours: u32,
}

/// The balances that a dry run pretends to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaperSettings {
    /// In quote base units.
    pub capital: TokenAmount,
    /// For gas.
    pub ether: Wei,
}

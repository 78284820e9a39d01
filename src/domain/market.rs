//! Tokens, pools and the markets made of them.

use std::{fmt, sync::Arc};

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use crate::units::FeePips;

/// What is forecast and traded: `ETH`, `BTC`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Asset(pub Arc<str>);

impl Asset {
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    pub symbol: String,
    pub address: Address,
    pub decimals: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PoolKind {
    V2,
    V3,
}

/// Who deployed a pool. Forks share Uniswap's maths; what differs is V2's fee, which no contract
/// tells, and the router that reaches them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dex {
    Uniswap,
    Sushi,
    Pancake,
}

impl Dex {
    /// The fee in the bytecode of every V2 pair: 3/1000 in `UniswapV2Pair.sol` and SushiSwap's
    /// copy of it, 25/10000 in `PancakePair.sol`.
    pub fn v2_fee(self) -> FeePips {
        match self {
            Self::Uniswap | Self::Sushi => FeePips(3_000),
            Self::Pancake => FeePips(2_500),
        }
    }
}

impl fmt::Display for Dex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uniswap => "uniswap",
            Self::Sushi => "sushi",
            Self::Pancake => "pancake",
        })
    }
}

/// A pool's fixed facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolSpec {
    pub kind: PoolKind,
    pub address: Address,
    pub fee: FeePips,
    /// Ticks between initialisable ticks; zero for V2.
    pub tick_spacing: i32,
}

/// An asset traded against the quote token in one pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    pub asset: Asset,
    pub base: Token,
    pub quote: Token,
    pub pool: PoolSpec,
}

impl Market {
    /// Uniswap orders a pool's tokens by address.
    pub fn base_is_token0(&self) -> bool {
        self.base.address < self.quote.address
    }
}

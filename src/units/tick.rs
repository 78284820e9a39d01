//! Uniswap V3 ticks.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A tick index: the price of token0 in token1 is `1.0001^tick` (in base units).
/// Bounds as in v3-core `TickMath.sol`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct Tick(i32);

/// A tick outside of `[Tick::MIN, Tick::MAX]`. Drop the value: no pool can hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("tick {0} is outside [-887272, 887272]")]
pub struct TickError(pub i32);

impl Tick {
    pub const MIN: Self = Self(-887_272);
    pub const MAX: Self = Self(887_272);

    /// # Errors
    /// [`TickError`] outside of the bounds.
    pub fn new(tick: i32) -> Result<Self, TickError> {
        if (Self::MIN.0..=Self::MAX.0).contains(&tick) { Ok(Self(tick)) } else { Err(TickError(tick)) }
    }

    pub fn get(self) -> i32 {
        self.0
    }
}

impl TryFrom<i32> for Tick {
    type Error = TickError;

    fn try_from(tick: i32) -> Result<Self, TickError> {
        Self::new(tick)
    }
}

impl From<Tick> for i32 {
    fn from(tick: Tick) -> Self {
        tick.0
    }
}

impl fmt::Display for Tick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

//! Pool fees as Uniswap counts them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Hundredths of a basis point: 1/1,000,000. The 0.05% pool has 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FeePips(pub u32);

impl FeePips {
    pub const ONE: u32 = 1_000_000;

    pub fn to_fraction(self) -> f64 {
        f64::from(self.0) / f64::from(Self::ONE)
    }
}

impl fmt::Display for FeePips {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} pips", self.0)
    }
}

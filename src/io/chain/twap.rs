//! The time-weighted average price that V3 pools keep. After v3-core `Oracle.sol` and v3-periphery
//! `OracleLibrary.sol`, `consult`.

use alloy::{eips::BlockId, primitives::Address, sol};

use super::{Chain, RpcError};
use crate::{
    io::advice::{Advice, Advised},
    units::{SqrtPriceX96, Tick},
};

sol! {
    #[allow(missing_docs)]
    interface IV3Oracle {
        function observe(uint32[] calldata secondsAgos) external view returns (int56[] memory tickCumulatives, uint160[] memory secondsPerLiquidityCumulativeX128s);
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TwapError {
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// The pool's `OLD`: its observations do not reach back that far. Drop, or ask for less; it
    /// keeps more once somebody pays for `increaseObservationCardinalityNext`.
    #[error("pool {pool} keeps no observation of {seconds} seconds ago")]
    Old { pool: Address, seconds: u32 },
    #[error("an average over no time was asked for")]
    NoTime,
    #[error("pool {pool} answers what no oracle can: {why}")]
    Malformed { pool: Address, why: String },
}

impl Advised for TwapError {
    fn advice(&self) -> Advice {
        match self {
            Self::Rpc(error) => error.advice(),
            Self::Old { .. } => Advice::Drop,
            Self::NoTime | Self::Malformed { .. } => Advice::Halt,
        }
    }
}

/// An average over a time that ended with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twap {
    /// The mean of the ticks by time, rounded down: that of the geometric mean price.
    pub tick: Tick,
    /// The price of token0 in token1 at that tick.
    pub sqrt_price_x96: SqrtPriceX96,
}

impl Chain {
    /// The average price of the `seconds` before a block's time.
    ///
    /// # Errors
    /// [`TwapError`]; `Old` where the pool does not remember that long.
    pub async fn twap(&self, pool: Address, seconds: u32, at: BlockId) -> Result<Twap, TwapError> {
        if seconds == 0 {
            return Err(TwapError::NoTime);
        }
        let call = IV3Oracle::observeCall { secondsAgos: vec![seconds, 0] };
        let observed = self.read(pool, &call, at).await.map_err(|error| match error.revert_data() {
            // `Error(string)` of three letters.
            Some(data) if data.windows(3).any(|letters| letters == b"OLD") => TwapError::Old { pool, seconds },
            _ => TwapError::Rpc(error),
        })?;
        let malformed = |why: String| TwapError::Malformed { pool, why };
        let [before, now] = observed.tickCumulatives.as_slice() else {
            return Err(malformed(format!("{} observations instead of 2", observed.tickCumulatives.len())));
        };
        let mean = mean_tick(before.as_i64(), now.as_i64(), seconds);
        let tick = mean.ok_or_else(|| malformed(format!("tick sums {before} and {now}")))?;
        Ok(Twap { tick, sqrt_price_x96: crate::amm::tick_math::sqrt_ratio_at_tick(tick) })
    }
}

/// `OracleLibrary.consult`: the mean of the ticks between two sums, rounded toward negative
/// infinity. The sums are of 56 bits and may have wrapped between the two.
fn mean_tick(before: i64, now: i64, seconds: u32) -> Option<Tick> {
    const UNUSED: u32 = 64 - 56;
    let delta = now.wrapping_sub(before).wrapping_shl(UNUSED).wrapping_shr(UNUSED);
    let mean = delta.checked_div_euclid(i64::from(seconds))?;
    Tick::new(i32::try_from(mean).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_rounded_down() {
        let mean = |before, now, seconds| mean_tick(before, now, seconds).map(Tick::get);
        assert_eq!(mean(0, 100, 10), Some(10));
        assert_eq!(mean(0, 109, 10), Some(10));
        // From `OracleLibrary.spec.ts`: -12 over 5 seconds.
        assert_eq!(mean(7, -5, 5), Some(-3));
        assert_eq!(mean(0, -10, 10), Some(-1));
        assert_eq!(mean(0, -11, 10), Some(-2));
        // Sums wrap in 56 bits.
        let most = (1 << 55) - 1;
        assert_eq!(mean(most, -(1 << 55) + 9, 10), Some(1));
        assert_eq!(mean(0, 1 << 40, 1), None);
        assert_eq!(mean(0, 5, 0), None);
    }
}

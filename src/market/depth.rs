//! How much a market takes before its price moves.

use super::PoolTracker;
use crate::{
    amm::{Move, shifted_root},
    domain::Side,
    units::TokenAmount,
};

/// What changes hands on the way to a price, in base units of each token; what is paid in
/// includes the pool's fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amounts {
    pub base: TokenAmount,
    pub quote: TokenAmount,
}

/// Depth on both sides. `None` is "not known": the way leaves the ticks that were read, or ends
/// outside of what a pool can hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Base bought, and quote paid for it, until the price stands higher by the distance.
    pub buy: Option<Amounts>,
    /// Base sold, and quote got for it, until the price stands lower by the distance.
    pub sell: Option<Amounts>,
}

impl PoolTracker {
    /// Depth within `bps` of the price: up to `price * (1 + bps)` and down to `price / (1 + bps)`,
    /// so that both ways are equally long. Exact as the pool would fill it.
    pub fn depth(&self, bps: u32) -> Depth {
        Depth { buy: self.amounts(Side::Buy, bps), sell: self.amounts(Side::Sell, bps) }
    }

    fn amounts(&self, side: Side, bps: u32) -> Option<Amounts> {
        const ONE: u32 = 10_000;
        let further = ONE.checked_add(bps)?;
        // Buying raises the price of base in quote, which is that of token0 in token1 or its inverse.
        let (numerator, denominator) = if self.zero_for_one(side) { (ONE, further) } else { (further, ONE) };
        let target = shifted_root(self.sqrt_price_x96(), numerator, denominator)?;
        let Move { amount_in, amount_out } = self.pool().move_to(target).ok()?;
        Some(match side {
            Side::Buy => Amounts { base: amount_out, quote: amount_in },
            Side::Sell => Amounts { base: amount_in, quote: amount_out },
        })
    }
}

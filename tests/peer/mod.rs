//! A V3 swap put together from the crate `uniswap_v3_math`: a second opinion on the whole loop.

#![allow(dead_code, reason = "each user takes its part")]

use std::collections::HashMap;

use alloy::primitives::{I256, U256};
use shoal::amm::V3Pool;
use uniswap_v3_math::{
    liquidity_math::add_delta,
    swap_math::compute_swap_step,
    tick_bitmap::{next_initialized_tick_within_one_word, position},
    tick_math::{MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, MIN_TICK, get_sqrt_ratio_at_tick, get_tick_at_sqrt_ratio},
};

pub(crate) struct Peer {
    fee: u32,
    spacing: i32,
    pub(crate) sqrt_price: U256,
    pub(crate) tick: i32,
    pub(crate) liquidity: u128,
    bitmap: HashMap<i16, U256>,
    net: HashMap<i32, i128>,
}

impl Peer {
    pub(crate) fn of(pool: &V3Pool) -> Self {
        let spacing = pool.tick_spacing();
        let mut bitmap: HashMap<i16, U256> = HashMap::new();
        let mut net = HashMap::new();
        for (tick, info) in pool.ticks() {
            let (word, bit) = position(tick.get() / spacing);
            *bitmap.entry(word).or_default() |= U256::from(1) << usize::from(bit);
            net.insert(tick.get(), info.liquidity_net);
        }
        Self {
            fee: pool.fee().0,
            spacing,
            sqrt_price: pool.sqrt_price_x96().0,
            tick: pool.tick().get(),
            liquidity: pool.liquidity(),
            bitmap,
            net,
        }
    }

    /// The amounts of token0 and token1, signed as the pool sees them.
    pub(crate) fn swap(&mut self, down: bool, specified: I256) -> (I256, I256) {
        let (exact_in, one) = (specified.is_positive(), U256::from(1));
        let limit = if down { MIN_SQRT_RATIO + one } else { MAX_SQRT_RATIO - one };
        let (mut left, mut other) = (specified, I256::ZERO);
        while !left.is_zero() && self.sqrt_price != limit {
            let (next, initialized) =
                next_initialized_tick_within_one_word(&self.bitmap, self.tick, self.spacing, down).unwrap();
            let next = next.clamp(MIN_TICK, MAX_TICK);
            let next_price = get_sqrt_ratio_at_tick(next).unwrap();
            let target = if down { next_price.max(limit) } else { next_price.min(limit) };
            let start = self.sqrt_price;
            let (price, paid_in, paid_out, fee) =
                compute_swap_step(start, target, self.liquidity, left, self.fee).unwrap();
            let (paid_in, paid_out) = (I256::from_raw(paid_in + fee), I256::from_raw(paid_out));
            if exact_in {
                left -= paid_in;
                other -= paid_out;
            } else {
                left += paid_out;
                other += paid_in;
            }
            self.sqrt_price = price;
            if price == next_price {
                if initialized {
                    let net = self.net[&next];
                    self.liquidity = add_delta(self.liquidity, if down { -net } else { net }).unwrap();
                }
                self.tick = if down { next - 1 } else { next };
            } else if price != start {
                self.tick = get_tick_at_sqrt_ratio(price).unwrap();
            }
        }
        if down == exact_in { (specified - left, other) } else { (other, specified - left) }
    }
}

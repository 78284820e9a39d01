//! Ticks to square-root prices and back. After v3-core `TickMath.sol`, equal to it in every bit.

use alloy::primitives::U256;

use crate::{
    amm::AmmError,
    units::{SqrtPriceX96, Tick},
};

/// The price at [`Tick::MIN`]: `TickMath.MIN_SQRT_RATIO`.
pub const MIN_SQRT_RATIO: SqrtPriceX96 = SqrtPriceX96(U256::from_limbs([4_295_128_739, 0, 0, 0]));

/// The price at [`Tick::MAX`], which no pool ever reaches: `TickMath.MAX_SQRT_RATIO`.
pub const MAX_SQRT_RATIO: SqrtPriceX96 =
    SqrtPriceX96(U256::from_limbs([6_743_328_256_752_651_558, 17_280_870_778_742_802_505, 4_294_805_859, 0]));

/// `1.0001^(-2^i / 2) * 2^128`, the factor of each bit of the tick.
const FACTORS: [u128; 20] = [
    0xfffcb933bd6fad37aa2d162d1a594001,
    0xfff97272373d413259a46990580e213a,
    0xfff2e50f5f656932ef12357cf3c7fdcc,
    0xffe5caca7e10e4e61c3624eaa0941cd0,
    0xffcb9843d60f6159c9db58835c926644,
    0xff973b41fa98c081472e6896dfb254c0,
    0xff2ea16466c96a3843ec78b326b52861,
    0xfe5dee046a99a2a811c461f1969c3053,
    0xfcbe86c7900a88aedcffc83b479aa3a4,
    0xf987a7253ac413176f2b074cf7815e54,
    0xf3392b0822b70005940c7a398e4b70f3,
    0xe7159475a2c29b7443b29c7fa6e889d9,
    0xd097f3bdfd2022b8845ad8f792aa5825,
    0xa9f746462d870fdf8a65dc1f90e061e5,
    0x70d869a156d2a1b890bb3df62baf32f7,
    0x31be135f97d08fd981231505542fcfa6,
    0x9aa508b5b7a84e1c677de54f3e99bc9,
    0x5d6af8dedb81196699c329225ee604,
    0x2216e584f5fa1ea926041bedfe98,
    0x48a170391f7dc42444e8fa2,
];

/// `sqrt(1.0001^tick) * 2^96`, rounded up: `TickMath.getSqrtRatioAtTick`. Never fails: a [`Tick`]
/// is within its bounds.
pub fn sqrt_ratio_at_tick(tick: Tick) -> SqrtPriceX96 {
    let bits = tick.get().unsigned_abs();
    // The contract holds the ratio in 256 bits, but from the first factor on it fits 128, and the
    // high half of a 128-bit product is all that a step keeps. `None` stands for 2^128, one.
    let mut ratio: Option<u128> = None;
    for (bit, factor) in FACTORS.iter().enumerate() {
        if bits & (1 << bit) != 0 {
            ratio = Some(ratio.map_or(*factor, |ratio| wide_mul(ratio, *factor).0));
        }
    }
    let ratio = match ratio {
        None => U256::from_limbs([0, 0, 1, 0]),
        Some(ratio) if tick.get() > 0 => U256::MAX.wrapping_div(U256::from(ratio)),
        Some(ratio) => U256::from(ratio),
    };
    let [low, ..] = *ratio.as_limbs();
    let round_up = low & 0xffff_ffff != 0;
    SqrtPriceX96((ratio >> 32) + U256::from(u8::from(round_up)))
}

/// The greatest tick whose price does not exceed `price`: `TickMath.getTickAtSqrtRatio`.
///
/// # Errors
/// [`AmmError::PriceOutOfRange`] outside of `[MIN_SQRT_RATIO, MAX_SQRT_RATIO)`.
pub fn tick_at_sqrt_ratio(price: SqrtPriceX96) -> Result<Tick, AmmError> {
    let out_of_range = AmmError::PriceOutOfRange(price);
    if price < MIN_SQRT_RATIO || price >= MAX_SQRT_RATIO {
        return Err(out_of_range);
    }
    let ratio = price.0 << 32usize;
    let msb = ratio.bit_len() - 1;
    // The mantissa: the leading 128 bits of the ratio, the top one set.
    let mantissa = if msb >= 128 { ratio >> (msb - 127) } else { ratio << (127 - msb) };
    let [low, high, ..] = *mantissa.as_limbs();
    let mut r = u128::from(low) | (u128::from(high) << 64);

    // Squaring the mantissa doubles its logarithm: whether the square passes two is the next bit.
    // The contract keeps 64 binary places of log2 but computes 14, so 14 are kept here, and its
    // 256-bit constants are taken over 2^50 below without losing a bit of the result.
    let mut log_2 = i128::try_from(msb).map_err(|_| out_of_range)? - 128;
    for _ in 0..14 {
        let (square, rest) = wide_mul(r, r);
        let bit = square >> 127;
        r = if bit == 1 { square } else { (square << 1) | (rest >> 127) };
        log_2 = (log_2 << 1) | i128::from(bit == 1);
    }
    // To base sqrt(1.0001), 78 binary places.
    let log = log_2 * 255_738_958_999_603_826_347_141;
    let tick_low = (log - LOG_ERROR_BELOW) >> 78;
    let tick_high = (log + LOG_ERROR_ABOVE) >> 78;
    let tick = |tick: i128| i32::try_from(tick).ok().and_then(|tick| Tick::new(tick).ok()).ok_or(out_of_range);
    if tick_low == tick_high || sqrt_ratio_at_tick(tick(tick_high)?) > price { tick(tick_low) } else { tick(tick_high) }
}

/// `3402992956809132418596140100660247210 / 2^50`, rounded up since it is subtracted before a floor.
const LOG_ERROR_BELOW: i128 = (3_402_992_956_809_132_418_596_140_100_660_247_210u128 >> 50) as i128 + 1;
/// `291339464771989622907027621153398088495 / 2^50`, rounded down.
const LOG_ERROR_ABOVE: i128 = (291_339_464_771_989_622_907_027_621_153_398_088_495u128 >> 50) as i128;

/// The high and the low half of a 256-bit product.
fn wide_mul(a: u128, b: u128) -> (u128, u128) {
    const MASK: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & MASK, b >> 64, b & MASK);
    let low = a0 * b0;
    // Each sum stays below 2^128: (2^64 - 1)^2 + 2 (2^64 - 1) = 2^128 - 1.
    let middle = a1 * b0 + (low >> 64);
    let other = a0 * b1 + (middle & MASK);
    (a1 * b1 + (middle >> 64) + (other >> 64), (other << 64) | (low & MASK))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uniswap_v3_math::tick_math as peer;

    use super::*;
    use crate::amm::v3::testing::{any_price, any_tick};

    fn tick(tick: i32) -> Tick {
        Tick::new(tick).unwrap()
    }

    fn price(text: &str) -> SqrtPriceX96 {
        SqrtPriceX96(text.parse().unwrap())
    }

    /// The recorded values of v3-core's `TickMath.spec.ts` and its snapshot.
    #[test]
    fn vectors() {
        for (at, root) in [
            (-887_272, "4295128739"),
            (-887_271, "4295343490"),
            (887_271, "1461373636630004318706518188784493106690254656249"),
            (887_272, "1461446703485210103287273052203988822378723970342"),
            (0, "79228162514264337593543950336"),
            (50, "79426470787362580746886972461"),
            (-50, "79030349367926598376800521322"),
            (100, "79625275426524748796330556128"),
            (-100, "78833030112140176575862854579"),
            (250_000, "21246587762933397357449903968194344"),
            (-500_000, "1101692437043807371"),
            (738_203, "847134979253254120489401328389043031315994541"),
        ] {
            assert_eq!(sqrt_ratio_at_tick(tick(at)), price(root), "{at}");
        }
        assert_eq!(sqrt_ratio_at_tick(Tick::MIN), MIN_SQRT_RATIO);
        assert_eq!(sqrt_ratio_at_tick(Tick::MAX), MAX_SQRT_RATIO);
        assert_eq!(tick_at_sqrt_ratio(MIN_SQRT_RATIO), Ok(Tick::MIN));
        assert_eq!(tick_at_sqrt_ratio(SqrtPriceX96(MAX_SQRT_RATIO.0 - U256::from(1))), Ok(tick(887_271)));
        for outside in [MAX_SQRT_RATIO, SqrtPriceX96(MIN_SQRT_RATIO.0 - U256::from(1)), SqrtPriceX96(U256::MAX)] {
            assert_eq!(tick_at_sqrt_ratio(outside), Err(AmmError::PriceOutOfRange(outside)));
        }
    }

    /// A tick, the price one below it and one above it, over the whole range in coprime steps.
    #[test]
    fn round_trip_at_every_edge() {
        for at in (-887_271..887_272).step_by(37) {
            let root = sqrt_ratio_at_tick(tick(at));
            assert_eq!(root.0, peer::get_sqrt_ratio_at_tick(at).unwrap());
            assert_eq!(tick_at_sqrt_ratio(root), Ok(tick(at)));
            assert_eq!(tick_at_sqrt_ratio(SqrtPriceX96(root.0 - U256::from(1))), Ok(tick(at - 1)));
        }
    }

    proptest! {
        #[test]
        fn equals_the_peer(at in any_tick(), root in any_price()) {
            prop_assert_eq!(sqrt_ratio_at_tick(at).0, peer::get_sqrt_ratio_at_tick(at.get()).unwrap());
            prop_assert_eq!(tick_at_sqrt_ratio(root).unwrap().get(), peer::get_tick_at_sqrt_ratio(root.0).unwrap());
        }

        #[test]
        fn wide_products(a: u128, b: u128) {
            let (high, low) = wide_mul(a, b);
            let whole = (U256::from(high) << 128) | U256::from(low);
            prop_assert_eq!(whole, U256::from(a) * U256::from(b));
        }
    }
}

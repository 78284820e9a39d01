//! Whole pools: recorded swaps of the contract, and what must hold for any pool.

use alloy::primitives::{I256, U256, U512};
use proptest::prelude::*;

use super::*;
use crate::{amm::full_math::isqrt, units::TokenAmount};

const ETHER: u64 = 1_000_000_000_000_000_000;

fn tick(tick: i32) -> Tick {
    Tick::new(tick).unwrap()
}

fn price(token1: u128, token0: u128) -> SqrtPriceX96 {
    SqrtPriceX96(isqrt((U512::from(token1) << 192usize) / U512::from(token0)))
}

fn int(text: &str) -> I256 {
    text.parse().unwrap()
}

/// Two ether of liquidity over the whole range, as in v3-core's `UniswapV3Pool.swaps.spec.ts`.
fn full_range(fee: u32, spacing: i32, at: SqrtPriceX96) -> V3Pool {
    let mut pool = V3Pool::new(FeePips(fee), spacing, at).unwrap();
    let end = Tick::MAX.get() / spacing * spacing;
    pool.mint(tick(-end), tick(end), 2 * u128::from(ETHER)).unwrap();
    pool
}

/// What the contract did, from the snapshots of `UniswapV3Pool.swaps.spec.ts`.
#[test]
fn recorded_swaps() {
    let (e, m) = (ETHER.to_string(), format!("-{ETHER}"));
    let (e, m) = (e.as_str(), m.as_str());
    let high = || full_range(10_000, 200, price(1, 1));
    let max = || full_range(3000, 60, price(1 << 127, 1));
    // The test's 2^-127, rounded to forty decimals.
    let min = || full_range(3000, 60, SqrtPriceX96(U256::from(6_085_630_636u64)));
    for (mut pool, zero_for_one, specified, limit, amount0, amount1, after) in [
        (high(), true, "1000", None, "1000", "-989", -1),
        (high(), false, "1000", None, "-989", "1000", 0),
        (high(), true, e, None, e, "-662207357859531772", -8043),
        (high(), false, e, None, "-662207357859531772", e, 8042),
        (high(), true, "-1000", None, "1012", "-1000", -1),
        (max(), true, "1000", None, "1000", "-26083549850867114346332688477747755628", 705_098),
        (max(), false, "1000", None, "0", "1000", 880_340),
        (max(), true, e, None, e, "-26087635650665564420687107504180041533", 13_923),
        (max(), true, "-1000", None, "2", "-1000", 880_340),
        (max(), false, m, None, "0", "10740898373457544742072477595619363803", 887_271),
        (
            max(),
            true,
            "max",
            Some(price(2, 5)),
            "3171793039286238109",
            "-26087635650665564423434232548437664977",
            -9164,
        ),
        (min(), true, m, None, "10790901831095468191587263901270792610", "0", -887_272),
        (min(), false, e, None, "-26037782196502120271413746514214063808", e, -13_924),
        (
            min(),
            false,
            "max",
            Some(price(5, 2)),
            "-26037782196502120274160871558471687260",
            "3171793039286238112",
            9163,
        ),
    ] {
        let specified = if specified == "max" { I256::MAX } else { int(specified) };
        let swap = pool.swap(zero_for_one, specified, limit).unwrap();
        assert_eq!((swap.amount0, swap.amount1), (int(amount0), int(amount1)));
        assert_eq!(swap.tick, tick(after));
        assert!(limit.is_none_or(|limit| swap.sqrt_price_x96 == limit));
    }
}

#[test]
fn refusals_leave_the_pool_as_it_was() {
    let mut pool = full_range(3000, 60, price(1, 1));
    let before = pool.clone();
    let one = I256::ONE;
    let current = pool.sqrt_price_x96();
    let end = |price: SqrtPriceX96| Some(price);
    assert_eq!(pool.swap(true, I256::ZERO, None), Err(AmmError::ZeroAmount));
    for (down, limit) in [
        (true, end(current)),
        (true, end(price(2, 1))),
        (true, end(tick_math::MIN_SQRT_RATIO)),
        (false, end(current)),
        (false, end(price(1, 2))),
        (false, end(tick_math::MAX_SQRT_RATIO)),
    ] {
        assert!(matches!(pool.swap(down, one, limit), Err(AmmError::PriceLimit { .. })));
    }
    let all = TokenAmount(U256::MAX >> 1);
    assert!(matches!(pool.quote_exact_in(true, all), Err(AmmError::InsufficientLiquidity { .. })));
    assert_eq!(pool.quote_exact_in(true, TokenAmount(U256::MAX)), Err(AmmError::Overflow("the amount of a swap")));
    for (lower, upper) in [(60, 60), (120, 60), (1, 60), (0, 61)] {
        assert!(matches!(pool.mint(tick(lower), tick(upper), 1), Err(AmmError::InvalidTicks { .. })));
    }
    let max = u128::MAX / 29_575;
    assert!(matches!(pool.mint(tick(0), tick(60), max + 1), Err(AmmError::LiquidityOverflow { .. })));
    assert!(matches!(pool.burn(tick(0), tick(60), 1), Err(AmmError::LiquidityUnderflow { .. })));
    assert_eq!(pool.mint(tick(0), tick(60), 0), Err(AmmError::ZeroAmount));
    assert_eq!(pool, before);
    pool.mint(tick(0), tick(60), max).unwrap();
}

#[test]
fn states_that_no_pool_has() {
    let at = price(1, 1);
    let info = |gross, net| TickInfo { liquidity_gross: gross, liquidity_net: net };
    let state = |at_tick: i32, liquidity, ticks: Vec<(Tick, TickInfo)>| {
        V3Pool::from_state(FeePips(500), 10, at, tick(at_tick), liquidity, ticks, None)
    };
    let ticks = || vec![(tick(-10), info(5, 5)), (tick(10), info(5, -5))];
    assert!(state(0, 5, ticks()).is_ok());
    assert!(state(-1, 5, ticks()).is_ok(), "after crossing tick 0 downwards");
    assert!(matches!(state(1, 5, ticks()), Err(AmmError::TickPriceMismatch { .. })));
    assert!(matches!(state(0, 6, ticks()), Err(AmmError::LiquidityMismatch { .. })));
    assert!(matches!(state(0, 0, vec![(tick(5), info(1, 1))]), Err(AmmError::InvalidTicks { .. })));
    assert!(matches!(state(0, 0, vec![(tick(10), info(0, 0))]), Err(AmmError::InvalidTicks { .. })));
    assert!(matches!(V3Pool::new(FeePips(1_000_000), 10, at), Err(AmmError::InvalidFee(_))));
    assert!(matches!(V3Pool::new(FeePips(500), 0, at), Err(AmmError::InvalidTickSpacing(0))));
}

/// A swap down that ends on an initialised tick leaves the state one tick below it, and goes back
/// through the same tick.
#[test]
fn landing_on_a_tick() {
    let mut pool = full_range(500, 10, price(1, 1));
    pool.mint(tick(-100), tick(-50), 1_000_000_000_000).unwrap();
    let whole = pool.liquidity();
    let limit = sqrt_ratio_at_tick(tick(-50));
    let down = pool.swap(true, I256::MAX, Some(limit)).unwrap();
    assert_eq!((down.tick, down.ticks_crossed), (tick(-51), 1));
    assert_eq!(pool.liquidity(), whole + 1_000_000_000_000);
    assert_eq!(pool.clone().checked(), Ok(pool.clone()));
    // An input that is all fee leaves the price where it is, and the tick below it.
    let nothing = pool.swap(true, I256::ONE, None).unwrap();
    assert_eq!((nothing.sqrt_price_x96, nothing.tick, nothing.fee), (limit, tick(-51), TokenAmount::from(1u64)));
    let up = pool.swap(false, I256::MAX, Some(price(1, 1))).unwrap();
    assert_eq!((up.tick, up.ticks_crossed, up.liquidity), (tick(0), 1, whole));
}

type Position = (Tick, Tick, u128);

/// A pool with a little liquidity over the whole range and up to eight positions near its price.
fn any_pool() -> impl Strategy<Value = (V3Pool, Vec<Position>)> {
    let kind = prop::sample::select(vec![(100, 1), (500, 10), (3000, 60), (10_000, 200)]);
    let position = (-600i32..600, 1i32..600, 10u128.pow(3)..10u128.pow(22));
    (kind, -200_000i32..200_000, prop::collection::vec(position, 0..8)).prop_map(|((fee, spacing), at, positions)| {
        let start = sqrt_ratio_at_tick(tick(at));
        let mut pool = V3Pool::new(FeePips(fee), spacing, SqrtPriceX96(start.0 + U256::from(12_345))).unwrap();
        let end = Tick::MAX.get() / spacing * spacing;
        let near = at / spacing;
        let mut minted = vec![(tick(-end), tick(end), 10u128.pow(12))];
        minted.extend(positions.into_iter().map(|(lower, width, liquidity)| {
            (tick((near + lower) * spacing), tick((near + lower + width) * spacing), liquidity)
        }));
        for (lower, upper, liquidity) in &minted {
            pool.mint(*lower, *upper, *liquidity).unwrap();
        }
        (pool, minted)
    })
}

/// From a few wei to more than a pool holds.
fn any_size() -> impl Strategy<Value = u128> {
    (1u128..1 << 40, 0u32..60).prop_map(|(amount, shift)| amount << shift)
}

fn signed(amount: u128) -> I256 {
    I256::try_from(amount).unwrap()
}

/// Rebuilt from what a chain would tell, which checks ticks, price and liquidity against each other.
fn rebuilt(pool: &V3Pool) -> V3Pool {
    let (fee, spacing, price) = (pool.fee(), pool.tick_spacing(), pool.sqrt_price_x96());
    V3Pool::from_state(fee, spacing, price, pool.tick(), pool.liquidity(), pool.ticks(), None).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_quote_is_the_swap((mut pool, _) in any_pool(), down: bool, amount in any_size()) {
        let amount_in = TokenAmount::from(amount);
        if let Ok(quote) = pool.quote_exact_in(down, amount_in) {
            let swap = pool.swap(down, signed(amount), None).unwrap();
            let (paid_in, paid_out) = if down { (swap.amount0, swap.amount1) } else { (swap.amount1, swap.amount0) };
            prop_assert_eq!((paid_in, -paid_out), (signed(amount), I256::from_raw(quote.amount_out.0)));
            prop_assert_eq!((swap.fee, swap.sqrt_price_x96), (quote.fee, quote.sqrt_price_after));
            prop_assert_eq!(swap.ticks_crossed, quote.ticks_crossed);
            prop_assert!(quote.fee.0 * U256::from(1_000_000) >= quote.amount_in.0 * U256::from(pool.fee().0));
            prop_assert_eq!((pool.sqrt_price_x96(), pool.tick(), pool.liquidity()), (swap.sqrt_price_x96, swap.tick, swap.liquidity));
        } else {
            // What the quote refuses, the contract fills in part.
            let swap = pool.swap(down, signed(amount), None).unwrap();
            let paid_in = if down { swap.amount0 } else { swap.amount1 };
            prop_assert!(paid_in < signed(amount));
        }
        prop_assert_eq!(rebuilt(&pool), pool);
    }

    #[test]
    fn there_and_back_never_gains((mut pool, _) in any_pool(), down: bool, amount in any_size()) {
        let there = pool.swap(down, signed(amount), None).unwrap();
        let (paid, got) = if down { (there.amount0, there.amount1) } else { (there.amount1, there.amount0) };
        if !got.is_zero() {
            let back = pool.swap(!down, -got, None).unwrap();
            let returned = if down { -back.amount0 } else { -back.amount1 };
            prop_assert!(returned <= paid);
        }
    }

    #[test]
    fn splitting_never_gains((pool, _) in any_pool(), down: bool, amount in any_size(), part in 1u128..1000) {
        let first = amount / 1000 * part;
        if let Ok(whole) = pool.quote_exact_in(down, amount.into()) && first > 0 {
            let mut split = pool.clone();
            let a = split.swap(down, signed(first), None).unwrap();
            let b = split.swap(down, signed(amount - first), None).unwrap();
            let out = if down { a.amount1 + b.amount1 } else { a.amount0 + b.amount0 };
            prop_assert!(-out <= I256::from_raw(whole.amount_out.0));
        }
    }

    #[test]
    fn an_exact_output_is_exact((mut pool, _) in any_pool(), down: bool, amount in any_size()) {
        let before = pool.clone();
        let swap = pool.swap(down, -signed(amount), None).unwrap();
        let (paid, got) = if down { (swap.amount0, swap.amount1) } else { (swap.amount1, swap.amount0) };
        let dry = swap.sqrt_price_x96.0.abs_diff(if down { tick_math::MIN_SQRT_RATIO.0 } else { tick_math::MAX_SQRT_RATIO.0 });
        prop_assert!(got == -signed(amount) || dry == U256::from(1));
        // No lesser input buys as much.
        if dry > U256::from(1) && paid > I256::ONE {
            let less = before.quote_exact_in(down, TokenAmount((paid - I256::ONE).into_raw())).unwrap();
            prop_assert!(I256::from_raw(less.amount_out.0) <= signed(amount));
        }
        prop_assert_eq!(rebuilt(&pool), pool);
    }

    #[test]
    fn a_price_limit_is_met_exactly((mut pool, _) in any_pool(), down: bool, away in 1i32..5000, wei in 0u64..1000) {
        let at = pool.tick().get() + if down { -away } else { away + 1 };
        let limit = SqrtPriceX96(sqrt_ratio_at_tick(tick(at)).0 + U256::from(wei));
        let swap = pool.swap(down, I256::MAX, Some(limit)).unwrap();
        prop_assert_eq!(swap.sqrt_price_x96, limit);
        prop_assert_eq!(rebuilt(&pool), pool);
    }

    #[test]
    fn mint_and_burn_never_gain((mut pool, _) in any_pool(), lower in -600i32..600, width in 1i32..600, l in 1u128..1 << 90) {
        let before = pool.clone();
        let near = pool.tick().get() / pool.tick_spacing() + lower;
        let (lower, upper) = (tick(near * pool.tick_spacing()), tick((near + width) * pool.tick_spacing()));
        let paid = pool.mint(lower, upper, l).unwrap();
        prop_assert_eq!(rebuilt(&pool), pool.clone());
        let got = pool.burn(lower, upper, l).unwrap();
        prop_assert!(got.0 <= paid.0 && got.1 <= paid.1);
        prop_assert_eq!(pool, before);
    }

    /// After any swaps the pool can pay out every position.
    #[test]
    fn the_pool_stays_solvent(
        (mut pool, positions) in any_pool(),
        swaps in prop::collection::vec((any::<bool>(), any::<bool>(), any_size()), 1..8),
    ) {
        let mut empty = V3Pool::new(pool.fee(), pool.tick_spacing(), pool.sqrt_price_x96()).unwrap();
        let (mut balance0, mut balance1) = (I256::ZERO, I256::ZERO);
        for (lower, upper, liquidity) in &positions {
            let (amount0, amount1) = empty.mint(*lower, *upper, *liquidity).unwrap();
            balance0 += I256::from_raw(amount0.0);
            balance1 += I256::from_raw(amount1.0);
        }
        prop_assert_eq!(&empty, &pool);
        for (down, exact_in, amount) in swaps {
            let amount = if exact_in { signed(amount) } else { -signed(amount) };
            if let Ok(swap) = pool.swap(down, amount, None) {
                balance0 += swap.amount0;
                balance1 += swap.amount1;
            }
        }
        for (lower, upper, liquidity) in &positions {
            let (amount0, amount1) = pool.burn(*lower, *upper, *liquidity).unwrap();
            balance0 -= I256::from_raw(amount0.0);
            balance1 -= I256::from_raw(amount1.0);
        }
        prop_assert!(!balance0.is_negative() && !balance1.is_negative());
        prop_assert_eq!((pool.liquidity(), pool.ticks().count()), (0, 0));
    }

    /// A pool of which only a part was read swaps as the whole does, or says that it cannot.
    #[test]
    fn part_of_the_ticks_is_enough_or_refused(
        (pool, _) in any_pool(), down: bool, exact_in: bool, amount in any_size(), below in 0i32..700, above in 0i32..700,
    ) {
        let (at, spacing) = (pool.tick().get(), pool.tick_spacing());
        let known = (tick(at - below * spacing), tick(at + above * spacing + 1));
        let ticks = pool.ticks().filter(|(tick, _)| known.0 <= *tick && *tick <= known.1);
        let (fee, price) = (pool.fee(), pool.sqrt_price_x96());
        let mut part = V3Pool::from_state(fee, spacing, price, pool.tick(), pool.liquidity(), ticks, Some(known)).unwrap();
        let before = part.clone();
        let amount = if exact_in { signed(amount) } else { -signed(amount) };
        let whole = pool.clone().swap(down, amount, None);
        match part.swap(down, amount, None) {
            Err(AmmError::OutsideKnownTicks { .. }) => {
                let after = whole.unwrap().tick;
                prop_assert!(after <= known.0 || known.1 <= after, "refused without need");
                prop_assert_eq!(part, before);
            }
            other => prop_assert_eq!(other, whole),
        }
    }
}

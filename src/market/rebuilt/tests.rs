//! What events tell of a pool, and what they do not.

use alloy::primitives::{Address, I256, U256};

use super::*;
use crate::{
    amm::tick_math::sqrt_ratio_at_tick,
    domain::{Asset, PoolSpec, Token},
    units::{FeePips, Tick, TokenAmount},
};

fn market(kind: PoolKind) -> Market {
    let token =
        |symbol: &str, byte| Token { symbol: symbol.to_owned(), address: Address::repeat_byte(byte), decimals: 18 };
    let spec = PoolSpec { kind, address: Address::ZERO, fee: FeePips(3_000), tick_spacing: 60 };
    Market { asset: Asset::new("A"), base: token("A", 1), quote: token("B", 2), pool: spec }
}

fn tick(tick: i32) -> Tick {
    Tick::new(tick).unwrap()
}

fn take(rebuilt: &mut Rebuilt<'_>, kind: PoolEventKind) {
    rebuilt.take(&PoolEvent { pool: Address::ZERO, log_index: 7, kind });
}

fn initialize() -> PoolEventKind {
    PoolEventKind::V3Initialize { sqrt_price_x96: sqrt_ratio_at_tick(tick(5)), tick: tick(5) }
}

fn mint(lower: i32, upper: i32, liquidity: u128) -> PoolEventKind {
    let (tick_lower, tick_upper) = (tick(lower), tick(upper));
    PoolEventKind::V3Mint { tick_lower, tick_upper, liquidity, amount0: U256::ZERO, amount1: U256::ZERO }
}

#[test]
fn from_its_first_event_on_a_pool_is_known() {
    let market = market(PoolKind::V3);
    let mut rebuilt = Rebuilt::new(&market);
    assert_eq!(rebuilt.depth(), Ok(None));
    let mut pool = V3Pool::new(FeePips(3_000), 60, sqrt_ratio_at_tick(tick(5))).unwrap();
    take(&mut rebuilt, initialize());
    for (lower, upper, liquidity) in [(-6_000, 6_000, 1 << 80), (-60, 120, 1 << 84)] {
        pool.mint(tick(lower), tick(upper), liquidity).unwrap();
        take(&mut rebuilt, mint(lower, upper, liquidity));
    }
    let swap = pool.swap(true, I256::try_from(1u64 << 60).unwrap(), None).unwrap();
    let amounts = (swap.amount0, swap.amount1);
    take(
        &mut rebuilt,
        PoolEventKind::V3Swap {
            amount0: amounts.0,
            amount1: amounts.1,
            sqrt_price_x96: swap.sqrt_price_x96,
            liquidity: swap.liquidity,
            tick: swap.tick,
        },
    );
    assert_eq!(rebuilt.ticks(), Some(&pool));
    let depth = PoolTracker::new(market.clone(), Pool::V3(pool.clone())).depth(DEPTH_BPS);
    assert!(depth.buy.is_some() && depth.sell.is_some());
    assert_eq!(rebuilt.depth(), Ok(Some(depth)));
    assert_eq!(Rebuilt::of(&market, pool).depth(), Ok(Some(depth)));
}

#[test]
fn what_does_not_begin_with_the_pool_tells_nothing_of_its_ticks() {
    let market = market(PoolKind::V3);
    let mut rebuilt = Rebuilt::new(&market);
    take(&mut rebuilt, mint(-60, 60, 5));
    take(&mut rebuilt, initialize());
    assert_eq!((rebuilt.depth(), rebuilt.ticks()), (Err(Untold::Beginning), None));
    assert!(rebuilt.is_untold());
}

#[test]
fn logs_that_contradict_each_other_tell_nothing() {
    let market = market(PoolKind::V3);
    let begun = || {
        let mut rebuilt = Rebuilt::new(&market);
        take(&mut rebuilt, initialize());
        take(&mut rebuilt, mint(-6_000, 6_000, 500));
        rebuilt
    };
    let contradicted = |kind| {
        let mut rebuilt = begun();
        take(&mut rebuilt, kind);
        let Err(Untold::Contradicted(why)) = rebuilt.depth() else { panic!("{:?}", rebuilt.depth()) };
        why
    };
    let (tick_lower, tick_upper, amount0, amount1) = (tick(-60), tick(60), U256::ZERO, U256::ZERO);
    let burn = PoolEventKind::V3Burn { tick_lower, tick_upper, liquidity: 1, amount0, amount1 };
    assert!(contradicted(burn).contains("log 7: cannot remove 1 of liquidity where there is 0"));
    assert!(contradicted(initialize()).contains("a pool that has a price is initialised"));
    let none = TokenAmount::ZERO;
    assert!(contradicted(PoolEventKind::V2Sync { reserve0: none, reserve1: none }).contains("a V2 event in a V3 pool"));
    // A position of whose mint nothing was told shows in the liquidity in range.
    let mut rebuilt = begun();
    let (amount0, amount1) = (I256::ONE, I256::MINUS_ONE);
    let sqrt_price_x96 = sqrt_ratio_at_tick(tick(6));
    let swap = |liquidity| PoolEventKind::V3Swap { amount0, amount1, sqrt_price_x96, liquidity, tick: tick(6) };
    take(&mut rebuilt, swap(501));
    assert_eq!(rebuilt.depth(), Err(Untold::Ticks(AmmError::LiquidityMismatch { liquidity: 501, sum: 500 })));
    take(&mut rebuilt, swap(500));
    assert!(rebuilt.depth().unwrap().is_some());
}

#[test]
fn any_sync_tells_all_of_a_v2_pool() {
    let market = market(PoolKind::V2);
    let mut rebuilt = Rebuilt::new(&market);
    let (one, more) = (TokenAmount(U256::from(1u64 << 40)), TokenAmount(U256::from(1u64 << 41)));
    take(&mut rebuilt, PoolEventKind::V2Mint { amount0: U256::ONE, amount1: U256::ONE });
    assert_eq!(rebuilt.depth(), Ok(None));
    for (reserve0, reserve1) in [(one, one), (more, one)] {
        take(&mut rebuilt, PoolEventKind::V2Sync { reserve0, reserve1 });
        let pool = Pool::V2(V2Pool::new(reserve0, reserve1, FeePips(3_000)).unwrap());
        let depth = PoolTracker::new(market.clone(), pool).depth(DEPTH_BPS);
        assert!(depth.buy.is_some());
        assert_eq!(rebuilt.depth(), Ok(Some(depth)));
    }
    assert_eq!(rebuilt.ticks(), None);
}

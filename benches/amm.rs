//! What a swap costs, beside the same loop put together from `uniswap_v3_math`.

#[path = "../tests/peer/mod.rs"]
mod peer;

use std::hint::black_box;

use alloy::primitives::{I256, U256};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use peer::Peer;
use shoal::{
    amm::{V2Pool, V3Pool, tick_math::sqrt_ratio_at_tick},
    units::{FeePips, SqrtPriceX96, Tick, TokenAmount},
};

const LIQUIDITY: u128 = 12_453_647_101_533_358_277;

fn tick(tick: i32) -> Tick {
    Tick::new(tick).unwrap()
}

/// A pool like USDC/WETH 0.05%: a thousand initialised ticks, ten spacings wide positions.
fn pool() -> V3Pool {
    let start: U256 = "1662995104975155420368771254341874".parse().unwrap();
    let mut pool = V3Pool::new(FeePips(500), 10, SqrtPriceX96(start)).unwrap();
    pool.mint(tick(-887_270), tick(887_270), LIQUIDITY).unwrap();
    for step in -500..500 {
        pool.mint(tick(199_040 + step * 10), tick(199_140 + step * 10), LIQUIDITY / 100).unwrap();
    }
    pool
}

/// The input of token1 that crosses `ticks` initialised ticks upwards and stops before the next.
fn input_across(pool: &V3Pool, ticks: i32) -> I256 {
    let first = pool.tick().get().div_euclid(10) * 10;
    let limit = sqrt_ratio_at_tick(tick(first + ticks * 10 + 9));
    let swap = pool.clone().swap(false, I256::MAX, Some(limit)).unwrap();
    assert_eq!(swap.ticks_crossed, ticks.unsigned_abs());
    swap.amount1
}

fn amm(c: &mut Criterion) {
    let pool = pool();
    for ticks in [0, 1, 10] {
        let amount = input_across(&pool, ticks);
        let mut group = c.benchmark_group(format!("v3 swap crossing {ticks} ticks"));
        let quoted = TokenAmount(amount.into_raw());
        group.bench_function("quote", |b| b.iter(|| black_box(&pool).quote_exact_in(false, black_box(quoted))));
        group.bench_function("swap", |b| {
            b.iter_batched_ref(
                || pool.clone(),
                |pool| pool.swap(false, black_box(amount), None),
                BatchSize::SmallInput,
            );
        });
        group.bench_function("peer", |b| {
            b.iter_batched_ref(|| Peer::of(&pool), |peer| peer.swap(false, black_box(amount)), BatchSize::SmallInput);
        });
    }
    let reserves = (16_231_137_593u128.into(), 2_571_336_301_536_722_443_178u128.into());
    let v2 = V2Pool::new(reserves.0, reserves.1, FeePips(3000)).unwrap();
    c.bench_function("v2 quote", |b| {
        b.iter(|| black_box(&v2).quote_exact_in(true, black_box(TokenAmount::from(100_000_000u64))));
    });
}

criterion_group!(benches, amm);
criterion_main!(benches);

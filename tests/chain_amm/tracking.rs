//! Pool state kept by the logs alone.

use alloy::{
    primitives::{Address, I256, U256},
    sol,
    sol_types::SolCall,
};
use proptest::{prelude::any, test_runner::TestRunner};
use shoal::{
    amm::Pool,
    domain::{Market, PoolEventKind, PoolKind, Side},
    io::{
        anvil::control::Impersonated,
        replica::{DRIVER, MOVER, abi::IMover},
    },
    market::PoolTracker,
    units::{BlockNumber, SqrtPriceX96, TokenAmount, Wei},
};

use super::host::{Host, draw, events, markets, v3_markets};

sol! {
    interface IPool {
        function burn(int24 tickLower, int24 tickUpper, uint128 amount) external;
    }
}

/// Applies everything after `from` and returns the head.
async fn follow(host: &Host, tracker: &mut PoolTracker, from: BlockNumber) -> BlockNumber {
    let head = host.head().await;
    let pool = tracker.market().pool.address;
    let logs = host.chain.logs(&[pool], BlockNumber(from.0 + 1), head).await.unwrap();
    for event in events(pool, &logs) {
        tracker.apply(&event).unwrap();
    }
    head
}

fn call(from: Address, to: Address, call: &impl SolCall) -> Impersonated {
    Impersonated { from, to: Some(to), input: call.abi_encode().into(), value: Wei::ZERO, gas_limit: 0 }
}

async fn mint(host: &mut Host, market: &Market, lower: i32, upper: i32, liquidity: u128) {
    let mint = IMover::mintCall {
        pool: market.pool.address,
        tickLower: lower.try_into().unwrap(),
        tickUpper: upper.try_into().unwrap(),
        liquidity,
    };
    host.impersonate(call(DRIVER, MOVER, &mint)).await;
}

async fn burn(host: &mut Host, market: &Market, lower: i32, upper: i32, amount: u128) {
    let burn = IPool::burnCall { tickLower: lower.try_into().unwrap(), tickUpper: upper.try_into().unwrap(), amount };
    host.impersonate(call(MOVER, market.pool.address, &burn)).await;
}

async fn swap(host: &mut Host, tracker: &PoolTracker, amount: TokenAmount, side: Side) {
    let market = tracker.market();
    let token = if side == Side::Sell { &market.base } else { &market.quote };
    host.fund(token.address, amount).await;
    let quote = tracker.quote(side, amount).unwrap();
    let order = host.order(market, tracker.pool(), side, &quote);
    let [_, receipt] = host.execute(order).await;
    assert!(receipt.status);
}

/// A root price within a third of `from`.
fn near(runner: &mut TestRunner, from: SqrtPriceX96) -> SqrtPriceX96 {
    let share = draw(runner, &(700_000u64..1_300_000));
    SqrtPriceX96(from.0 * U256::from(share) / U256::from(1_000_000) + U256::from(draw(runner, &any::<u16>())))
}

#[tokio::test]
async fn a_v3_pool_followed_by_its_logs_is_the_pool_itself() {
    let mut host = Host::take().await;
    host.control.set_ether(MOVER, Wei::from(10u128.pow(24))).await.unwrap();
    let mut runner = TestRunner::deterministic();
    for market in v3_markets() {
        let mut tracker = host.tracker(&market).await;
        let mut seen = host.head().await;
        let spacing = market.pool.tick_spacing;
        for _ in 0..3 {
            let before = tracker.pool().clone();
            // The mover's swap is ours too, to the wei.
            let target = near(&mut runner, tracker.sqrt_price_x96());
            let Pool::V3(mut moved) = before.clone() else { panic!("{market:?}") };
            let ours = moved.swap(target < before.sqrt_price_x96(), I256::MAX, Some(target)).unwrap();
            let receipt = host.move_to(&[(market.pool.address, target)]).await;
            let happened = events(market.pool.address, &receipt.logs);
            let [event] = happened.as_slice() else { panic!("{happened:?}") };
            let PoolEventKind::V3Swap { amount0, amount1, .. } = event.kind else { panic!("{event:?}") };
            assert_eq!((amount0, amount1), (ours.amount0, ours.amount1));
            seen = follow(&host, &mut tracker, seen).await;
            assert_eq!(*tracker.pool(), Pool::V3(moved.clone()));
            assert_eq!(*tracker.pool(), host.pool(&market).await);

            // Around, above and below the price; ticks come, overlap and go.
            let at = moved.tick().get().div_euclid(spacing) * spacing;
            let liquidity = moved.liquidity() / 7 + u128::from(draw(&mut runner, &any::<u32>()));
            let ranges = [(at - 3 * spacing, at + 4 * spacing), (at + spacing, at + 9 * spacing), (at - spacing, at)];
            for (lower, upper) in ranges {
                mint(&mut host, &market, lower, upper, liquidity).await;
            }
            seen = follow(&host, &mut tracker, seen).await;
            assert_eq!(*tracker.pool(), host.pool(&market).await);
            for (side, one) in [(Side::Sell, &market.base), (Side::Buy, &market.quote)] {
                let whole = U256::from(10).pow(U256::from(one.decimals));
                swap(&mut host, &tracker, TokenAmount(whole * U256::from(3) / U256::from(2)), side).await;
                seen = follow(&host, &mut tracker, seen).await;
                assert_eq!(*tracker.pool(), host.pool(&market).await);
            }
            for (lower, upper) in ranges {
                // Nothing (fees are reckoned), a part, the rest.
                burn(&mut host, &market, lower, upper, 0).await;
                burn(&mut host, &market, lower, upper, liquidity / 3).await;
                seen = follow(&host, &mut tracker, seen).await;
                assert_eq!(*tracker.pool(), host.pool(&market).await);
                burn(&mut host, &market, lower, upper, liquidity - liquidity / 3).await;
            }
            seen = follow(&host, &mut tracker, seen).await;
            assert_eq!(*tracker.pool(), host.pool(&market).await);
        }
    }
}

#[tokio::test]
async fn a_v2_pool_followed_by_its_logs_is_the_pool_itself() {
    let mut host = Host::take().await;
    for market in markets(PoolKind::V2) {
        let mut tracker = host.tracker(&market).await;
        let mut seen = host.head().await;
        for (side, one) in [(Side::Sell, &market.base), (Side::Buy, &market.quote), (Side::Sell, &market.base)] {
            let whole = U256::from(10).pow(U256::from(one.decimals));
            swap(&mut host, &tracker, TokenAmount(whole * U256::from(7) / U256::from(3)), side).await;
            seen = follow(&host, &mut tracker, seen).await;
            assert_eq!(*tracker.pool(), host.pool(&market).await);
        }
    }
}

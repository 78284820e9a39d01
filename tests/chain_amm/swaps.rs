//! Real swaps through SwapRouter02, signed by the wallet.

use alloy::primitives::{I256, U256};
use proptest::test_runner::TestRunner;
use shoal::{
    amm::{Pool, V3Pool},
    domain::{Market, PoolEventKind, PoolKind},
    units::TokenAmount,
};

use super::host::{Host, amounts, draw, events, markets, side, v3_markets};

fn v3(pool: &Pool) -> V3Pool {
    let Pool::V3(pool) = pool else { panic!("a V2 pool") };
    pool.clone()
}

/// Draws an amount that our quote fills, and gives the account twice as much.
async fn funded(host: &Host, runner: &mut TestRunner, market: &Market, pool: &Pool, zero_for_one: bool) -> TokenAmount {
    let token = if zero_for_one { &market.base } else { &market.quote };
    loop {
        // More would be beyond what the mainnet pools hold.
        let amount = draw(runner, &amounts(if token.decimals > 8 { 80 } else { 50 }));
        let Ok(quote) = pool.quote_exact_in(zero_for_one, amount) else { continue };
        if quote.amount_out.is_zero() || quote.ticks_crossed > 20 {
            continue;
        }
        host.fund(token.address, TokenAmount(amount.0 * U256::from(2))).await;
        return amount;
    }
}

#[tokio::test]
async fn v3_swaps_do_what_our_pool_does() {
    let mut host = Host::take().await;
    let mut runner = TestRunner::deterministic();
    for market in v3_markets() {
        let mut pool = host.pool(&market).await;
        for case in 0..6 {
            let zero_for_one = case % 2 == 0;
            let amount = funded(&host, &mut runner, &market, &pool, zero_for_one).await;
            let quote = pool.quote_exact_in(zero_for_one, amount).unwrap();
            let mut ours = v3(&pool);
            let swap = ours.swap(zero_for_one, I256::try_from(amount.0).unwrap(), None).unwrap();

            let mut order = host.order(&market, &pool, side(zero_for_one), &quote);
            // Dozens of ticks that nobody has crossed before: not what the gas model is for.
            order.gas_expected += 100_000 * u64::from(quote.ticks_crossed);
            let (token_in, token_out) = (order.token_in, order.token_out);
            let (in_before, out_before) = (host.held(token_in).await, host.held(token_out).await);
            let [_, receipt] = host.execute(order).await;
            assert!(receipt.status, "{amount} in {}", market.pool.address);

            let events = events(market.pool.address, &receipt.logs);
            let [event] = events.as_slice() else { panic!("{events:?}") };
            let expected = PoolEventKind::V3Swap {
                amount0: swap.amount0,
                amount1: swap.amount1,
                sqrt_price_x96: swap.sqrt_price_x96,
                liquidity: swap.liquidity,
                tick: swap.tick,
            };
            assert_eq!(event.kind, expected);
            pool = host.pool(&market).await;
            assert_eq!(pool, Pool::V3(ours));
            assert_eq!(in_before.checked_sub(host.held(token_in).await), Some(amount));
            assert_eq!(host.held(token_out).await.checked_sub(out_before), Some(quote.amount_out));
            assert!(host.allowance(token_in).await.is_zero(), "the approval is used up");
        }
    }
}

#[tokio::test]
async fn v2_swaps_do_what_our_pool_does() {
    let mut host = Host::take().await;
    let mut runner = TestRunner::deterministic();
    for market in markets(PoolKind::V2) {
        let mut pool = host.pool(&market).await;
        for zero_for_one in [true, false] {
            let amount = funded(&host, &mut runner, &market, &pool, zero_for_one).await;
            let quote = pool.quote_exact_in(zero_for_one, amount).unwrap();
            let zero = TokenAmount::ZERO;
            let [in0, in1, out0, out1] = if zero_for_one {
                [amount, zero, zero, quote.amount_out]
            } else {
                [zero, amount, quote.amount_out, zero]
            };
            let Pool::V2(mut ours) = pool else { panic!("{market:?}") };
            ours.apply_swap(in0, in1, out0, out1).unwrap();

            let order = host.order(&market, &pool, side(zero_for_one), &quote);
            let (token_in, token_out) = (order.token_in, order.token_out);
            let out_before = host.held(token_out).await;
            let [_, receipt] = host.execute(order).await;
            assert!(receipt.status, "{amount} in {}", market.pool.address);
            let kinds: Vec<_> =
                events(market.pool.address, &receipt.logs).into_iter().map(|event| event.kind).collect();
            let sync = PoolEventKind::V2Sync { reserve0: ours.reserve0, reserve1: ours.reserve1 };
            let swap = PoolEventKind::V2Swap {
                amount0_in: in0.0,
                amount1_in: in1.0,
                amount0_out: out0.0,
                amount1_out: out1.0,
            };
            assert_eq!(kinds, [sync, swap]);
            pool = host.pool(&market).await;
            assert_eq!(pool, Pool::V2(ours));
            assert_eq!(host.held(token_out).await.checked_sub(out_before), Some(quote.amount_out));
            assert!(host.allowance(token_in).await.is_zero(), "the approval is used up");
        }
    }
}

/// One whole token0 of the market, funded three times over.
async fn small(host: &Host, market: &Market) -> TokenAmount {
    let amount = TokenAmount(U256::from(10).pow(U256::from(market.base.decimals)));
    host.fund(market.base.address, TokenAmount(amount.0 * U256::from(3))).await;
    amount
}

#[tokio::test]
async fn a_swap_below_its_minimum_reverts_and_moves_nothing() {
    let mut host = Host::take().await;
    for market in v3_markets().into_iter().take(1).chain(markets(PoolKind::V2).into_iter().take(1)) {
        let amount = small(&host, &market).await;
        let pool = host.pool(&market).await;
        let quote = pool.quote_exact_in(true, amount).unwrap();
        let mut order = host.order(&market, &pool, side(true), &quote);
        order.amount_out_min = order.amount_out_min.checked_add(1u64.into()).unwrap();
        let held = host.held(order.token_in).await;
        let [_, receipt] = host.execute(order.clone()).await;
        assert!(!receipt.status, "one wei above the quote");
        assert_eq!(host.pool(&market).await, pool);
        assert_eq!(host.held(order.token_in).await, held);
        assert_eq!(host.allowance(order.token_in).await, amount, "the approval is of the exact amount");

        // The very quote passes, whatever is left of the approval before.
        let order = host.order(&market, &pool, side(true), &quote);
        let token_in = order.token_in;
        let [_, receipt] = host.execute(order).await;
        assert!(receipt.status);
        assert!(host.allowance(token_in).await.is_zero());
    }
}

#[tokio::test]
async fn a_swap_after_its_deadline_reverts() {
    let mut host = Host::take().await;
    for market in v3_markets().into_iter().take(1).chain(markets(PoolKind::V2).into_iter().take(1)) {
        for (late, succeeds) in [(0, true), (1, false)] {
            let amount = small(&host, &market).await;
            let pool = host.pool(&market).await;
            let quote = pool.quote_exact_in(true, amount).unwrap();
            let order = host.order(&market, &pool, side(true), &quote);
            let deadline = order.deadline;
            let [approve, swap] = host.send(order).await;
            host.mine_at(deadline.plus(late)).await;
            assert!(host.receipt(approve).await.status);
            assert_eq!(host.receipt(swap).await.status, succeeds, "{late} seconds late");
            assert_eq!(host.pool(&market).await == pool, !succeeds);
        }
    }
}

//! Quotes against QuoterV2 and Router02.

use alloy::{
    primitives::{Address, Bytes, I256, U160, U256},
    providers::bindings::IMulticall3,
    sol,
    sol_types::SolCall,
};
use proptest::{prelude::any, test_runner::TestRunner};
use shoal::{
    amm::{AmmError, Pool},
    backtest::planned,
    domain::{Market, PoolKind},
    io::replica::artifacts,
    units::{SqrtPriceX96, TokenAmount},
};

use super::host::{Host, amounts, draw, markets, say, v3_markets};

sol! {
    interface IQuoterV2 {
        struct Params {
            address tokenIn;
            address tokenOut;
            uint256 amountIn;
            uint24 fee;
            uint160 sqrtPriceLimitX96;
        }
        function quoteExactInputSingle(Params memory params)
            external
            returns (uint256 amountOut, uint160 sqrtPriceX96After, uint32 initializedTicksCrossed, uint256 gasEstimate);
    }

    interface IRouter02 {
        function getAmountsOut(uint256 amountIn, address[] path) external view returns (uint256[] amounts);
    }
}

/// The prices at which the pools are quoted, the one found included.
const PRICES: usize = 6;
/// Amounts a pool and price.
const AMOUNTS: usize = 20;
/// Swaps up to four times the largest reserves: the highest cannot be filled.
const BITS: usize = 130;

fn tokens(market: &Market, zero_for_one: bool) -> (Address, Address) {
    let (token0, token1) = (market.base.address, market.quote.address);
    if zero_for_one { (token0, token1) } else { (token1, token0) }
}

/// The calls' answers in one round trip; `None` for one that reverted.
async fn read_many(host: &Host, to: Address, calls: impl Iterator<Item = Bytes>) -> Vec<Option<Bytes>> {
    let call = |data| IMulticall3::Call3 { target: to, allowFailure: true, callData: data };
    let batch = IMulticall3::aggregate3Call { calls: calls.map(call).collect() };
    let answer = host.call(artifacts::MULTICALL3, batch.abi_encode().into()).await.unwrap();
    let results = IMulticall3::aggregate3Call::abi_decode_returns(&answer).unwrap();
    results.into_iter().map(|result| result.success.then_some(result.returnData)).collect()
}

#[tokio::test]
async fn the_replicas_pools_are_those_of_the_plan() {
    let host = Host::take().await;
    if !host.planned {
        say("skipped: the plan is the replica's, and SHOAL_FORK_URL names another node");
        return;
    }
    let markets = [markets(PoolKind::V3), markets(PoolKind::V2)].concat();
    for (market, planned) in markets.iter().zip(planned::pools(&markets).unwrap()) {
        let found = host.pool(market).await;
        assert_eq!(found, planned, "{}", market.pool.address);
        if let Pool::V3(pool) = &found {
            assert!(pool.ticks().count() > 100 && pool.liquidity() > 0, "{}", market.pool.address);
        }
    }
}

/// A root price up to `2^(octaves / 2)` away, either way.
fn elsewhere(runner: &mut TestRunner, from: SqrtPriceX96, octaves: f64) -> SqrtPriceX96 {
    let factor = draw(runner, &(-octaves / 2.0..octaves / 2.0)).exp2();
    let digits = draw(runner, &any::<u32>());
    // Every digit is drawn, those beyond the float's as well.
    let scaled = (from.0 * U256::from((factor * 2f64.powi(32)) as u64)) >> 32;
    SqrtPriceX96(scaled ^ U256::from(digits))
}

#[tokio::test]
async fn v3_quotes_are_those_of_quoter_v2() {
    let mut host = Host::take().await;
    let octaves = if host.planned { 4.0 } else { 0.1 };
    let mut runner = TestRunner::deterministic();
    let (mut filled, mut partial, mut crossed) = (0, 0, 0);
    let mut most_crossed = 0;
    for market in v3_markets() {
        let start = host.pool(&market).await.sqrt_price_x96();
        for price in 0..PRICES {
            if price > 0 {
                let target = elsewhere(&mut runner, start, octaves);
                host.move_to(&[(market.pool.address, target)]).await;
            }
            let Pool::V3(pool) = host.pool(&market).await else { panic!("{market:?}") };
            let cases: Vec<(bool, TokenAmount)> =
                (0..AMOUNTS).map(|case| (case % 2 == 0, draw(&mut runner, &amounts(BITS)))).collect();
            let calls = cases.iter().map(|&(zero_for_one, amount)| {
                let (token_in, token_out) = tokens(&market, zero_for_one);
                let params = IQuoterV2::Params {
                    tokenIn: token_in,
                    tokenOut: token_out,
                    amountIn: amount.0,
                    fee: market.pool.fee.0.try_into().unwrap(),
                    sqrtPriceLimitX96: U160::ZERO,
                };
                IQuoterV2::quoteExactInputSingleCall { params }.abi_encode().into()
            });
            let answers = read_many(&host, artifacts::QUOTER_V2, calls).await;
            for ((zero_for_one, amount), answer) in cases.into_iter().zip(answers) {
                let case = format!(
                    "{} of {} at {}, {amount} in, token0 in: {zero_for_one}",
                    market.pool.address,
                    market.pool.fee,
                    pool.sqrt_price_x96()
                );
                let answer = answer.unwrap_or_else(|| panic!("{case}: the quoter reverted"));
                let theirs = IQuoterV2::quoteExactInputSingleCall::abi_decode_returns(&answer).unwrap();
                let theirs = (theirs.amountOut, U256::from(theirs.sqrtPriceX96After));
                match pool.quote_exact_in(zero_for_one, amount) {
                    Ok(ours) => {
                        assert_eq!((ours.amount_out.0, ours.sqrt_price_after.0), theirs, "{case}");
                        filled += 1;
                        crossed += usize::from(ours.ticks_crossed > 0);
                        most_crossed = most_crossed.max(ours.ticks_crossed);
                    }
                    // The contract fills what it can and stops at the end of the range.
                    Err(AmmError::InsufficientLiquidity { unfilled }) => {
                        let swap = pool.clone().swap(zero_for_one, I256::try_from(amount.0).unwrap(), None).unwrap();
                        let (paid, got) =
                            if zero_for_one { (swap.amount0, swap.amount1) } else { (swap.amount1, swap.amount0) };
                        assert_eq!((got.unsigned_abs(), swap.sqrt_price_x96.0), theirs, "{case}");
                        assert_eq!(paid.unsigned_abs() + unfilled.0, amount.0, "{case}");
                        assert!(!unfilled.is_zero(), "{case}");
                        partial += 1;
                    }
                    Err(error) => panic!("{case}: {error}"),
                }
            }
        }
    }
    say(&format!("{filled} V3 quotes, {crossed} of them across up to {most_crossed} ticks, and {partial} in part"));
    assert!(crossed > 50 && filled - crossed > 50 && partial > 10);
}

#[tokio::test]
async fn v2_quotes_are_those_of_router_02() {
    let host = Host::take().await;
    let mut runner = TestRunner::deterministic();
    let (mut filled, mut nothing, mut too_much) = (0, 0, 0);
    for market in markets(PoolKind::V2) {
        let Pool::V2(pool) = host.pool(&market).await else { panic!("{market:?}") };
        let cases: Vec<(bool, TokenAmount)> =
            (0..40).map(|case| (case % 2 == 0, draw(&mut runner, &amounts(114)))).collect();
        let calls = cases.iter().map(|&(zero_for_one, amount)| {
            let (token_in, token_out) = tokens(&market, zero_for_one);
            IRouter02::getAmountsOutCall { amountIn: amount.0, path: vec![token_in, token_out] }.abi_encode().into()
        });
        let answers = read_many(&host, artifacts::V2_ROUTER_02, calls).await;
        for ((zero_for_one, amount), answer) in cases.into_iter().zip(answers) {
            let case = format!("{}, {amount} in, token0 in: {zero_for_one}", market.pool.address);
            let answer = answer.unwrap_or_else(|| panic!("{case}: the router reverted"));
            let theirs = IRouter02::getAmountsOutCall::abi_decode_returns(&answer).unwrap()[1];
            let reserve_in = if zero_for_one { pool.reserve0 } else { pool.reserve1 };
            // The router quotes beyond what the pair holds in its 112 bits; the pair would revert.
            let beyond = (reserve_in.0 + amount.0).bit_len() > 112;
            match pool.quote_exact_in(zero_for_one, amount) {
                Ok(ours) => {
                    assert_eq!(ours.amount_out.0, theirs, "{case}");
                    assert!(!beyond, "{case}");
                    filled += 1;
                }
                Err(AmmError::ZeroOutput) => {
                    assert_eq!(theirs, U256::ZERO, "{case}");
                    nothing += 1;
                }
                Err(AmmError::Overflow("a reserve")) => {
                    assert!(beyond, "{case}");
                    too_much += 1;
                }
                Err(error) => panic!("{case}: {error}"),
            }
        }
    }
    say(&format!("{filled} V2 quotes, {nothing} of nothing and {too_much} refused"));
    assert!(filled > 100 && nothing > 0 && too_much > 0);
}

//! What the bot's transactions burn, and the model of it.

use std::collections::BTreeMap;

use alloy::primitives::{I256, U256};
use proptest::test_runner::TestRunner;
use shoal::{
    amm::{Pool, tick_math::sqrt_ratio_at_tick},
    domain::{Market, PoolKind, Side},
    units::{SqrtPriceX96, Tick, TokenAmount},
};

use super::host::{Host, draw, say};

/// Ticks crossed by the largest swap measured. A range is at least a tick spacing wide, so
/// that no order within `max_impact_bps` crosses more on the replica.
const MOST_TICKS: usize = 6;
const ROUNDS: usize = 4;

/// One order carried out.
struct Sample {
    market: String,
    side: Side,
    ticks: u32,
    /// The ticks had been crossed before, and both balances are above zero before and after.
    repeated: bool,
    approve: u64,
    swap: u64,
}

/// An amount that crosses exactly `ticks` initialised ticks: it ends halfway to the one after.
fn amount_across(pool: &Pool, zero_for_one: bool, ticks: usize) -> Option<TokenAmount> {
    let Pool::V3(pool) = pool else { return None };
    let at = pool.tick();
    let mut ahead: Vec<i32> = pool.ticks().map(|(tick, _)| tick.get()).collect();
    ahead.retain(|tick| (*tick <= at.get()) == zero_for_one);
    if zero_for_one {
        ahead.reverse();
    }
    let from = if ticks == 0 { at.get() } else { *ahead.get(ticks - 1)? };
    let end = Tick::new(from.midpoint(*ahead.get(ticks)?)).ok()?;
    let swap = pool.clone().swap(zero_for_one, I256::MAX, Some(sqrt_ratio_at_tick(end))).ok()?;
    let paid = if zero_for_one { swap.amount0 } else { swap.amount1 };
    (swap.ticks_crossed as usize == ticks).then(|| TokenAmount(paid.unsigned_abs()))
}

/// An amount of the size that the bot trades: 50 to 5,000 dollars and a bit, by the replica's
/// start prices.
fn usual(runner: &mut TestRunner, market: &Market, side: Side) -> TokenAmount {
    let token = if side == Side::Sell { &market.base } else { &market.quote };
    let cents = draw(runner, &(5_000u64..500_000));
    let dollars = match token.symbol.as_str() {
        "WETH" => 2_000,
        "WBTC" => 40_000,
        _ => 1,
    };
    let unit = U256::from(10).pow(U256::from(token.decimals));
    TokenAmount(unit * U256::from(cents) / U256::from(100 * dollars) + U256::from(draw(runner, &(0u64..100))))
}

async fn measure(host: &mut Host, market: &Market, side: Side, amount: TokenAmount, repeated: bool) -> Sample {
    let (token_in, token_out) = match side {
        Side::Buy => (market.quote.address, market.base.address),
        Side::Sell => (market.base.address, market.quote.address),
    };
    // Repeated: something is left and something was there. Else all is spent, or nothing was.
    let kept = U256::from(u8::from(repeated));
    host.fund(token_in, TokenAmount(amount.0 + kept * U256::from(1_000_003))).await;
    host.fund(token_out, TokenAmount(kept * U256::from(1_000_003))).await;
    let tracker = host.tracker(market).await;
    let quote = tracker.quote(side, amount).unwrap();
    let order = host.order(market, tracker.pool(), side, &quote);
    let limits = host.config.execution.gas.limits(order.gas_expected);
    let [approve, swap] = host.execute(order).await;
    let name = format!("{}/{} {}", market.base.symbol, market.quote.symbol, market.pool.fee);
    assert!(
        swap.status,
        "{name} {side:?} across {} ticks, repeated: {repeated}: {} of {} gas",
        quote.ticks_crossed, swap.gas_used, limits.1
    );
    Sample { market: name, side, ticks: quote.ticks_crossed, repeated, approve: approve.gas_used, swap: swap.gas_used }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0
}

/// The configured pools, their base and quote as a market would have them.
fn configured(host: &Host) -> Vec<Market> {
    let mut markets = host.config.markets.clone();
    for pool in host.config.pools.values() {
        if markets.iter().all(|market| market.pool.address != pool.spec.address) {
            let asset = shoal::domain::Asset::new(&pool.token0.symbol);
            markets.push(Market { asset, base: pool.token0.clone(), quote: pool.token1.clone(), pool: pool.spec });
        }
    }
    markets
}

#[tokio::test]
async fn the_gas_model_is_centred_and_its_limits_suffice() {
    let mut host = Host::take().await;
    let mut runner = TestRunner::deterministic();
    let traded = host.config.markets.len();
    let mut samples = Vec::new();
    for (index, market) in configured(&host).into_iter().enumerate() {
        let start = host.pool(&market).await.sqrt_price_x96();
        for round in 0..ROUNDS {
            for side in [Side::Buy, Side::Sell] {
                let repeated = round > 0;
                let amount = usual(&mut runner, &market, side);
                samples.push((index < traded, measure(&mut host, &market, side, amount, repeated).await));
                if market.pool.kind == PoolKind::V2 {
                    continue;
                }
                for ticks in 0..=MOST_TICKS {
                    let share = draw(&mut runner, &(990_000u64..1_010_000));
                    let from = SqrtPriceX96(start.0 * U256::from(share) / U256::from(1_000_000));
                    host.move_to(&[(market.pool.address, from)]).await;
                    let tracker = host.tracker(&market).await;
                    let amount = amount_across(tracker.pool(), tracker.zero_for_one(side), ticks).unwrap();
                    let sample = measure(&mut host, &market, side, amount, repeated).await;
                    assert_eq!(sample.ticks as usize, ticks);
                    samples.push((index < traded, sample));
                }
            }
        }
    }

    let mut rows: BTreeMap<(String, String, bool, u32), Vec<&Sample>> = BTreeMap::new();
    for (_, sample) in &samples {
        let key = (sample.market.clone(), format!("{:?}", sample.side), sample.repeated, sample.ticks);
        rows.entry(key).or_default().push(sample);
    }
    let of = |samples: &[&Sample], gas: fn(&Sample) -> u64| median(samples.iter().map(|s| gas(s) as f64).collect());
    for ((market, side, repeated, ticks), samples) in &rows {
        let (approve, swap) = (of(samples, |s| s.approve), of(samples, |s| s.swap));
        let first = if *repeated { "" } else { ", first" };
        say(&format!("gas: {market} {side} across {ticks}{first}: approve {approve}, swap {swap}"));
    }

    let model = host.config.execution.gas;
    let usual = samples.iter().filter(|(traded, sample)| *traded && sample.repeated);
    let errors = usual.map(|(_, sample)| {
        let (expected, real) = (model.expected(sample.ticks) as f64, (sample.approve + sample.swap) as f64);
        (expected / real - 1.0) * 100.0
    });
    let errors: Vec<f64> = errors.collect();
    let worst = errors.iter().copied().fold(0.0, |worst: f64, error| worst.max(error.abs()));
    let centre = median(errors.clone());
    say(&format!("gas: {} repeated orders, model's error: median {centre:+.2}%, worst {worst:.2}%", errors.len()));
    let tightest = samples.iter().map(|(_, sample)| {
        let (approve, swap) = model.limits(model.expected(sample.ticks));
        (sample.approve as f64 / approve as f64).max(sample.swap as f64 / swap as f64)
    });
    let tightest = tightest.fold(0.0, f64::max) * 100.0;
    say(&format!("gas: the tightest limit of {} orders was used to {tightest:.1}%", samples.len()));
    if host.planned {
        assert!(centre.abs() < 1.0 && worst < 10.0);
    }
}

//! What the bot's transactions burn, and the model of it.

use std::{collections::BTreeMap, iter};

use alloy::primitives::{I256, U256};
use proptest::test_runner::TestRunner;
use shoal::{
    amm::{Pool, tick_math::sqrt_ratio_at_tick},
    domain::{Asset, Market, PoolKind, Side},
    io::chain::Receipt,
    market::PoolTracker,
    units::{SqrtPriceX96, Tick, TokenAmount},
};

use super::host::{Host, draw, events, say};

/// Ticks crossed by the largest swap measured. The replica's lie about 3% apart, so that no order
/// within `max_impact_bps` crosses more than two there.
const MOST_TICKS: usize = 6;
/// Orders of the usual size in a round.
const USUAL: usize = 4;

/// One order carried out.
#[derive(Clone, Copy)]
struct Sample {
    kind: PoolKind,
    /// Initialised ticks crossed.
    ticks: u32,
    /// The pool's tick is another one after: the pool then writes an observation.
    moved: bool,
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

/// Carries out an order with the limits of the model; it must not run out of gas.
async fn measure(
    host: &mut Host,
    tracker: &mut PoolTracker,
    side: Side,
    amount: TokenAmount,
    repeated: bool,
) -> Sample {
    let market = tracker.market().clone();
    let (token_in, token_out) = match side {
        Side::Buy => (market.quote.address, market.base.address),
        Side::Sell => (market.base.address, market.quote.address),
    };
    // Repeated: something is left and something was there. Else all is spent, or nothing was.
    let kept = U256::from(if repeated { 1_000_003u64 } else { 0 });
    host.fund(token_in, TokenAmount(amount.0 + kept)).await;
    host.fund(token_out, TokenAmount(kept)).await;
    let quote = tracker.quote(side, amount).unwrap();
    let order = host.order(&market, tracker.pool(), side, &quote);
    let limit = host.config.execution.gas.limits(order.gas_expected).1;
    let [approve, swap] = host.execute(order).await;
    let (ticks, used) = (quote.ticks_crossed, swap.gas_used);
    let name = format!("{}/{} {}", market.base.symbol, market.quote.symbol, market.pool.fee);
    assert!(swap.status, "{name} {side:?} across {ticks} ticks, repeated: {repeated}: {used} of {limit} gas");
    let before = tick(tracker);
    follow(tracker, &swap);
    let moved = before != tick(tracker);
    Sample { kind: market.pool.kind, ticks, moved, repeated, approve: approve.gas_used, swap: swap.gas_used }
}

fn tick(tracker: &PoolTracker) -> Option<Tick> {
    if let Pool::V3(pool) = tracker.pool() { Some(pool.tick()) } else { None }
}

fn follow(tracker: &mut PoolTracker, receipt: &Receipt) {
    for event in events(tracker.market().pool.address, &receipt.logs) {
        tracker.apply(&event).unwrap();
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0
}

/// Median, least and most.
fn spread(samples: &[&Sample], gas: fn(&Sample) -> u64) -> String {
    let values: Vec<u64> = samples.iter().map(|sample| gas(sample)).collect();
    let middle = median(values.iter().map(|value| *value as f64).collect());
    format!("{middle} ({}..{})", values.iter().min().unwrap(), values.iter().max().unwrap())
}

/// The configured pools, their base and quote as a market would have them.
fn configured(host: &Host) -> Vec<Market> {
    let mut markets = host.config.markets.clone();
    for pool in host.config.pools.values() {
        if markets.iter().all(|market| market.pool.address != pool.spec.address) {
            let asset = Asset::new(&pool.token0.symbol);
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
    let model = host.config.execution.gas;
    let (mut samples, mut errors, mut worst) = (Vec::new(), Vec::new(), 0.0f64);
    for (index, market) in configured(&host).into_iter().enumerate() {
        let mut tracker = host.tracker(&market).await;
        let start = tracker.sqrt_price_x96();
        let rounds = if index < traded { 4 } else { 2 };
        for (round, side) in (0..rounds).flat_map(|round| [(round, Side::Buy), (round, Side::Sell)]) {
            let repeated = round > 0;
            // Every tick in reach has been crossed, both ways, before the first repetition.
            if round == 1 && side == Side::Buy && market.pool.kind == PoolKind::V3 {
                for percent in [85u64, 115, 85, 115, 100] {
                    let to = SqrtPriceX96(start.0 * U256::from(percent) / U256::from(100));
                    follow(&mut tracker, &host.move_to(&[(market.pool.address, to)]).await);
                }
            }
            let crossings = if market.pool.kind == PoolKind::V3 { 0..MOST_TICKS + 1 } else { 0..0 };
            for ticks in iter::repeat_n(None, USUAL).chain(crossings.map(Some)) {
                if market.pool.kind == PoolKind::V3 {
                    let share = draw(&mut runner, &(990_000u64..1_010_000));
                    let from = SqrtPriceX96(start.0 * U256::from(share) / U256::from(1_000_000));
                    follow(&mut tracker, &host.move_to(&[(market.pool.address, from)]).await);
                }
                let amount = match ticks {
                    None => usual(&mut runner, &market, side),
                    Some(ticks) => amount_across(tracker.pool(), tracker.zero_for_one(side), ticks).unwrap(),
                };
                let sample = measure(&mut host, &mut tracker, side, amount, repeated).await;
                assert!(ticks.is_none_or(|ticks| sample.ticks as usize == ticks));
                samples.push(sample);
                if index < traded && repeated {
                    let error =
                        (model.expected(sample.ticks) as f64 / (sample.approve + sample.swap) as f64 - 1.0) * 100.0;
                    worst = worst.max(error.abs());
                    errors.extend(ticks.is_none().then_some(error));
                }
            }
        }
    }

    let mut rows: BTreeMap<_, Vec<&Sample>> = BTreeMap::new();
    for sample in &samples {
        rows.entry((format!("{:?}", sample.kind), sample.repeated, sample.ticks, sample.moved))
            .or_default()
            .push(sample);
    }
    for ((kind, repeated, ticks, moved), samples) in &rows {
        let (approve, swap) = (spread(samples, |s| s.approve), spread(samples, |s| s.swap));
        let when = if *repeated { "repeated" } else { "first" };
        let stays = if *moved { "" } else { " (tick unchanged)" };
        say(&format!("gas: {kind}, {ticks} ticks{stays}, {when}: approve {approve}; swap {swap}"));
    }
    let centre = median(errors);
    say(&format!("gas: the model's error: median of usual orders {centre:+.2}%, worst of all repeated {worst:.2}%"));
    // Mainnet's tokens burn more than the stand-ins: elsewhere the limits alone must hold.
    assert!(!host.planned || (centre.abs() < 1.0 && worst < 6.0));
}

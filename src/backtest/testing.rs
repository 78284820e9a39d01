//! A small market for tests: one deep ETH pool, prices from a formula.

use alloy::primitives::{Address, address};

use crate::{
    amm::{Pool, V3Pool},
    domain::{Asset, HourBars, Market, PoolKind, PoolSpec, PriceBar, Token},
    execution::{self, GasModel},
    market::path,
    pipeline, risk,
    units::{Bps, FeePips, Price, Tick, Timestamp, TokenAmount, Wei},
};

pub(crate) const START: Timestamp = Timestamp(1_600_000_000 - 1_600_000_000 % 3_600);

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub(crate) fn eth() -> Market {
    let token = |symbol: &str, address: Address, decimals| Token { symbol: symbol.to_owned(), address, decimals };
    Market {
        asset: Asset::new("ETH"),
        base: token("WETH", address!("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"), 18),
        quote: token("USDC", address!("A0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"), 6),
        pool: PoolSpec {
            kind: PoolKind::V3,
            address: address!("88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640"),
            fee: FeePips(500),
            tick_spacing: 10,
        },
    }
}

/// A pool at 2,000 with liquidity everywhere and more of it around the price.
pub(crate) fn eth_pool() -> Pool {
    let at = path::target(&eth(), price("2000")).unwrap();
    let mut pool = V3Pool::new(FeePips(500), 10, at).unwrap();
    let tick = |tick| Tick::new(tick).unwrap();
    pool.mint(tick(-887_270), tick(887_270), 2_000_000_000_000_000_000).unwrap();
    for centre in (190_000..210_000).step_by(700) {
        pool.mint(tick(centre - 1_000), tick(centre + 1_000), 9_000_000_000_000_000_000).unwrap();
    }
    Pool::V3(pool)
}

pub(crate) fn hours(closes: &[u64]) -> Vec<HourBars> {
    let mut last = 200_000;
    closes
        .iter()
        .zip(0..)
        .map(|(&close, hour)| {
            let cents = |cents: u64| price(&format!("{}.{:02}", cents / 100, cents % 100));
            let bar = PriceBar {
                ts: START.plus(hour * Timestamp::HOUR),
                open: cents(last),
                high: cents(last.max(close) + 150),
                low: cents(last.min(close) - 150),
                close: cents(close),
                volume: 1.0,
            };
            last = close;
            HourBars { ts: bar.ts, bars: vec![Some(bar)] }
        })
        .collect()
}

/// Closes in cents that wander around 2,000 by a formula.
pub(crate) fn wandering(hours: u64) -> Vec<u64> {
    (0..hours).map(|hour| 200_000 + (hour * hour * 37 + hour * 911) % 6_000 - 3_000).collect()
}

pub(crate) fn params() -> pipeline::Params {
    pipeline::Params {
        native: Asset::new("ETH"),
        risk: risk::Params {
            kelly_fraction: 0.25,
            max_position: Bps(4_000),
            edge_over_cost: 1.0,
            stop_atr: 2.0,
            reward_to_risk: 2.0,
            max_drawdown: Bps(1_500),
            max_impact: Bps(100),
            min_order: TokenAmount::from(50_000_000u64),
        },
        execution: execution::Params {
            slippage_tolerance: Bps(50),
            deadline_seconds: 120,
            priority_fee: Wei::from(100_000_000u64),
            gas: GasModel { approve: 50_000, swap: 130_000, tick_crossed: 22_000, margin: Bps(3_000) },
        },
    }
}

pub(crate) const CAPITAL: TokenAmount = TokenAmount(alloy::primitives::U256::from_limbs([10_000_000_000, 0, 0, 0]));
pub(crate) const ETHER: Wei = Wei(alloy::primitives::U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]));
pub(crate) const BASE_FEE: Wei = Wei(alloy::primitives::U256::from_limbs([20_000_000_000, 0, 0, 0]));

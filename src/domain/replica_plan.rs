//! What the offline mainnet replica's pools hold: a pure description that the replica is built
//! from on a node and that a backtest without a node reads.
//!
//! Everything is an integer and follows from the tables below, so two hosts that read the plan
//! hold the same ticks to the unit.

use std::collections::BTreeMap;

use alloy::primitives::{Address, address};

use super::{PoolKind, PoolSpec, Token};
use crate::units::{FeePips, Price, SqrtPriceX96, Tick, TokenAmount};

pub const WETH: Address = address!("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2");
pub const USDC: Address = address!("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48");
pub const USDT: Address = address!("0xdAC17F958D2ee523a2206206994597C13D831ec7");
pub const WBTC: Address = address!("0x2260FAC5E5542a773Aa44fBCfeDf7C193bc2C599");
pub const DAI: Address = address!("0x6B175474E89094C44Da98b954EedeAC495271d0F");
pub const LINK: Address = address!("0x514910771AF9Ca656af840dff83E8264EcF986CA");
pub const UNI: Address = address!("0x1f9840a85d5aF5bf1D1762F925BDADdC4201F984");

/// Ticks between the centres of neighbouring ranges.
const LADDER_STEP: i32 = 600;
/// Ticks from a range's centre to its ends (rounded down to the tick spacing). It is no multiple
/// of half the step, so lower and upper ends fall on different ticks: about one initialised
/// tick every 300 ticks, which is every 3% of price.
const LADDER_HALF_WIDTH: i32 = 800;

/// A position of the mover in a V3 pool: liquidity in `[tick_lower, tick_upper)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub tick_lower: Tick,
    pub tick_upper: Tick,
    pub liquidity: u128,
}

/// A pool as the replica starts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolPlan {
    pub kind: PoolKind,
    pub token0: Token,
    pub token1: Token,
    /// The pool's address on mainnet.
    pub address: Address,
    pub fee: FeePips,
    /// Zero for V2.
    pub tick_spacing: i32,
    /// The price at the start (V2: that of the reserves, root rounded down).
    pub initial: SqrtPriceX96,
    /// Empty for V2.
    pub positions: Vec<Position>,
    /// V2 only.
    pub reserves: Option<(TokenAmount, TokenAmount)>,
}

impl PoolPlan {
    pub fn spec(&self) -> PoolSpec {
        PoolSpec { kind: self.kind, address: self.address, fee: self.fee, tick_spacing: self.tick_spacing }
    }

    /// The initialised ticks that the positions make: liquidity gross and net, as the pool's
    /// `ticks` mapping holds them. A tick whose net is zero stays initialised.
    pub fn ticks(&self) -> BTreeMap<Tick, (u128, i128)> {
        let mut ticks: BTreeMap<Tick, (u128, i128)> = BTreeMap::new();
        for position in &self.positions {
            // The tables below stay far under 2^127 a tick; a test sums them.
            let signed = position.liquidity as i128;
            for (tick, net) in [(position.tick_lower, signed), (position.tick_upper, -signed)] {
                let entry = ticks.entry(tick).or_default();
                entry.0 += position.liquidity;
                entry.1 += net;
            }
        }
        ticks
    }

    /// The liquidity in range at `tick`.
    pub fn liquidity_at(&self, tick: Tick) -> u128 {
        self.positions.iter().filter(|p| p.tick_lower <= tick && tick < p.tick_upper).map(|p| p.liquidity).sum()
    }
}

/// The token at one of the addresses above; `None` for any other.
pub fn token(address: Address) -> Option<Token> {
    let (symbol, decimals) = match address {
        WETH => ("WETH", 18),
        USDC => ("USDC", 6),
        USDT => ("USDT", 6),
        WBTC => ("WBTC", 8),
        DAI => ("DAI", 18),
        LINK => ("LINK", 18),
        UNI => ("UNI", 18),
        _ => return None,
    };
    Some(Token { symbol: symbol.to_owned(), address, decimals })
}

/// A V3 row: pool, fee, tick spacing, base, quote, the base's price in the quote, the liquidity
/// in range aimed at, and the first and last ladder centre.
struct V3(Address, u32, i32, Address, Address, &'static str, u128, i32, i32);

/// Start prices agree with each other: ETH 2000, BTC 40000 (20 ETH), LINK 14 (0.007 ETH) and
/// UNI 6 dollars (0.003 ETH).
///
/// Ladders cover ETH from $1 to $100,000, BTC from $100 to $1,000,000, BTC in ETH from 4 to
/// 2,000, LINK and UNI from 0.0001 to 0.1 ETH, rounded outwards to the ladder's step.
///
/// Liquidity in range is an assumption of the order seen on mainnet in 2022-2024 (USDC/WETH:
/// 1e19 to 3e19 at 0.05%). For a move of 1%, `L * sqrt(price) * 0.005` of token1 is traded, which
/// with the figures below is at the start price, either way:
/// USDC/WETH 0.05% $4.5M, 0.3% $3.3M; WBTC/USDC 0.3% $4.0M, 0.05% $1.0M; WBTC/WETH 0.3% $4.5M,
/// 0.05% $2.2M; LINK/WETH $0.42M; UNI/WETH $0.27M; DAI/WETH $0.45M; WETH/USDT $2.7M.
const V3_POOLS: [V3; 10] = [
    V3(
        address!("0x88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640"),
        500,
        10,
        WETH,
        USDC,
        "2000",
        20_000_000_000_000_000_000,
        160_800,
        276_600,
    ),
    V3(
        address!("0x8ad599c3A0ff1De082011EFDDc58f1908eb6e6D8"),
        3_000,
        60,
        WETH,
        USDC,
        "2000",
        15_000_000_000_000_000_000,
        160_800,
        276_600,
    ),
    V3(
        address!("0x99ac8cA7087fA4A2A1FB6357269965A2014ABc35"),
        3_000,
        60,
        WBTC,
        USDC,
        "40000",
        40_000_000_000_000,
        0,
        92_400,
    ),
    V3(
        address!("0x9a772018FbD77fcD2d25657e5C547BAFF3Fd7D16"),
        500,
        10,
        WBTC,
        USDC,
        "40000",
        10_000_000_000_000,
        0,
        92_400,
    ),
    V3(
        address!("0xCBCdF9626bC03E24f779434178A73a0B4bad62eD"),
        3_000,
        60,
        WBTC,
        WETH,
        "20",
        1_000_000_000_000_000_000,
        243_600,
        306_600,
    ),
    V3(
        address!("0x4585FE77225b41b697C938B018E2Ac67Ac5a20c0"),
        500,
        10,
        WBTC,
        WETH,
        "20",
        500_000_000_000_000_000,
        243_600,
        306_600,
    ),
    V3(
        address!("0xa6Cc3C2531FdaA6Ae1A3CA84c2855806728693e8"),
        3_000,
        60,
        LINK,
        WETH,
        "0.007",
        500_000_000_000_000_000_000_000,
        -92_400,
        -22_800,
    ),
    V3(
        address!("0x1d42064Fc4Beb5F8aAF85F4617AE8b3b5B8Bd801"),
        3_000,
        60,
        UNI,
        WETH,
        "0.003",
        500_000_000_000_000_000_000_000,
        -92_400,
        -22_800,
    ),
    V3(
        address!("0xC2e9F25Be6257c210d7Adf0D4Cd6E3E881ba25f8"),
        3_000,
        60,
        WETH,
        DAI,
        "2000",
        2_000_000_000_000_000_000_000_000,
        -115_200,
        0,
    ),
    V3(
        address!("0x4e68Ccd3E89f51C3074ca5072bbAC773960dFa36"),
        3_000,
        60,
        WETH,
        USDT,
        "2000",
        12_000_000_000_000_000_000,
        -276_600,
        -160_800,
    ),
];

/// A V2 row: pool, base, quote, the base's price in the quote, and the reserve of the base in
/// whole units. Reserves are assumptions of the order seen on mainnet in 2022-2024.
struct V2(Address, Address, Address, &'static str, u64);

const V2_POOLS: [V2; 6] = [
    V2(address!("0xB4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc"), WETH, USDC, "2000", 30_000),
    V2(address!("0x0d4a11d5EEaaC28EC3F61d100daF4d40471f1852"), WETH, USDT, "2000", 20_000),
    V2(address!("0xA478c2975Ab1Ea89e8196811F51A7B7Ade33eB11"), WETH, DAI, "2000", 8_000),
    V2(address!("0xBb2b8038a1640196FbE3e38816F3e67Cba72D940"), WBTC, WETH, "20", 300),
    V2(address!("0xa2107FA5B38d9bbd2C461D6EDf11B11A50F6b974"), LINK, WETH, "0.007", 500_000),
    V2(address!("0xd3d2E2692501A5c9Ca623199D38826e513033a17"), UNI, WETH, "0.003", 600_000),
];

/// Every pool of the replica, V3 first.
pub fn plan() -> Vec<PoolPlan> {
    V3_POOLS.iter().filter_map(v3).chain(V2_POOLS.iter().filter_map(v2)).collect()
}

/// The plan of the pool at `address`.
pub fn pool(address: Address) -> Option<PoolPlan> {
    plan().into_iter().find(|pool| pool.address == address)
}

fn v3(row: &V3) -> Option<PoolPlan> {
    let V3(address, fee, tick_spacing, base, quote, price, liquidity, first, last) = *row;
    let (token0, token1, initial) = sides(base, quote, price)?;
    Some(PoolPlan {
        kind: PoolKind::V3,
        token0,
        token1,
        address,
        fee: FeePips(fee),
        tick_spacing,
        initial,
        positions: positions(liquidity, tick_spacing, first, last)?,
        reserves: None,
    })
}

fn v2(row: &V2) -> Option<PoolPlan> {
    let V2(address, base, quote, price, whole) = *row;
    let (token0, token1, initial) = sides(base, quote, price)?;
    let (base, quote) = (token(base)?, token(quote)?);
    let price: Price = price.parse().ok()?;
    let base_reserve = u128::from(whole).checked_mul(10u128.checked_pow(u32::from(base.decimals))?)?;
    let quote_reserve = TokenAmount::from(u128::from(whole).checked_mul(price.raw())?).mul_div(
        TokenAmount::from(10u128.checked_pow(u32::from(quote.decimals))?).0,
        TokenAmount::from(Price::SCALE).0,
    )?;
    let base_reserve = TokenAmount::from(base_reserve);
    let base_is_token0 = token0.address == base.address;
    let reserves = if base_is_token0 { (base_reserve, quote_reserve) } else { (quote_reserve, base_reserve) };
    Some(PoolPlan {
        kind: PoolKind::V2,
        token0,
        token1,
        address,
        fee: FeePips(3_000),
        tick_spacing: 0,
        initial,
        positions: Vec::new(),
        reserves: Some(reserves),
    })
}

/// Both tokens in the pool's order, and the root price.
fn sides(base: Address, quote: Address, price: &str) -> Option<(Token, Token, SqrtPriceX96)> {
    let base_is_token0 = base < quote;
    let (base, quote) = (token(base)?, token(quote)?);
    let initial = SqrtPriceX96::from_price(price.parse().ok()?, base.decimals, quote.decimals, base_is_token0)?;
    Some(if base_is_token0 { (base, quote, initial) } else { (quote, base, initial) })
}

/// One full-range position with a tenth of the liquidity, and a ladder of overlapping ranges.
/// A tick lies in `2 * 800 / 600` ranges on average, so a range holds 3/8 of the other nine
/// tenths, times a weight of 80%, 90%, ... 120% that changes from centre to centre.
fn positions(liquidity: u128, tick_spacing: i32, first: i32, last: i32) -> Option<Vec<Position>> {
    let position = |lower: i32, upper: i32, liquidity| {
        Some(Position { tick_lower: Tick::new(lower).ok()?, tick_upper: Tick::new(upper).ok()?, liquidity })
    };
    let edge = Tick::MAX.get() / tick_spacing * tick_spacing;
    let half = LADDER_HALF_WIDTH / tick_spacing * tick_spacing;
    let each = liquidity / 80 * 27;
    let mut positions = vec![position(-edge, edge, liquidity / 10)?];
    for (k, centre) in (0u128..).zip((first..=last).step_by(LADDER_STEP as usize)) {
        let weight = 80 + 10 * (k * 7 % 5);
        positions.push(position(centre - half, centre + half, each / 100 * weight)?);
    }
    Some(positions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_makes_a_pool() {
        let plan = plan();
        assert_eq!(plan.len(), V3_POOLS.len() + V2_POOLS.len());
        for pool in &plan {
            assert!(pool.token0.address < pool.token1.address, "{}", pool.address);
        }
    }

    #[test]
    fn ticks_fit_the_spacing_and_sum_to_nothing() {
        for pool in plan().iter().filter(|pool| pool.kind == PoolKind::V3) {
            let ticks = pool.ticks();
            assert_eq!(ticks.values().map(|(_, net)| net).sum::<i128>(), 0);
            assert!(ticks.keys().all(|tick| tick.get() % pool.tick_spacing == 0));
            assert!(pool.positions.iter().all(|p| p.tick_lower < p.tick_upper && p.liquidity > 0));
        }
    }

    #[test]
    fn depth_stays_near_its_aim_over_the_whole_span() {
        for V3(address, _, _, _, _, _, aim, first, last) in &V3_POOLS {
            let pool = pool(*address).unwrap();
            for tick in (*first..*last).step_by(50) {
                let liquidity = pool.liquidity_at(Tick::new(tick).unwrap());
                assert!(liquidity > aim / 10 * 6 && liquidity < aim / 10 * 13, "{address} {tick}: {liquidity}");
            }
        }
    }

    #[test]
    fn reserves_hold_the_start_price() {
        for pool in plan() {
            let Some((reserve0, reserve1)) = pool.reserves else { continue };
            let worth = pool.initial.token0_to_token1(reserve0).unwrap();
            assert!(
                worth.0.abs_diff(reserve1.0) <= reserve1.0 / TokenAmount::from(1_000_000_000u64).0,
                "{}",
                pool.address
            );
        }
    }
}

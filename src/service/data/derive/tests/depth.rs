//! Depth of pools' bars: that of the pool as its contract would have it, bit by bit as all at once.

use alloy::primitives::{I256, U256};
use proptest::prelude::*;

use super::{
    pools::{
        self, BLOCKS, NOBODY, POOL, TIMEFRAMES, afresh, arrivals, follow_logs, log, market, signed, stands_as_afresh,
    },
    *,
};
use crate::{
    amm::{Pool, V2Pool, V3Pool, tick_math::sqrt_ratio_at_tick},
    domain::{Market, PoolEventKind, PoolKind},
    io::{chain::TimedLog, store::data::ScannedRange},
    market::{PoolTracker, chain_state::DEPTH_BPS, decode},
    units::{BlockNumber, FeePips, Tick},
};

const FEE: FeePips = FeePips(3_000);
const SPACING: i32 = 60;

fn tick(tick: i32) -> Tick {
    Tick::new(tick).unwrap()
}

/// What somebody does in a block.
#[derive(Clone, Copy, Debug)]
enum Act {
    Swap {
        down: bool,
        thousandths: u64,
    },
    /// A position of so many spacings around the price, off by some, of this size.
    Mint {
        width: i32,
        off: i32,
        size: u64,
    },
    /// Of one that is there, part or all.
    Burn {
        which: usize,
        whole: bool,
    },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (any::<bool>(), 1..60u64).prop_map(|(down, thousandths)| Act::Swap { down, thousandths }),
        2 => (1..6i32, -4..4i32, 1..900u64).prop_map(|(width, off, size)| Act::Mint { width, off, size }),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(which, whole)| Act::Burn { which, whole }),
    ]
}

/// What is done in each block; mostly nothing.
fn acts() -> impl Strategy<Value = Vec<Vec<Act>>> {
    let block = prop_oneof![2 => Just(Vec::new()), 3 => prop::collection::vec(act(), 1..3)];
    prop::collection::vec(block, BLOCKS as usize..BLOCKS as usize + 1)
}

/// A pool that does it, and tells of it as the contract does: from the first block on.
fn chain(acts: &[Vec<Act>]) -> Vec<Vec<TimedLog>> {
    let start = sqrt_ratio_at_tick(tick(5));
    let mut pool = V3Pool::new(FEE, SPACING, start).unwrap();
    let mut positions: Vec<(i32, i32, u128)> = Vec::new();
    let unit = 1u128 << 70;
    let mut blocks = Vec::new();
    for (block, acts) in (0..).zip(acts) {
        let mut logs = Vec::new();
        let position = |(lower, upper)| [NOBODY, signed(lower), signed(upper)];
        if block == 0 {
            logs.push(log(0, 0, "Initialize(uint160,int24)", &[], &[start.0, signed(5)]));
        }
        let first = (block == 0).then_some(Act::Mint { width: 100, off: 0, size: 1_000 });
        for act in first.into_iter().chain(acts.iter().copied()) {
            let at = logs.len() as u64;
            match act {
                Act::Swap { down, thousandths } => {
                    let amount = I256::try_from(unit / 1_000 * u128::from(thousandths)).unwrap();
                    let Ok(swap) = pool.swap(down, amount, None) else { continue };
                    let words = [
                        swap.amount0.into_raw(),
                        swap.amount1.into_raw(),
                        swap.sqrt_price_x96.0,
                        U256::from(swap.liquidity),
                        signed(i64::from(swap.tick.get())),
                    ];
                    let signature = "Swap(address,address,int256,int256,uint160,uint128,int24)";
                    logs.push(log(block, at, signature, &[NOBODY; 2], &words));
                }
                Act::Mint { width, off, size } => {
                    let middle = (pool.tick().get().div_euclid(SPACING) + off) * SPACING;
                    let (lower, upper) = (middle - width * SPACING, middle + width * SPACING);
                    let liquidity = unit * u128::from(size) / 100;
                    if !(-800_000..800_000).contains(&lower) || !(-800_000..800_000).contains(&upper) {
                        continue;
                    }
                    let (amount0, amount1) = pool.mint(tick(lower), tick(upper), liquidity).unwrap();
                    positions.push((lower, upper, liquidity));
                    let words = [NOBODY, U256::from(liquidity), amount0.0, amount1.0];
                    let signature = "Mint(address,address,int24,int24,uint128,uint256,uint256)";
                    logs.push(log(block, at, signature, &position((lower.into(), upper.into())), &words));
                }
                Act::Burn { which, whole } => {
                    // The first position stays, so that there is always something to swap against.
                    let others = positions.len() - 1;
                    let Some(which) = which.checked_rem(others).map(|which| which + 1) else { continue };
                    let (lower, upper, has) = positions[which];
                    let liquidity = if whole { has } else { has / 3 };
                    let (amount0, amount1) = pool.burn(tick(lower), tick(upper), liquidity).unwrap();
                    positions[which].2 -= liquidity;
                    if whole {
                        positions.remove(which);
                    }
                    let words = [U256::from(liquidity), amount0.0, amount1.0];
                    let signature = "Burn(address,int24,int24,uint128,uint256,uint256)";
                    logs.push(log(block, at, signature, &position((lower.into(), upper.into())), &words));
                }
            }
        }
        blocks.push(logs);
    }
    blocks
}

/// What comes in when; in half of the cases what is missing between blocks that came before, after
/// which the ticks of the later ones are known.
fn arriving() -> impl Strategy<Value = Vec<(u64, u64, bool)>> {
    let between = [(0, 20, false), (30, 20, false), (50, 14, false), (20, 10, false)];
    prop_oneof![arrivals(), Just(between.to_vec())]
}

/// Depth as the pool had it before the first log at or after a time, in whole base units.
fn truth(market: &Market, blocks: &[Vec<TimedLog>], end: Timestamp) -> [Option<f64>; 2] {
    let pool = V3Pool::new(FEE, SPACING, sqrt_ratio_at_tick(tick(5))).unwrap();
    let mut tracker = PoolTracker::new(market.clone(), Pool::V3(pool));
    for log in blocks.iter().flatten().skip(1).filter(|log| log.timestamp < end) {
        let event = decode(POOL, &log.log.topics, &log.log.data, log.log.log_index).unwrap().unwrap();
        tracker.apply(&event).unwrap();
    }
    let depth = tracker.depth(DEPTH_BPS);
    [depth.buy, depth.sell].map(|amounts| amounts.map(|amounts| amounts.base.to_f64(market.base.decimals)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn depth_is_that_of_the_pool_whatever_comes_in_when(acts in acts(), arrivals in arriving()) {
        let (market, blocks) = (market(PoolKind::V3), chain(&acts));
        runtime().block_on(async {
            let bits = follow_logs(&market, &blocks, &arrivals, false).await;
            let whole = follow_logs(&market, &blocks, &arrivals, true).await;
            prop_assert_eq!(bits.all().await, whole.all().await);
            let said = bits.said().await;
            stands_as_afresh(&bits, &afresh(PoolKind::V3, &bits).await).await?;
            // Only blocks that were read without a hole since the first tell it.
            let known = bits.ask(async |store| store.scanned(1, POOL).await).await;
            let end = known.iter().find(|known| known.start().0 == 0).map_or(0, |known| known.end().0 + 1);
            for (series, opens) in said.keys() {
                let Some(timeframe) = series.strip_prefix("pool:weth:swaps:") else { continue };
                let close = timeframe.parse::<Timeframe>().unwrap().close(*opens);
                // Told by a log after its end.
                let told = blocks[..end as usize].iter().flatten().any(|log| log.timestamp >= close);
                for (what, depth) in ["depth_buy", "depth_sell"].into_iter().zip(truth(&market, &blocks, close)) {
                    let stands = said.get(&(format!("pool:weth:{what}:{timeframe}"), *opens));
                    let stands = stands.and_then(|values| values.last()).map(|value| value.value);
                    prop_assert_eq!(stands, depth.filter(|_| told), "{} {} of {:?}", what, timeframe, opens);
                }
            }
            Ok(())
        })?;
    }
}

/// A V2 pool's is that of the last `Sync` before the bar's end.
#[test]
fn depth_of_a_v2_pool_is_that_of_its_reserves() {
    runtime().block_on(async {
        let market = market(PoolKind::V2);
        let blocks: Vec<_> = (0..64).map(|block| pools::swap(PoolKind::V2, block, 0, block % 40)).collect();
        let stage = follow_logs(&market, &blocks, &[(0, 64, false)], false).await;
        let said = stage.said().await;
        let of = |what: &str| said.keys().filter(|(series, _)| *series == format!("pool:weth:{what}:1h")).count();
        assert!(of("swaps") > 15, "{said:?}");
        assert_eq!((of("depth_buy"), of("depth_sell")), (of("swaps"), of("swaps")));
        for ((_, opens), values) in said.iter().filter(|((series, _), _)| series == "pool:weth:depth_sell:1h") {
            let close = Timeframe::H1.close(*opens);
            let is_sync = |log: &&TimedLog| log.timestamp < close && log.log.topics.len() == 1;
            let sync = blocks.iter().flatten().rfind(is_sync).unwrap();
            let sync = decode(POOL, &sync.log.topics, &sync.log.data, 0).unwrap().unwrap();
            let PoolEventKind::V2Sync { reserve0, reserve1 } = sync.kind else { panic!("{sync:?}") };
            let pool = Pool::V2(V2Pool::new(reserve0, reserve1, FEE).unwrap());
            let depth = PoolTracker::new(market.clone(), pool).depth(DEPTH_BPS).sell.unwrap();
            assert_eq!(values[0].value, depth.base.to_f64(18));
        }
    });
}

/// Why a pool has no depth is said once, whatever the bars' lengths; and what is kept of its ticks
/// goes with the blocks that are taken back.
#[test]
fn what_is_not_known_is_said_and_what_is_kept_is_taken_back() {
    runtime().block_on(async {
        let (stage, market) = (Stage::new().await, market(PoolKind::V3));
        let series = PoolSeries { name: "weth", market: &market, chain_id: 1 };
        let blocks = chain(&vec![vec![Act::Swap { down: true, thousandths: 3 }]; BLOCKS as usize]);
        let put = async |first: u64, last: u64| {
            let logs = blocks[first as usize..=last as usize].concat();
            let range = ScannedRange { pools: vec![POOL], blocks: BlockNumber(first)..=BlockNumber(last) };
            stage.ask(async |store| store.put_logs(1, &logs, &range, None).await).await;
            bar_reports(&stage.context(), &[series], &[Timeframe::M15, Timeframe::H1]).await.unwrap()
        };
        stage.clock.set(Timestamp(T0 + 1_000 * HOUR));
        let notes = |reports: Vec<Report>| reports.into_iter().map(|report| report.notes).collect::<Vec<_>>();
        let why = "no depth of bars in blocks 1 to 20: the logs do not begin with the pool's Initialize, so that not \
                   all of its ticks are known";
        assert_eq!(notes(put(1, 20).await), [vec![why.to_owned()], Vec::new()]);
        assert_eq!(notes(put(0, 0).await), [const { Vec::<String>::new() }; 2]);
        put(21, 50).await;
        put(51, 60).await;
        let kept = async || stage.ask(async |store| store.cursors("ticks ").await).await;
        let names = |kept: Vec<(String, String)>| kept.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(kept().await), ["ticks 1/weth 15m", "ticks 1/weth 1h"]);
        for (from, left) in [(60, 2), (10, 0)] {
            let made = made_since(&stage.context(), series, BlockNumber(from)).await.unwrap();
            stage.ask(async |store| store.undo_logs(1, POOL, BlockNumber(from), &made, None).await).await;
            assert_eq!(kept().await.len(), left, "{from}");
        }
    });
}

/// Of a long stretch that is read at once the ticks are kept on the way; what comes in after it
/// begins there.
#[test]
fn what_a_long_stretch_leaves_is_gone_on_from() {
    runtime().block_on(async {
        let (stage, market) = (Stage::new().await, market(PoolKind::V3));
        let series = PoolSeries { name: "weth", market: &market, chain_id: 1 };
        let acts = (0..BLOCKS).map(|block| match block % 4 {
            0 => vec![Act::Mint { width: 1 + block as i32 % 5, off: 0, size: 100 + block }],
            3 => vec![Act::Burn { which: block as usize, whole: block % 8 == 3 }],
            _ => vec![Act::Swap { down: block % 3 == 0, thousandths: 5 }],
        });
        let mut blocks = chain(&acts.collect::<Vec<_>>());
        // A block becomes so many, of which the others hold nothing.
        const APART: u64 = 3_000;
        for log in blocks.iter_mut().flatten() {
            log.log.block_number.0 *= APART;
        }
        let put = async |from: u64, to: u64| {
            let logs = blocks[from as usize..to as usize].concat();
            let range = BlockNumber(from * APART)..=BlockNumber(to * APART - 1);
            let range = ScannedRange { pools: vec![POOL], blocks: range };
            stage.ask(async |store| store.put_logs(1, &logs, &range, None).await).await;
            bar_reports(&stage.context(), &[series], &TIMEFRAMES).await.unwrap();
        };
        stage.clock.set(Timestamp(T0 + 1_000 * HOUR));
        put(0, 60).await;
        let kept = stage.ask(async |store| store.cursors("ticks ").await).await;
        let names: Vec<_> = kept.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["ticks 1/weth 15m", "ticks 1/weth 1h", "ticks 1/weth 4h"]);
        assert!(kept.iter().all(|(_, text)| text.contains("\"block\":150000")), "{kept:?}");
        put(60, BLOCKS).await;
        let fresh = afresh(PoolKind::V3, &stage).await;
        assert_eq!(stage.said().await, fresh.said().await);
        let depths = |(series, _): &&(String, Timestamp)| series.contains("depth_buy:15m");
        assert!(stage.said().await.keys().filter(depths).count() > 50);
    });
}

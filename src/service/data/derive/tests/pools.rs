//! A pool's logs to bars and flow.

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use proptest::prelude::*;

use super::*;
use crate::{
    domain::{Asset, Market, PoolKind, PoolSpec, Token},
    io::{
        chain::{RawLog, TimedLog},
        store::data::{MadeSince, ScannedRange},
    },
    service::data::derive::pools::{self, pool},
    units::{BlockNumber, FeePips},
};

pub(super) const POOL: Address = Address::repeat_byte(9);

pub(super) fn market(kind: PoolKind) -> Market {
    let token = |symbol: &str, byte, decimals| Token {
        symbol: symbol.to_owned(),
        address: Address::repeat_byte(byte),
        decimals,
    };
    Market {
        asset: Asset::new("ETH"),
        base: token("WETH", 1, 18),
        quote: token("USDC", 2, 6),
        pool: PoolSpec { kind, address: POOL, fee: FeePips(3_000), tick_spacing: 60 },
    }
}

/// An event whose `indexed` topics follow its signature's.
pub(super) fn log(block: u64, log_index: u64, signature: &str, indexed: &[U256], words: &[U256]) -> TimedLog {
    let mut topics = vec![keccak256(signature)];
    topics.extend(indexed.iter().map(|word| B256::from(*word)));
    let log = RawLog {
        address: POOL,
        topics,
        data: Bytes::from(words.iter().flat_map(U256::to_be_bytes::<32>).collect::<Vec<u8>>()),
        block_number: BlockNumber(block),
        block_hash: None,
        transaction_hash: B256::ZERO,
        log_index,
    };
    TimedLog { log, timestamp: Timestamp(T0 + block * 1_100) }
}

/// A signed number as a word.
pub(super) fn signed(number: i64) -> U256 {
    let size = U256::from(number.unsigned_abs());
    if number < 0 { U256::ZERO.wrapping_sub(size) } else { size }
}

/// An address that nobody asks for.
pub(super) const NOBODY: U256 = U256::ZERO;

/// A swap at a price, as the pool's kind tells it.
pub(super) fn swap(kind: PoolKind, block: u64, at: u64, price: u64) -> Vec<TimedLog> {
    let (small, reserve) = (U256::from(1_000 + price), U256::from(10u64).pow(U256::from(18)));
    match kind {
        PoolKind::V3 => {
            let root = U256::from(1u64) << 96;
            let root = root * U256::from(1_000 + price) / U256::from(1_000);
            // On either side of 0 and of 60 and 120, where positions end.
            let tick = signed(price as i64 * 5 - 100);
            let words = [small, U256::ZERO.wrapping_sub(small), root, U256::from(price + 20), tick];
            let signature = "Swap(address,address,int256,int256,uint160,uint128,int24)";
            vec![log(block, at, signature, &[NOBODY; 2], &words)]
        }
        PoolKind::V2 => {
            let sync = [reserve, reserve + small * U256::from(1_000_000u64)];
            let words = [small, U256::ZERO, U256::ZERO, small];
            vec![
                log(block, at, "Sync(uint112,uint112)", &[], &sync),
                log(block, at + 1, "Swap(address,uint256,uint256,uint256,uint256,address)", &[NOBODY; 2], &words),
            ]
        }
    }
}

/// An event that is no swap; in V2 it moves the price too.
fn other(kind: PoolKind, block: u64, at: u64, price: u64) -> Vec<TimedLog> {
    let small = U256::from(price + 1);
    match kind {
        PoolKind::V3 => {
            let (lower, upper) = if price.is_multiple_of(2) { (-60, 60) } else { (60, 120) };
            let position = [NOBODY, signed(lower), signed(upper)];
            let (mint, burn) = (
                "Mint(address,address,int24,int24,uint128,uint256,uint256)",
                "Burn(address,int24,int24,uint128,uint256,uint256)",
            );
            let words = [NOBODY, small, small, small];
            // A mint's sender is no topic; a burn has none.
            vec![if price % 4 < 2 {
                log(block, at, mint, &position, &words)
            } else {
                log(block, at, burn, &position, &words[1..])
            }]
        }
        PoolKind::V2 => {
            let sync = [U256::from(5_000 + price), U256::from(7_000)];
            vec![
                log(block, at, "Sync(uint112,uint112)", &[], &sync),
                log(block, at + 1, "Mint(address,uint256,uint256)", &[NOBODY], &[small, small]),
            ]
        }
    }
}

pub(super) const BLOCKS: u64 = 64;

/// What happens in each block: swaps and others, with a price; mostly nothing.
fn blocks() -> impl Strategy<Value = Vec<Vec<(bool, u64)>>> {
    let event = (prop::bool::weighted(0.7), 0..50u64);
    let block = prop_oneof![3 => Just(Vec::new()), 2 => prop::collection::vec(event, 1..3)];
    prop::collection::vec(block, BLOCKS as usize..BLOCKS as usize + 1)
}

/// Ranges of blocks that come in, in this order; every fourth time all from the first on is undone
/// before.
pub(super) fn arrivals() -> impl Strategy<Value = Vec<(u64, u64, bool)>> {
    prop::collection::vec((0..BLOCKS, 1..20u64, prop::bool::weighted(0.15)), 1..9)
}

pub(super) const TIMEFRAMES: [Timeframe; 3] = [Timeframe::M15, Timeframe::H1, Timeframe::H4];

async fn follow(kind: PoolKind, blocks: &[Vec<(bool, u64)>], arrivals: &[(u64, u64, bool)], whole: bool) -> Stage {
    let logs = |(block, events): (u64, &Vec<(bool, u64)>)| {
        let log = |(at, (is_swap, price)): (u64, &(bool, u64))| {
            let make = if *is_swap { swap } else { other };
            make(kind, block, at * 2, *price)
        };
        (0..).zip(events).flat_map(log).collect()
    };
    follow_logs(&market(kind), &(0..).zip(blocks).map(logs).collect::<Vec<_>>(), arrivals, whole).await
}

/// A pool of these logs, by their blocks.
pub(super) async fn follow_logs(
    market: &Market,
    blocks: &[Vec<TimedLog>],
    arrivals: &[(u64, u64, bool)],
    whole: bool,
) -> Stage {
    let stage = Stage::new().await;
    let series = PoolSeries { name: "weth", market, chain_id: 1 };
    for (passed, (start, length, undo)) in (0..).zip(arrivals) {
        stage.clock.set(Timestamp(T0 + 1_000 * HOUR + passed * 60));
        let end = (start + length).min(BLOCKS) - 1;
        if *undo {
            let from = BlockNumber(*start);
            let made = made_since(&stage.context(), series, from).await.unwrap();
            stage.ask(async |store| store.undo_logs(1, POOL, from, &made, None).await).await;
        }
        let logs = blocks[*start as usize..=end as usize].concat();
        let range = ScannedRange { pools: vec![POOL], blocks: BlockNumber(*start)..=BlockNumber(end) };
        stage.ask(async |store| store.put_logs(1, &logs, &range, None).await).await;
        for timeframe in TIMEFRAMES {
            if whole {
                stage.forget(&pools::derivation_name(series, timeframe)).await;
            }
            pool(&stage.context(), series, timeframe).await.unwrap();
        }
    }
    stage
}

/// What is made of the same logs by a store that saw nothing before.
pub(super) async fn afresh(kind: PoolKind, stage: &Stage) -> Stage {
    let (fresh, market) = (Stage::new().await, market(kind));
    let series = PoolSeries { name: "weth", market: &market, chain_id: 1 };
    for blocks in stage.ask(async |store| store.scanned(1, POOL).await).await {
        let logs = stage.ask(async |store| store.logs(1, POOL, blocks.clone()).await).await;
        let range = ScannedRange { pools: vec![POOL], blocks };
        fresh.ask(async |store| store.put_logs(1, &logs, &range, None).await).await;
    }
    for timeframe in TIMEFRAMES {
        pool(&fresh.context(), series, timeframe).await.unwrap();
    }
    fresh
}

/// What stands is what the logs say, whatever was said before; and what was said first is known
/// since the log that told it.
pub(super) async fn stands_as_afresh(bits: &Stage, fresh: &Stage) -> Result<(), TestCaseError> {
    let (said, fresh_said) = (bits.said().await, fresh.said().await);
    prop_assert_eq!(said.keys().collect::<Vec<_>>(), fresh_said.keys().collect::<Vec<_>>());
    for (key, values) in fresh_said {
        let stands = said[&key].last().map(|value| value.value);
        prop_assert_eq!(stands, Some(values[0].value), "{:?}", key);
        prop_assert_eq!(said[&key][0].known_at, values[0].known_at, "{:?}", key);
    }
    prop_assert_eq!(bits.candles().await, fresh.candles().await);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn bars_made_bit_by_bit_are_those_of_all_logs(blocks in blocks(), arrivals in arrivals(), v2 in any::<bool>()) {
        let kind = if v2 { PoolKind::V2 } else { PoolKind::V3 };
        runtime().block_on(async {
            let bits = follow(kind, &blocks, &arrivals, false).await;
            let whole = follow(kind, &blocks, &arrivals, true).await;
            prop_assert_eq!(bits.all().await, whole.all().await);
            stands_as_afresh(&bits, &afresh(kind, &bits).await).await
        })?;
    }
}

#[test]
fn new_blocks_make_the_bars_that_they_tell() {
    runtime().block_on(async {
        for kind in [PoolKind::V2, PoolKind::V3] {
            let (stage, market) = (Stage::new().await, market(kind));
            let series = PoolSeries { name: "weth", market: &market, chain_id: 1 };
            let put = async |first: u64, last: u64| {
                let logs: Vec<_> = (first..=last).flat_map(|block| swap(kind, block, 0, block % 40)).collect();
                let range = ScannedRange { pools: vec![POOL], blocks: BlockNumber(first)..=BlockNumber(last) };
                stage.ask(async |store| store.put_logs(1, &logs, &range, None).await).await;
                stage.clock.set(Timestamp(T0 + last * 1_100));
                pool(&stage.context(), series, Timeframe::H1).await.unwrap().0
            };
            let first = put(0, 999).await;
            assert!(first.new > 300 && first.revised == 0, "{first:?}");
            let none = pool(&stage.context(), series, Timeframe::H1).await.unwrap();
            assert_eq!(none, (Written::default(), None));
            let next = put(1_000, 1_009).await;
            assert!((2..=4).contains(&next.new) && next.same <= 1 && next.revised == 0, "{next:?}");
        }
    });
}

/// Swaps of these blocks in a V3 pool.
fn swaps(blocks: std::ops::Range<u64>) -> Vec<TimedLog> {
    blocks.flat_map(|block| swap(PoolKind::V3, block, 0, block % 40)).collect()
}

/// Nothing has to come in the place of what was undone.
#[test]
fn the_bar_that_the_last_block_left_tells_stands_after_an_undoing() {
    runtime().block_on(async {
        let (stage, market) = (Stage::new().await, market(PoolKind::V3));
        let series = PoolSeries { name: "weth", market: &market, chain_id: 1 };
        // Block 20 swaps last in its hour, of which block 23 tells.
        let logs = [swaps(0..21), other(PoolKind::V3, 23, 0, 1), swaps(24..40)].concat();
        let range = ScannedRange { pools: vec![POOL], blocks: BlockNumber(0)..=BlockNumber(39) };
        stage.ask(async |store| store.put_logs(1, &logs, &range, None).await).await;
        stage.clock.set(Timestamp(T0 + 1_000 * HOUR));
        for timeframe in TIMEFRAMES {
            pool(&stage.context(), series, timeframe).await.unwrap();
        }
        let from = BlockNumber(24);
        let made = made_since(&stage.context(), series, from).await.unwrap();
        stage.ask(async |store| store.undo_logs(1, POOL, from, &made, None).await).await;
        for timeframe in TIMEFRAMES {
            pool(&stage.context(), series, timeframe).await.unwrap();
        }
        let fresh = afresh(PoolKind::V3, &stage).await;
        assert!(fresh.candles().await.keys().any(|(_, opens)| *opens == Timestamp(T0 + 6 * HOUR)));
        assert_eq!(stage.all().await, fresh.all().await);
    });
}

/// Whoever takes blocks back waits for its turn, and so does what is made of them.
#[test]
fn no_bar_is_made_of_blocks_while_they_are_undone() {
    runtime().block_on(async {
        let (stage, market) = (Stage::new().await, market(PoolKind::V3));
        let series = PoolSeries { name: "weth", market: &market, chain_id: 1 };
        let range = ScannedRange { pools: vec![POOL], blocks: BlockNumber(0)..=BlockNumber(39) };
        stage.ask(async |store| store.put_logs(1, &swaps(0..40), &range, None).await).await;
        let turn = stage.keeper.turn().await;
        let undo = async {
            // Until a derivation that does not wait has read its logs, and not stored what it made.
            for _ in 0..2 {
                stage.ask(async |store| store.scanned(1, POOL).await).await;
            }
            let made = MadeSince::default();
            stage.ask(async |store| store.undo_logs(1, POOL, BlockNumber(0), &made, None).await).await;
            drop(turn);
        };
        let context = stage.context();
        let (made, ()) = tokio::join!(pool(&context, series, Timeframe::H1), undo);
        assert_eq!((made.unwrap().0, stage.candles().await), (Written::default(), BTreeMap::new()));
    });
}

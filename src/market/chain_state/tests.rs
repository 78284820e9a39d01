use std::collections::BTreeMap;

use alloy::primitives::{B256, I256, U256, keccak256};
use proptest::prelude::*;

use super::*;
use crate::{
    amm::{V2Pool, V3Pool},
    domain::{Asset, PoolKind, PoolSpec, Token},
    units::{FeePips, Wei},
};

const KEEP: usize = 6;
const ONE: u128 = 1_000_000_000_000_000_000;

fn market(kind: PoolKind, byte: u8) -> Market {
    let token = |byte| Token { symbol: format!("T{byte}"), address: Address::repeat_byte(byte), decimals: 18 };
    let spec = PoolSpec { kind, address: Address::repeat_byte(byte), fee: FeePips(3_000), tick_spacing: 60 };
    // In one market base is token0, in the other token1.
    let (base, quote) = if kind == PoolKind::V3 { (token(1), token(2)) } else { (token(2), token(1)) };
    Market { asset: Asset::new("A"), base, quote, pool: spec }
}

fn tick(tick: i32) -> Tick {
    Tick::new(tick).unwrap()
}

fn pools() -> Vec<(Market, Pool)> {
    let root = SqrtPriceX96(U256::from(1) << 96);
    let mut v3 = V3Pool::new(FeePips(3_000), 60, root).unwrap();
    v3.mint(tick(-6_000), tick(6_000), 1_000 * ONE).unwrap();
    let v2 = V2Pool::new((1_000 * ONE).into(), (1_000 * ONE).into(), FeePips(3_000)).unwrap();
    vec![(market(PoolKind::V3, 0xa3), Pool::V3(v3)), (market(PoolKind::V2, 0xa2), Pool::V2(v2))]
}

fn genesis() -> BlockHeader {
    header(B256::ZERO, 100, Timestamp(1_704_067_200), 0)
}

fn header(parent_hash: B256, number: u64, timestamp: Timestamp, salt: u64) -> BlockHeader {
    let hash = keccak256([parent_hash.as_slice(), &number.to_be_bytes(), &salt.to_be_bytes()].concat());
    BlockHeader { number: BlockNumber(number), hash, parent_hash, timestamp, base_fee_per_gas: Wei::ZERO }
}

fn state() -> ChainState {
    ChainState::new(genesis(), pools(), &Timeframe::ALL, KEEP)
}

/// What happens in a block: which pool, what, how much.
type Action = (u8, u64);

/// Carries an action out on the pools and tells what they would log.
fn happen(pools: &mut [(Market, Pool)], (what, amount): Action, events: &mut Vec<PoolEvent>) {
    let amount = u128::from(amount) * 1_000_000_000;
    let mut log = |pool: Address, kind| events.push(PoolEvent { pool, log_index: 0, kind });
    let signed = I256::try_from(amount).unwrap();
    let [(v3_market, Pool::V3(v3)), (v2_market, Pool::V2(v2))] = pools else { panic!() };
    let (v3_address, v2_address) = (v3_market.pool.address, v2_market.pool.address);
    match what {
        0 | 1 => {
            let swap = v3.swap(what == 0, signed, None).unwrap();
            let kind = PoolEventKind::V3Swap {
                amount0: swap.amount0,
                amount1: swap.amount1,
                sqrt_price_x96: swap.sqrt_price_x96,
                liquidity: swap.liquidity,
                tick: swap.tick,
            };
            log(v3_address, kind);
        }
        2 | 3 => {
            let (tick_lower, tick_upper) =
                (tick(-60 * (1 + (amount % 7) as i32)), tick(60 * (1 + (amount % 11) as i32)));
            let (amount0, amount1) = v3.mint(tick_lower, tick_upper, amount).unwrap();
            let (amount0, amount1) = (amount0.0, amount1.0);
            log(v3_address, PoolEventKind::V3Mint { tick_lower, tick_upper, liquidity: amount, amount0, amount1 });
            if what == 3 {
                let (amount0, amount1) = v3.burn(tick_lower, tick_upper, amount / 2).unwrap();
                let (amount0, amount1, liquidity) = (amount0.0, amount1.0, amount / 2);
                log(v3_address, PoolEventKind::V3Burn { tick_lower, tick_upper, liquidity, amount0, amount1 });
            }
        }
        _ => {
            let paid = TokenAmount::from(amount);
            let out = v2.quote_exact_in(what == 4, paid).unwrap().amount_out;
            let none = TokenAmount::ZERO;
            let (in0, in1, out0, out1) = if what == 4 { (paid, none, none, out) } else { (none, paid, out, none) };
            v2.apply_swap(in0, in1, out0, out1).unwrap();
            log(v2_address, PoolEventKind::V2Sync { reserve0: v2.reserve0, reserve1: v2.reserve1 });
            let (amount0_in, amount1_in, amount0_out, amount1_out) = (in0.0, in1.0, out0.0, out1.0);
            log(v2_address, PoolEventKind::V2Swap { amount0_in, amount1_in, amount0_out, amount1_out });
        }
    }
}

/// A branch as it grows, with the pools at each block.
struct Branch {
    blocks: Vec<(Block, Vec<(Market, Pool)>)>,
    salt: u64,
}

impl Branch {
    fn new() -> Self {
        Self { blocks: vec![(Block { header: genesis(), events: Vec::new() }, pools())], salt: 0 }
    }

    fn grow(&mut self, seconds: u64, actions: &[Action]) -> &Block {
        let (parent, mut pools) = self.blocks.last().cloned().unwrap();
        let mut events = Vec::new();
        actions.iter().for_each(|action| happen(&mut pools, *action, &mut events));
        self.salt += 1;
        let BlockHeader { hash, number, timestamp, .. } = parent.header;
        let header = header(hash, number.0 + 1, timestamp.plus(seconds), self.salt);
        self.blocks.push((Block { header, events }, pools));
        &self.blocks.last().unwrap().0
    }
}

/// Bars as a store keeps them: those of an undone block are no more, a revision replaces.
#[derive(Default)]
struct Store {
    bars: BTreeMap<(Address, Timeframe, Timestamp), ClosedBar>,
    known: BTreeMap<(Address, Timeframe, Timestamp), Timestamp>,
}

impl Store {
    fn take(&mut self, applied: &Applied) {
        for gone in &applied.undone {
            self.bars.retain(|_, bar| bar.closed_by != gone.number);
        }
        for bar in &applied.closed {
            let key = (bar.pool, bar.timeframe, bar.bar.candle.ts);
            let before = self.known.insert(key, bar.known_at);
            assert!(before.is_none_or(|before| before < bar.known_at), "a revision is known later: {bar:?}");
            assert!(bar.known_at >= bar.timeframe.close(bar.bar.candle.ts), "not before its end");
            assert!(self.bars.insert(key, *bar).is_none(), "told twice");
        }
    }

    /// All but the time of knowledge, which a revision has later.
    fn told(&self) -> Vec<ClosedBar> {
        self.bars.values().map(|bar| ClosedBar { known_at: Timestamp(0), ..*bar }).collect()
    }
}

fn blocks() -> impl Strategy<Value = Vec<(usize, u64, Vec<Action>)>> {
    let action = (0u8..6, 1u64..5_000_000_000);
    // Every third block, or so, parts from the branch 1 to KEEP blocks below the head.
    let fork = prop_oneof![2 => Just(0usize), 1 => 1..=KEEP];
    prop::collection::vec((fork, 1u64..900, prop::collection::vec(action, 0..4)), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever branches came and went, the state is that of who saw the last one alone.
    #[test]
    fn a_reorganisation_leaves_no_trace(blocks in blocks()) {
        let (mut branch, mut state, mut store) = (Branch::new(), state(), Store::default());
        for (fork, seconds, actions) in blocks {
            let undoable = (state.head().number.0 - state.tail().root().number.0) as usize;
            let fork = fork.min(undoable);
            branch.blocks.truncate(branch.blocks.len() - fork);
            let block = branch.grow(seconds, &actions);
            let applied = state.apply(block).unwrap();
            prop_assert_eq!(applied.undone.len(), fork);
            store.take(&applied);
            prop_assert_eq!(state.apply(block).unwrap(), Applied::default(), "a repeated block");
        }
        let (mut fresh, mut alone) = (self::state(), Store::default());
        for (block, _) in &branch.blocks[1..] {
            alone.take(&fresh.apply(block).unwrap());
        }
        prop_assert_eq!(state.pools(), fresh.pools());
        prop_assert_eq!(state.head(), fresh.head());
        prop_assert_eq!(store.told(), alone.told());
        for (pool, (_, expected)) in state.pools().iter().zip(&branch.blocks.last().unwrap().1) {
            prop_assert_eq!(pool.tracker().pool(), expected);
        }
    }
}

#[test]
fn deeper_than_kept_is_an_error_and_changes_nothing() {
    for depth in [1, 5, KEEP, KEEP + 1, KEEP + 3] {
        let (mut branch, mut state) = (Branch::new(), state());
        for _ in 0..12 {
            state.apply(branch.grow(12, &[(0, 1_000_000)])).unwrap();
        }
        let before = state.clone();
        branch.blocks.truncate(branch.blocks.len() - depth);
        let block = branch.grow(12, &[]).clone();
        let result = state.apply(&block);
        if depth <= KEEP {
            assert_eq!(result.unwrap().undone.len(), depth);
            continue;
        }
        // Where the parting lies far below, the parents come to a height that is final.
        assert!(matches!(result, Err(ChainStateError::TooDeep { .. })), "{depth}: {result:?}");
        assert_eq!(state, before);
    }
}

#[test]
fn a_block_without_its_parent_waits_for_it() {
    let (mut branch, mut state) = (Branch::new(), state());
    let first = branch.grow(12, &[(4, 77)]).clone();
    let second = branch.grow(12, &[]).clone();
    let error = state.apply(&second).unwrap_err();
    assert!(matches!(error, ChainStateError::Orphan { .. }), "{error}");
    state.apply(&first).unwrap();
    state.apply(&second).unwrap();
    // The other branch's second block, seen before its first.
    branch.blocks.truncate(1);
    let first = branch.grow(13, &[]).clone();
    let second = branch.grow(13, &[]).clone();
    assert!(matches!(state.apply(&second), Err(ChainStateError::Orphan { .. })));
    assert_eq!(state.apply(&first).unwrap().undone.len(), 2);
    state.apply(&second).unwrap();
}

#[test]
fn an_event_that_cannot_be_leaves_the_state_at_the_parent() {
    let (mut branch, mut state) = (Branch::new(), state());
    state.apply(branch.grow(12, &[(0, 5), (4, 9)])).unwrap();
    let before = state.clone();
    let mut block = branch.grow(4_000, &[(0, 5), (4, 9)]).clone();
    let burn = PoolEventKind::V3Burn {
        tick_lower: tick(-60),
        tick_upper: tick(60),
        liquidity: u128::MAX / 4,
        amount0: U256::ZERO,
        amount1: U256::ZERO,
    };
    block.events.push(PoolEvent { pool: Address::repeat_byte(0xa3), log_index: 9, kind: burn });
    let error = state.apply(&block).unwrap_err();
    assert!(matches!(error, ChainStateError::Event { block: BlockNumber(102), .. }), "{error}");
    assert_eq!(state, before);
}

#[test]
fn bars_know_flow_liquidity_and_depth() {
    let (mut branch, mut state) = (Branch::new(), state());
    // V3: token0, the base, is sold in; V2: token0 is quote, so that base is bought.
    state.apply(branch.grow(12, &[(0, 2_000_000_000), (4, 3_000_000_000)])).unwrap();
    let applied = state.apply(branch.grow(60, &[(1, 1)])).unwrap();
    let [v3, v2] = applied.closed.as_slice() else { panic!("{:?}", applied.closed) };
    assert_eq!((v3.timeframe, v3.bar.swaps, v3.closed_by), (Timeframe::M1, 1, BlockNumber(102)));
    assert_eq!((v3.bar.buy_volume, v3.bar.sell_volume), (0.0, 2.0));
    assert!(v2.bar.buy_volume > 2.9 && v2.bar.sell_volume == 0.0, "{v2:?}");
    assert_eq!((v3.liquidity, v2.liquidity), (Some(1_000 * ONE), None));
    // What the pool would fill: 1000 of liquidity over half a percent of root price.
    for bar in [v3, v2] {
        let (buy, sell) = (bar.depth.buy.unwrap(), bar.depth.sell.unwrap());
        for amount in [buy.base, buy.quote, sell.base, sell.quote] {
            assert!((4.9..5.1).contains(&amount.to_f64(18)), "{:?}", bar.depth);
        }
    }
    let flow = state.pools()[0].flow();
    assert_eq!((flow.sold, flow.swaps), (TokenAmount::from(2 * ONE), 2));
    assert!(!flow.bought.is_zero());

    // Where only ticks near the price are known, depth is not known.
    let (market, Pool::V3(whole)) = pools().remove(0) else { panic!() };
    let near = V3Pool::from_state(
        FeePips(3_000),
        60,
        whole.sqrt_price_x96(),
        whole.tick(),
        whole.liquidity(),
        [],
        Some((tick(-60), tick(6_000 - 60))),
    );
    let tracker = PoolTracker::new(market, Pool::V3(near.unwrap()));
    let depth = tracker.depth(DEPTH_BPS);
    assert_eq!((depth.buy, depth.sell), (v3_depth(&whole).buy, None));
}

fn v3_depth(pool: &V3Pool) -> Depth {
    PoolTracker::new(market(PoolKind::V3, 0xa3), Pool::V3(pool.clone())).depth(DEPTH_BPS)
}

//! The watched pools at the head of the chain, with what it takes to undo a reorganisation.
//!
//! **Reorganisations.** The state keeps, for each of the last blocks, what the pools that the
//! block touched were before it. A block whose parent is not the head but a kept block below
//! undoes the blocks above it, newest first, and is then applied: the state is bit by bit what it
//! would be had the old branch never been seen. A branch that parts below the oldest kept block
//! is an error that says to stop and read anew; nothing is guessed.
//!
//! **When a bar is final.** A bar is told as soon as a block at or after its end is applied, for
//! a decision cannot wait for finality. If that block is undone, its bars open again and are told
//! once more, as revisions, by the block of the new branch that closes them: with a `known_at`
//! after that of every block that was undone. A bar is final when the block that closed it is at
//! or below [`Tail::root`].

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use alloy::primitives::Address;

use super::{Bar, CandleBuilder, Depth, Link, MarketError, PoolTracker, Tail};
use crate::{
    amm::Pool,
    domain::{Block, BlockHeader, Market, PoolEvent, PoolEventKind, Timeframe},
    units::{BlockNumber, SqrtPriceX96, Tick, Timestamp, TokenAmount},
};

/// Depth is told within 1% of the price.
pub const DEPTH_BPS: u32 = 100;

#[derive(Debug, thiserror::Error)]
pub enum ChainStateError {
    /// Halt: the state is no longer known. Read it from the chain again.
    #[error("block {block}: {source}")]
    Event { block: BlockNumber, source: MarketError },
    /// Halt: what was read before is gone. Read everything from the chain again.
    #[error(
        "block {block} belongs to a branch that parts below block {root}, the oldest of the {keep} blocks that can be undone: stop and read anew"
    )]
    TooDeep { block: BlockNumber, root: BlockNumber, keep: usize },
    /// Give the block's parent first.
    #[error("block {block} is no child of a known block; the head is {head}")]
    Orphan { block: BlockNumber, head: BlockNumber },
}

/// What has been swapped since the state began, in base units of the base token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    pub bought: TokenAmount,
    pub sold: TokenAmount,
    pub swaps: u64,
}

/// A bar that ended, with the pool as it then stood.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClosedBar {
    pub pool: Address,
    pub timeframe: Timeframe,
    pub bar: Bar,
    /// Liquidity in range at the end; `None` in V2.
    pub liquidity: Option<u128>,
    /// Within 1% of the price at the end.
    pub depth: Depth,
    /// The block that closed it: the first at or after its end.
    pub closed_by: BlockNumber,
    /// Since when it could be had.
    pub known_at: Timestamp,
}

/// What a block changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applied {
    /// Blocks of the old branch, newest first.
    pub undone: Vec<BlockHeader>,
    /// By pool, then timeframe, then time.
    pub closed: Vec<ClosedBar>,
}

/// One pool and what was made of its swaps.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolState {
    tracker: PoolTracker,
    bars: Vec<CandleBuilder>,
    flow: Flow,
}

impl PoolState {
    pub fn tracker(&self) -> &PoolTracker {
        &self.tracker
    }

    /// The forming bars.
    pub fn bars(&self) -> &[CandleBuilder] {
        &self.bars
    }

    pub fn flow(&self) -> Flow {
        self.flow
    }

    /// Liquidity in range; `None` in V2.
    pub fn liquidity(&self) -> Option<u128> {
        if let Pool::V3(pool) = self.tracker.pool() { Some(pool.liquidity()) } else { None }
    }

    pub fn address(&self) -> Address {
        self.tracker.market().pool.address
    }

    fn close(&mut self, by: BlockNumber, ts: Timestamp, known_at: Timestamp, closed: &mut Vec<ClosedBar>) {
        if !self.bars.iter().any(|bars| bars.ends_by(ts)) {
            return;
        }
        let (pool, liquidity, depth) = (self.address(), self.liquidity(), self.tracker.depth(DEPTH_BPS));
        for bars in &mut self.bars {
            let timeframe = bars.timeframe();
            let ended = |bar| ClosedBar { pool, timeframe, bar, liquidity, depth, closed_by: by, known_at };
            closed.extend(bars.advance(ts).into_iter().map(ended));
        }
    }

    fn apply(&mut self, event: &PoolEvent) -> Result<(), MarketError> {
        let Some(base_bought) = self.tracker.apply(event)? else { return Ok(()) };
        let price = self.tracker.price();
        for bars in &mut self.bars {
            bars.swap(price, base_bought);
        }
        self.flow.swaps += 1;
        let base_is_token0 = self.tracker.market().base_is_token0();
        if let Some((amount0, amount1)) = event.kind.swap_amounts() {
            let base = if base_is_token0 { amount0 } else { amount1 };
            let total = if base.is_negative() { &mut self.flow.bought } else { &mut self.flow.sold };
            *total = TokenAmount(total.0.saturating_add(base.unsigned_abs()));
        }
        Ok(())
    }
}

/// A pool before a block, without what the block cannot have changed.
#[derive(Clone, Debug, PartialEq)]
struct Before {
    index: usize,
    pool: PoolBefore,
    bars: Vec<CandleBuilder>,
    flow: Flow,
}

#[derive(Clone, Debug, PartialEq)]
enum PoolBefore {
    /// Swaps leave the ticks as they are.
    Swapped {
        sqrt_price_x96: SqrtPriceX96,
        liquidity: u128,
        tick: Tick,
    },
    Whole(Pool),
}

impl Before {
    fn of(index: usize, state: &PoolState, events: &[PoolEvent]) -> Self {
        let mut events = events.iter().filter(|event| event.pool == state.address());
        let swaps_only = events.all(|event| matches!(event.kind, PoolEventKind::V3Swap { .. }));
        let pool = match state.tracker.pool() {
            Pool::V3(pool) if swaps_only => PoolBefore::Swapped {
                sqrt_price_x96: pool.sqrt_price_x96(),
                liquidity: pool.liquidity(),
                tick: pool.tick(),
            },
            pool => PoolBefore::Whole(pool.clone()),
        };
        Self { index, pool, bars: state.bars.clone(), flow: state.flow }
    }
}

/// See the module's words.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainState {
    pools: Vec<PoolState>,
    tail: Tail,
    /// What each block of the tail changed, in its order.
    undo: VecDeque<Vec<Before>>,
    /// No bar is known before this: later than any that was told by a block since undone.
    known_from: Timestamp,
}

impl ChainState {
    /// Pools as they stood at the end of block `at`, of which nothing older can be undone. Up to
    /// `keep` blocks after it can.
    pub fn new(
        at: BlockHeader,
        pools: impl IntoIterator<Item = (Market, Pool)>,
        timeframes: &[Timeframe],
        keep: usize,
    ) -> Self {
        let state = |(market, pool)| {
            let tracker = PoolTracker::new(market, pool);
            let price = tracker.price();
            let bars = timeframes.iter().map(|timeframe| CandleBuilder::new(*timeframe, at.timestamp, price));
            PoolState { bars: bars.collect(), tracker, flow: Flow::default() }
        };
        let pools = pools.into_iter().map(state).collect();
        Self { pools, tail: Tail::new(at, keep), undo: VecDeque::new(), known_from: Timestamp::default() }
    }

    /// In the order in which they were given.
    pub fn pools(&self) -> &[PoolState] {
        &self.pools
    }

    pub fn tail(&self) -> &Tail {
        &self.tail
    }

    pub fn head(&self) -> &BlockHeader {
        self.tail.head()
    }

    /// Takes a block in: after the head, or, undoing what stands above it, after a kept block
    /// below. A block that is in already changes nothing. Events of other pools are passed over.
    ///
    /// # Errors
    /// [`ChainStateError`]; on `Orphan` and `TooDeep` the state is unchanged, on `Event` it is as
    /// after the block's parent.
    pub fn apply(&mut self, block: &Block) -> Result<Applied, ChainStateError> {
        let header = &block.header;
        let undo = match self.tail.link(header) {
            Link::Known => return Ok(Applied::default()),
            Link::Next => 0,
            Link::Fork { undo } => undo,
            Link::Orphan => return Err(ChainStateError::Orphan { block: header.number, head: self.head().number }),
            Link::TooDeep => {
                let (root, keep) = (self.tail.root().number, self.tail.keep());
                return Err(ChainStateError::TooDeep { block: header.number, root, keep });
            }
        };
        let undone: Vec<_> = (0..undo).filter_map(|_| self.undo_one()).collect();
        if let Some(latest) = undone.iter().map(|header| header.timestamp).max() {
            self.known_from = self.known_from.max(latest).plus(1);
        }
        let closed = self.extend(block)?;
        Ok(Applied { undone, closed })
    }

    fn extend(&mut self, block: &Block) -> Result<Vec<ClosedBar>, ChainStateError> {
        let BlockHeader { number, timestamp: ts, .. } = block.header;
        let touched = |state: &PoolState| {
            let ends = state.bars.iter().any(|bars| bars.ends_by(ts));
            ends || block.events.iter().any(|event| event.pool == state.address())
        };
        let before: Vec<Before> = self
            .pools
            .iter()
            .enumerate()
            .filter(|(_, state)| touched(state))
            .map(|(index, state)| Before::of(index, state, &block.events))
            .collect();
        let mut closed = Vec::new();
        let known_at = ts.max(self.known_from);
        for state in &mut self.pools {
            state.close(number, ts, known_at, &mut closed);
        }
        for event in &block.events {
            let Some(state) = self.pools.iter_mut().find(|state| state.address() == event.pool) else { continue };
            if let Err(source) = state.apply(event) {
                self.restore(before);
                return Err(ChainStateError::Event { block: number, source });
            }
        }
        self.tail.push(block.header);
        self.undo.push_back(before);
        if self.undo.len() > self.tail.keep() {
            self.undo.pop_front();
        }
        Ok(closed)
    }

    fn undo_one(&mut self) -> Option<BlockHeader> {
        let before = self.undo.pop_back()?;
        let header = self.tail.pop()?;
        self.restore(before);
        Some(header)
    }

    fn restore(&mut self, before: Vec<Before>) {
        for Before { index, pool, bars, flow } in before {
            let Some(state) = self.pools.get_mut(index) else { continue };
            state.bars = bars;
            state.flow = flow;
            match (pool, state.tracker.pool_mut()) {
                (PoolBefore::Swapped { sqrt_price_x96, liquidity, tick }, Pool::V3(now)) => {
                    now.apply_swap(sqrt_price_x96, liquidity, tick);
                }
                (PoolBefore::Whole(before), now) => *now = before,
                (PoolBefore::Swapped { .. }, Pool::V2(_)) => {}
            }
        }
    }
}

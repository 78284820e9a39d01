//! A pool's state where its bars are taken up again: its ticks are of all logs before.
//!
//! So that these are not read each time, the ticks are kept as of a block, as a position of the
//! store. What is kept says nothing that the logs do not: where it fits no more, be it of another
//! program, it is passed over and made again. It goes with the blocks that are taken back.

use std::{collections::VecDeque, ops::RangeInclusive};

use serde::{Deserialize, Serialize};

use super::{
    DeriveError, fingerprint,
    resume::Resume,
    series::{PoolSeries, event},
};
use crate::{
    amm::{TickInfo, V3Pool},
    domain::{PoolKind, Timeframe},
    market::Rebuilt,
    service::data::fetch::{Context, TICKS, of_pool},
    units::{BlockNumber, SqrtPriceX96, Tick},
};

/// Logs that are read at first, for most stretches say at once that they do not begin with the
/// pool; and then.
const FIRST: u32 = 16;
const PAGE: u32 = 5_000;

/// The state of a pool before a block.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    rules: String,
    /// The first block of the stretch: of another stretch it may be another state.
    since: BlockNumber,
    block: BlockNumber,
    root: SqrtPriceX96,
    tick: Tick,
    liquidity: u128,
    /// Each with its gross and its net liquidity.
    ticks: Vec<(Tick, u128, i128)>,
}

/// The pool before a block of a stretch, as the stretch's logs before that block tell.
///
/// # Errors
/// [`DeriveError`].
pub(super) async fn before<'a>(
    context: &Context<'_>,
    pool: PoolSeries<'a>,
    timeframe: Timeframe,
    stretch: &RangeInclusive<BlockNumber>,
    block: BlockNumber,
) -> Result<Rebuilt<'a>, DeriveError> {
    let (chain_id, address) = (pool.chain_id, pool.market.pool.address);
    let mut rebuilt = Rebuilt::new(pool.market);
    // The next `Sync` tells all of a V2 pool.
    if pool.market.pool.kind == PoolKind::V2 || block <= *stretch.start() {
        return Ok(rebuilt);
    }
    let (mut next, mut most, mut taken) = ((*stretch.start(), 0), FIRST, 0);
    if let Some((kept, at)) = read(context, pool, timeframe, *stretch.start(), block).await? {
        (rebuilt, next, most) = (Rebuilt::of(pool.market, kept), (at, 0), PAGE);
    }
    let end = BlockNumber(block.0 - 1);
    while next.0 <= end && !rebuilt.is_untold() {
        let some =
            async |store: &mut crate::io::store::DataStore| store.some_logs(chain_id, address, next, end, most).await;
        let logs = context.keeper.ask(some).await?;
        let Some(last) = logs.last() else { break };
        (next, most) = ((last.log.block_number, last.log.log_index.saturating_add(1)), PAGE);
        for log in &logs {
            if let Some(event) = event(pool, log)? {
                rebuilt.take(&event);
                taken += 1;
            }
        }
    }
    // Not more often than what is written is read.
    if let Some(ticks) = rebuilt.ticks()
        && taken > ticks.ticks().count()
        && ticks.check().is_ok()
    {
        write(context, pool, timeframe, *stretch.start(), block, ticks).await?;
    }
    Ok(rebuilt)
}

/// The pool where many logs were read at once, as it stood before blocks on the way: so that the
/// next time does not begin with the first log again.
#[derive(Debug, Default)]
pub(super) struct Passed(VecDeque<(BlockNumber, V3Pool)>);

impl Passed {
    /// One of the last two will do: the next bars begin not long before the end.
    pub(super) fn note(&mut self, block: BlockNumber, ticks: Option<&V3Pool>) {
        if let Some(ticks) = ticks {
            if self.0.len() == 2 {
                self.0.pop_front();
            }
            self.0.push_back((block, ticks.clone()));
        }
    }

    /// Keeps the last one that is not after the block with which new blocks will begin.
    ///
    /// # Errors
    /// [`DeriveError`].
    pub(super) async fn keep(
        &self,
        context: &Context<'_>,
        pool: PoolSeries<'_>,
        timeframe: Timeframe,
        stretch: &RangeInclusive<BlockNumber>,
    ) -> Result<(), DeriveError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let after = BlockNumber(stretch.end().0.saturating_add(1));
        let next = Resume::find(context, pool, timeframe, stretch, after).await?;
        match self.0.iter().rev().find(|(block, _)| *block <= next.block) {
            Some((block, ticks)) if ticks.check().is_ok() => {
                write(context, pool, timeframe, *stretch.start(), *block, ticks).await
            }
            _ => Ok(()),
        }
    }
}

/// Under which the ticks are kept.
fn name(pool: PoolSeries<'_>, timeframe: Timeframe) -> String {
    format!("{} {timeframe}", of_pool(TICKS, pool.chain_id, pool.name))
}

fn rules(pool: PoolSeries<'_>) -> String {
    fingerprint(&(pool.name, pool.market))
}

/// What is kept as of a block at or before `block`.
async fn read(
    context: &Context<'_>,
    pool: PoolSeries<'_>,
    timeframe: Timeframe,
    since: BlockNumber,
    block: BlockNumber,
) -> Result<Option<(V3Pool, BlockNumber)>, DeriveError> {
    let Some(text) = context.position(&name(pool, timeframe)).await? else { return Ok(None) };
    let fits = |kept: &Kept| kept.rules == rules(pool) && kept.since == since && kept.block <= block;
    let Some(kept) = serde_json::from_str::<Kept>(&text).ok().filter(fits) else { return Ok(None) };
    let spec = pool.market.pool;
    let info = |(tick, liquidity_gross, liquidity_net)| (tick, TickInfo { liquidity_gross, liquidity_net });
    let ticks = kept.ticks.into_iter().map(info);
    let made = V3Pool::from_state(spec.fee, spec.tick_spacing, kept.root, kept.tick, kept.liquidity, ticks, None);
    Ok(made.ok().map(|made| (made, kept.block)))
}

async fn write(
    context: &Context<'_>,
    pool: PoolSeries<'_>,
    timeframe: Timeframe,
    since: BlockNumber,
    block: BlockNumber,
    ticks: &V3Pool,
) -> Result<(), DeriveError> {
    let kept = Kept {
        rules: rules(pool),
        since,
        block,
        root: ticks.sqrt_price_x96(),
        tick: ticks.tick(),
        liquidity: ticks.liquidity(),
        ticks: ticks.ticks().map(|(tick, info)| (tick, info.liquidity_gross, info.liquidity_net)).collect(),
    };
    let text = serde_json::to_string(&kept).map_err(|error| DeriveError::Position(error.to_string()))?;
    let name = name(pool, timeframe);
    Ok(context.keeper.ask(async |store| store.put_cursor(&name, &text).await).await?)
}

/// The names of what is kept and holds logs of `from` or later.
///
/// # Errors
/// The store's.
pub(super) async fn since(
    context: &Context<'_>,
    pool: PoolSeries<'_>,
    from: BlockNumber,
) -> Result<Vec<String>, DeriveError> {
    let mut names = Vec::new();
    for timeframe in Timeframe::ALL {
        let name = name(pool, timeframe);
        let Some(text) = context.position(&name).await? else { continue };
        if serde_json::from_str::<Kept>(&text).map_or(true, |kept| kept.block > from) {
            names.push(name);
        }
    }
    Ok(names)
}

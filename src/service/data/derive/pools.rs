//! A pool's logs to bars and flow.

use std::ops::RangeInclusive;

use super::{
    DeriveError, fingerprint,
    resume::Resume,
    series::{PoolSeries, bar_series, event, logs},
    ticks,
};
use crate::{
    domain::Timeframe,
    io::{
        chain::TimedLog,
        store::data::{Derivation, Made, Written, logs_topic},
    },
    market::{Rebuilt, Telling, Told, Untold},
    service::data::fetch::{BARS, Context, of_pool},
    units::{BlockNumber, Timestamp},
};

/// Blocks whose logs are held at once.
const CHUNK: u64 = 50_000;

/// Derives from a pool's stored logs candles `<name>/<BASE><QUOTE>_<timeframe>`, and the series
/// beside them that [`Told`] names, known as [`Telling`] says. Bars that no block which came in
/// since the last time can change are not made again. Says why depth is missing, where it is.
///
/// # Errors
/// [`DeriveError`].
pub async fn pool(
    context: &Context<'_>,
    pool: PoolSeries<'_>,
    timeframe: Timeframe,
) -> Result<(Written, Option<String>), DeriveError> {
    let PoolSeries { name, market, chain_id } = pool;
    let address = market.pool.address;
    let _turn = context.keeper.turn().await;
    let (derivation, rules) = (derivation_name(pool, timeframe), fingerprint(&(name, market)));
    let topic = logs_topic(chain_id, address);
    let Derivation { position, changed, changes } =
        context.keeper.ask(async |store| store.derivation(&derivation, &topic).await).await?;
    let news = match (position == rules, changed) {
        (false, _) => Some((0, u64::MAX)),
        (true, changed) => changed,
    };
    let (mut written, mut note) = (Written::default(), None);
    if let Some((from, to)) = news {
        let stretches = context.keeper.ask(async |store| store.scanned(chain_id, address).await).await?;
        for stretch in stretches.iter().filter(|stretch| stretch.end().0 >= from && stretch.start().0 <= to) {
            let resume = Resume::find(context, pool, timeframe, stretch, BlockNumber(from)).await?;
            let (of_stretch, untold) = fold(context, pool, timeframe, stretch, resume, BlockNumber(to)).await?;
            written += of_stretch;
            let why = |why| format!("no depth of bars in blocks {} to {}: {why}", stretch.start(), stretch.end());
            note = note.or(untold.map(why));
        }
        context.keeper.ask(async |store| store.put_derivation(&derivation, &rules, changes).await).await?;
    }
    Ok((written, note))
}

/// The name of the derivation, and of its report.
pub(super) fn derivation_name(pool: PoolSeries<'_>, timeframe: Timeframe) -> String {
    format!("{} {timeframe}", of_pool(BARS, pool.chain_id, pool.name))
}

/// Makes a stretch's bars from where `resume` says, up to those that blocks after `to` alone tell.
async fn fold(
    context: &Context<'_>,
    pool: PoolSeries<'_>,
    timeframe: Timeframe,
    stretch: &RangeInclusive<BlockNumber>,
    resume: Resume,
    to: BlockNumber,
) -> Result<(Written, Option<Untold>), DeriveError> {
    let before = ticks::before(context, pool, timeframe, stretch, resume.block).await?;
    let mut telling = Telling::new(pool.market, timeframe, resume.seen_after, before);
    let mut written = Written::default();
    // The bar that holds the first swap after `to`. After a swap nothing is left of what was
    // before it but the bar that holds it, so the bars after that one are as they were; all but
    // their depth, which is of every position before.
    let mut last: Option<Timestamp> = None;
    let mut passed = ticks::Passed::default();
    for blocks in chunks(&(resume.block..=*stretch.end())) {
        if *blocks.start() > resume.block {
            passed.note(*blocks.start(), telling.ticks());
        }
        let logs = logs(context, pool, blocks).await?;
        let mut done = false;
        for log in &logs {
            let Some(event) = event(pool, log)? else { continue };
            telling.take(&event, log.timestamp);
            if event.kind.swap_amounts().is_none() {
                continue;
            }
            let opens = timeframe.open(log.timestamp);
            done = last.is_some_and(|last| opens > last) && telling.ticks().is_none();
            if done {
                break;
            }
            if log.log.block_number > to {
                last = last.or(Some(opens));
            }
        }
        written += put(context, pool, timeframe, telling.told()).await?;
        if done {
            break;
        }
    }
    passed.keep(context, pool, timeframe, stretch).await?;
    Ok((written, telling.untold().cloned()))
}

/// What the logs of a whole stretch of blocks tell, in the chain's order, without a store; and why
/// depth is missing, where it is.
///
/// # Errors
/// A log that makes no sense.
pub fn told(
    pool: PoolSeries<'_>,
    timeframe: Timeframe,
    logs: &[TimedLog],
) -> Result<(Told, Option<Untold>), DeriveError> {
    let mut telling = Telling::new(pool.market, timeframe, None, Rebuilt::new(pool.market));
    for log in logs {
        if let Some(event) = event(pool, log)? {
            telling.take(&event, log.timestamp);
        }
    }
    let told = telling.told();
    Ok((told, telling.untold().cloned()))
}

/// Stores bars that ended; returns what became of the candles.
async fn put(
    context: &Context<'_>,
    pool: PoolSeries<'_>,
    timeframe: Timeframe,
    told: Told,
) -> Result<Written, DeriveError> {
    if told.candles.is_empty() {
        return Ok(Written::default());
    }
    let (candles, numbers) = told.named(pool.name, timeframe);
    let made = Made { candles: vec![(bar_series(pool, timeframe), candles)], numbers };
    let (derivation, now) = (derivation_name(pool, timeframe), context.clock.now());
    let (written, _) = context.keeper.ask(async |store| store.put_made(&derivation, &made, now).await).await?;
    Ok(written)
}

fn chunks(blocks: &RangeInclusive<BlockNumber>) -> impl Iterator<Item = RangeInclusive<BlockNumber>> {
    let (start, end) = (blocks.start().0, blocks.end().0);
    (start..=end)
        .step_by(CHUNK as usize)
        .map(move |first| BlockNumber(first)..=BlockNumber(first.saturating_add(CHUNK - 1).min(end)))
}

//! What was derived of blocks that are to be taken back.

use super::{
    DeriveError,
    resume::Resume,
    series::{PoolSeries, bar_series},
    ticks,
};
use crate::{
    domain::Timeframe,
    io::store::data::MadeSince,
    service::data::fetch::Context,
    units::{BlockNumber, Timestamp},
};

/// The series that were derived of a pool's blocks, each since the first bar that a block of `from`
/// or later can have told or changed: what is derived of the logs that are left, and of those that
/// come in their place, begins with the same bar.
///
/// # Errors
/// [`DeriveError`].
pub async fn made_since(
    context: &Context<'_>,
    pool: PoolSeries<'_>,
    from: BlockNumber,
) -> Result<MadeSince, DeriveError> {
    let (chain_id, address) = (pool.chain_id, pool.market.pool.address);
    let known = context.keeper.ask(async |store| store.scanned(chain_id, address).await).await?;
    let prefix = format!("pool:{}:", pool.name);
    let names = context.keeper.ask(async |store| store.observation_names(&prefix).await).await?;
    let mut made = MadeSince { positions: ticks::since(context, pool, from).await?, ..MadeSince::default() };
    let Some(stretch) = known.iter().find(|stretch| *stretch.end() >= from) else { return Ok(made) };
    for timeframe in Timeframe::ALL {
        let resume = Resume::find(context, pool, timeframe, stretch, from).await?;
        let since = match resume.seen_after {
            Some(after) => after.plus(1),
            None => {
                let first = async |store: &mut crate::io::store::DataStore| {
                    store.first_log_time(chain_id, address, resume.block).await
                };
                let Some(first) = context.keeper.ask(first).await? else { continue };
                timeframe.open(first)
            }
        };
        made.candles.push((bar_series(pool, timeframe), since));
        let of_bars = names.iter().filter(|name| name.ends_with(&format!(":{timeframe}")));
        made.numbers.extend(of_bars.map(|name| (name.clone(), begins(name, &prefix, since))));
    }
    Ok(made)
}

/// A spread stands under its bar's close, the others under the opening.
fn begins(name: &str, prefix: &str, since: Timestamp) -> Timestamp {
    let is_spread = name.strip_prefix(prefix).is_some_and(|what| what.starts_with("spread:"));
    if is_spread { since.plus(1) } else { since }
}

//! Where in a pool's logs its bars are taken up again.

use std::ops::RangeInclusive;

use super::{
    DeriveError,
    series::{PoolSeries, event, logs},
};
use crate::{
    domain::Timeframe,
    service::data::fetch::Context,
    units::{BlockNumber, Timestamp},
};

/// Blocks that are looked through first, backwards; then twice as many, and so on.
const STEP: u64 = 256;
/// And at most.
const LONGEST_STEP: u64 = 32_768;

/// Where to begin to read, so that the bars after it come out as if all was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resume {
    pub(super) block: BlockNumber,
    /// Bars that open after this time come out whole; none where the stretch begins with `block`.
    pub(super) seen_after: Option<Timestamp>,
}

impl Resume {
    /// For news from block `from` on. Bars before that of the last swap before it stand: that swap,
    /// or a log before it, told them. So what is to be made begins with the bar of that swap; and
    /// that opens with the price and the liquidity after the last swap before the bar, and what
    /// was minted and burned since. In V2 the `Sync` that tells a swap's price is in the same block.
    ///
    /// # Errors
    /// The store's, and a log that makes no sense.
    pub(super) async fn find(
        context: &Context<'_>,
        pool: PoolSeries<'_>,
        timeframe: Timeframe,
        stretch: &RangeInclusive<BlockNumber>,
        from: BlockNumber,
    ) -> Result<Self, DeriveError> {
        let whole = Self { block: *stretch.start(), seen_after: None };
        let (mut end, mut step) = (from.0, STEP);
        // The opening of the first bar to make, once a swap before `from` was found.
        let mut opens: Option<Timestamp> = None;
        while end > stretch.start().0 {
            let start = end.saturating_sub(step).max(stretch.start().0);
            for log in logs(context, pool, BlockNumber(start)..=BlockNumber(end - 1)).await?.iter().rev() {
                let Some(event) = event(pool, log)? else { continue };
                if event.kind.swap_amounts().is_none() {
                    continue;
                }
                let opens = *opens.get_or_insert(timeframe.open(log.timestamp));
                if log.timestamp < opens {
                    return Ok(Self { block: log.log.block_number, seen_after: Some(opens.minus(1)) });
                }
            }
            end = start;
            step = (step * 2).min(LONGEST_STEP);
        }
        Ok(whole)
    }
}

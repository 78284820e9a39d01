//! Where in the chain a time begins.

use crate::{
    io::chain::{Chain, RpcError},
    service::{follow::known, retry::Patience},
    units::{BlockNumber, Timestamp},
};

/// Seconds between blocks on mainnet: what a guess at a block's height starts from.
const SLOT: u64 = 12;

/// The first block since a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct First {
    pub block: BlockNumber,
    /// The node holds no earlier one, though the chain has some since that time.
    pub cut: bool,
}

/// The first block at or after `from`, looked for from `last` backwards: a node that is pruned, or
/// began with a snapshot, does not hold the old ones. `last` itself where none is.
///
/// # Errors
/// [`RpcError`] when the node does not answer.
pub async fn first_since(
    chain: &Chain,
    patience: &Patience,
    from: Timestamp,
    last: BlockNumber,
) -> Result<First, RpcError> {
    let header = async |block| patience.ask(async || known(chain.header(BlockNumber(block)).await)).await;
    let whole = async |low, high| {
        let block = first_between(chain, patience, from, BlockNumber(low), BlockNumber(high)).await?;
        Ok(First { block, cut: false })
    };
    let (mut high, mut step) = (last.0, 1u64);
    // The first block itself is held by every node and proves nothing of those after it.
    let mut genesis = None;
    let mut low = loop {
        let probe = high.saturating_sub(step);
        match header(probe).await? {
            held if probe == 0 => {
                genesis = held;
                break 1.min(high);
            }
            Some(header) if header.timestamp >= from => high = probe,
            Some(_) => return whole(probe, high).await,
            None => break probe + 1,
        }
        step = step.saturating_mul(2);
    };
    // `high` is held and not before `from`.
    while low < high {
        let middle = low + (high - low) / 2;
        match header(middle).await? {
            Some(header) if header.timestamp < from => return whole(middle, high).await,
            Some(_) => high = middle,
            None => low = middle + 1,
        }
    }
    // Down to the first block all are held.
    if let Some(genesis) = genesis.filter(|_| high <= 1) {
        let block = BlockNumber(if genesis.timestamp >= from { 0 } else { high });
        return Ok(First { block, cut: false });
    }
    let oldest = header(high).await?;
    Ok(First { block: BlockNumber(high), cut: oldest.is_some_and(|oldest| oldest.timestamp > from) })
}

/// The first block at or after `ts`, between `low` and `high`, which the node holds with all
/// between: `high` if none is earlier. Guesses by the slot time, which on mainnet is right within a
/// few blocks, and halves every third time, which on any chain comes to an end.
async fn first_between(
    chain: &Chain,
    patience: &Patience,
    ts: Timestamp,
    mut low: BlockNumber,
    mut high: BlockNumber,
) -> Result<BlockNumber, RpcError> {
    let mut guess = low.0.saturating_add(Timestamp::HOUR / SLOT);
    let mut probes = 0;
    while low < high {
        probes += 1;
        let halve = probes % 3 == 0;
        let probe = if halve { low.0 + (high.0 - low.0) / 2 } else { guess.clamp(low.0, high.0 - 1) };
        let at = patience.ask(async || chain.header(BlockNumber(probe)).await).await?.timestamp;
        if at < ts {
            low = BlockNumber(probe + 1);
            guess = probe.saturating_add(ts.since(at).div_ceil(SLOT));
        } else {
            high = BlockNumber(probe);
            guess = probe.saturating_sub(at.since(ts) / SLOT + 1);
        }
    }
    Ok(low)
}

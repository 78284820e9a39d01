//! Candles from the chain's own past.

use alloy::primitives::Address;

use crate::{
    domain::{Candle, Market, PoolEventKind},
    io::{
        advice::Advice,
        chain::{Chain, RawLog, RpcError},
    },
    market::{CandleBuilder, DecodeError, decode, pools::base_volume},
    service::retry::Patience,
    units::{BlockNumber, SqrtPriceX96, Timestamp},
};

/// Blocks asked for at once, at first; halved where a node refuses.
const RANGE: u64 = 2_000;
/// Seconds between blocks on mainnet: what a guess at a block's height starts from.
const SLOT: u64 = 12;

#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error("block {block}: {source}")]
    Decode { block: BlockNumber, source: DecodeError },
    #[error(
        "{pool} swapped nothing in the {hours} hours before block {head}: there is no history on this chain; set history.source to \"data\" or \"simulated\""
    )]
    Empty { pool: Address, hours: u32, head: BlockNumber },
    #[error("the chain begins at {begins}, after {wanted}: it holds no {hours} hours of history")]
    TooYoung { begins: Timestamp, wanted: Timestamp, hours: u32 },
}

/// One market's closed candles, oldest first, and the hour that has begun.
#[derive(Clone, Debug)]
pub struct Past {
    pub candles: Vec<Candle>,
    pub forming: CandleBuilder,
}

/// Reads the candles of the last `hours` whole hours before `head`, and what has been traded in
/// the present one, from the pools' logs.
///
/// # Errors
/// [`HistoryError`] when the node does not answer, or the chain holds no such past.
pub async fn read(
    chain: &Chain,
    patience: &Patience,
    markets: &[Market],
    head: BlockNumber,
    hours: u32,
) -> Result<Vec<Past>, HistoryError> {
    let now = patience.ask(async || chain.header(head).await).await?.timestamp;
    let from = now.hour().minus(u64::from(hours) * Timestamp::HOUR);
    // Where each hour begins: logs of old nodes carry no time, blocks do.
    let mut boundaries = Vec::with_capacity(hours as usize + 1);
    let mut low = BlockNumber(0);
    for hour in 0..=u64::from(hours) {
        let ts = from.plus(hour * Timestamp::HOUR);
        low = first_at(chain, patience, ts, low, head).await?;
        boundaries.push((low, ts));
    }
    let first = boundaries.first().map_or(head, |(block, _)| *block);
    if hours > 0 && first == BlockNumber(0) {
        let begins = patience.ask(async || chain.header(BlockNumber(0)).await).await?.timestamp;
        return Err(HistoryError::TooYoung { begins, wanted: from, hours });
    }
    let addresses: Vec<Address> = markets.iter().map(|market| market.pool.address).collect();
    let logs = logs(chain, patience, &addresses, first, head).await?;
    markets.iter().map(|market| past(market, &logs, &boundaries, head, hours)).collect()
}

/// The first block at or after `ts`, between `low` and `high`: `high` if none is earlier. Guesses
/// by the slot time, which on mainnet is right within a few blocks, and halves every third time,
/// which on any chain comes to an end.
async fn first_at(
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

async fn logs(
    chain: &Chain,
    patience: &Patience,
    pools: &[Address],
    from: BlockNumber,
    to: BlockNumber,
) -> Result<Vec<RawLog>, RpcError> {
    let (mut at, mut range, mut all) = (from.0, RANGE, Vec::new());
    while at <= to.0 {
        let end = BlockNumber((at + range - 1).min(to.0));
        // The largest ranges are asked for once: what a node refuses then is a reason to halve.
        let answer = if range > 1 {
            chain.logs(pools, BlockNumber(at), end).await
        } else {
            patience.ask(async || chain.logs(pools, BlockNumber(at), end).await).await
        };
        match answer {
            Ok(logs) => {
                all.extend(logs);
                at = end.0 + 1;
                range = (range * 2).min(RANGE);
            }
            // Nodes say "too many results", "range too large", ... in many words: halve and see.
            Err(error) if error.advice() != Advice::Halt && range > 1 => range /= 2,
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

fn past(
    market: &Market,
    logs: &[RawLog],
    boundaries: &[(BlockNumber, Timestamp)],
    head: BlockNumber,
    hours: u32,
) -> Result<Past, HistoryError> {
    let pool = market.pool.address;
    let mut builder: Option<CandleBuilder> = None;
    let mut candles = Vec::new();
    let begins = boundaries.first().map_or(Timestamp(0), |(_, ts)| *ts);
    let mut price = None;
    for log in logs.iter().filter(|log| log.address == pool) {
        let event = decode(pool, &log.topics, &log.data, log.log_index)
            .map_err(|source| HistoryError::Decode { block: log.block_number, source })?;
        let Some(event) = event else { continue };
        price = root(&event.kind).map(|root| to_price(market, root)).or(price);
        let (Some(price), Some(amounts)) = (price, event.kind.swap_amounts()) else { continue };
        let at = boundaries.partition_point(|(block, _)| *block <= log.block_number);
        let ts = boundaries.get(at.saturating_sub(1)).map_or(begins, |(_, ts)| *ts);
        let builder = builder.get_or_insert_with(|| CandleBuilder::new(begins, price));
        candles.extend(builder.advance(ts));
        builder.swap(price, base_volume(market, amounts));
    }
    let mut forming = builder.ok_or(HistoryError::Empty { pool, hours, head })?;
    candles.extend(forming.advance(boundaries.last().map_or(begins, |(_, ts)| *ts)));
    Ok(Past { candles, forming })
}

fn root(event: &PoolEventKind) -> Option<SqrtPriceX96> {
    match event {
        PoolEventKind::V3Swap { sqrt_price_x96, .. } => Some(*sqrt_price_x96),
        PoolEventKind::V2Sync { reserve0, reserve1 } => SqrtPriceX96::from_reserves(*reserve0, *reserve1),
        _ => None,
    }
}

fn to_price(market: &Market, root: SqrtPriceX96) -> f64 {
    root.to_f64(market.base.decimals, market.quote.decimals, market.base_is_token0())
}

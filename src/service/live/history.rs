//! Candles from the chain's own past.

use alloy::primitives::Address;

use crate::{
    domain::{Candle, Market, Timeframe},
    io::chain::{Chain, LogPages, PagesError, RpcError, TimedLog},
    market::{CandleBuilder, DecodeError, PoolBars, decode},
    service::{
        retry::Patience,
        search::{First, first_since},
    },
    units::{BlockNumber, Timestamp},
};

/// The most blocks asked for at once.
const RANGE: u64 = 2_000;

#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error(transparent)]
    Pages(#[from] PagesError),
    #[error("block {block}: {source}")]
    Decode { block: BlockNumber, source: DecodeError },
    #[error(
        "{pool} swapped nothing in the {hours} hours before block {head}: there is no history on this chain; set history.source to \"data\" or \"simulated\""
    )]
    Empty { pool: Address, hours: u32, head: BlockNumber },
    #[error("the node holds no block before {begins}, which is after {wanted}: that is no {hours} hours of history")]
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
    let First { block: first, cut } = first_since(chain, patience, from, head).await?;
    if hours > 0 && (cut || first == BlockNumber(0)) {
        let begins = patience.ask(async || chain.header(first).await).await?.timestamp;
        return Err(HistoryError::TooYoung { begins, wanted: from, hours });
    }
    let addresses: Vec<Address> = markets.iter().map(|market| market.pool.address).collect();
    let mut building: Vec<Building<'_>> = markets.iter().map(Building::new).collect();
    let mut pages = LogPages::new(chain.clone(), addresses, first, head, RANGE);
    while let Some(page) = patience.ask(async || pages.next().await).await? {
        for log in &page.logs {
            for market in building.iter_mut().filter(|one| one.market.pool.address == log.log.address) {
                market.take(log)?;
            }
        }
    }
    building.into_iter().map(|market| market.finish(now, head, hours)).collect()
}

/// One market's candles as its logs come.
struct Building<'a> {
    market: &'a Market,
    bars: PoolBars<'a>,
    candles: Vec<Candle>,
}

impl<'a> Building<'a> {
    fn new(market: &'a Market) -> Self {
        Self { market, bars: PoolBars::new(market, Timeframe::H1), candles: Vec::new() }
    }

    fn take(&mut self, TimedLog { log, timestamp }: &TimedLog) -> Result<(), HistoryError> {
        let event = decode(log.address, &log.topics, &log.data, log.log_index)
            .map_err(|source| HistoryError::Decode { block: log.block_number, source })?;
        let Some(event) = event else { return Ok(()) };
        let closed = self.bars.take(&event, *timestamp);
        self.candles.extend(closed.into_iter().map(|bar| bar.candle));
        Ok(())
    }

    fn finish(mut self, now: Timestamp, head: BlockNumber, hours: u32) -> Result<Past, HistoryError> {
        let pool = self.market.pool.address;
        let mut forming = self.bars.into_forming().ok_or(HistoryError::Empty { pool, hours, head })?;
        self.candles.extend(forming.advance(now).into_iter().map(|bar| bar.candle));
        Ok(Past { candles: self.candles, forming })
    }
}

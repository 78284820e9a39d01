//! What the pipeline keeps for each market.

use alloy::primitives::{Address, U256};

use crate::{
    amm::Pool,
    domain::{Candle, FeatureRow, Market, Order, PoolEvent, Timeframe},
    features::{CandleError, FeatureStream},
    market::{CandleBuilder, MarketError, PoolTracker},
    units::{Timestamp, TokenAmount},
};

/// A market as a host hands it over: its pool's state at the moment before the first block,
/// and a feature stream that has seen every candle closed by then.
#[derive(Clone, Debug)]
pub struct MarketSetup {
    pub market: Market,
    pub pool: Pool,
    pub features: FeatureStream,
    /// The row of the last closed candle, if the stream is warm.
    pub row: Option<FeatureRow>,
    /// The hour that had begun already, where a host knows of its swaps.
    pub forming: Option<CandleBuilder>,
}

#[derive(Clone, Debug)]
pub(super) struct MarketState {
    pub(super) tracker: PoolTracker,
    candles: CandleBuilder,
    features: FeatureStream,
    pub(super) row: Option<FeatureRow>,
    pub(super) pending: Option<Order>,
}

impl MarketState {
    pub(super) fn new(setup: MarketSetup, ts: Timestamp) -> Self {
        let tracker = PoolTracker::new(setup.market, setup.pool);
        let candles = setup.forming.unwrap_or_else(|| CandleBuilder::new(Timeframe::H1, ts, tracker.price()));
        Self { tracker, candles, features: setup.features, row: setup.row, pending: None }
    }

    pub(super) fn market(&self) -> &Market {
        self.tracker.market()
    }

    pub(super) fn address(&self) -> Address {
        self.market().pool.address
    }

    /// Closes the hours that ended by `ts` and updates the features.
    pub(super) fn advance(&mut self, ts: Timestamp) -> Result<Vec<Candle>, CandleError> {
        let closed: Vec<Candle> = self.candles.advance(ts).into_iter().map(|bar| bar.candle).collect();
        for candle in &closed {
            self.row = self.features.push(candle)?;
        }
        Ok(closed)
    }

    pub(super) fn apply(&mut self, event: &PoolEvent) -> Result<(), MarketError> {
        if let Some(base_bought) = self.tracker.apply(event)? {
            self.candles.swap(self.tracker.price(), base_bought);
        }
        Ok(())
    }

    /// Quote base units for one whole base token, at the pool's price.
    pub(super) fn price(&self) -> Option<TokenAmount> {
        let whole = U256::from(10).checked_pow(U256::from(self.market().base.decimals))?;
        self.tracker.worth(TokenAmount(whole))
    }
}

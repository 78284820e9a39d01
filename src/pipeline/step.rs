//! One step: an input in, effects out.

use alloy::primitives::Address;

use super::{
    Effect, Input, Model, Params,
    market_state::{MarketSetup, MarketState},
    model::Unwanted,
};
use crate::{
    domain::{Asset, Block, BlockHeader, Order, OrderId, Record, Settlement},
    features::CandleError,
    market::MarketError,
    models::direction::PredictError,
    portfolio::{Book, BookError},
    risk::Drawdown,
    units::{Timestamp, TokenAmount, Wei},
};

/// The pipeline cannot go on: what it was told contradicts what it knows. The host stops in
/// order; starting again from the journal and the chain is safe.
#[derive(Debug, thiserror::Error)]
pub enum Halt {
    #[error("block {block}: {source}")]
    Market { block: u64, source: MarketError },
    #[error("block {block}: {source}")]
    Candle { block: u64, source: CandleError },
    #[error("block {block}: {asset}: {source}")]
    Model { block: u64, asset: Asset, source: PredictError },
    #[error(transparent)]
    Frame(#[from] Unwanted),
    #[error("block {block}: an event of pool {pool}, which is not watched")]
    UnknownPool { block: u64, pool: Address },
    #[error("block {block} is stamped {ts}, before the last block's {last}")]
    TimeWentBack { block: u64, ts: Timestamp, last: Timestamp },
    #[error("a settlement of order {order}, which is not on its way", order = .0.0)]
    UnknownOrder(OrderId),
    #[error(transparent)]
    Book(#[from] BookError),
    #[error("block {block}: {what} exceeds 256 bits")]
    Overflow { block: u64, what: &'static str },
    #[error("no market is named {0}, which is to value gas")]
    NoNativeMarket(Asset),
}

/// The bot's whole state between inputs.
#[derive(Clone, Debug)]
pub struct Pipeline<M> {
    pub(super) params: Params,
    pub(super) model: M,
    pub(super) markets: Vec<MarketState>,
    pub(super) native: usize,
    pub(super) book: Book,
    pub(super) drawdown: Drawdown,
    last: Timestamp,
}

impl<M: Model> Pipeline<M> {
    /// A pipeline that begins after time `ts`, with `capital` of the quote token and `ether`
    /// for gas.
    ///
    /// # Errors
    /// [`Halt::NoNativeMarket`] when no market can value gas.
    pub fn new(
        params: Params,
        model: M,
        markets: Vec<MarketSetup>,
        ts: Timestamp,
        capital: TokenAmount,
        ether: Wei,
    ) -> Result<Self, Halt> {
        let markets: Vec<_> = markets.into_iter().map(|setup| MarketState::new(setup, ts)).collect();
        let native = markets
            .iter()
            .position(|state| state.market().asset == params.native)
            .ok_or_else(|| Halt::NoNativeMarket(params.native.clone()))?;
        let book = Book::new(capital, ether);
        Ok(Self { params, model, markets, native, book, drawdown: Drawdown::new(capital), last: ts })
    }

    /// Takes in one input.
    ///
    /// # Errors
    /// [`Halt`]: stop; the state is as it was before the event that could not be taken in.
    pub fn step(&mut self, input: Input) -> Result<Vec<Effect>, Halt> {
        match input {
            Input::Block(block) => self.block(&block),
            Input::Frame { asset, frame } => Ok(self.model.frame(&asset, &frame).map(|()| Vec::new())?),
            Input::Settled(settlement) => self.settled(&settlement),
        }
    }

    pub fn book(&self) -> &Book {
        &self.book
    }

    pub fn halted(&self) -> bool {
        self.drawdown.halted()
    }

    /// The account at the last block's prices, for the end of a run.
    ///
    /// # Errors
    /// [`Halt::Overflow`].
    pub fn mark(&self, header: &BlockHeader) -> Result<Record, Halt> {
        let equity = self.equity(header, self.book.gas_quote)?;
        Ok(Record::Equity { ts: header.timestamp, equity, peak: self.drawdown.peak() })
    }

    /// Orders on their way.
    pub fn pending(&self) -> impl Iterator<Item = &Order> {
        self.markets.iter().filter_map(|state| state.pending.as_ref())
    }

    /// Each market's price in whole quote units, for display.
    pub fn prices(&self) -> impl Iterator<Item = (&Asset, f64)> {
        self.markets.iter().map(|state| (&state.market().asset, state.tracker.price()))
    }

    pub(super) fn settled(&mut self, settlement: &Settlement) -> Result<Vec<Effect>, Halt> {
        let id = settlement.order;
        let unknown = || Halt::UnknownOrder(id);
        let state = self
            .markets
            .iter_mut()
            .find(|state| state.pending.as_ref().is_some_and(|order| order.id == id))
            .ok_or_else(unknown)?;
        let order = state.pending.clone().ok_or_else(unknown)?;
        let fill = self.book.settle(&order, settlement)?;
        state.pending = None;
        let mut effects = vec![Effect::Record(Record::Settled(settlement.clone()))];
        effects.extend(fill.map(|fill| Effect::Record(Record::Fill(fill))));
        Ok(effects)
    }

    fn block(&mut self, block: &Block) -> Result<Vec<Effect>, Halt> {
        let header = &block.header;
        let (number, ts) = (header.number.0, header.timestamp);
        if ts < self.last {
            return Err(Halt::TimeWentBack { block: number, ts, last: self.last });
        }
        self.last = ts;
        let mut hour_closed = false;
        for state in &mut self.markets {
            let closed = state.advance(ts).map_err(|source| Halt::Candle { block: number, source })?;
            hour_closed |= !closed.is_empty();
        }
        for event in &block.events {
            let state = self
                .markets
                .iter_mut()
                .find(|state| state.address() == event.pool)
                .ok_or(Halt::UnknownPool { block: number, pool: event.pool })?;
            state.apply(event).map_err(|source| Halt::Market { block: number, source })?;
        }
        self.decide(header, hour_closed)
    }

    /// Equity in quote base units: cash and positions at the pools' prices, less gas.
    pub(super) fn equity(&self, header: &BlockHeader, gas: TokenAmount) -> Result<TokenAmount, Halt> {
        let overflow = || Halt::Overflow { block: header.number.0, what: "equity" };
        let mut equity = self.book.quote;
        for state in &self.markets {
            if let Some(position) = self.book.positions.get(&state.market().asset) {
                let worth = state.tracker.worth(position.amount).ok_or_else(overflow)?;
                equity = equity.checked_add(worth).ok_or_else(overflow)?;
            }
        }
        Ok(equity.saturating_sub(gas))
    }
}

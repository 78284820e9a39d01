//! From a block's state to orders.

use alloy::primitives::B256;

use super::{Alert, Effect, Halt, Model, Outlook, Pipeline};
use crate::{
    domain::{
        Action, Approved, BlockHeader, Bracket, Decision, Forecast, Order, OrderId, Reason, Record, Rejection, Side,
    },
    execution::{fees, slippage},
    market::PoolTracker,
    risk::{Bounds, bracket, gate, sizing},
    units::{Bps, Timestamp, TokenAmount},
};

/// What a decision about one market rests on.
struct Context<'a> {
    header: &'a BlockHeader,
    equity: TokenAmount,
    drawdown: Bps,
    hour_closed: bool,
}

impl<M: Model> Pipeline<M> {
    /// Watches the drawdown, then goes through the markets in order. Between the closes of
    /// hours only exits are looked for, and only what is done is recorded.
    pub(super) fn decide(&mut self, header: &BlockHeader, hour_closed: bool) -> Result<Vec<Effect>, Halt> {
        let mut effects = Vec::new();
        let equity = self.equity(header, self.book.gas_quote_expected)?;
        let was_halted = self.drawdown.halted();
        let drawdown = self.drawdown.observe(equity, self.params.risk.max_drawdown);
        let (ts, peak) = (header.timestamp, self.drawdown.peak());
        if self.drawdown.halted() && !was_halted {
            effects.push(Effect::Record(Record::Halted { ts, equity, peak }));
            effects.push(Effect::Alert(Alert::Halted { ts, equity, peak, drawdown }));
        }
        if hour_closed {
            let spent = self.equity(header, self.book.gas_quote)?;
            effects.push(Effect::Record(Record::Equity { ts, equity: spent, peak }));
        }
        let context = Context { header, equity, drawdown, hour_closed };
        for index in 0..self.markets.len() {
            self.decide_market(index, &context, &mut effects)?;
        }
        Ok(effects)
    }

    fn decide_market(&mut self, index: usize, context: &Context<'_>, effects: &mut Vec<Effect>) -> Result<(), Halt> {
        let Some(state) = self.markets.get(index) else { return Ok(()) };
        let block = context.header.number.0;
        let asset = state.market().asset.clone();
        let held = self.book.positions.get(&asset).copied();
        if !context.hour_closed && (held.is_none() || state.pending.is_some()) {
            return Ok(());
        }
        let price = state.price().ok_or(Halt::Overflow { block, what: "price" })?;
        let Outlook { forecast, grounds } =
            match self.model.outlook(&asset, context.header.timestamp, state.row.as_ref()) {
                Ok(outlook) => outlook,
                // No forecast is no reason to overlook a stop.
                Err(_) if held.is_some() => Outlook::none(Rejection::WarmingUp),
                Err(source) => return Err(Halt::Model { block, asset, source }),
            };
        let said = forecast.as_ref().ok().copied();
        let (action, order) = if state.pending.is_some() {
            (Action::Pass(Rejection::OrderPending), None)
        } else if let Some(position) = held {
            match self.exit_reason(&position.bracket, price, context.header.timestamp) {
                None => (Action::Keep, None),
                Some(reason) => match self.sell(index, position.amount, reason, context) {
                    Err(why) => (Action::Pass(why), None),
                    Ok(order) => {
                        (Action::Exit { order: order.get().id, amount_in: order.get().amount_in, reason }, Some(order))
                    }
                },
            }
        } else {
            match forecast.and_then(|forecast| self.buy(index, &forecast, price, context)) {
                Err(why) => (Action::Pass(why), None),
                Ok((order, edge, cost)) => {
                    let Order { id, amount_in, .. } = *order.get();
                    (Action::Enter { order: id, amount_in, edge, cost }, Some(order))
                }
            }
        };
        if order.is_none() && !context.hour_closed {
            return Ok(());
        }
        effects.push(Effect::Record(Record::Decision(Decision {
            ts: context.header.timestamp,
            asset,
            price,
            forecast: said,
            grounds,
            equity: context.equity,
            drawdown: context.drawdown,
            action,
        })));
        if let (Some(order), Some(state)) = (order, self.markets.get_mut(index)) {
            state.pending = Some(order.get().clone());
            effects.push(Effect::Record(Record::Intent(order.get().clone())));
            effects.push(Effect::Submit(order));
        }
        Ok(())
    }

    fn exit_reason(&self, held: &Bracket, price: TokenAmount, now: Timestamp) -> Option<Reason> {
        if self.drawdown.halted() { Some(Reason::Halt) } else { bracket::exit(held, price, now) }
    }

    fn sell(
        &self,
        index: usize,
        amount: TokenAmount,
        reason: Reason,
        context: &Context<'_>,
    ) -> Result<Approved<Order>, Rejection> {
        let quoted = self.quoted(index, Side::Sell, amount)?;
        let order = self.order(index, Side::Sell, reason, &quoted, None, context)?;
        self.approve(order, amount, &quoted, context)
    }

    /// Sizes and prices an entry: first with the pool's fee alone for a cost, then again with
    /// what the quote, the gas and the way out really cost.
    fn buy(
        &self,
        index: usize,
        forecast: &Forecast,
        price: TokenAmount,
        context: &Context<'_>,
    ) -> Result<(Approved<Order>, f64, f64), Rejection> {
        let state = self.markets.get(index).ok_or(Rejection::NoQuote)?;
        let risk = &self.params.risk;
        if self.drawdown.halted() {
            return Err(Rejection::Halted);
        }
        let edge = sizing::edge(forecast);
        let fees_only = 2.0 * state.market().pool.fee.to_fraction();
        if !sizing::pays(risk, forecast, fees_only) {
            return Err(Rejection::EdgeBelowCost { edge, cost: fees_only });
        }
        let stake = |cost| sizing::stake(risk, forecast, cost, context.equity).ok_or(Rejection::StakeTooSmall);
        let available = self.available();
        let first = stake(fees_only)?.min(available);
        let cost = self.round_trip_cost(index, first, context)?;
        let amount = stake(cost)?.min(first);
        if amount < risk.min_order || amount.is_zero() {
            return Err(if sizing::pays(risk, forecast, cost) {
                Rejection::StakeTooSmall
            } else {
                Rejection::EdgeBelowCost { edge, cost }
            });
        }
        let cost = self.round_trip_cost(index, amount, context)?;
        if !sizing::pays(risk, forecast, cost) {
            return Err(Rejection::EdgeBelowCost { edge, cost });
        }
        let horizon = u64::from(forecast.horizon_hours) * Timestamp::HOUR;
        let expires = context.header.timestamp.plus(horizon);
        let bracket = bracket::bracket(risk, price, forecast.atr, expires).ok_or(Rejection::StakeTooSmall)?;
        let quoted = self.quoted(index, Side::Buy, amount)?;
        let order = self.order(index, Side::Buy, Reason::Signal, &quoted, Some(bracket), context)?;
        Ok((self.approve(order, available, &quoted, context)?, edge, cost))
    }

    /// The quote token that is not on its way into a pool.
    fn available(&self) -> TokenAmount {
        let on_its_way = self.pending().filter(|order| order.side == Side::Buy).map(|order| order.amount_in);
        on_its_way.fold(self.book.quote, TokenAmount::saturating_sub)
    }

    /// Fee, impact and gas of going in with `stake` and coming out again, as a fraction of it.
    /// The way out is taken to cost what the way in does.
    fn round_trip_cost(&self, index: usize, stake: TokenAmount, context: &Context<'_>) -> Result<f64, Rejection> {
        let state = self.markets.get(index).ok_or(Rejection::NoQuote)?;
        let quoted = self.quoted(index, Side::Buy, stake)?;
        let back = state.tracker.worth(quoted.quote.amount_out).ok_or(Rejection::NoQuote)?;
        let gas = self.gas_quote(quoted.gas, context).ok_or(Rejection::NoQuote)?;
        let one_way = stake.saturating_sub(back).checked_add(gas).ok_or(Rejection::NoQuote)?;
        Ok(2.0 * f64::from(one_way.0) / f64::from(stake.0))
    }

    fn quoted(&self, index: usize, side: Side, amount: TokenAmount) -> Result<Quoted, Rejection> {
        let state = self.markets.get(index).ok_or(Rejection::NoQuote)?;
        let quote = state.tracker.quote(side, amount).map_err(|_| Rejection::NoQuote)?;
        let gas = self.params.execution.gas.expected(quote.ticks_crossed);
        let impact = impact(&state.tracker, &quote).ok_or(Rejection::NoQuote)?;
        Ok(Quoted { quote, gas, impact })
    }

    /// What `gas` is expected to cost, in quote base units at the native market's price.
    fn gas_quote(&self, gas: u64, context: &Context<'_>) -> Option<TokenAmount> {
        let price = fees::gas_price_expected(context.header.base_fee_per_gas, self.params.execution.priority_fee)?;
        let wei = fees::gas_cost(gas, price)?;
        self.markets.get(self.native)?.tracker.worth(TokenAmount(wei.0))
    }

    fn order(
        &self,
        index: usize,
        side: Side,
        reason: Reason,
        quoted: &Quoted,
        bracket: Option<Bracket>,
        context: &Context<'_>,
    ) -> Result<Order, Rejection> {
        let state = self.markets.get(index).ok_or(Rejection::NoQuote)?;
        let market = state.market();
        let execution = &self.params.execution;
        let (token_in, token_out) = match side {
            Side::Buy => (market.quote.address, market.base.address),
            Side::Sell => (market.base.address, market.quote.address),
        };
        let ts = context.header.timestamp;
        let base_fee = context.header.base_fee_per_gas;
        let mut order = Order {
            id: OrderId(B256::ZERO),
            asset: market.asset.clone(),
            side,
            reason,
            pool: market.pool,
            token_in,
            token_out,
            amount_in: quoted.quote.amount_in,
            amount_out_quoted: quoted.quote.amount_out,
            fee_quoted: quoted.quote.fee,
            amount_out_min: slippage::amount_out_min(quoted.quote.amount_out, execution.slippage_tolerance)
                .ok_or(Rejection::Unguarded)?,
            sqrt_price_x96: state.tracker.sqrt_price_x96(),
            decided_at: ts,
            deadline: ts.plus(execution.deadline_seconds),
            gas_expected: quoted.gas,
            gas_price_expected: fees::gas_price_expected(base_fee, execution.priority_fee)
                .ok_or(Rejection::GasTankEmpty)?,
            gas_quote_expected: self.gas_quote(quoted.gas, context).ok_or(Rejection::NoQuote)?,
            bracket,
        };
        order.id = order.content_id();
        Ok(order)
    }

    fn approve(
        &self,
        order: Order,
        available: TokenAmount,
        quoted: &Quoted,
        context: &Context<'_>,
    ) -> Result<Approved<Order>, Rejection> {
        let execution = &self.params.execution;
        let worst = fees::max_fee_per_gas(context.header.base_fee_per_gas, execution.priority_fee)
            .and_then(|max_fee| fees::worst_gas_cost(&execution.gas, order.gas_expected, max_fee))
            .ok_or(Rejection::GasTankEmpty)?;
        let bounds = Bounds {
            equity: context.equity,
            available,
            impact: quoted.impact,
            least_out: execution.slippage_tolerance.floor_of(quoted.quote.amount_out).ok_or(Rejection::Unguarded)?,
            ether: self.book.ether_expected,
            gas_worst: worst,
            halted: self.drawdown.halted(),
        };
        gate(&self.params.risk, order, &bounds)
    }
}

/// A quote, the gas it is expected to burn and how far it moves the price.
struct Quoted {
    quote: crate::amm::Quote,
    gas: u64,
    impact: Bps,
}

/// How far a swap moves the pool's price, in basis points of the price before, rounded up.
/// Taken on root prices and doubled: `(1 + x)^2 - 1 <= 2x + x^2`, the square included.
fn impact(tracker: &PoolTracker, quote: &crate::amm::Quote) -> Option<Bps> {
    let (before, after) = (tracker.sqrt_price_x96().0, quote.sqrt_price_after.0);
    let root = Bps::ratio_up(TokenAmount(before.abs_diff(after)), TokenAmount(before.min(after)))?;
    let square = u64::from(root.0) * u64::from(root.0);
    let square = u32::try_from(square.div_ceil(u64::from(Bps::ONE))).ok()?;
    root.0.checked_mul(2)?.checked_add(square).map(Bps)
}

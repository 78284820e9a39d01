//! Balances and positions in base units.

use std::collections::BTreeMap;

use alloy::primitives::U256;

use crate::{
    domain::{Asset, Bracket, Fill, Order, Outcome, Settlement, Side},
    units::{FeePips, TokenAmount, Wei, amount::mul_div},
};

/// A settlement that the book cannot hold. Halt: book and chain disagree.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    #[error("order {order}: the swap spent {spent} of {asset}'s {side:?} side, the book holds {held}")]
    Overspent { order: alloy::primitives::B256, asset: Asset, side: Side, spent: TokenAmount, held: TokenAmount },
    #[error("order {order}: an amount exceeds 256 bits")]
    Overflow { order: alloy::primitives::B256 },
}

/// An open position in one asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Base units held.
    pub amount: TokenAmount,
    pub bracket: Bracket,
}

/// What the bot holds. It knows only what it was given and what it traded; other holdings of
/// the account are not its own.
///
/// Gas is counted twice, on purpose: as spent (`ether`, `gas_quote`), which reports use, and as
/// expected when it was decided (`ether_expected`, `gas_quote_expected`), which decisions use.
/// Expected gas depends on the decision alone, so a backtest, which cannot know the gas that a
/// node will burn to the unit, still decides as live does to the byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    pub quote: TokenAmount,
    pub positions: BTreeMap<Asset, Position>,
    pub ether: Wei,
    pub ether_expected: Wei,
    pub gas_quote: TokenAmount,
    pub gas_quote_expected: TokenAmount,
}

impl Book {
    pub fn new(capital: TokenAmount, ether: Wei) -> Self {
        Self {
            quote: capital,
            positions: BTreeMap::new(),
            ether,
            ether_expected: ether,
            gas_quote: TokenAmount::ZERO,
            gas_quote_expected: TokenAmount::ZERO,
        }
    }

    /// Books what became of an order. Returns the fill if the swap went through. On an error
    /// the book is unchanged.
    ///
    /// # Errors
    /// [`BookError`] when the chain's word does not fit the book.
    pub fn settle(&mut self, order: &Order, settlement: &Settlement) -> Result<Option<Fill>, BookError> {
        let mut next = self.clone();
        let fill = next.apply(order, settlement)?;
        *self = next;
        Ok(fill)
    }

    fn apply(&mut self, order: &Order, settlement: &Settlement) -> Result<Option<Fill>, BookError> {
        let id = order.id.0;
        let overflow = || BookError::Overflow { order: id };
        let gas_quote = self.charge_gas(order, settlement)?;
        let Outcome::Swapped { amount_in, amount_out } = settlement.outcome else { return Ok(None) };
        let overspent = |held| BookError::Overspent {
            order: id,
            asset: order.asset.clone(),
            side: order.side,
            spent: amount_in,
            held,
        };
        match (order.side, order.bracket) {
            (Side::Buy, Some(bracket)) => {
                self.quote = self.quote.checked_sub(amount_in).ok_or_else(|| overspent(self.quote))?;
                let held = self.positions.get(&order.asset).map_or(TokenAmount::ZERO, |position| position.amount);
                let amount = held.checked_add(amount_out).ok_or_else(overflow)?;
                self.positions.insert(order.asset.clone(), Position { amount, bracket });
            }
            // The gate mints no buy without a bracket; a journal that holds one is corrupt.
            (Side::Buy, None) => return Err(overspent(TokenAmount::ZERO)),
            (Side::Sell, _) => {
                let position = self.positions.remove(&order.asset).ok_or_else(|| overspent(TokenAmount::ZERO))?;
                let left = position.amount.checked_sub(amount_in).ok_or_else(|| overspent(position.amount))?;
                if !left.is_zero() {
                    self.positions.insert(order.asset.clone(), Position { amount: left, ..position });
                }
                self.quote = self.quote.checked_add(amount_out).ok_or_else(overflow)?;
            }
        }
        let fee = fee(order, amount_in, amount_out).ok_or_else(overflow)?;
        let (fee_quote, impact_quote) = costs(order, amount_in, amount_out, fee).ok_or_else(overflow)?;
        Ok(Some(Fill {
            order: order.id,
            ts: settlement.ts,
            asset: order.asset.clone(),
            side: order.side,
            reason: order.reason,
            amount_in,
            amount_out,
            fee,
            fee_quote,
            impact_quote,
            gas_used: settlement.gas_used,
            gas_expected: order.gas_expected,
            gas_cost: settlement.gas_cost,
            gas_quote,
            block: settlement.block,
            tx: settlement.tx,
        }))
    }

    /// Takes the gas from the tank; returns its cost in quote base units.
    fn charge_gas(&mut self, order: &Order, settlement: &Settlement) -> Result<TokenAmount, BookError> {
        let overflow = || BookError::Overflow { order: order.id.0 };
        let cost = settlement.gas_cost;
        let expected = order.gas_cost_expected().ok_or_else(overflow)?;
        // At the price decided on: the expectation in quote, scaled to what was really spent.
        let gas_quote = if expected.is_zero() {
            TokenAmount::ZERO
        } else {
            order.gas_quote_expected.mul_div(cost.0, expected.0).ok_or_else(overflow)?
        };
        // The account may have been topped up since: gas that was burnt is no reason to stop.
        self.ether = self.ether.saturating_sub(cost);
        self.gas_quote = self.gas_quote.checked_add(gas_quote).ok_or_else(overflow)?;
        // What never reached a block is expected to have burnt nothing.
        if settlement.outcome == Outcome::Expired {
            return Ok(gas_quote);
        }
        self.ether_expected = self.ether_expected.saturating_sub(expected);
        self.gas_quote_expected = self.gas_quote_expected.checked_add(order.gas_quote_expected).ok_or_else(overflow)?;
        Ok(gas_quote)
    }
}

/// The pool's fee. When the swap did just what was quoted, the quote knows it to the unit;
/// otherwise the pool had moved, and the fee is `amount_in * fee_pips / 1e6` rounded up, which
/// can differ from the contract's by a unit for each tick range crossed.
fn fee(order: &Order, amount_in: TokenAmount, amount_out: TokenAmount) -> Option<TokenAmount> {
    if amount_in == order.amount_in && amount_out == order.amount_out_quoted {
        return Some(order.fee_quoted);
    }
    let one = U256::from(FeePips::ONE);
    let up = mul_div(amount_in.0, U256::from(order.pool.fee.0), one)?;
    let exact = up.checked_mul(one)? == amount_in.0.checked_mul(U256::from(order.pool.fee.0))?;
    Some(TokenAmount(if exact { up } else { up.checked_add(U256::from(1))? }))
}

/// What fee and price impact cost in quote base units, both at the price decided on. An
/// execution better than that price counts as no impact, never as a gain.
fn costs(
    order: &Order,
    amount_in: TokenAmount,
    amount_out: TokenAmount,
    fee: TokenAmount,
) -> Option<(TokenAmount, TokenAmount)> {
    let worth = |amount| order.base_worth(amount);
    match order.side {
        Side::Buy => {
            let paid = amount_in.checked_sub(fee)?;
            Some((fee, paid.saturating_sub(worth(amount_out)?)))
        }
        Side::Sell => {
            let sold = worth(amount_in.checked_sub(fee)?)?;
            Some((worth(fee)?, sold.saturating_sub(amount_out)))
        }
    }
}

#[cfg(test)]
mod tests;

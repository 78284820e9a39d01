//! The one place where an order becomes an approved order.

use crate::{
    domain::{Approved, Order, Rejection, Side},
    risk::Params,
    units::{Bps, TokenAmount, Wei},
};

/// What the gate holds an order against, all as known when it is decided.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Equity in quote base units.
    pub equity: TokenAmount,
    /// What may be spent of the token that goes in: the balance less what is on its way.
    pub available: TokenAmount,
    /// How far the swap moves the pool's price.
    pub impact: Bps,
    /// The least output that the slippage tolerance allows for the quote.
    pub least_out: TokenAmount,
    /// Ether for gas, and the most that this order's gas can cost.
    pub ether: Wei,
    pub gas_worst: Wei,
    pub halted: bool,
}

/// Lets an order pass or says why not. A sell only has to be covered, guarded and paid for:
/// the way out is never barred by a limit on entries.
///
/// # Errors
/// The first [`Rejection`] that applies.
pub fn gate(params: &Params, order: Order, bounds: &Bounds) -> Result<Approved<Order>, Rejection> {
    if order.side == Side::Buy {
        if bounds.halted {
            return Err(Rejection::Halted);
        }
        if order.bracket.is_none() || order.amount_in < params.min_order {
            return Err(Rejection::StakeTooSmall);
        }
        if bounds.impact > params.max_impact {
            return Err(Rejection::ImpactAboveLimit { impact: bounds.impact });
        }
        let most = params.max_position.of(bounds.equity).unwrap_or(TokenAmount::ZERO);
        if order.amount_in > most {
            return Err(Rejection::AboveMaxPosition);
        }
        // A sell is tried all the same: what is booked of ether may be less than the account has.
        if bounds.gas_worst > bounds.ether {
            return Err(Rejection::GasTankEmpty);
        }
    }
    if order.amount_in.is_zero() || order.amount_in > bounds.available {
        return Err(Rejection::NotCovered);
    }
    if order.amount_out_min.is_zero() || order.amount_out_min < bounds.least_out {
        return Err(Rejection::Unguarded);
    }
    Ok(Approved::mint(order))
}

#[cfg(test)]
mod tests;

//! Stop and take-profit.

use alloy::primitives::U256;

use crate::{
    domain::{Bracket, Reason},
    risk::Params,
    units::{Bps, Timestamp, TokenAmount},
};

/// The bracket of an entry at `price`: the stop `stop_atr` average true ranges below, the
/// target `reward_to_risk` such distances above. `atr` is a fraction of the price. Distances
/// are cut to whole basis points; `None` when the stop would stand at or below zero, or so
/// near that it rounds onto the price.
pub fn bracket(params: &Params, price: TokenAmount, atr: f64, expires: Timestamp) -> Option<Bracket> {
    let risk = Bps::from_fraction_down(params.stop_atr * atr);
    // A reward beyond +100% keeps its size: only the stop is a share of the price.
    let reward = U256::try_from(u64::from(Bps::from_fraction_down(params.stop_atr * atr).0)).ok()?;
    let reward = scaled(reward, params.reward_to_risk)?;
    if risk == Bps::ZERO || risk.0 >= Bps::ONE {
        return None;
    }
    let stop = risk.floor_of(price)?;
    let target = price.checked_add(price.mul_div(reward, U256::from(Bps::ONE))?)?;
    (stop < price && target > price).then_some(Bracket { stop, target, expires })
}

/// `bps * multiple`, cut to whole basis points, at most 100 times the price.
fn scaled(bps: U256, multiple: f64) -> Option<U256> {
    let product = f64::from(bps) * multiple;
    (product.is_finite() && (0.0..=1_000_000.0).contains(&product)).then(|| U256::from(product as u64))
}

/// Why a position should be left now, if it should.
pub fn exit(bracket: &Bracket, price: TokenAmount, now: Timestamp) -> Option<Reason> {
    if price <= bracket.stop {
        Some(Reason::StopLoss)
    } else if price >= bracket.target {
        Some(Reason::TakeProfit)
    } else if now >= bracket.expires {
        Some(Reason::Horizon)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params() -> Params {
        Params {
            kelly_fraction: 0.25,
            max_position: Bps(4_000),
            edge_over_cost: 1.0,
            stop_atr: 2.0,
            reward_to_risk: 2.0,
            max_drawdown: Bps(1_500),
            max_impact: Bps(50),
            min_order: TokenAmount::from(50_000_000u64),
        }
    }

    #[test]
    fn one_to_two() {
        let price = TokenAmount::from(2_000_000_000u64);
        let found = bracket(&params(), price, 0.01, Timestamp(9)).unwrap();
        assert_eq!(found.stop, TokenAmount::from(1_960_000_000u64));
        assert_eq!(found.target, TokenAmount::from(2_080_000_000u64));
        assert_eq!(exit(&found, found.stop, Timestamp(0)), Some(Reason::StopLoss));
        assert_eq!(exit(&found, found.target, Timestamp(0)), Some(Reason::TakeProfit));
        assert_eq!(exit(&found, price, Timestamp(8)), None);
        assert_eq!(exit(&found, price, Timestamp(9)), Some(Reason::Horizon));
        // A stop outranks the horizon.
        assert_eq!(exit(&found, found.stop, Timestamp(99)), Some(Reason::StopLoss));
    }

    #[test]
    fn no_bracket_without_a_sane_range() {
        let price = TokenAmount::from(2_000_000_000u64);
        for atr in [0.0, -1.0, f64::NAN, 0.6, f64::INFINITY, 1e-9] {
            assert_eq!(bracket(&params(), price, atr, Timestamp(9)), None, "{atr}");
        }
        assert_eq!(bracket(&params(), TokenAmount::ZERO, 0.01, Timestamp(9)), None);
    }
}

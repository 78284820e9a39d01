//! How much of the equity an edge deserves.

use crate::{
    domain::{self, Forecast},
    risk::Params,
    units::{Bps, TokenAmount},
};

/// The expected gain of a long stake held over the forecast's horizon, before costs, as a
/// fraction of the stake, with the lower bound for the probability.
pub fn edge(forecast: &Forecast) -> f64 {
    domain::edge(forecast.lower, forecast.gain, forecast.loss)
}

/// Kelly's stake as a fraction of equity for a bet that gains `gain` with probability `p` and
/// else loses `loss`, after paying `cost` either way: `p / (loss + cost) - (1 - p) / (gain - cost)`,
/// with `p` the lower bound of the probability: overbetting costs more than betting too little.
/// Zero where that is negative, where the gain does not cover the cost, or where the loss is
/// not positive (such a forecast is broken, not free money).
///
/// Source: Kelly, "A New Interpretation of Information Rate" (1956), in the form for unequal
/// odds of Thorp, "The Kelly Criterion in Blackjack, Sports Betting and the Stock Market" (2006).
pub fn kelly(forecast: &Forecast, cost: f64) -> f64 {
    let (win, lose) = (forecast.gain - cost, forecast.loss + cost);
    if win <= 0.0 || forecast.loss <= 0.0 || !win.is_finite() || !lose.is_finite() {
        return 0.0;
    }
    let fraction = forecast.lower / lose - (1.0 - forecast.lower) / win;
    if fraction.is_finite() { fraction.max(0.0) } else { 0.0 }
}

/// The stake in quote base units: the configured share of Kelly's, within the configured most.
/// Rounds down; `None` only when the product exceeds 256 bits.
pub fn stake(params: &Params, forecast: &Forecast, cost: f64, equity: TokenAmount) -> Option<TokenAmount> {
    let share = Bps::from_fraction_down(params.kelly_fraction * kelly(forecast, cost));
    share.min(params.max_position).of(equity)
}

/// Whether the edge pays for its cost by the configured multiple.
pub fn pays(params: &Params, forecast: &Forecast, cost: f64) -> bool {
    edge(forecast) > params.edge_over_cost * cost
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sure of a rise, but for its lower bound.
    fn forecast(lower: f64, gain: f64, loss: f64) -> Forecast {
        Forecast { horizon_hours: 24, probability_up: 1.0, lower, gain, loss, atr: 0.01 }
    }

    #[test]
    fn kelly_of_an_even_bet() {
        // Thorp 2006, section 2: even odds, p = 0.55, stake 2p - 1 of the bankroll at loss 1.
        assert!((kelly(&forecast(0.55, 1.0, 1.0), 0.0) - 0.1).abs() < 1e-12);
        // Odds 2:1 need p > 1/3.
        assert_eq!(kelly(&forecast(0.33, 2.0, 1.0), 0.0), 0.0);
        assert!(kelly(&forecast(0.34, 2.0, 1.0), 0.0) > 0.0);
    }

    #[test]
    fn costs_only_ever_shrink_the_stake() {
        for p in [0.5, 0.52, 0.6, 0.9] {
            let mut last = f64::INFINITY;
            for cost in [0.0, 0.001, 0.005, 0.01, 0.02, 0.03] {
                let stake = kelly(&forecast(p, 0.02, 0.02), cost);
                assert!(stake <= last, "p {p}, cost {cost}");
                last = stake;
            }
            assert_eq!(last, 0.0);
        }
    }

    #[test]
    fn broken_forecasts_stake_nothing() {
        for broken in [
            forecast(0.9, 0.02, 0.0),
            forecast(0.9, 0.0, 0.02),
            forecast(0.9, -0.1, 0.02),
            forecast(f64::NAN, 0.02, 0.02),
            forecast(0.9, f64::NAN, 0.02),
            forecast(0.9, 0.02, f64::NAN),
            forecast(0.9, f64::INFINITY, 0.02),
        ] {
            assert_eq!(kelly(&broken, 0.001), 0.0, "{broken:?}");
        }
    }
}

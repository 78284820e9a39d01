//! The price paths. `docs/SIMULATOR.md` explains each parameter.

use std::collections::VecDeque;

use super::noise::{Noise, exp};
use crate::{
    domain::PriceBar,
    units::{Price, Timestamp},
};

/// Five-minute steps of an hour.
const STEPS: usize = 12;
/// Hours run unseen, so that the first hour seen has volatility and means behind it.
const WARM_UP: u64 = 200;
/// Hours of the mean to which prices revert.
const MEAN_HOURS: usize = 50;
/// The reversion: drift in standard deviations an hour for one unit of `s`.
const REVERSION: f64 = 0.042;
const SIGNAL_BOUND: f64 = 2.5;
/// Correlation of the five-minute steps.
const CORRELATION: f64 = 0.8;
/// Log-volatility: half of its variance common, decaying slowly and quickly.
const SLOW: Decay = Decay { keep: 0.99, shock: 0.035 };
const QUICK: Decay = Decay { keep: 0.80, shock: 0.15 };
/// Jumps an hour, the share that both coins feel, and their size in hourly deviations.
const JUMP_CHANCE: f64 = 0.004;
const JUMP_SHARED: f64 = 0.6;
const JUMP_SIZE: f64 = 4.0;
/// Cents: no price goes under one unit.
const LEAST_CENTS: f64 = 100.0;

/// What tells one coin from the other.
pub(super) struct Coin {
    pub(super) name: &'static str,
    start: f64,
    /// Standard deviation of an hour's return at unit volatility.
    deviation: f64,
    /// Base units traded in an ordinary hour.
    volume: f64,
}

pub(super) const COINS: [Coin; 2] = [
    Coin { name: "ETH", start: 2_400.0, deviation: 0.0072, volume: 18_000.0 },
    Coin { name: "BTC", start: 42_000.0, deviation: 0.0056, volume: 2_000.0 },
];

struct Decay {
    keep: f64,
    shock: f64,
}

/// A regime's drift in hourly deviations, its volatility, and the chance to leave it.
struct Regime {
    drift: f64,
    volatility: f64,
    leave: f64,
}

const REGIMES: [Regime; 3] = [
    Regime { drift: 0.012, volatility: 1.0, leave: 1.0 / 480.0 },
    Regime { drift: -0.012, volatility: 1.25, leave: 1.0 / 360.0 },
    Regime { drift: 0.0, volatility: 0.7, leave: 1.0 / 300.0 },
];

struct State {
    close: f64,
    closes: VecDeque<f64>,
    own_volatility: f64,
}

pub(super) struct Market {
    noise: Noise,
    regime: usize,
    slow: f64,
    quick: f64,
    coins: [State; 2],
}

impl Market {
    pub(super) fn new(seed: u64) -> Self {
        let state =
            |coin: &Coin| State { close: coin.start, closes: VecDeque::from([coin.start]), own_volatility: 0.0 };
        let coins = [state(&COINS[0]), state(&COINS[1])];
        let mut market = Self { noise: Noise::new(seed), regime: 2, slow: 0.0, quick: 0.0, coins };
        for _ in 0..WARM_UP {
            market.hour(Timestamp(0));
        }
        market
    }

    /// The next hour's bars, stamped `ts`, in the order of `COINS`.
    pub(super) fn hour(&mut self, ts: Timestamp) -> [PriceBar; 2] {
        let noise = &mut self.noise;
        if noise.chance(REGIMES[self.regime].leave) {
            self.regime = (self.regime + if noise.chance(0.5) { 1 } else { 2 }) % REGIMES.len();
        }
        let regime = &REGIMES[self.regime];
        self.slow = SLOW.keep * self.slow + SLOW.shock * noise.normal();
        self.quick = QUICK.keep * self.quick + QUICK.shock * noise.normal();
        let shared_jump = noise.chance(JUMP_CHANCE * JUMP_SHARED);
        let shared_size = noise.fat_tailed() * JUMP_SIZE;
        // Shocks of the steps, one row a coin: correlated, each of variance 1 / STEPS.
        let mut shocks = [[0.0; STEPS]; 2];
        let own = (1.0 - CORRELATION * CORRELATION).sqrt();
        let [first, second] = &mut shocks;
        for (first, second) in first.iter_mut().zip(second) {
            *first = noise.normal();
            *second = CORRELATION * *first + own * noise.normal();
        }

        let (slow, quick) = (self.slow, self.quick);
        let mut bar = |place: usize| {
            let (coin, state, shocks) = (&COINS[place], &mut self.coins[place], &shocks[place]);
            state.own_volatility = QUICK.keep * state.own_volatility + QUICK.shock * 0.5 * noise.normal();
            let volatility = regime.volatility * exp(slow + quick + state.own_volatility);
            let deviation = coin.deviation * volatility;
            let own_jump = noise.chance(JUMP_CHANCE * (1.0 - JUMP_SHARED));
            let own_size = noise.fat_tailed() * JUMP_SIZE;
            let jump = if shared_jump { shared_size } else { 0.0 } + if own_jump { own_size } else { 0.0 };
            let jump_step = (noise.uniform() * STEPS as f64) as usize;
            let drift = (regime.drift - REVERSION * signal(&state.closes)) / STEPS as f64;

            let open = state.close;
            let (mut high, mut low, mut price) = (open, open, open);
            for (step, shock) in shocks.iter().enumerate() {
                let jump = if step == jump_step { jump } else { 0.0 };
                let moved = deviation * (drift + shock / (STEPS as f64).sqrt() + jump);
                // A step's return is bounded, so a price stays above zero whatever the draws.
                price = cents(price * (1.0 + moved.clamp(-0.2, 0.25)));
                high = high.max(price);
                low = low.min(price);
            }
            state.close = price;
            state.closes.push_back(price);
            if state.closes.len() > MEAN_HOURS + 1 {
                state.closes.pop_front();
            }
            let moved = (price / open - 1.0).abs() / deviation;
            let volume = coin.volume * volatility * (0.6 + 0.5 * moved) * exp(0.25 * noise.normal());
            let volume = (volume * 1_000.0).round() / 1_000.0;
            let [open, high, low, close] = [open, high, low, price].map(exact);
            PriceBar { ts, open, high, low, close, volume }
        };
        [bar(0), bar(1)]
    }
}

/// How far the last close stands from the mean of the last `MEAN_HOURS`, in standard deviations
/// of such a distance under a random walk: `sqrt(50 / 3) = 4.08` hourly deviations.
fn signal(closes: &VecDeque<f64>) -> f64 {
    if closes.len() <= MEAN_HOURS {
        return 0.0;
    }
    let count = MEAN_HOURS as f64;
    let mean = closes.iter().skip(1).sum::<f64>() / count;
    let returns = || closes.iter().zip(closes.iter().skip(1)).map(|(before, after)| after / before - 1.0);
    let mean_return = returns().sum::<f64>() / count;
    let variance = returns().map(|r| (r - mean_return) * (r - mean_return)).sum::<f64>() / count;
    let last = closes.back().copied().unwrap_or(mean);
    let scale = (variance * count / 3.0).sqrt().max(1e-9);
    ((last / mean - 1.0) / scale).clamp(-SIGNAL_BOUND, SIGNAL_BOUND)
}

fn cents(price: f64) -> f64 {
    (price * 100.0).round().max(LEAST_CENTS) / 100.0
}

/// The exact decimal of a price rounded to cents.
fn exact(price: f64) -> Price {
    // `cents` keeps it at 1.00 or above and `as` saturates: it is never zero.
    let raw = (price * 100.0).round() as u128 * (Price::SCALE / 100);
    Price::from_raw(raw).unwrap_or_else(|| unreachable!("a simulated price of zero"))
}

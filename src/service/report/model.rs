//! The report as data. Amounts are decimal strings in base units, ratios plain fractions.

use std::fmt;

use alloy::primitives::{I256, U256};
use serde::{Serialize, Serializer};

use super::Signals;

use crate::{
    domain::{Asset, Fill, Reason},
    units::{Timestamp, TokenAmount},
};

/// Where the prices came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    /// A venue's candles in a data folder, named as the user gave it.
    Real { venue: String, dir: String },
    /// The simulator with this seed.
    Simulated { seed: u64 },
}

impl Source {
    /// The line that stands above every result.
    pub fn banner(&self) -> String {
        match self {
            Self::Real { venue, dir } => format!("real: {venue}, {dir}"),
            Self::Simulated { seed } => format!("SIMULATED market, seed {seed}"),
        }
    }

    pub fn is_simulated(&self) -> bool {
        matches!(self, Self::Simulated { .. })
    }
}

/// A token as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unit {
    pub symbol: String,
    pub decimals: u8,
}

/// The decimals in which an asset's amounts are counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AssetUnit {
    pub asset: Asset,
    pub decimals: u8,
}

/// Equity and buy-and-hold at one hour's close, in quote base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct EquityPoint {
    pub ts: Timestamp,
    pub equity_quote: TokenAmount,
    pub hold_quote: TokenAmount,
}

/// A close, quote per base.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PricePoint {
    pub ts: Timestamp,
    pub close: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PriceSeries {
    pub asset: Asset,
    pub points: Vec<PricePoint>,
}

/// How good the forecasts were on the trading range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ForecastQuality {
    pub samples: usize,
    /// The share of forecasts on the right side of one half.
    pub accuracy: f64,
    /// Mean negative log-likelihood in nats.
    pub log_loss: f64,
    /// The floors: always saying the more frequent direction, and always saying its frequency.
    pub base_rate_accuracy: f64,
    pub base_rate_log_loss: f64,
}

/// Orders that swapped nothing and what their gas cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Failed {
    pub orders: usize,
    pub gas_quote: TokenAmount,
}

/// How long a stage took.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Timing {
    pub stage: String,
    pub seconds: f64,
}

/// What a run leaves behind; [`report`](super::report) makes the rest of it.
#[derive(Clone, Debug)]
pub struct Inputs {
    pub title: String,
    pub source: Source,
    /// Opens of the first hour traded and of the hour after the last.
    pub from: Timestamp,
    pub to: Timestamp,
    pub quote: Unit,
    pub assets: Vec<AssetUnit>,
    pub capital: TokenAmount,
    /// One point an hour, in order.
    pub equity: Vec<EquityPoint>,
    pub prices: Vec<PriceSeries>,
    pub fills: Vec<Fill>,
    pub failed: Failed,
    pub forecast: Option<ForecastQuality>,
    pub signals: Signals,
    /// Lines on how the models were trained.
    pub training: Vec<String>,
    /// Assumptions and warnings.
    pub notes: Vec<String>,
    pub timing: Vec<Timing>,
}

/// Everything that the text and the HTML show.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunReport {
    pub title: String,
    /// [`Source::banner`].
    pub banner: String,
    pub source: Source,
    pub from: Timestamp,
    pub to: Timestamp,
    /// Points of equity.
    pub hours: usize,
    pub quote: Unit,
    pub assets: Vec<AssetUnit>,
    pub summary: Summary,
    pub costs: Costs,
    pub forecast: Option<ForecastQuality>,
    pub signals: Signals,
    pub training: Vec<String>,
    pub notes: Vec<String>,
    pub timing: Vec<Timing>,
    pub trades: Vec<Trade>,
    pub fills: Vec<Fill>,
    pub equity: Vec<EquityPoint>,
    pub prices: Vec<PriceSeries>,
}

/// The figures of [`metrics`](super::metrics); `None` where one is not defined.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    pub capital: TokenAmount,
    pub final_equity: TokenAmount,
    pub final_hold: TokenAmount,
    pub profit: SignedAmount,
    pub hold_profit: SignedAmount,
    #[serde(rename = "return")]
    pub total_return: Option<f64>,
    pub hold_return: Option<f64>,
    pub max_drawdown: f64,
    pub hold_max_drawdown: f64,
    pub sharpe: Option<f64>,
    pub hold_sharpe: Option<f64>,
    pub exposure: Option<f64>,
    pub fills: usize,
    pub closed_trades: usize,
    pub open_trades: usize,
    pub wins: usize,
    pub win_rate: Option<f64>,
    pub profit_factor: Option<f64>,
}

/// What trading cost, in quote base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Costs {
    pub pool_fee: TokenAmount,
    pub price_impact: TokenAmount,
    pub gas: TokenAmount,
    /// Gas of orders that swapped nothing.
    pub failed_gas: TokenAmount,
    pub failed_orders: usize,
    pub total: TokenAmount,
    /// `total` as a fraction of the capital.
    pub of_capital: Option<f64>,
}

/// A position from its entry to its exit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trade {
    pub asset: Asset,
    pub entry_ts: Timestamp,
    /// Absent while the position is open, like all that follows from the exit.
    pub exit_ts: Option<Timestamp>,
    /// Why it was left.
    pub reason: Option<Reason>,
    /// Base units bought.
    pub base: TokenAmount,
    /// Quote paid, pool fee and impact within it, gas apart.
    pub paid: TokenAmount,
    pub received: Option<TokenAmount>,
    /// Gas of entry and exit in quote.
    pub gas: TokenAmount,
    /// Quote per whole base as filled, for show.
    pub entry_price: f64,
    pub exit_price: Option<f64>,
    /// `received - paid - gas`.
    pub profit: Option<SignedAmount>,
    /// `profit / paid`.
    #[serde(rename = "return")]
    pub profit_fraction: Option<f64>,
}

/// A difference of amounts in base units; a decimal string in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignedAmount(pub I256);

impl SignedAmount {
    /// `a - b`, bounded by the range of 256 signed bits.
    pub fn difference(a: TokenAmount, b: TokenAmount) -> Self {
        let magnitude = |amount: U256| I256::try_from(amount).unwrap_or(I256::MAX);
        if a >= b {
            Self(magnitude(a.saturating_sub(b).0))
        } else {
            Self(magnitude(b.saturating_sub(a).0).saturating_neg())
        }
    }

    /// For statistics and display only.
    pub fn to_f64(self, decimals: u8) -> f64 {
        let size = TokenAmount(self.0.unsigned_abs()).to_f64(decimals);
        if self.0.is_negative() { -size } else { size }
    }
}

impl fmt::Display for SignedAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for SignedAmount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

//! What a run earned, cost and did: one plain value, [`RunReport`], and three views of it.
//!
//! [`report`] computes every figure; [`text`](text::text), [`html`](html::html) and `serde_json`
//! only show them, so a figure seen in one view is in the JSON. Where the market was simulated,
//! every view says so above its results.

mod axis;
mod build;
pub(super) mod format;
pub mod html;
pub mod metrics;
mod model;
mod plot;
mod signals;
#[cfg(test)]
mod tests;
pub mod text;
mod trades;

pub use build::report;
pub use model::{
    AssetUnit, Costs, EquityPoint, Failed, ForecastQuality, Inputs, PricePoint, PriceSeries, RunReport, SignedAmount,
    Source, Summary, Timing, Trade, Unit,
};
pub use signals::{Entry, Share, Signals, Spread, signals};

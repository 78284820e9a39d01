//! Every indicator and candle pattern, by TA-Lib and, what that lacks, by `ta`: declared once with
//! its parameters, its columns' names, units and meanings, and computed as a batch or one bar at a
//! time, with the same bits.
//!
//! All of them read a bar's prices and volume and nothing else; bars are counted, not hours. Every
//! function of TA-Lib has a streaming form, which is used here; none is recomputed over a window.

mod batch;
mod beyond;
mod cycle;
mod describe;
mod entry;
mod live;
mod momentum;
mod outputs;
mod overlap;
mod patterns;
mod statistics;
mod stream;
mod volatility;
mod volume;

pub use batch::batch;
pub use describe::describe;
pub use entry::{Column, Family, Indicator, Library};
pub use outputs::{MISSING, Values};
pub use stream::CatalogueStream;

/// Raised whenever a column's name, order, parameters or meaning changes.
pub const VERSION: u32 = 1;

/// Every family in the order of the columns.
pub const FAMILIES: &[Family] = &[
    Family { title: "Overlap", indicators: overlap::OVERLAP },
    Family { title: "Momentum", indicators: momentum::MOMENTUM },
    Family { title: "Volume", indicators: volume::VOLUME },
    Family { title: "Volatility", indicators: volatility::VOLATILITY },
    Family { title: "Cycle", indicators: cycle::CYCLE },
    Family { title: "Statistics", indicators: statistics::STATISTICS },
    Family { title: "Price", indicators: statistics::PRICE },
    Family { title: "Beyond TA-Lib", indicators: beyond::BEYOND },
    Family { title: "Candle patterns", indicators: patterns::PATTERNS },
];

/// Every indicator in the order of the columns.
pub fn indicators() -> impl Iterator<Item = &'static Indicator> {
    FAMILIES.iter().flat_map(|family| family.indicators)
}

/// Every column in its order.
pub fn columns() -> impl Iterator<Item = &'static Column> {
    indicators().flat_map(|indicator| indicator.columns)
}

#[cfg(test)]
mod tests;

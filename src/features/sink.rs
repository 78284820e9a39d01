//! Where columns go: a name, a meaning and a unit beside each value, in one place.

use std::fmt::Arguments;

/// What a column is about; specialists choose by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Hour and weekday of the coming bar.
    Calendar,
    /// How far prices move in a bar.
    Range,
    /// The same against the asset's own slow range.
    RangeNormal,
    /// The 20 closes whose deviation is forecast.
    Window,
    Volume,
    /// Volumes in units of the asset's usual change of volume.
    VolumeNormal,
    /// That usual change.
    Noise,
    /// Past returns and where the close stands.
    Direction,
    /// How near the close is to past highs and lows.
    Extremes,
    /// BTC, ETH or SOL, whichever lead this asset: their returns.
    Leaders,
    /// Their ranges and volumes.
    LeaderActivity,
    LeaderExtremes,
    /// All assets of the venue together.
    Market,
    /// Their ranges and volumes.
    MarketActivity,
    /// The spot price of a perpetual, or the other way round.
    Basis,
    BasisVolume,
    /// The basis by the hour of the funding cycle.
    Funding,
    Macro,
    Sentiment,
    Dex,
}

/// Takes the columns of a row in their order.
pub(super) trait Sink {
    fn group(&mut self, group: Group);
    fn put(&mut self, name: Arguments<'_>, about: Arguments<'_>, unit: &'static str, value: f64);
}

/// A column of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub group: Group,
    pub meaning: String,
    pub unit: &'static str,
}

/// Keeps names and drops values.
#[derive(Debug)]
pub(super) struct Catalogue {
    pub(super) columns: Vec<Column>,
    group: Group,
}

impl Catalogue {
    pub(super) fn new() -> Self {
        Self { columns: Vec::new(), group: Group::Calendar }
    }
}

impl Sink for Catalogue {
    fn group(&mut self, group: Group) {
        self.group = group;
    }

    fn put(&mut self, name: Arguments<'_>, about: Arguments<'_>, unit: &'static str, _: f64) {
        self.columns.push(Column { name: name.to_string(), group: self.group, meaning: about.to_string(), unit });
    }
}

/// Keeps values and drops names. What is not finite is missing: not a number.
impl Sink for &mut Vec<f64> {
    fn group(&mut self, _: Group) {}

    fn put(&mut self, _: Arguments<'_>, _: Arguments<'_>, _: &'static str, value: f64) {
        self.push(if value.is_finite() { value } else { f64::NAN });
    }
}

//! The catalogue one bar at a time, as live.

use ta_lib::{Core, RetCode};

use super::{
    entry::{Column, Indicator},
    indicators,
    live::Live,
    outputs::MISSING,
};
use crate::{
    domain::Candle,
    features::{CandleError, check::check, window::Columns},
    units::Timestamp,
};

/// Indicators, fed one candle at a time. A clone is an independent stream.
#[derive(Clone, Debug)]
pub struct CatalogueStream {
    slots: Vec<Slot>,
    /// The newest bar's values.
    row: Vec<f64>,
    last: Option<Timestamp>,
    /// Every bar so far, while an indicator waits for more.
    history: Columns,
    waiting: usize,
}

/// An indicator, and once it has bars enough what runs it.
#[derive(Clone, Debug)]
struct Slot {
    indicator: &'static Indicator,
    live: Option<Box<dyn Live>>,
}

impl Default for CatalogueStream {
    fn default() -> Self {
        Self::of(indicators())
    }
}

impl CatalogueStream {
    /// Of the whole catalogue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Of these indicators.
    pub fn of(indicators: impl IntoIterator<Item = &'static Indicator>) -> Self {
        let slots: Vec<_> = indicators.into_iter().map(|indicator| Slot { indicator, live: None }).collect();
        let width = slots.iter().map(|slot| slot.indicator.columns.len()).sum();
        Self { row: vec![MISSING; width], waiting: slots.len(), slots, last: None, history: Columns::default() }
    }

    /// Of the indicators that yield these columns, and where each of the names then stands in a
    /// row, if it is a column at all: an indicator brings its other columns with it.
    pub fn select<const N: usize>(names: &[&str; N]) -> (Self, [Option<usize>; N]) {
        let wanted = |indicator: &&Indicator| indicator.columns.iter().any(|column| names.contains(&column.name));
        let stream = Self::of(indicators().filter(wanted));
        let places = names.map(|name| stream.columns().position(|column| column.name == name));
        (stream, places)
    }

    /// The columns of a row in their order.
    pub fn columns(&self) -> impl Iterator<Item = &'static Column> {
        self.slots.iter().flat_map(|slot| slot.indicator.columns)
    }

    /// The values at this candle's close, in the order of [`Self::columns`]; NaN is a missing one
    /// and nothing else is. A refused candle changes nothing.
    ///
    /// # Errors
    /// A candle that is none, or not later than the last one.
    pub fn push(&mut self, candle: &Candle) -> Result<&[f64], CandleError> {
        check(candle, self.last)?;
        self.take(candle).map_err(|code| CandleError::Indicator { ts: candle.ts, code })?;
        self.last = Some(candle.ts);
        Ok(&self.row)
    }

    fn take(&mut self, candle: &Candle) -> Result<(), RetCode> {
        if self.waiting > 0 {
            self.history.push(candle);
        }
        let mut row = self.row.as_mut_slice();
        for slot in &mut self.slots {
            let (out, rest) = row.split_at_mut(slot.indicator.columns.len());
            row = rest;
            match &mut slot.live {
                Some(live) => live.update(candle, out)?,
                None => {
                    let core = Core::new();
                    if self.history.len() > (slot.indicator.lookback)(&core)? {
                        slot.live = Some((slot.indicator.open)(&core, &self.history, out)?);
                        self.waiting -= 1;
                    }
                }
            }
        }
        if self.waiting == 0 && self.history.len() > 0 {
            self.history = Columns::default();
        }
        Ok(())
    }
}

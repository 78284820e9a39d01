//! What a model set says of the bars of a range.

use crate::{
    domain::{Frame, Told, Verdict},
    pipeline::forecaster::{Forecaster, ForecasterError, ModelSet, Reason},
    units::Timestamp,
};

/// A model's forecast of a bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The bar's open.
    pub ts: Timestamp,
    pub told: Told,
}

/// What all models say of a bar, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The bar's open.
    pub ts: Timestamp,
    pub told: Vec<Told>,
    pub reasons: Vec<Reason>,
}

impl Explained {
    pub fn predictions(self) -> impl Iterator<Item = Prediction> {
        self.told.into_iter().map(move |told| Prediction { ts: self.ts, told })
    }
}

/// What the set says of every frame that opens in `from..to`; the frames before warm it up.
///
/// # Errors
/// A candle that cannot be.
pub fn predict(
    set: ModelSet,
    frames: &[Frame],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Prediction>, ForecasterError> {
    Ok(explain(set, frames, from, to, 0)?.into_iter().flat_map(Explained::predictions).collect())
}

/// The same bar by bar, each with its reasons: `most` columns of each specialist.
///
/// # Errors
/// A candle that cannot be.
pub fn explain(
    set: ModelSet,
    frames: &[Frame],
    from: Timestamp,
    to: Timestamp,
    most: usize,
) -> Result<Vec<Explained>, ForecasterError> {
    let mut explained = Vec::new();
    forecast(set, frames, from, to, |ts, told, verdict, forecaster| {
        let reasons = if most > 0 { forecaster.reasons(verdict, most) } else { Vec::new() };
        explained.push(Explained { ts, told, reasons });
    })?;
    Ok(explained)
}

/// Tells `each` of every frame that opens in `from..to` what the set says of it, the ensemble's
/// verdict, and what has become of the set by then.
pub(super) fn forecast(
    set: ModelSet,
    frames: &[Frame],
    from: Timestamp,
    to: Timestamp,
    mut each: impl FnMut(Timestamp, Vec<Told>, &Verdict, &Forecaster),
) -> Result<(), ForecasterError> {
    let mut forecaster = Forecaster::new(set, frames.first().map_or(0, |frame| frame.peers.len()));
    for frame in frames.iter().take_while(|frame| frame.ts() < to) {
        if frame.ts() < from {
            forecaster.warm_up(frame)?;
            continue;
        }
        let (mut told, verdict) = forecaster.ask(frame)?;
        told.extend(forecaster.told(&verdict));
        each(frame.ts(), told, &verdict, &forecaster);
    }
    Ok(())
}

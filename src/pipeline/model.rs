//! What the pipeline asks for forecasts.

use std::sync::Arc;

use super::forecaster::Forecasters;
use crate::{
    domain::{Asset, FeatureRow, Forecast, Frame, Grounds, Rejection},
    models::direction::{PredictError, Trained},
    units::Timestamp,
};

/// What forecasts. A test may pass a closure.
pub trait Model {
    /// Takes in what was known at a bar's close. One that cannot be read leaves no forecast of
    /// that bar.
    ///
    /// # Errors
    /// [`Unwanted`] by a model that does not forecast this asset from frames.
    fn frame(&mut self, asset: &Asset, frame: &Frame) -> Result<(), Unwanted>;

    /// What it says of the asset at `now`; `row` is of the market's own candle that closed last.
    ///
    /// # Errors
    /// When the row is not one that the model can read.
    fn outlook(&self, asset: &Asset, now: Timestamp, row: Option<&FeatureRow>) -> Result<Outlook, PredictError>;
}

/// A forecast, or why there is none to rely on.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    pub forecast: Result<Forecast, Rejection>,
    pub grounds: Option<Grounds>,
}

/// Halt: the host feeds frames to a model that has no use for them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {0}, which is not forecast from frames")]
pub struct Unwanted(pub Asset);

impl Outlook {
    pub(super) fn none(why: Rejection) -> Self {
        Self { forecast: Err(why), grounds: None }
    }

    /// From a row, where the indicators have seen enough for one.
    fn of_row<E>(
        row: Option<&FeatureRow>,
        forecast: impl FnOnce(&FeatureRow) -> Result<Forecast, E>,
    ) -> Result<Self, E> {
        let Some(row) = row else { return Ok(Self::none(Rejection::WarmingUp)) };
        Ok(Self { forecast: Ok(forecast(row)?), grounds: None })
    }
}

impl<F: Fn(&Asset, &FeatureRow) -> Forecast> Model for F {
    fn frame(&mut self, asset: &Asset, _: &Frame) -> Result<(), Unwanted> {
        Err(Unwanted(asset.clone()))
    }

    fn outlook(&self, asset: &Asset, _: Timestamp, row: Option<&FeatureRow>) -> Result<Outlook, PredictError> {
        Outlook::of_row(row, |row| Ok(self(asset, row)))
    }
}

/// The model that a run trades by.
#[derive(Clone, Debug)]
pub enum TradingModel {
    /// Trained on the spot, on the pools' own candles.
    Direction(Arc<Trained>),
    /// Model sets trained before, which read frames.
    Ensembles(Forecasters),
}

impl Model for TradingModel {
    fn frame(&mut self, asset: &Asset, frame: &Frame) -> Result<(), Unwanted> {
        match self {
            Self::Direction(_) => Err(Unwanted(asset.clone())),
            Self::Ensembles(forecasters) => forecasters.frame(asset, frame),
        }
    }

    fn outlook(&self, asset: &Asset, now: Timestamp, row: Option<&FeatureRow>) -> Result<Outlook, PredictError> {
        match self {
            Self::Direction(trained) => Outlook::of_row(row, |row| trained.predict(row)),
            Self::Ensembles(forecasters) => Ok(forecasters.outlook(asset, now)),
        }
    }
}

//! Forecasters at work for the pipeline: one an asset, asked once at each bar's close.

use std::collections::BTreeMap;

use super::stream::Forecaster;
use crate::{
    domain::{Asset, Forecast, Frame, Grounds, Rejection, Told, Verdict},
    models::moves::Moves,
    pipeline::model::{Outlook, Unwanted},
    units::Timestamp,
};

/// Forecasters by asset, each with what it said last.
#[derive(Clone, Debug, Default)]
pub struct Forecasters {
    by_asset: BTreeMap<Asset, Spoken>,
}

#[derive(Clone, Debug)]
struct Spoken {
    forecaster: Forecaster,
    horizon_hours: u32,
    /// What is said before is not to be traded by.
    warm_at: Timestamp,
    /// Said of the bar that closed then.
    last: Option<(Timestamp, Outlook)>,
}

impl Forecasters {
    /// Of forecasters, one an asset, on bars of an hour or longer, and when each is warm: of bars
    /// that close before there is no forecast.
    pub fn new(forecasters: Vec<(Forecaster, Timestamp)>) -> Self {
        let spoken = |(forecaster, warm_at): (Forecaster, Timestamp)| {
            let set = forecaster.model_set();
            let (asset, horizon_hours) = (set.subject.asset.clone(), set.horizon_hours());
            (asset, Spoken { forecaster, horizon_hours, warm_at, last: None })
        };
        Self { by_asset: forecasters.into_iter().map(spoken).collect() }
    }

    /// Takes a frame in and keeps what is said of it.
    ///
    /// # Errors
    /// [`Unwanted`]: no forecaster is of this asset.
    pub fn frame(&mut self, asset: &Asset, frame: &Frame) -> Result<(), Unwanted> {
        let spoken = self.by_asset.get_mut(asset).ok_or_else(|| Unwanted(asset.clone()))?;
        let close = spoken.forecaster.model_set().subject.timeframe.close(frame.ts());
        let outlook = match spoken.forecaster.ask(frame) {
            Ok((told, verdict)) => spoken.outlook(close, told, verdict),
            Err(error) => Outlook::none(Rejection::FrameRefused { reason: error.to_string() }),
        };
        spoken.last = Some((close, outlook));
        Ok(())
    }

    /// What was said of the bar that closed at the begin of this hour; of no other bar.
    pub fn outlook(&self, asset: &Asset, now: Timestamp) -> Outlook {
        let spoken = self.by_asset.get(asset).and_then(|spoken| spoken.last.as_ref());
        match spoken {
            Some((close, outlook)) if *close == now.hour() => outlook.clone(),
            _ => Outlook::none(Rejection::NoFrame),
        }
    }
}

impl Spoken {
    fn outlook(&self, close: Timestamp, mut told: Vec<Told>, ensemble: Verdict) -> Outlook {
        let atr = self.forecaster.atr();
        let set = self.forecaster.model_set();
        let forecast = match &ensemble {
            _ if close < self.warm_at || !(atr.is_finite() && atr > 0.0) => Err(Rejection::WarmingUp),
            Verdict::Abstention { cause, .. } => Err(Rejection::Abstained(*cause)),
            Verdict::Forecast { combined, .. } => {
                let lower = self.forecaster.lower(combined).min(Moves::SUREST);
                let moves = set.moves.after(lower, set.threshold.most / atr);
                Ok(Forecast {
                    horizon_hours: self.horizon_hours,
                    probability_up: combined.probability,
                    lower,
                    gain: moves.gain * atr,
                    loss: moves.loss * atr,
                    atr,
                })
            }
        };
        // JSON, in which the journal is written, knows finite numbers alone.
        told.retain(|told| told.probability.is_finite() && told.lower.is_finite());
        Outlook { forecast, grounds: Some(Grounds { told, ensemble }) }
    }
}

//! From candles to a model and warm feature streams.

use std::sync::Arc;

use crate::{
    domain::{Asset, Candle, FeatureRow},
    features::{self, CandleError, FeatureStream},
    models::direction::{self, TrainError, Trained},
};

/// What training leaves behind: the model, and each asset's stream as it stands after the
/// last candle.
#[derive(Clone, Debug)]
pub struct Training {
    pub model: Arc<Trained>,
    pub streams: Vec<(FeatureStream, Option<FeatureRow>)>,
}

/// Drop: the history cannot train a model; give a longer or a sounder one.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    #[error("history of {asset}: {source}")]
    Candle { asset: Asset, source: CandleError },
    #[error(transparent)]
    Train(#[from] TrainError),
}

/// Trains one model on the candles of all assets together, each asset's oldest first. Only
/// rows whose whole horizon lies within the candles have a target.
///
/// # Errors
/// [`TrainingError`] on candles out of order, and when there are too few of them.
pub fn train(history: &[(Asset, Vec<Candle>)], params: &direction::Params) -> Result<Training, TrainingError> {
    let mut samples = Vec::new();
    for (asset, candles) in history {
        samples.extend(features::target::samples(candles, params.horizon_hours).map_err(failed(asset))?);
    }
    samples.sort_by_key(|sample| sample.row.ts);
    let model = Arc::new(direction::train(&samples, params)?);
    Ok(Training { model, streams: streams(history)? })
}

/// Each asset's feature stream after its last candle.
///
/// # Errors
/// [`TrainingError::Candle`] on candles out of order.
pub fn streams(history: &[(Asset, Vec<Candle>)]) -> Result<Vec<(FeatureStream, Option<FeatureRow>)>, TrainingError> {
    let stream = |(asset, candles): &(Asset, Vec<Candle>)| {
        let mut stream = FeatureStream::new();
        let mut row = None;
        for candle in candles {
            row = stream.push(candle).map_err(failed(asset))?;
        }
        Ok((stream, row))
    };
    history.iter().map(stream).collect()
}

fn failed(asset: &Asset) -> impl Fn(CandleError) -> TrainingError {
    let asset = asset.clone();
    move |source| TrainingError::Candle { asset: asset.clone(), source }
}

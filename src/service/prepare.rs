//! What `demo` and `backtest` do alike before their first block.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    amm::Pool,
    backtest::{
        TapeHour,
        history::{self, HistoryError},
        session::Start,
        tape::{self, TapeError},
    },
    config::Config,
    domain::{Asset, FeatureRow, Market},
    features::FeatureStream,
    io::data::{DataError, Folder},
    pipeline::{
        self, TradingModel,
        training::{Training, TrainingError},
    },
    service::{
        models::{Models, Warm, WarmError},
        scenario::{Scenario, Wanted},
    },
};

/// Everything that a run needs but the venue.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub start: Start,
    pub origin: Origin,
    pub tape: Vec<TapeHour>,
}

/// What a report says of the models.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// How they were trained.
    pub lines: Vec<String>,
    pub notes: Vec<String>,
    /// The share of each asset's training rows after which its price rose.
    pub base_rates: BTreeMap<Asset, f64>,
}

#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    #[error(transparent)]
    Tape(#[from] TapeError),
    #[error("the hours before the run: {0}")]
    History(#[from] HistoryError),
    #[error("only {found} unbroken hours before {from}, of the {least} that training needs at least; {remedy}")]
    TooLittleHistory { found: usize, least: u32, from: crate::units::Timestamp, remedy: String },
    #[error(transparent)]
    Training(#[from] TrainingError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Warm(#[from] WarmError),
    #[error("models read their frames from a data folder: a simulated market has none for them")]
    NoData,
}

/// The model, the streams and the report's lines, and the tape with what the model is to be told.
struct Brought {
    model: TradingModel,
    streams: Vec<(FeatureStream, Option<FeatureRow>)>,
    origin: Origin,
    tape: Vec<TapeHour>,
}

/// Makes the model ready, trained or read, and lays out the tape.
///
/// # Errors
/// [`PrepareError`] when the history is too short or does not fit the pools, and where a model's
/// data is missing.
pub fn prepare(
    config: &Config,
    wanted: &Wanted,
    scenario: &Scenario,
    pools: Vec<Pool>,
) -> Result<Prepared, PrepareError> {
    let tape = tape::tape(&config.markets, &scenario.hours)?;
    let Brought { model, streams, origin, tape } = match &wanted.models {
        None => trained(config, scenario, pools, tape)?,
        Some(models) => read(models, wanted, scenario, tape)?,
    };
    let start = Start {
        params: params(config),
        markets: config.markets.clone(),
        capital: config.demo.capital,
        ether: config.demo.ether,
        model,
        streams,
    };
    Ok(Prepared { start, origin, tape })
}

/// Plays the history on copies of `pools` and trains on its candles.
fn trained(
    config: &Config,
    scenario: &Scenario,
    pools: Vec<Pool>,
    tape: Vec<TapeHour>,
) -> Result<Brought, PrepareError> {
    let markets = &config.markets;
    let least = config.model.min_train_hours;
    if scenario.history.len() < least as usize {
        return Err(PrepareError::TooLittleHistory {
            found: scenario.history.len(),
            least,
            from: scenario.from,
            remedy: "begin later, or give a data folder that reaches further back".to_owned(),
        });
    }
    let past = tape::tape(markets, &scenario.history)?;
    let paired: Vec<(Market, Pool)> = markets.iter().cloned().zip(pools).collect();
    let candles = history::candles(&paired, &past)?;
    let Training { model, streams } = pipeline::training::train(&candles, &config.model.direction())?;
    let origin = Origin {
        lines: training_lines(config, scenario, &model),
        notes: Vec::new(),
        base_rates: markets.iter().map(|market| (market.asset.clone(), model.base_rate())).collect(),
    };
    Ok(Brought { model: TradingModel::Direction(Arc::clone(&model)), streams, origin, tape })
}

/// Warms the model sets up by the folder's bars before the run, and puts those of the run on its
/// tape.
fn read(
    models: &Models,
    wanted: &Wanted,
    scenario: &Scenario,
    mut tape: Vec<TapeHour>,
) -> Result<Brought, PrepareError> {
    let folder = Folder::open(wanted.data.as_ref().ok_or(PrepareError::NoData)?)?;
    let Warm { forecasters, frames, lines, notes } = models.warm(&folder, scenario.from, scenario.to)?;
    tape::deliver(&mut tape, frames);
    let streams = models.sets.iter().map(|_| (FeatureStream::new(), None)).collect();
    let origin = Origin { lines, notes, base_rates: models.base_rates() };
    Ok(Brought { model: TradingModel::Ensembles(forecasters), streams, origin, tape })
}

fn training_lines(config: &Config, scenario: &Scenario, model: &crate::models::direction::Trained) -> Vec<String> {
    let report = model.report();
    let auc = report.auc.map_or("undefined".to_owned(), |auc| format!("{auc:.3}"));
    vec![
        format!(
            "trained on {} hours before {}, {} rows, horizon {} h",
            scenario.history.len(),
            scenario.from,
            report.rows,
            config.model.horizon_hours
        ),
        format!(
            "on its held-out end ({} rows, overlapping): log loss {:.4} against {:.4} of always saying the base rate, AUC {auc}, accuracy {:.3}",
            report.holdout_rows, report.log_loss, report.base_log_loss, report.accuracy
        ),
    ]
}

/// The pipeline's parameters as configured.
pub fn params(config: &Config) -> pipeline::Params {
    pipeline::Params {
        native: config.native_market.clone(),
        risk: config.risk.clone(),
        execution: config.execution.clone(),
    }
}

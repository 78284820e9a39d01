//! What `demo` and `backtest` do alike before their first block.

use crate::{
    amm::Pool,
    backtest::{
        TapeHour,
        history::{self, HistoryError},
        session::Start,
        tape::{self, TapeError},
    },
    config::Config,
    domain::Market,
    pipeline::{
        self,
        training::{Training, TrainingError},
    },
    service::scenario::Scenario,
};

/// Everything that a run needs but the venue.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub start: Start,
    pub training: Training,
    pub tape: Vec<TapeHour>,
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
}

/// Plays the history on copies of `pools`, trains on its candles, and lays out the tape.
///
/// # Errors
/// [`PrepareError`] when the history is too short or does not fit the pools.
pub fn prepare(config: &Config, scenario: &Scenario, pools: Vec<Pool>) -> Result<Prepared, PrepareError> {
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
    let training = pipeline::training::train(&candles, &config.model.direction())?;
    let start = Start {
        params: params(config),
        markets: markets.clone(),
        capital: config.demo.capital,
        ether: config.demo.ether,
    };
    Ok(Prepared { start, training, tape: tape::tape(markets, &scenario.hours)? })
}

/// The pipeline's parameters as configured.
pub fn params(config: &Config) -> pipeline::Params {
    pipeline::Params {
        native: config.native_market.clone(),
        risk: config.risk.clone(),
        execution: config.execution.clone(),
    }
}

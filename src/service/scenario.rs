//! Which hours a run plays, and which come before it.

use std::path::PathBuf;

use crate::{
    backtest::simulator::{self, SimulatorError},
    config::Config,
    domain::{Asset, HourBars},
    io::data::{DataError, Folder, Request},
    service::{models::Models, report::Source},
    units::Timestamp,
};

/// The first hour simulated when no range is asked for: an arbitrary Monday.
const SIMULATED_FROM: Timestamp = Timestamp(1_704_067_200);
/// The simulator's seed, shown with every result.
pub const SEED: u64 = 7;

/// What the user asked to play.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// A data folder; without one the market is simulated.
    pub data: Option<PathBuf>,
    pub venue: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub hours: Option<u32>,
    pub allow_gaps: bool,
    /// The models to trade by; without them one is trained on the spot.
    pub models: Option<Models>,
}

/// Hours to play, bars in the order of the configured markets.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub source: Source,
    pub from: Timestamp,
    pub to: Timestamp,
    pub hours: Vec<HourBars>,
    /// The unbroken hours directly before.
    pub history: Vec<HourBars>,
    pub notes: Vec<String>,
}

/// Why there is nothing to play.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Simulator(#[from] SimulatorError),
    #[error("the range from {from} to {to} is empty or does not lie on whole hours")]
    Range { from: Timestamp, to: Timestamp },
}

/// Reads the data folder, or simulates a market.
///
/// # Errors
/// [`ScenarioError`] on a faulty folder or an impossible range.
pub fn scenario(config: &Config, wanted: &Wanted) -> Result<Scenario, ScenarioError> {
    let assets: Vec<Asset> = config.markets.iter().map(|market| market.asset.clone()).collect();
    let hours = wanted.hours.unwrap_or(config.demo.hours);
    // Trained models need no past of the pools.
    let history_hours = if wanted.models.is_some() { 0 } else { config.model.train_hours as usize };
    match &wanted.data {
        None => simulated(&assets, wanted, hours, history_hours),
        Some(dir) => {
            let asked = wanted.venue.as_deref().or_else(|| wanted.models.as_ref().and_then(Models::venue));
            let venues = asked.map_or_else(|| config.history.venues.clone(), |venue| vec![venue.to_owned()]);
            let selection = Folder::open(dir)?.select(&Request {
                assets,
                venues,
                from: wanted.from,
                to: wanted.to,
                hours: hours as usize,
                history_hours,
                allow_gaps: wanted.allow_gaps,
            })?;
            Ok(Scenario {
                source: Source::Real { venue: selection.venue, dir: dir.display().to_string() },
                from: selection.from,
                to: selection.to,
                hours: selection.hours,
                history: selection.history,
                notes: selection.notes,
            })
        }
    }
}

fn simulated(assets: &[Asset], wanted: &Wanted, hours: u32, history_hours: usize) -> Result<Scenario, ScenarioError> {
    let span = u64::from(hours) * Timestamp::HOUR;
    let from = wanted.from.unwrap_or_else(|| wanted.to.map_or(SIMULATED_FROM, |to| to.minus(span)));
    let to = wanted.to.unwrap_or_else(|| from.plus(span));
    if from >= to || from.hour() != from || to.hour() != to {
        return Err(ScenarioError::Range { from, to });
    }
    let count = usize::try_from(to.since(from) / Timestamp::HOUR).unwrap_or(usize::MAX);
    let begin = from.minus(history_hours as u64 * Timestamp::HOUR);
    let mut history = simulator::simulate(SEED, assets, begin, history_hours + count)?;
    let hours = history.split_off(history_hours);
    Ok(Scenario { source: Source::Simulated { seed: SEED }, from, to, hours, history, notes: Vec::new() })
}

//! `shoal backtest`: a scenario on simulated pools.

use std::{ops::ControlFlow, time::Instant};

use crate::{
    backtest::{
        DriveError, SimulatedVenue, drive,
        planned::{self, PlanError},
        session::{self, OpenError},
        simulated::SimulationError,
    },
    config::Config,
    domain::Record,
    service::{
        prepare::{PrepareError, prepare},
        report::{RunReport, Timing},
        results::{Finished, run_report},
        scenario::{ScenarioError, Wanted, scenario},
    },
};

#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Open(#[from] OpenError<SimulationError>),
    #[error(transparent)]
    Drive(#[from] DriveError<SimulationError, std::convert::Infallible>),
}

/// A run's report and the journal that it was made from.
#[derive(Debug)]
pub struct Run {
    pub report: RunReport,
    pub journal: Vec<Record>,
}

/// Plays the hours that are wanted on the replica's pools, in memory. `watch` is told hours done
/// and hours in all, and may break off.
///
/// # Errors
/// [`BacktestError`] on a faulty folder, a history too short to train on, or a pipeline halt.
#[allow(clippy::disallowed_methods, reason = "the clock only times the stages for the report")]
pub fn run(
    config: &Config,
    wanted: &Wanted,
    mut watch: impl FnMut(usize, usize) -> ControlFlow<()>,
) -> Result<Run, BacktestError> {
    let began = Instant::now();
    let scenario = scenario(config, wanted)?;
    let read = began.elapsed().as_secs_f64();
    tracing::info!(hours = scenario.hours.len(), history = scenario.history.len(), "read; making the model ready");
    let pools = planned::pools(&config.markets)?;
    let prepared = prepare(config, wanted, &scenario, pools.clone())?;
    let trained = began.elapsed().as_secs_f64();
    let mut venue = SimulatedVenue::new(config.markets.iter().cloned().zip(pools), config.demo.base_fee);
    let mut pipeline = session::open(&prepared.start, &mut venue, &prepared.tape)?;
    let mut journal: Vec<Record> = vec![Record::Opened {
        ts: scenario.from,
        mode: "backtest".to_owned(),
        capital: config.demo.capital,
        ether: config.demo.ether,
        venue: None,
    }];
    drive(&mut pipeline, &mut venue, &mut journal, &prepared.tape, |at| watch(at.done, at.of))?;
    let played = began.elapsed().as_secs_f64();
    let timing = |stage: &str, seconds| Timing { stage: stage.to_owned(), seconds };
    let report = run_report(Finished {
        title: "Backtest",
        config,
        scenario: &scenario,
        origin: &prepared.origin,
        journal: &journal,
        notes: vec![
            format!(
                "the base fee is {} gwei in every block: an assumption, candles do not hold it",
                config.demo.base_fee.to_decimal(9)
            ),
            "gas is what execution::GasModel expects, not what an EVM burnt".to_owned(),
        ],
        timing: vec![timing("read", read), timing("models", trained - read), timing("play", played - trained)],
    });
    Ok(Run { report, journal })
}

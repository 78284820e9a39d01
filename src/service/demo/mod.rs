//! `shoal demo`: history driven through the whole bot, on real contracts.

pub mod venue;

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::Instant,
};

use alloy::primitives::Bytes;
use tokio::runtime::Handle;

use crate::{
    backtest::{
        DriveError, drive,
        session::{self, OpenError},
    },
    config::Config,
    domain::{Record, Secret, record::Venue as RecordVenue},
    io::{
        anvil::{AnvilError, Control},
        chain::{Chain, ConnectError, RpcError},
        replica::{self, ReplicaError, ReplicaOptions, TradingFork, mover},
        store::{JournalStore, StoreError},
        wallet::{KeyError, Wallet},
    },
    journal::Journal,
    service::{
        executor::Executor,
        interrupt::Interrupt,
        journal::BlockingJournal,
        prepare::{PrepareError, Prepared, prepare},
        report::{RunReport, Timing},
        results::{Finished, run_report},
        retry::Patience,
        scenario::{Scenario, ScenarioError, Wanted, scenario},
        snapshot::{self, SnapshotError},
    },
};
use venue::{AnvilVenue, VenueError};

/// The first of the accounts that every Anvil publishes: worth nothing anywhere else.
const DEVELOPMENT_KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

/// How a demo's journal says what it is.
const MODE: &str = "demo";

/// Why a demo could not run to its end. What was done until then is in the journal.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    #[error(transparent)]
    Anvil(#[from] AnvilError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Open(#[from] OpenError<VenueError>),
    #[error(transparent)]
    Drive(#[from] DriveError<VenueError, StoreError>),
    #[error("the demo's thread ended before its work: {0}")]
    Thread(#[from] tokio::task::JoinError),
    #[error("{} is the journal of a run that was no demo, and is not replaced; give --out another folder", path.display())]
    NotADemo { path: PathBuf },
    #[error("interrupted before trading began")]
    Interrupted,
}

/// A run's report and the journal that it was made from.
#[derive(Debug)]
pub struct Run {
    pub report: RunReport,
    pub journal: Vec<Record>,
    pub journal_path: PathBuf,
}

/// Starts the replica (or forks the mainnet that `SHOAL_FORK_URL` names), trains, and trades the
/// wanted hours on it. The journal goes into `out`. `watch` is told hours done and in all.
///
/// # Errors
/// [`DemoError`]; no process is left behind.
pub async fn run(
    config: &Config,
    wanted: &Wanted,
    out: &Path,
    interrupt: &Interrupt,
    watch: impl FnMut(usize, usize) + Send + 'static,
) -> Result<Run, DemoError> {
    let scenario = scenario(config, wanted)?;
    let journal_path = out.join("journal.sqlite");
    let store = fresh_journal(&journal_path).await?;
    let fork = replica::trading_fork(ReplicaOptions::default()).await?;
    let result = on_fork(config, wanted, scenario, store, &fork, interrupt, watch).await;
    fork.stop().await;
    let (report, journal) = result?;
    Ok(Run { report, journal, journal_path })
}

/// An empty journal in place of an earlier demo's; never in place of any other's.
async fn fresh_journal(path: &Path) -> Result<JournalStore, DemoError> {
    if path.exists() {
        let mut earlier = JournalStore::open(path).await?;
        let records = earlier.records().await?;
        earlier.close().await?;
        let demo = |record: &Record| matches!(record, Record::Opened { mode, .. } if mode == MODE);
        if !records.is_empty() && !records.iter().any(demo) {
            return Err(DemoError::NotADemo { path: path.to_owned() });
        }
    }
    Ok(JournalStore::create(path).await?)
}

#[allow(clippy::disallowed_methods, reason = "the clock only times the stages for the report")]
async fn on_fork(
    config: &Config,
    wanted: &Wanted,
    scenario: Scenario,
    store: JournalStore,
    fork: &TradingFork,
    interrupt: &Interrupt,
    mut watch: impl FnMut(usize, usize) + Send + 'static,
) -> Result<(RunReport, Vec<Record>), DemoError> {
    let began = Instant::now();
    let control = fork.anvil.control().await?;
    let chain = Chain::connect(fork.endpoint(), config.chain.request_timeout, Some(config.chain.id)).await?;
    let wallet = Wallet::from_hex(&Secret::new(DEVELOPMENT_KEY))?;
    fund(&control, &wallet, config).await?;
    let pools = snapshot::pools(&chain, &config.markets).await?;
    let patience = Patience { give_up_after: config.chain.give_up_after, interrupt: interrupt.clone() };
    let executor = Executor::new(chain.clone(), wallet, config.chain.id, config.chain.router, config.execution.clone());
    let mut venue = AnvilVenue {
        runtime: Handle::current(),
        control,
        chain,
        executor,
        markets: config.markets.clone(),
        base_fee: config.demo.base_fee,
        patience,
    };
    if interrupt.requested() {
        return Err(DemoError::Interrupted);
    }
    let (config_, wanted, scenario_, interrupt) = (config.clone(), wanted.clone(), scenario.clone(), interrupt.clone());
    let played = tokio::task::spawn_blocking(move || {
        let prepared = prepare(&config_, &wanted, &scenario_, pools)?;
        let trained = began.elapsed().as_secs_f64();
        let mut journal = BlockingJournal::new(venue.runtime.clone(), store);
        play(&config_, &scenario_, &prepared, &mut venue, &mut journal, |done, of| {
            watch(done, of);
            if interrupt.requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok::<_, DemoError>((prepared, journal.into_store(), trained))
    });
    let (prepared, mut store, trained) = played.await??;
    let journal = store.records().await?;
    store.close().await?;
    let total = began.elapsed().as_secs_f64();
    let timing = |stage: &str, seconds| Timing { stage: stage.to_owned(), seconds };
    let node = match fork.replica {
        Some(_) => "an offline replica of mainnet: real Uniswap contracts, stand-in tokens and liquidity by plan",
        None => "a fork of the mainnet that SHOAL_FORK_URL names",
    };
    let report = run_report(Finished {
        title: "Demo",
        config,
        scenario: &scenario,
        origin: &prepared.origin,
        journal: &journal,
        notes: vec![
            format!("traded on {node}"),
            format!(
                "the base fee is {} gwei in every block: an assumption, candles do not hold it",
                config.demo.base_fee.to_decimal(9)
            ),
        ],
        timing: vec![timing("models", trained), timing("play", total - trained)],
    });
    Ok((report, journal))
}

fn play(
    config: &Config,
    scenario: &Scenario,
    prepared: &Prepared,
    venue: &mut AnvilVenue,
    journal: &mut BlockingJournal,
    mut watch: impl FnMut(usize, usize) -> ControlFlow<()>,
) -> Result<(), DemoError> {
    let mut pipeline = session::open(&prepared.start, venue, &prepared.tape)?;
    let failed = |source| DriveError::Journal { ts: scenario.from, source };
    let (capital, ether) = (config.demo.capital, config.demo.ether);
    let venue_of =
        RecordVenue { chain_id: config.chain.id, account: venue.executor.address(), quote: config.quote.address };
    let opened = Record::Opened { ts: scenario.from, mode: MODE.to_owned(), capital, ether, venue: Some(venue_of) };
    journal.append(&[opened]).map_err(failed)?;
    let ended = drive(&mut pipeline, venue, journal, &prepared.tape, |at| watch(at.done, at.of));
    let why = match &ended {
        Ok(ended) => format!("{ended:?}").to_lowercase(),
        Err(error) => error.to_string(),
    };
    journal.append(&[Record::Closed { ts: scenario.to, why }]).map_err(failed)?;
    ended?;
    Ok(())
}

/// Gives the development account the configured capital and ether, and no code: on mainnet
/// somebody may have delegated it (EIP-7702).
async fn fund(control: &Control, wallet: &Wallet, config: &Config) -> Result<(), RpcError> {
    let account = wallet.address();
    control.set_block_gas_limit(mover::BLOCK_GAS_LIMIT).await?;
    control.set_code(account, Bytes::new()).await?;
    control.set_ether(account, config.demo.ether).await?;
    control.set_tokens(account, config.quote.address, config.demo.capital).await
}

//! `shoal run`: the pipeline on a living chain.
//!
//! Dry by default: orders are simulated and booked on paper. Only with `live` is anything sent.

mod feed;
mod hands;
pub mod history;
mod start;

use std::sync::Arc;

use alloy::primitives::{Address, B256};

use crate::{
    backtest::history::HistoryError as PlayedHistoryError,
    config::{Config, HistorySource, Mode},
    domain::{BlockHeader, OrderId, Outcome, Record, Settlement, record::Venue},
    io::{
        chain::{Chain, ConnectError, RpcError},
        endpoint::Endpoint,
        store::{JournalStore, StoreError},
        wallet::Wallet,
    },
    journal::orders::ReplayError,
    market::Tail,
    models::direction::Trained,
    pipeline::{Effect, Halt, Input, Pipeline, RestoreError, TradingModel, training::TrainingError},
    service::{
        dry_run::DryRunError,
        executor::ExecutorError,
        follow::{FollowError, Follower},
        interrupt::Interrupt,
        prepare::PrepareError,
        retry::Patience,
        scenario::ScenarioError,
        snapshot::SnapshotError,
    },
    units::{BlockNumber, Timestamp, TokenAmount, Wei},
};
pub use feed::{FRAME_DELAY, FeedError, Trading};

use feed::Feed;
use hands::Hands;

/// Why the bot stopped, or did not begin. What was decided and sent is in the journal; starting
/// again resumes from there.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error("the node at {endpoint} is of chain {actual}, the configuration says {expected}")]
    WrongChain { endpoint: Endpoint, actual: u64, expected: u64 },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("journal {path} was opened by a {found} run; give a {wanted} run a journal of its own")]
    WrongMode { path: String, found: String, wanted: String },
    #[error("journal {path} belongs to {found}, not to {wanted}; give each a journal of its own")]
    WrongVenue { path: String, found: Venue, wanted: Venue },
    #[error(
        "the journal says that account {account} holds {booked} base units of {symbol}, the chain says {held}: somebody else moved them; sort it out by hand"
    )]
    Disagreement { account: Address, symbol: String, booked: TokenAmount, held: TokenAmount },
    #[error(
        "--live with a {mode} configuration needs a development node, and {endpoint} says it is {client}; use config/mainnet.toml for real money"
    )]
    NotADevelopmentNode { endpoint: Endpoint, mode: Mode, client: String },
    #[error(
        "--live on mainnet with a model trained on a simulated market is refused; set history.source to \"chain\" or \"data\""
    )]
    SimulatedHistory,
    #[error(
        "--live with model files is refused: what a store that fails or answers late does to open positions is not proven yet; run without --live, which sends nothing"
    )]
    UnprovenModels,
    #[error(
        "account {account} holds no {symbol} to trade with ({held} base units); fund it, or for a dry run set [paper] in the configuration"
    )]
    NoFunds { account: Address, symbol: String, held: TokenAmount },
    #[error("account {account} holds no ether for gas; fund it")]
    NoGas { account: Address },
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    #[error("history: {0}")]
    History(#[from] history::HistoryError),
    #[error("history: {0}")]
    PlayedHistory(#[from] PlayedHistoryError),
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    #[error(transparent)]
    Training(#[from] TrainingError),
    #[error("the models' data: {0}")]
    Feed(#[from] FeedError),
    #[error(transparent)]
    Follow(#[from] FollowError),
    #[error(transparent)]
    Halt(#[from] Halt),
    #[error(transparent)]
    Restore(#[from] RestoreError),
    #[error("the journal: {0}")]
    Replay(#[from] ReplayError),
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    #[error(transparent)]
    DryRun(#[from] DryRunError),
}

/// What whoever watches is told.
#[derive(Debug)]
pub enum Event<'a> {
    /// The bot is ready; decisions begin with the next block.
    Ready { account: Address, capital: TokenAmount, ether: Wei, head: &'a BlockHeader, models: &'a [String] },
    /// A bar that closed by the block is missing, or all are, for the store cannot be read: there is
    /// no forecast of it, and so no entry. Exits are watched all the same.
    NoFrame { block: BlockNumber, why: String },
    /// About to be written to the journal.
    Record(&'a Record),
    /// The chain replaced blocks that were read; the state is read again.
    Reorganised { block: BlockNumber, expected: B256, found: B256 },
}

/// Runs until somebody asks to stop.
///
/// # Errors
/// [`LiveError`]; a node that stays away longer than the configured patience is one.
pub async fn run(
    config: &Config,
    wallet: Wallet,
    live: bool,
    trading: Option<&Trading>,
    interrupt: &Interrupt,
    mut watch: impl FnMut(Event<'_>),
) -> Result<(), LiveError> {
    if live && trading.is_some() {
        return Err(LiveError::UnprovenModels);
    }
    let patience = Patience { give_up_after: config.chain.give_up_after, interrupt: interrupt.clone() };
    let mut store = JournalStore::open(&config.journal).await?;
    let outcome = sessions(config, &wallet, live, trading, &patience, &mut store, &mut watch).await;
    let closed = |ts, why: String| Record::Closed { ts, why };
    if !matches!(outcome, Err(LiveError::Store(_))) {
        let (ts, why) = match &outcome {
            Ok(ts) => (*ts, "interrupted".to_owned()),
            Err(error) => (last_known(&mut store).await, error.to_string()),
        };
        store.append(&[closed(ts, why)]).await?;
    }
    store.close().await?;
    outcome.map(drop)
}

/// The time of the last entry that has one.
async fn last_known(store: &mut JournalStore) -> Timestamp {
    let records = store.records().await.unwrap_or_default();
    let ts = |record: &Record| match record {
        Record::Equity { ts, .. } | Record::Opened { ts, .. } => Some(*ts),
        Record::Decision(decision) => Some(decision.ts),
        _ => None,
    };
    records.iter().rev().find_map(ts).unwrap_or_default()
}

/// One session after another: a reorganisation ends a session, and the next reads everything anew.
async fn sessions(
    config: &Config,
    wallet: &Wallet,
    live: bool,
    trading: Option<&Trading>,
    patience: &Patience,
    store: &mut JournalStore,
    watch: &mut impl FnMut(Event<'_>),
) -> Result<Timestamp, LiveError> {
    let url = config.chain.rpc.expose().as_str();
    let chain = patience.ask(async || Chain::connect(url, config.chain.request_timeout, None).await).await?;
    let chain = chain.with_multicall(config.chain.multicall);
    let actual = patience.ask(async || chain.chain_id().await).await?;
    if actual != config.chain.id {
        let endpoint = chain.rpc().endpoint().clone();
        return Err(LiveError::WrongChain { endpoint, actual, expected: config.chain.id });
    }
    if live {
        permitted(config, patience, &chain).await?;
    }
    let mut source = trading.map_or(Source::Train, Source::Sets);
    loop {
        let mut session = Session::begin(config, wallet, live, patience, &chain, store, &source, watch).await?;
        match session.follow(config, store, watch).await? {
            End::Interrupted => return Ok(session.last.timestamp),
            // A model that was trained stays in force: only what the chain says is read again.
            End::Reorganised => source = session.trained.map_or(source, Source::Trained),
        }
    }
}

/// Real money only with a configuration made for it.
async fn permitted(config: &Config, patience: &Patience, chain: &Chain) -> Result<(), LiveError> {
    match config.mode {
        Mode::Mainnet if config.history.source == HistorySource::Simulated => Err(LiveError::SimulatedHistory),
        Mode::Mainnet => Ok(()),
        Mode::Fork => {
            let client = patience.ask(async || chain.client().await).await?;
            let development = ["anvil", "hardhat", "ganache"].iter().any(|name| client.to_lowercase().contains(name));
            if development {
                return Ok(());
            }
            let endpoint = chain.rpc().endpoint().clone();
            Err(LiveError::NotADevelopmentNode { endpoint, mode: config.mode, client })
        }
    }
}

/// Where a session's model comes from.
enum Source<'a> {
    /// The configured history.
    Train,
    /// An earlier session.
    Trained(Arc<Trained>),
    /// Files, and the store for what they are told.
    Sets(&'a Trading),
}

enum End {
    Interrupted,
    Reorganised,
}

struct Session<'a> {
    chain: &'a Chain,
    patience: &'a Patience,
    pipeline: Pipeline<TradingModel>,
    hands: Hands,
    trained: Option<Arc<Trained>>,
    feed: Option<Feed>,
    last: BlockHeader,
    /// The head as last heard of: orders decided on an earlier block are stale.
    head: BlockNumber,
}

impl Session<'_> {
    /// Follows the chain block by block; none is passed over.
    async fn follow(
        &mut self,
        config: &Config,
        store: &mut JournalStore,
        watch: &mut impl FnMut(Event<'_>),
    ) -> Result<End, LiveError> {
        let pools: Vec<Address> = config.markets.iter().map(|market| market.pool.address).collect();
        let patience = self.patience;
        let mut follower = Follower::new(self.chain.clone(), config.chain.poll, pools).await;
        // A session undoes nothing: its orders were decided on what it saw.
        let mut tail = Tail::new(self.last, 0);
        loop {
            let next = tokio::select! {
                next = follower.next(patience, &tail) => next,
                () = patience.interrupt.wait() => return Ok(End::Interrupted),
            };
            if let Err(FollowError::TooDeep { block, parent: found, .. }) = next {
                watch(Event::Reorganised { block, expected: self.last.hash, found });
                return Ok(End::Reorganised);
            }
            let Some(block) = self.unless_interrupted(next)? else { return Ok(End::Interrupted) };
            self.head = follower.head();
            for settlement in self.hands.settlements(patience, &block.header).await? {
                let effects = self.pipeline.step(Input::Settled(settlement))?;
                self.perform(effects, store, watch).await?;
            }
            self.last = block.header;
            tail.push(block.header);
            self.tell_models(store, watch).await?;
            if patience.interrupt.requested() {
                // Nothing more is begun.
                return Ok(End::Interrupted);
            }
            let effects = self.pipeline.step(Input::Block(block))?;
            self.perform(effects, store, watch).await?;
            if patience.interrupt.requested() {
                return Ok(End::Interrupted);
            }
        }
    }

    /// Tells the models what closed by the last block.
    async fn tell_models(
        &mut self,
        store: &mut JournalStore,
        watch: &mut impl FnMut(Event<'_>),
    ) -> Result<(), LiveError> {
        let Some(feed) = &mut self.feed else { return Ok(()) };
        let BlockHeader { number: block, timestamp, .. } = self.last;
        let told = feed.until(timestamp, &self.patience.interrupt).await;
        if matches!(told, Ok(None)) {
            return Ok(());
        }
        // That took its time: the block may be the head no more.
        let head = self.patience.ask(async || self.chain.head().await).await;
        let Some(head) = self.unless_interrupted(head)? else { return Ok(()) };
        self.head = self.head.max(head);
        let (frames, missing) = match told {
            Ok(news) => news.unwrap_or_default(),
            Err(error) => {
                watch(Event::NoFrame { block, why: error.to_string() });
                return Ok(());
            }
        };
        for asset in missing {
            watch(Event::NoFrame { block, why: format!("the store has no bar of {asset} that closed by {timestamp}") });
        }
        for (asset, frame) in frames {
            let effects = self.pipeline.step(Input::Frame { asset, frame })?;
            self.perform(effects, store, watch).await?;
        }
        Ok(())
    }

    /// An error that came while somebody asked to stop is the stopping's.
    fn unless_interrupted<T, E>(&self, result: Result<T, E>) -> Result<Option<T>, E> {
        match result {
            Err(_) if self.patience.interrupt.requested() => Ok(None),
            other => other.map(Some),
        }
    }

    /// Writes records before the submission that they announce. What a dry run settles at once
    /// goes straight back in.
    async fn perform(
        &mut self,
        effects: Vec<Effect>,
        store: &mut JournalStore,
        watch: &mut impl FnMut(Event<'_>),
    ) -> Result<(), LiveError> {
        let mut queue = std::collections::VecDeque::from(effects);
        let mut records = Vec::new();
        while let Some(effect) = queue.pop_front() {
            match effect {
                Effect::Record(record) => {
                    watch(Event::Record(&record));
                    records.push(record);
                }
                Effect::Alert(alert) => tracing::error!(?alert, "a person should look"),
                Effect::Submit(order) => {
                    store.append(&std::mem::take(&mut records)).await?;
                    let settled = if self.last.number < self.head {
                        // Catching up: what was true then is not what the swap would meet now.
                        Some(expired(order.get().id, &self.last))
                    } else {
                        self.hands.submit(self.patience, &order, &self.last, store, watch).await?
                    };
                    if let Some(settlement) = settled {
                        queue.extend(self.pipeline.step(Input::Settled(settlement))?);
                    }
                }
            }
        }
        if !records.is_empty() {
            store.append(&records).await?;
        }
        Ok(())
    }
}

/// An order given up before anything of it was sent.
fn expired(order: OrderId, at: &BlockHeader) -> Settlement {
    Settlement {
        order,
        ts: at.timestamp,
        outcome: Outcome::Expired,
        gas_used: 0,
        gas_cost: Wei::ZERO,
        block: None,
        tx: None,
    }
}

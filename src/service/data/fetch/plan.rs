//! What there is to fetch.

use tokio::sync::OnceCell;

use super::{
    CandleJob, Context, End, Job, LogJob, Node, OtherChain, PostJob, Report, SeriesJob, StateJob,
    one_chain::{self, ChainError},
    report::POSTS,
    retire::{Configured, retire},
    run, watched,
};
use crate::{
    config::{
        Config, Mode,
        sources::{SourceState, Sources},
    },
    domain::{Instrument, Market, Timeframe},
    io::{
        clock::Clock,
        endpoint::EndpointError,
        exchange::{Exchange, ExchangeError},
        http::Limits,
        news,
        store::data::DataStoreError,
    },
    service::{
        data::derive::{self, PoolSeries},
        retry::Patience,
        sources::{self, MacroSeries},
    },
    units::{BlockNumber, Timestamp},
};

/// Blocks below the head that a fetch of logs leaves for later: Ethereum's finality, two epochs
/// of 32 slots.
const CONFIRMATIONS: u64 = 64;

/// A kind of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Candles,
    Macro,
    News,
    Dex,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Candles, Self::Macro, Self::News, Self::Dex];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Candles => "candles",
            Self::Macro => "macro",
            Self::News => "news",
            Self::Dex => "dex",
        }
    }
}

/// What the user asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub kinds: Vec<Kind>,
    /// All where empty.
    pub venues: Vec<String>,
    /// All where empty.
    pub assets: Vec<String>,
    pub timeframes: Vec<Timeframe>,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// Why a fetch cannot even begin, or was given up.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("no venue `{venue}` in {file}: it names {}", known.join(", "))]
    UnknownVenue { file: String, venue: String, known: Vec<String> },
    #[error("no instrument or market of `{asset}`: there are {}", known.join(", "))]
    UnknownAsset { asset: String, known: Vec<String> },
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error("nothing to fetch: no venue or market that is asked for has what is asked for")]
    Nothing,
    #[error(transparent)]
    OtherChain(Box<OtherChain>),
    #[error(transparent)]
    Store(#[from] DataStoreError),
}

impl From<ChainError> for PlanError {
    fn from(error: ChainError) -> Self {
        match error {
            ChainError::Other(error) => Self::OtherChain(error),
            ChainError::Store(error) => Self::Store(error),
        }
    }
}

impl PlanError {
    /// Whether the user asked for what is not there, or what does not go together.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::UnknownVenue { .. } | Self::UnknownAsset { .. } | Self::Nothing | Self::OtherChain(_))
    }
}

/// A node and the pools to read from it.
#[derive(Debug)]
struct Pools<'a> {
    node: Node<'a>,
    /// Whose logs are read, with the pools' names.
    markets: Vec<(String, Market)>,
    /// Whose state is, likewise.
    watched: Vec<(String, Market)>,
}

/// The clients, and what to ask of each.
#[derive(Debug)]
pub struct Plan<'a> {
    sources: &'a Sources,
    config: Option<&'a Config>,
    wanted: &'a Wanted,
    exchanges: Vec<Exchange>,
    series: Vec<MacroSeries>,
    posts: Vec<news::Source>,
    off: Vec<Report>,
    pools: Option<Pools<'a>>,
    again: bool,
    undo_from: Option<BlockNumber>,
}

impl<'a> Plan<'a> {
    /// Makes the clients that are wanted; asks nothing yet.
    ///
    /// # Errors
    /// [`PlanError`] for names that the configuration does not know, and unusable addresses.
    pub fn new(
        sources: &'a Sources,
        config: Option<&'a Config>,
        wanted: &'a Wanted,
        clock: &Clock,
        patience: Patience,
    ) -> Result<Self, PlanError> {
        check(sources, config, wanted)?;
        let wants = |kind| wanted.kinds.contains(&kind);
        let mut plan = Self {
            sources,
            config,
            wanted,
            exchanges: Vec::new(),
            series: Vec::new(),
            posts: Vec::new(),
            off: Vec::new(),
            pools: None,
            again: false,
            undo_from: None,
        };
        if wants(Kind::Candles) {
            let asked = |name: &String| wanted.venues.is_empty() || wanted.venues.contains(name);
            for venue in sources.exchanges.venues.iter().filter(|venue| asked(&venue.name)) {
                plan.exchanges.push(Exchange::new(venue.clone(), Limits::default(), clock.clone())?);
            }
        }
        if wants(Kind::Macro) {
            plan.series = sources::economic(&sources.macros, clock)?;
        }
        if wants(Kind::News) {
            plan.posts = sources::news(&sources.news, clock)?;
            plan.off = off(sources);
        }
        if let Some(config) = config.filter(|_| wants(Kind::Dex)) {
            plan.pools = Some(pools(config, sources, wanted, patience));
        }
        if plan.off.is_empty() && plan.groups().iter().all(Vec::is_empty) {
            return Err(PlanError::Nothing);
        }
        Ok(plan)
    }

    /// The same plan, but asking also for what was fetched before: what a source says otherwise
    /// by now becomes a revision. Not for following.
    #[must_use]
    pub fn again(self) -> Self {
        Self { again: true, ..self }
    }

    /// The same plan, but first taking back what is stored of the pools' blocks of `block` and
    /// later: what came from a node that erred, or from a branch that the chain left.
    #[must_use]
    pub fn undo_from(self, block: BlockNumber) -> Self {
        Self { undo_from: Some(block), ..self }
    }

    /// Fetches everything, then derives what follows from it. Forgets the health of jobs that are
    /// configured no more.
    ///
    /// # Errors
    /// The store's, or one whose pools are of another chain; what a source does wrong, and rows that
    /// nothing can be derived from, are in the reports.
    pub async fn run(&self, context: &Context<'_>) -> Result<Vec<Report>, PlanError> {
        if let Some(pools) = &self.pools {
            one_chain::check(context, &pools.node).await?;
        }
        retire(&self.configured(), context).await?;
        let (groups, mut reports) = (self.groups(), Vec::new());
        if let Some(from) = self.undo_from {
            for job in groups.iter().flatten() {
                if let Job::Logs(job) = job {
                    reports.push(job.take_back(context, from).await?);
                }
            }
        }
        reports.extend(run(groups, context).await?);
        reports.extend(self.off.iter().cloned());
        if !context.interrupt.requested() && self.wants_sentiment() {
            reports.push(self.sentiment(context).await?);
        }
        if !context.interrupt.requested() {
            reports.extend(self.bars(context).await?);
        }
        Ok(reports)
    }

    pub(super) fn wants_sentiment(&self) -> bool {
        self.wanted.kinds.contains(&Kind::News)
    }

    pub(super) fn wants_bars(&self) -> bool {
        self.pools.is_some()
    }

    /// Derives the sentiment of all stored posts.
    pub(super) async fn sentiment(&self, context: &Context<'_>) -> Result<Report, DataStoreError> {
        derive::sentiment_report(context, &self.sources.sentiment).await
    }

    /// Derives the bars, flows and spreads of all pools that are asked for.
    pub(super) async fn bars(&self, context: &Context<'_>) -> Result<Vec<Report>, DataStoreError> {
        let Some(Pools { node, markets, .. }) = &self.pools else { return Ok(Vec::new()) };
        let series = |(name, market)| PoolSeries { name, market, chain_id: node.chain_id() };
        let pools: Vec<PoolSeries<'_>> = markets.iter().map(|(name, market)| series((name.as_str(), market))).collect();
        let (references, timeframes) = (&self.sources.exchanges, &self.wanted.timeframes);
        let mut reports = derive::bar_reports(context, &pools, timeframes).await?;
        reports.extend(derive::spread_reports(context, &pools, references, timeframes).await?);
        Ok(reports)
    }

    /// The jobs that the configuration has, of the kinds that are wanted. Venues, assets and
    /// lengths that were not asked for are configured all the same.
    fn configured(&self) -> Configured {
        let mut configured = Configured::default();
        let exchanges = &self.sources.exchanges;
        for kind in &self.wanted.kinds {
            match kind {
                Kind::Candles => configured.candles(&exchanges.venues, &exchanges.instruments),
                Kind::Macro => configured.series(self.series.iter().map(|series| series.rule.name.as_str())),
                Kind::News => configured.posts(self.posts.iter().map(news::Source::name)),
                Kind::Dex => {
                    let Some(config) = self.config else { continue };
                    let names = derive::traded(config).into_iter().map(|(name, _)| name);
                    configured.pools(config.chain.id, names);
                    configured.states(config.chain.id, !watched(config, &[]).is_empty());
                }
            }
        }
        configured
    }

    /// A group a host.
    pub(super) fn groups(&self) -> Vec<Vec<Job<'_>>> {
        let mut groups: Vec<Vec<Job<'_>>> = self.exchanges.iter().map(|exchange| self.candles(exchange)).collect();
        let (settings, again) = (&self.sources.macros, self.again.then_some(self.wanted.from));
        groups.push(self.series.iter().map(|series| Job::Series(SeriesJob { series, settings, again })).collect());
        let future_tolerance = self.sources.news.future_tolerance;
        let again = self.again;
        groups.extend(self.posts.iter().map(|source| vec![Job::Posts(PostJob { source, future_tolerance, again })]));
        if let Some(Pools { node, markets, watched }) = &self.pools {
            if !watched.is_empty() {
                let twap_window = self.sources.dex.twap_window;
                groups.push(vec![Job::States(StateJob { node, pools: watched, twap_window })]);
            }
            groups.push(
                markets
                    .iter()
                    .map(|(name, market)| {
                        Job::Logs(LogJob {
                            node,
                            pool: PoolSeries { name, market, chain_id: node.chain_id() },
                            from: self.wanted.from,
                            confirmations: CONFIRMATIONS,
                            again,
                            first: OnceCell::new(),
                        })
                    })
                    .collect(),
            );
        }
        groups
    }

    fn candles<'b>(&'b self, exchange: &'b Exchange) -> Vec<Job<'b>> {
        let instruments = self.sources.exchanges.instruments.iter().filter(|instrument| {
            instrument.listings.contains_key(&exchange.venue().name) && self.asks_for(instrument.asset.as_str())
        });
        let jobs = |instrument: &'b Instrument| {
            self.wanted.timeframes.iter().map(move |timeframe| {
                let wanted = timeframe.open(self.wanted.from)..timeframe.open(self.wanted.to);
                Job::Candles(CandleJob { exchange, instrument, timeframe: *timeframe, wanted, again: self.again })
            })
        };
        instruments.flat_map(jobs).collect()
    }

    fn asks_for(&self, asset: &str) -> bool {
        self.wanted.assets.is_empty() || self.wanted.assets.iter().any(|wanted| wanted == asset)
    }
}

fn check(sources: &Sources, config: Option<&Config>, wanted: &Wanted) -> Result<(), PlanError> {
    let venues = || sources.exchanges.venues.iter().map(|venue| venue.name.clone());
    if let Some(venue) = wanted.venues.iter().find(|venue| venues().all(|known| known != **venue)) {
        let (file, venue) = (sources.file.clone(), venue.clone());
        return Err(PlanError::UnknownVenue { file, venue, known: venues().collect() });
    }
    let listed = sources.exchanges.instruments.iter().map(|instrument| instrument.asset.to_string());
    let traded = config.into_iter().flat_map(|config| &config.markets).map(|market| market.asset.to_string());
    let mut known: Vec<String> = listed.chain(traded).collect();
    known.sort();
    known.dedup();
    match wanted.assets.iter().find(|asset| !known.contains(asset)) {
        Some(asset) => Err(PlanError::UnknownAsset { asset: asset.clone(), known }),
        None => Ok(()),
    }
}

/// The sources whose key is not set.
fn off(sources: &Sources) -> Vec<Report> {
    let news = &sources.news;
    let states = [
        ("newsapi", news.newsapi.state()),
        ("reddit", news.reddit.state()),
        ("telegram", news.telegram.state()),
        ("x", news.x.state()),
    ];
    let report = |(name, state)| match state {
        SourceState::On => None,
        SourceState::Off { missing } => {
            let mut report = Report::new(format!("{POSTS}{name}"));
            report.end = End::Off(missing.to_owned());
            Some(report)
        }
    };
    states.into_iter().filter_map(report).collect()
}

fn pools<'a>(config: &'a Config, sources: &Sources, wanted: &Wanted, patience: Patience) -> Pools<'a> {
    let mut markets = derive::traded(config);
    markets.retain(|(_, market)| {
        wanted.assets.is_empty() || wanted.assets.iter().any(|asset| asset == market.asset.as_str())
    });
    let watched = watched(config, &wanted.assets);
    let max_head_age = (config.mode == Mode::Mainnet).then_some(sources.dex.max_head_age);
    Pools { node: Node::new(&config.chain, patience, max_head_age), markets, watched }
}

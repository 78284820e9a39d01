//! What there is to fetch.

use super::{CandleJob, Context, End, Job, LogJob, PostJob, Report, SeriesJob, run};
use crate::{
    config::{
        Config,
        sources::{SourceState, Sources},
    },
    domain::{Instrument, Market, Timeframe},
    io::{
        chain::{Chain, ConnectError},
        clock::Clock,
        endpoint::EndpointError,
        exchange::{Exchange, ExchangeError},
        http::Limits,
        news,
    },
    service::{
        data::derive::{self, DeriveError, PoolSeries},
        retry::Patience,
        sources::{self, MacroSeries},
    },
    units::Timestamp,
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
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("the node is of chain {actual}, the configuration says {expected}")]
    WrongChain { actual: u64, expected: u64 },
    #[error(transparent)]
    Derive(#[from] DeriveError),
    #[error(transparent)]
    Store(#[from] crate::io::store::DataStoreError),
}

/// A node and the pools to read from it.
#[derive(Debug)]
struct Pools {
    chain: Chain,
    chain_id: u64,
    /// With the pools' names.
    markets: Vec<(String, Market)>,
}

/// The clients, and what to ask of each.
#[derive(Debug)]
pub struct Plan<'a> {
    sources: &'a Sources,
    wanted: &'a Wanted,
    patience: Patience,
    exchanges: Vec<Exchange>,
    series: Vec<MacroSeries>,
    posts: Vec<news::Source>,
    off: Vec<Report>,
    pools: Option<Pools>,
}

impl<'a> Plan<'a> {
    /// Makes the clients that are wanted; asks nothing yet but the node for its chain.
    ///
    /// # Errors
    /// [`PlanError`] for names that the configuration does not know, unusable addresses, and a
    /// node that is away or of another chain.
    pub async fn new(
        sources: &'a Sources,
        config: Option<&Config>,
        wanted: &'a Wanted,
        clock: &Clock,
        patience: Patience,
    ) -> Result<Self, PlanError> {
        check(sources, config, wanted)?;
        let wants = |kind| wanted.kinds.contains(&kind);
        let mut plan = Self {
            sources,
            wanted,
            patience,
            exchanges: Vec::new(),
            series: Vec::new(),
            posts: Vec::new(),
            off: Vec::new(),
            pools: None,
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
            plan.pools = Some(pools(config, wanted, &plan.patience).await?);
        }
        Ok(plan)
    }

    /// Fetches everything, then derives what follows from it.
    ///
    /// # Errors
    /// The store's, and rows in it that cannot be used; what a source does wrong is in its
    /// report.
    pub async fn run(&self, context: &Context<'_>) -> Result<Vec<Report>, PlanError> {
        let mut reports = run(self.groups(), context).await?;
        reports.extend(self.off.iter().cloned());
        if context.interrupt.requested() {
            return Ok(reports);
        }
        let sentiment = self.wanted.kinds.contains(&Kind::News).then_some(&self.sources.sentiment);
        let series = |pools| {
            let Pools { chain_id, markets, .. }: &Pools = pools;
            markets.iter().map(move |(name, market)| PoolSeries { name, market, chain_id: *chain_id })
        };
        let pools: Vec<_> = self.pools.iter().flat_map(series).collect();
        reports.extend(derive::all(context, sentiment, &pools, &self.wanted.timeframes).await?);
        Ok(reports)
    }

    /// A group a host.
    fn groups(&self) -> Vec<Vec<Job<'_>>> {
        let mut groups: Vec<Vec<Job<'_>>> = self.exchanges.iter().map(|exchange| self.candles(exchange)).collect();
        let settings = &self.sources.macros;
        groups.push(self.series.iter().map(|series| Job::Series(SeriesJob { series, settings })).collect());
        let future_tolerance = self.sources.news.future_tolerance;
        groups.extend(self.posts.iter().map(|source| vec![Job::Posts(PostJob { source, future_tolerance })]));
        if let Some(Pools { chain, chain_id, markets }) = &self.pools {
            groups.push(
                markets
                    .iter()
                    .map(|(name, market)| {
                        Job::Logs(LogJob {
                            chain,
                            chain_id: *chain_id,
                            pool: market.pool.address,
                            name,
                            from: self.wanted.from,
                            confirmations: CONFIRMATIONS,
                            patience: &self.patience,
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
                Job::Candles(CandleJob { exchange, instrument, timeframe: *timeframe, wanted })
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
            let mut report = Report::new(format!("posts {name}"));
            report.end = End::Off(missing.to_owned());
            Some(report)
        }
    };
    states.into_iter().filter_map(report).collect()
}

async fn pools(config: &Config, wanted: &Wanted, patience: &Patience) -> Result<Pools, PlanError> {
    let url = config.chain.rpc.expose().as_str();
    let chain = patience.ask(async || Chain::connect(url, config.chain.request_timeout, None).await).await?;
    let actual = patience.ask(async || chain.chain_id().await).await.map_err(ConnectError::from)?;
    if actual != config.chain.id {
        return Err(PlanError::WrongChain { actual, expected: config.chain.id });
    }
    let mut markets = derive::traded(config);
    markets.retain(|(_, market)| {
        wanted.assets.is_empty() || wanted.assets.iter().any(|asset| asset == market.asset.as_str())
    });
    Ok(Pools { chain, chain_id: actual, markets })
}

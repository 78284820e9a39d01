//! From a configuration and a journal to a pipeline that stands at the head of the chain.

use std::sync::Arc;

use super::{
    Event, LiveError, Session, Source, expired,
    feed::Feed,
    hands::{CONFIRMATIONS, Hands},
    history::{self, Past},
};
use crate::{
    amm::Pool,
    backtest::{history as played, simulator, tape},
    config::{Config, HistorySource},
    domain::{Asset, BlockHeader, Candle, FeatureRow, HourBars, Market, Record, record::Venue},
    features::FeatureStream,
    io::{chain::Chain, store::JournalStore, wallet::Wallet},
    journal::open_orders,
    models::direction::Trained,
    pipeline::{
        Input, MarketSetup, Pipeline, TradingModel,
        training::{self, Training},
    },
    service::{
        dry_run::DryRun,
        executor::Executor,
        prepare,
        retry::Patience,
        scenario::{SEED, Scenario, ScenarioError, Wanted, scenario},
        snapshot,
    },
    units::{Timestamp, TokenAmount, Wei},
};

/// Hours read from the chain to warm the features where the training's candles end in the past.
const WARM_HOURS: u32 = 300;

impl<'a> Session<'a> {
    /// Makes the model ready, reads the pools at the head, and takes up what the
    /// journal left.
    #[allow(clippy::too_many_arguments, reason = "a session's whole surroundings, named once")]
    pub(super) async fn begin(
        config: &Config,
        wallet: &Wallet,
        live: bool,
        patience: &'a Patience,
        chain: &'a Chain,
        store: &mut JournalStore,
        source: &Source<'_>,
        watch: &mut impl FnMut(Event<'_>),
    ) -> Result<Self, LiveError> {
        let records = store.records().await?;
        let (capital, ether) = capital(config, wallet, live, patience, chain, store, &records).await?;
        let number = patience.ask(async || chain.head().await).await?;
        let head = patience.ask(async || chain.header(number).await).await?;
        let pools = patience.ask(async || snapshot::pools_at(chain, &config.markets, head.number).await).await?;
        let Warm { model, trained, feed, streams, pasts, about } =
            warm(config, patience, chain, &head, &pools, source).await?;
        let forming = pasts.into_iter().map(|past| past.map(|past| past.forming));
        let setups = config.markets.iter().zip(pools).zip(streams).zip(forming).map(
            |(((market, pool), (features, row)), forming)| MarketSetup {
                market: market.clone(),
                pool,
                features,
                row,
                forming,
            },
        );
        let params = prepare::params(config);
        let mut pipeline = Pipeline::new(params, model, setups.collect(), head.timestamp, capital, ether)?;
        pipeline.restore(&records)?;
        let hands = hands(config, wallet, live, chain);
        let last = head;
        let mut session = Self { chain, patience, pipeline, hands, trained, feed, head: last.number, last };
        session.resume(&records, store, watch).await?;
        if live {
            session.agrees(config, wallet).await?;
        }
        let event = Event::Ready { account: wallet.address(), capital, ether, head: &session.last, models: &about };
        watch(event);
        Ok(session)
    }

    /// Orders that the journal says began and did not end.
    async fn resume(
        &mut self,
        records: &[Record],
        store: &mut JournalStore,
        watch: &mut impl FnMut(Event<'_>),
    ) -> Result<(), LiveError> {
        for open in open_orders(records)? {
            let Some(order) = self.hands.resume(self.patience, open, self.last.timestamp).await? else { continue };
            let settlement = expired(order.id, &self.last);
            let effects = self.pipeline.step(Input::Settled(settlement))?;
            self.perform(effects, store, watch).await?;
        }
        Ok(())
    }
}

impl Session<'_> {
    /// The account must hold at least what the book says, orders on their way aside: their
    /// settlement will tell.
    async fn agrees(&self, config: &Config, wallet: &Wallet) -> Result<(), LiveError> {
        if self.pipeline.pending().next().is_some() {
            return Ok(());
        }
        let book = self.pipeline.book();
        let positions = config
            .markets
            .iter()
            .filter_map(|market| book.positions.get(&market.asset).map(|position| (&market.base, position.amount)));
        for (token, booked) in positions.chain([(&config.quote, book.quote)]) {
            let account = wallet.address();
            let held = self.patience.ask(async || self.chain.erc20_balance(token.address, account).await).await?;
            if held < booked {
                return Err(LiveError::Disagreement { account, symbol: token.symbol.clone(), booked, held });
            }
        }
        Ok(())
    }
}

fn hands(config: &Config, wallet: &Wallet, live: bool, chain: &Chain) -> Hands {
    let (id, router, params) = (config.chain.id, config.chain.router, config.execution.clone());
    if live {
        let executor = Executor::new(chain.clone(), wallet.clone(), id, router, params);
        Hands::Live(executor.with_confirmations(CONFIRMATIONS))
    } else {
        Hands::Dry(DryRun::new(chain.clone(), wallet.clone(), id, router, params))
    }
}

/// What the bot began with, by its journal; for a new journal what the account holds now, or for
/// a dry run what `[paper]` says.
async fn capital(
    config: &Config,
    wallet: &Wallet,
    live: bool,
    patience: &Patience,
    chain: &Chain,
    store: &mut JournalStore,
    records: &[Record],
) -> Result<(TokenAmount, Wei), LiveError> {
    let wanted = if live { "live" } else { "dry" };
    let account = wallet.address();
    let venue = Venue { chain_id: config.chain.id, account, quote: config.quote.address };
    let opened = records.iter().find_map(|record| match record {
        Record::Opened { mode, capital, ether, venue, .. } => Some((mode, *capital, *ether, *venue)),
        _ => None,
    });
    if let Some((mode, capital, ether, found)) = opened {
        if let Some(found) = found.filter(|found| *found != venue) {
            return Err(LiveError::WrongVenue { path: store.path().display().to_string(), found, wanted: venue });
        }
        if mode != wanted {
            let path = store.path().display().to_string();
            return Err(LiveError::WrongMode { path, found: mode.clone(), wanted: wanted.to_owned() });
        }
        return Ok((capital, ether));
    }
    let (capital, ether) = match &config.paper {
        Some(paper) if !live => (paper.capital, paper.ether),
        _ => {
            let token = config.quote.address;
            let held = patience.ask(async || chain.erc20_balance(token, account).await).await?;
            let ether = patience.ask(async || chain.balance(account).await).await?;
            if held < config.risk.min_order {
                return Err(LiveError::NoFunds { account, symbol: config.quote.symbol.clone(), held });
            }
            if ether.is_zero() {
                return Err(LiveError::NoGas { account });
            }
            (held, ether)
        }
    };
    let number = patience.ask(async || chain.head().await).await?;
    let ts = patience.ask(async || chain.header(number).await).await?.timestamp;
    store.append(&[Record::Opened { ts, mode: wanted.to_owned(), capital, ether, venue: Some(venue) }]).await?;
    Ok((capital, ether))
}

struct Warm {
    model: TradingModel,
    /// The model where it was trained from history, for a later session.
    trained: Option<Arc<Trained>>,
    feed: Option<Feed>,
    streams: Vec<(FeatureStream, Option<FeatureRow>)>,
    /// Lines on how the models were trained.
    about: Vec<String>,
    /// What the chain told of the recent past, by market.
    pasts: Vec<Option<Past>>,
}

/// Makes the model ready: from its files, from an earlier session, or by training.
async fn warm(
    config: &Config,
    patience: &Patience,
    chain: &Chain,
    head: &BlockHeader,
    pools: &[Pool],
    source: &Source<'_>,
) -> Result<Warm, LiveError> {
    let nothing = || config.markets.iter().map(|_| None).collect();
    let earlier = match source {
        Source::Sets(trading) => {
            let (feed, forecasters, about) = Feed::open(trading, head.timestamp).await?;
            // Models that read frames need nothing of the pools' past.
            let streams = config.markets.iter().map(|_| (FeatureStream::new(), None)).collect();
            let model = TradingModel::Ensembles(forecasters);
            return Ok(Warm { model, trained: None, feed: Some(feed), streams, about, pasts: nothing() });
        }
        Source::Trained(model) => Some(Arc::clone(model)),
        Source::Train => None,
    };
    let (Training { model, streams }, pasts) = train(config, patience, chain, head, pools, earlier).await?;
    let report = model.report();
    let about = vec![format!(
        "trained on {} rows; on its held-out end log loss {:.4} against {:.4} of the base rate",
        report.rows, report.log_loss, report.base_log_loss
    )];
    let trading = TradingModel::Direction(Arc::clone(&model));
    Ok(Warm { model: trading, trained: Some(model), feed: None, streams, about, pasts })
}

/// Trains on the configured history, unless a model is in force, and leaves feature streams that
/// end with the last hour before the head.
async fn train(
    config: &Config,
    patience: &Patience,
    chain: &Chain,
    head: &BlockHeader,
    pools: &[Pool],
    model: Option<Arc<Trained>>,
) -> Result<(Training, Vec<Option<Past>>), LiveError> {
    let now = head.timestamp.hour();
    let markets = &config.markets;
    let params = config.model.direction();
    let trained = |candles: &[(Asset, Vec<Candle>)]| match model.clone() {
        None => training::train(candles, &params),
        Some(model) => Ok(Training { model, streams: training::streams(candles)? }),
    };
    let from_chain = async |hours| {
        let pasts = history::read(chain, patience, markets, head.number, hours).await?;
        let named = |(market, past): (&Market, &Past)| (market.asset.clone(), past.candles.clone());
        let candles: Vec<_> = markets.iter().zip(&pasts).map(named).collect();
        Ok::<_, LiveError>((candles, pasts.into_iter().map(Some).collect()))
    };
    let nothing = || markets.iter().map(|_| None).collect();
    match config.history.source {
        HistorySource::Chain => {
            let hours = if model.is_some() { WARM_HOURS } else { config.history.hours };
            let (candles, pasts) = from_chain(hours).await?;
            Ok((trained(&candles)?, pasts))
        }
        HistorySource::Simulated => {
            let hours = config.history.hours;
            let assets: Vec<Asset> = markets.iter().map(|market| market.asset.clone()).collect();
            let from = now.minus(u64::from(hours) * Timestamp::HOUR);
            let bars = simulator::simulate(SEED, &assets, from, hours as usize).map_err(ScenarioError::from)?;
            Ok((trained(&played_candles(config, pools, &bars)?)?, nothing()))
        }
        HistorySource::Data => {
            let played = known_by(config, now)?;
            let mut training = trained(&played_candles(config, pools, &played.history)?)?;
            if played.to == now {
                return Ok((training, nothing()));
            }
            let (candles, pasts) = from_chain(WARM_HOURS).await?;
            training.streams = training::streams(&candles)?;
            Ok((training, pasts))
        }
    }
}

/// The data folder's last hours that were over by `now`: on a fork of the past the folder may
/// know the chain's future.
fn known_by(config: &Config, now: Timestamp) -> Result<Scenario, LiveError> {
    let wanted = |to| Wanted { data: config.history.data.clone(), hours: Some(1), to, ..Wanted::default() };
    let mut played = match scenario(config, &wanted(None))? {
        whole if whole.to > now => scenario(config, &wanted(Some(now)))?,
        whole => whole,
    };
    played.history.append(&mut played.hours);
    Ok(played)
}

/// Bars played on copies of the pools, as `backtest` plays them.
fn played_candles(config: &Config, pools: &[Pool], bars: &[HourBars]) -> Result<Vec<(Asset, Vec<Candle>)>, LiveError> {
    let tape = tape(&config.markets, bars).map_err(prepare::PrepareError::from)?;
    let paired: Vec<_> = config.markets.iter().cloned().zip(pools.iter().cloned()).collect();
    Ok(played::candles(&paired, &tape)?)
}

//! From a configuration and a journal to a pipeline that stands at the head of the chain.

use std::sync::Arc;

use super::{
    Event, LiveError, Session,
    hands::{CONFIRMATIONS, Hands},
    history::{self, Past},
};
use crate::{
    amm::Pool,
    backtest::{history as played, simulator, tape},
    config::{Config, HistorySource},
    domain::{Asset, BlockHeader, Candle, Outcome, Record, Settlement},
    features::FeatureStream,
    io::{chain::Chain, store::JournalStore, wallet::Wallet},
    journal::open_orders,
    pipeline::{
        Input, MarketSetup, Pipeline,
        training::{self, Training, TrainingError},
    },
    service::{
        dry_run::DryRun,
        executor::Executor,
        prepare,
        retry::Patience,
        scenario::{SEED, Wanted, scenario},
        snapshot,
    },
    units::{Timestamp, TokenAmount, Wei},
};

/// Hours read from the chain to warm the features where the training's candles end in the past.
const WARM_HOURS: u32 = 300;

impl<'a> Session<'a> {
    /// Trains, reads the pools at the head, and takes up what the journal left.
    pub(super) async fn begin(
        config: &Config,
        wallet: &Wallet,
        live: bool,
        patience: &'a Patience,
        chain: &'a Chain,
        store: &mut JournalStore,
        watch: &mut impl FnMut(Event<'_>),
    ) -> Result<Self, LiveError> {
        let records = store.records().await?;
        let (capital, ether) = capital(config, wallet, live, patience, chain, store, &records).await?;
        let number = patience.ask(async || chain.head().await).await?;
        let head = patience.ask(async || chain.header(number).await).await?;
        let pools = patience.ask(async || snapshot::pools_at(chain, &config.markets, head.number).await).await?;
        let Warm { training, pasts } = warm(config, patience, chain, &head, &pools).await?;
        let forming = pasts.into_iter().map(|past| past.map(|past| past.forming));
        let setups = config.markets.iter().zip(pools).zip(training.streams).zip(forming).map(
            |(((market, pool), (features, row)), forming)| MarketSetup {
                market: market.clone(),
                pool,
                features,
                row,
                forming,
            },
        );
        let params = prepare::params(config);
        let model = Arc::clone(&training.model);
        let mut pipeline = Pipeline::new(params, training.model, setups.collect(), head.timestamp, capital, ether)?;
        pipeline.restore(&records)?;
        let hands = hands(config, wallet, live, chain);
        let mut session = Self { chain, patience, pipeline, hands, last: head };
        session.resume(&records, store, watch).await?;
        let event = Event::Ready { account: wallet.address(), capital, ether, head: &session.last, training: &model };
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
            let settlement = Settlement {
                order: order.id,
                ts: self.last.timestamp,
                outcome: Outcome::Expired,
                gas_used: 0,
                gas_cost: Wei::ZERO,
                block: None,
                tx: None,
            };
            let effects = self.pipeline.step(Input::Settled(settlement))?;
            self.perform(effects, store, watch).await?;
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
    let opened = records.iter().find_map(|record| match record {
        Record::Opened { mode, capital, ether, .. } => Some((mode, *capital, *ether)),
        _ => None,
    });
    if let Some((mode, capital, ether)) = opened {
        if mode != wanted {
            let path = store.path().display().to_string();
            return Err(LiveError::WrongMode { path, found: mode.clone(), wanted: wanted.to_owned() });
        }
        return Ok((capital, ether));
    }
    let account = wallet.address();
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
    store.append(&[Record::Opened { ts, mode: wanted.to_owned(), capital, ether }]).await?;
    Ok((capital, ether))
}

struct Warm {
    training: Training,
    /// What the chain told of the recent past, by market.
    pasts: Vec<Option<Past>>,
}

/// Trains on the configured history and leaves feature streams that end with the last hour
/// before the head.
async fn warm(
    config: &Config,
    patience: &Patience,
    chain: &Chain,
    head: &BlockHeader,
    pools: &[Pool],
) -> Result<Warm, LiveError> {
    let now = head.timestamp.hour();
    let markets = &config.markets;
    let params = config.model.direction();
    match config.history.source {
        HistorySource::Chain => {
            let pasts = history::read(chain, patience, markets, head.number, config.history.hours).await?;
            let named = |(market, past): (&crate::domain::Market, &Past)| (market.asset.clone(), past.candles.clone());
            let candles: Vec<_> = markets.iter().zip(&pasts).map(named).collect();
            let training = training::train(&candles, &params)?;
            Ok(Warm { training, pasts: pasts.into_iter().map(Some).collect() })
        }
        HistorySource::Simulated => {
            let hours = config.history.hours;
            let assets: Vec<Asset> = markets.iter().map(|market| market.asset.clone()).collect();
            let from = now.minus(u64::from(hours) * Timestamp::HOUR);
            let bars = simulator::simulate(SEED, &assets, from, hours as usize)
                .map_err(crate::service::scenario::ScenarioError::from)?;
            let training = training::train(&played_candles(config, pools, &bars)?, &params)?;
            Ok(Warm { training, pasts: markets.iter().map(|_| None).collect() })
        }
        HistorySource::Data => {
            let wanted = Wanted { data: config.history.data.clone(), hours: Some(1), ..Wanted::default() };
            let mut played = scenario(config, &wanted)?;
            played.history.append(&mut played.hours);
            let mut training = training::train(&played_candles(config, pools, &played.history)?, &params)?;
            if played.to == now {
                return Ok(Warm { training, pasts: markets.iter().map(|_| None).collect() });
            }
            let pasts = history::read(chain, patience, markets, head.number, WARM_HOURS).await?;
            training.streams.clear();
            for (market, past) in markets.iter().zip(&pasts) {
                training.streams.push(stream(&market.asset, &past.candles)?);
            }
            Ok(Warm { training, pasts: pasts.into_iter().map(Some).collect() })
        }
    }
}

/// Bars played on copies of the pools, as `backtest` plays them.
fn played_candles(
    config: &Config,
    pools: &[Pool],
    bars: &[crate::domain::HourBars],
) -> Result<Vec<(Asset, Vec<Candle>)>, LiveError> {
    let tape = tape(&config.markets, bars).map_err(prepare::PrepareError::from)?;
    let paired: Vec<_> = config.markets.iter().cloned().zip(pools.iter().cloned()).collect();
    Ok(played::candles(&paired, &tape)?)
}

fn stream(
    asset: &Asset,
    candles: &[Candle],
) -> Result<(FeatureStream, Option<crate::domain::FeatureRow>), TrainingError> {
    let mut stream = FeatureStream::new();
    let mut row = None;
    for candle in candles {
        row = stream.push(candle).map_err(|source| TrainingError::Candle { asset: asset.clone(), source })?;
    }
    Ok((stream, row))
}

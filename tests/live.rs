//! `run` on a real node: an Anvil fork of the replica, its clock and its prices driven by the test.

#[path = "learning/market.rs"]
mod market;
#[path = "support/trading.rs"]
mod trading;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use shoal::{
    backtest::{simulator, tape},
    config::{self, Config, Environment},
    domain::{Action, Candle, CandleSeries, HourBars, KnownCandle, Outcome, Record, Rejection, Secret, Timeframe},
    io::{
        anvil::Control,
        artifact,
        chain::Chain,
        clock::Clock,
        data::Folder,
        replica::{self, ReplicaOptions, TradingFork, mover},
        store::{DataStore, JournalStore, Place},
        wallet::Wallet,
    },
    journal::open_orders,
    pipeline::forecaster::ModelSet,
    service::{
        interrupt::Interrupt,
        learning::Past,
        live::{self, Event, LiveError, Trading},
        models::Models,
        scenario::SEED,
    },
    units::{BlockNumber, Timestamp},
    validation::forecast::predict,
};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::sync::{
    mpsc::{UnboundedReceiver, unbounded_channel},
    oneshot,
};

/// Anvil's first published development key.
const KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const BEGIN: Timestamp = Timestamp(1_704_067_200);
const SLOT: u64 = 12;

/// What the bot told, as owned values.
#[derive(Debug)]
enum Told {
    Ready(Vec<String>),
    Record(Box<Record>),
    Reorganised,
    NoFrame(String),
}

/// A bot on a thread of its own, as its process would be.
struct Bot {
    thread: Option<JoinHandle<Option<Result<(), LiveError>>>>,
    told: UnboundedReceiver<Told>,
    /// Why a bar had no forecast, as it told until now.
    missing: Vec<String>,
    interrupt: Interrupt,
    /// Whether the next bar without a forecast interrupts it.
    leaves: Arc<AtomicBool>,
    crash: oneshot::Sender<()>,
}

impl Bot {
    fn start(config: &Config, live: bool) -> Self {
        Self::trading(config, live, None)
    }

    /// By trained models.
    fn trading(config: &Config, live: bool, trading: Option<Trading>) -> Self {
        let (sender, told) = unbounded_channel();
        let (crash, crashed) = oneshot::channel();
        let interrupt = Interrupt::default();
        let (config, stop) = (config.clone(), interrupt.clone());
        let leaves = Arc::<AtomicBool>::default();
        let leaving = Arc::clone(&leaves);
        let thread = thread::spawn(move || {
            let wallet = Wallet::from_hex(&Secret::new(KEY)).unwrap();
            let run = live::run(&config, wallet, live, trading.as_ref(), &stop, |event| {
                let told = match event {
                    Event::Ready { models, .. } => Told::Ready(models.to_vec()),
                    Event::Record(record) => Told::Record(Box::new(record.clone())),
                    Event::Reorganised { .. } => Told::Reorganised,
                    Event::NoFrame { why, .. } => {
                        if leaving.load(Ordering::SeqCst) {
                            stop.request();
                        }
                        Told::NoFrame(why)
                    }
                };
                let _ = sender.send(told);
            });
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    result = run => Some(result),
                    // Dropped wherever it is, nothing put in order.
                    Ok(()) = crashed => None,
                }
            })
        });
        Self { thread: Some(thread), told, missing: Vec::new(), interrupt, leaves, crash }
    }

    async fn end(thread: Option<JoinHandle<Option<Result<(), LiveError>>>>) -> Option<Result<(), LiveError>> {
        tokio::task::spawn_blocking(move || thread.unwrap().join().unwrap()).await.unwrap()
    }

    async fn crash(self) {
        self.crash.send(()).unwrap();
        assert!(Self::end(self.thread).await.is_none(), "it had ended already");
    }

    /// The next thing told; panics with the bot's own error where it ended.
    async fn next(&mut self) -> Told {
        match self.told.recv().await {
            Some(told) => {
                if let Told::NoFrame(why) = &told {
                    self.missing.push(why.clone());
                }
                told
            }
            None => panic!("the bot ended: {:?}", Self::end(self.thread.take()).await),
        }
    }

    /// What it says of its models.
    async fn ready(&mut self) -> String {
        loop {
            if let Told::Ready(models) = self.next().await {
                return models.join("\n");
            }
        }
    }

    /// Waits until the hour that ended at `ts` is decided on for both markets; returns what was
    /// told meanwhile.
    async fn decided(&mut self, ts: Timestamp) -> Vec<Record> {
        let (mut seen, mut records) = (0, Vec::new());
        while seen < 2 {
            if let Told::Record(record) = self.next().await {
                seen += usize::from(matches!(&*record, Record::Decision(d) if d.ts == ts));
                records.push(*record);
            }
        }
        records
    }

    /// The same for a dry run, and every order made until then is settled: the chain stands
    /// still while it is simulated.
    async fn settled(&mut self, ts: Timestamp) {
        let records = self.decided(ts).await;
        let ordered = |r: &&Record| matches!(r, Record::Decision(d) if matches!(d.action, Action::Enter { .. } | Action::Exit { .. }));
        let settled = |r: &&Record| matches!(r, Record::Settled(_));
        let mut missing = records.iter().filter(ordered).count() - records.iter().filter(settled).count();
        while missing > 0 {
            if let Told::Record(record) = self.next().await {
                missing -= usize::from(matches!(*record, Record::Settled(_)));
            }
        }
    }

    async fn stop(self) -> Result<(), LiveError> {
        self.interrupt.request();
        Self::end(self.thread).await.unwrap()
    }
}

/// A fork, its clock at `BEGIN`, its pools where the simulated market stands, the account funded.
struct Stage {
    fork: TradingFork,
    control: Control,
    config: Config,
    hours: Vec<HourBars>,
}

impl Stage {
    async fn set(journal: &Path, scheme: &str) -> Self {
        let fork = replica::trading_fork(ReplicaOptions::default()).await.unwrap();
        let control = fork.anvil.control().await.unwrap();
        let url = fork.endpoint().replace("http", scheme);
        let environment = Environment::new([("SHOAL_RPC_URL".to_owned(), url)]);
        let mut config = config::load(Path::new("config/fork.toml"), &environment).unwrap();
        config.journal = journal.to_owned();
        config.chain.poll = std::time::Duration::from_millis(20);
        let account = Wallet::from_hex(&Secret::new(KEY)).unwrap().address();
        control.set_block_gas_limit(mover::BLOCK_GAS_LIMIT).await.unwrap();
        control.set_ether(account, config.demo.ether).await.unwrap();
        control.set_tokens(account, config.quote.address, config.demo.capital).await.unwrap();
        // The hours that follow on the bot's own simulated history.
        let assets: Vec<_> = config.markets.iter().map(|market| market.asset.clone()).collect();
        let past = config.history.hours as usize;
        let from = BEGIN.minus(past as u64 * Timestamp::HOUR);
        let hours = simulator::simulate(SEED, &assets, from, past + 80).unwrap().split_off(past);
        let stage = Self { fork, control, config, hours };
        stage.play(&stage.hours[..1], BEGIN.minus(SLOT)).await;
        stage.mine(BEGIN).await;
        stage
    }

    async fn mine(&self, ts: Timestamp) {
        self.control.set_next_base_fee(self.config.demo.base_fee).await.unwrap();
        self.control.mine_at(ts).await.unwrap();
    }

    /// Moves the pools along the hours in one block.
    async fn play(&self, hours: &[HourBars], ts: Timestamp) {
        for hour in tape(&self.config.markets, hours).unwrap() {
            let steps = hour.moves.iter().flat_map(|step| step.targets.iter().map(|target| (step.pool, *target)));
            self.control.send(&mover::moves(steps).unwrap()).await.unwrap();
        }
        self.mine(ts).await;
    }

    /// Plays one hour and mines its end, on which the bot decides.
    async fn hour(&self, index: usize) -> Timestamp {
        let end = self.hours[index].ts.plus(Timestamp::HOUR);
        self.play(&self.hours[index..=index], end.minus(SLOT)).await;
        self.mine(end).await;
        end
    }

    async fn chain(&self) -> Chain {
        Chain::connect(self.fork.endpoint(), Chain::DEFAULT_TIMEOUT, Some(1)).await.unwrap()
    }

    /// Transactions of the account that are in blocks.
    async fn nonce(&self) -> u64 {
        let account = Wallet::from_hex(&Secret::new(KEY)).unwrap().address();
        self.chain().await.nonce_latest(account).await.unwrap()
    }
}

async fn records(journal: &Path) -> Vec<Record> {
    let mut store = JournalStore::open(journal).await.unwrap();
    store.records().await.unwrap()
}

fn swapped(records: &[Record]) -> usize {
    let is = |record: &&Record| matches!(record, Record::Settled(s) if matches!(s.outcome, Outcome::Swapped { .. }));
    records.iter().filter(is).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_simulates_what_the_quote_says_and_sends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("dry.sqlite");
    let stage = Stage::set(&journal, "http").await;
    let mut bot = Bot::start(&stage.config, false);
    bot.ready().await;
    for index in 0..stage.hours.len() {
        let end = stage.hour(index).await;
        bot.settled(end).await;
    }
    bot.stop().await.unwrap();
    assert_eq!(stage.nonce().await, 0, "a dry run sends nothing");
    let records = records(&journal).await;
    let intents: Vec<_> =
        records.iter().filter_map(|r| if let Record::Intent(order) = r { Some(order) } else { None }).collect();
    assert!(!intents.is_empty(), "no order in {} hours", stage.hours.len());
    let reverts: Vec<_> = records.iter().filter(|r| matches!(r, Record::Simulated { revert: Some(_), .. })).collect();
    assert!(reverts.is_empty(), "{reverts:?}");
    // An exit seen while another block was there already is given up, and decided anew on that one.
    let expired = |id| {
        let is = |r: &Record| matches!(r, Record::Settled(s) if s.order == id && s.outcome == Outcome::Expired);
        records.iter().any(is)
    };
    let simulated: Vec<_> = intents.iter().filter(|order| !expired(order.id)).collect();
    assert!(!simulated.is_empty());
    for order in simulated {
        let quoted = Outcome::Swapped { amount_in: order.amount_in, amount_out: order.amount_out_quoted };
        let simulated = records.iter().find_map(|record| match record {
            Record::Simulated { order: id, outcome, .. } if *id == order.id => Some(outcome),
            _ => None,
        });
        assert_eq!(simulated, Some(&quoted), "eth_call and the local quote agree to the wei");
    }
    assert_eq!(open_orders(&records).unwrap(), []);
    assert!(!records.iter().any(|record| matches!(record, Record::Signed { .. })), "no signed bytes are kept");
    assert!(matches!(records.last(), Some(Record::Closed { .. })));
    stage.fork.stop().await;
}

/// The bot is cut off right after it has written that it will send, and again while its
/// transactions wait in the pool: started anew, it never swaps twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_around_the_broadcast_never_swaps_twice() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("live.sqlite");
    let stage = Stage::set(&journal, "ws").await;
    let mut bot = Bot::start(&stage.config, true);
    bot.ready().await;
    let mut index = 0;
    let end = loop {
        let end = stage.hour(index).await;
        index += 1;
        if bot.decided(end).await.iter().any(|record| matches!(record, Record::Intent(_))) {
            break end;
        }
        assert!(index < stage.hours.len(), "no order in {index} hours");
    };
    // Cut off wherever it is between the intent and the receipt; nothing is mined yet.
    bot.crash().await;
    let open = open_orders(&records(&journal).await).unwrap();
    assert!(!open.is_empty());
    let signed = open.iter().filter(|order| !order.signed.is_empty()).count() as u64;

    let mut bot = Bot::start(&stage.config, true);
    bot.ready().await;
    // A second crash, after the bytes were sent again.
    bot.crash().await;
    let mut bot = Bot::start(&stage.config, true);
    bot.ready().await;
    for slot in 1..=3 {
        stage.mine(end.plus(slot * SLOT)).await;
    }
    let mut settled = 0;
    while settled < signed {
        if let Told::Record(record) = bot.next().await {
            settled += u64::from(matches!(*record, Record::Settled(_)));
        }
    }
    bot.stop().await.unwrap();
    assert_eq!(stage.nonce().await, 2 * signed, "an approval and a swap for each order, once");
    let records = records(&journal).await;
    assert_eq!(swapped(&records) as u64, signed);
    assert_eq!(open_orders(&records).unwrap(), []);

    // What the book says is what the chain says.
    let account = Wallet::from_hex(&Secret::new(KEY)).unwrap().address();
    let chain = stage.chain().await;
    let spent = records.iter().fold(stage.config.demo.capital, |left, record| match record {
        Record::Fill(fill) => left.checked_sub(fill.amount_in).unwrap(),
        _ => left,
    });
    assert_eq!(chain.erc20_balance(stage.config.quote.address, account).await.unwrap(), spent);
    stage.fork.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reorganisation_is_noticed_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set(&folder.path().join("dry.sqlite"), "http").await;
    let mut bot = Bot::start(&stage.config, false);
    bot.ready().await;
    let end = stage.hour(0).await;
    bot.decided(end).await;
    stage.mine(end.plus(SLOT)).await;
    let head = stage.chain().await.head().await.unwrap();
    // Three blocks are replaced by others.
    stage.control.rpc().request::<_, ()>("anvil_reorg", (3u64, Vec::<(String, u64)>::new())).await.unwrap();
    stage.mine(end.plus(10 * SLOT)).await;
    loop {
        match bot.next().await {
            Told::Reorganised => break,
            Told::Ready(_) | Told::Record(_) | Told::NoFrame(_) => {}
        }
    }
    bot.ready().await;
    assert!(stage.chain().await.head().await.unwrap() > BlockNumber(head.0));
    bot.stop().await.unwrap();
    stage.fork.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_come_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("live.sqlite");
    let stage = Stage::set(&journal, "http").await;
    let run = async |config: &Config, live| {
        let wallet = Wallet::from_hex(&Secret::new(KEY)).unwrap();
        live::run(config, wallet, live, None, &Interrupt::default(), |_| {}).await
    };
    let sources = trading::sources();
    let models = Models { sets: Vec::new(), sources };
    let place = Place::Sqlite(folder.path().join("data.sqlite"));
    let by_models = Trading { models, store: place, clock: Clock::system() };
    let wallet = Wallet::from_hex(&Secret::new(KEY)).unwrap();
    let refused = live::run(&stage.config, wallet, true, Some(&by_models), &Interrupt::default(), |_| {}).await;
    assert!(matches!(refused, Err(LiveError::UnprovenModels)), "{refused:?}");
    assert!(!journal.exists(), "nothing is begun");

    let mut other = stage.config.clone();
    other.chain.id = 5;
    assert!(matches!(run(&other, true).await, Err(LiveError::WrongChain { actual: 1, expected: 5, .. })));

    let mut bot = Bot::start(&stage.config, false);
    bot.ready().await;
    let error = run(&stage.config, false).await.unwrap_err();
    assert!(error.to_string().contains("another process"), "{error}");
    bot.stop().await.unwrap();
    let error = run(&stage.config, true).await.unwrap_err();
    assert!(matches!(error, LiveError::WrongMode { .. }), "{error}");

    let mut poor = stage.config.clone();
    poor.journal = folder.path().join("poor.sqlite");
    let account = Wallet::from_hex(&Secret::new(KEY)).unwrap().address();
    stage.control.set_tokens(account, poor.quote.address, 0u64.into()).await.unwrap();
    let error = run(&poor, true).await.unwrap_err();
    assert!(matches!(error, LiveError::NoFunds { .. }), "{error}");
    assert_eq!(stage.nonce().await, 0);
    stage.fork.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_dies_ends_the_run_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("dry.sqlite");
    let mut stage = Stage::set(&journal, "http").await;
    stage.config.chain.give_up_after = std::time::Duration::from_secs(1);
    let mut bot = Bot::start(&stage.config, false);
    bot.ready().await;
    let end = stage.hour(0).await;
    bot.decided(end).await;
    let endpoint = stage.fork.endpoint().to_owned();
    stage.fork.stop().await;
    while bot.told.recv().await.is_some() {}
    let error = Bot::end(bot.thread).await.unwrap().unwrap_err();
    assert!(error.to_string().contains(&endpoint), "{error}");
    let records = records(&journal).await;
    assert!(matches!(records.last(), Some(Record::Closed { why, .. }) if why.contains(&endpoint)));
}

/// Four hours by trained models: what they say is what `predict` says of the same bars, and of the
/// bar that the store lacks they say nothing.
#[tokio::test(flavor = "multi_thread")]
async fn trained_models_are_told_what_the_store_knows() {
    const MISSING: usize = 2;
    let folder = tempfile::tempdir().unwrap();
    let files = trading::prepared(folder.path());
    let stage = Stage::set(&folder.path().join("dry.sqlite"), "http").await;
    let shift = BEGIN.since(trading::at(trading::SPLIT));
    let place = Place::Sqlite(folder.path().join("data.sqlite"));
    let mut store = DataStore::open(&place).await.unwrap();
    let shifted = folder.path().join("shifted");
    for (symbol, mut candles) in trading::candles() {
        candles.iter_mut().for_each(|candle| candle.ts = candle.ts.plus(shift));
        if symbol == "ETHUSDT" {
            candles.remove(trading::SPLIT + MISSING);
        }
        market::write(&shifted, trading::VENUE, symbol, &candles);
        let series = CandleSeries { venue: trading::VENUE.into(), symbol: symbol.into(), timeframe: Timeframe::H1 };
        // Followed live, each came five seconds after its close.
        let known = |candle: Candle| KnownCandle { candle, known_at: candle.ts.plus(Timestamp::HOUR + 5) };
        let known: Vec<_> = candles.into_iter().map(known).collect();
        store.put_candles(&series, &known, None).await.unwrap();
    }
    store.close().await.unwrap();

    let models = trading::wanted(folder.path(), &files, 1).models.unwrap();
    // A clock past every delay: nothing is waited for.
    let clock = Clock::manual(BEGIN.plus(1_000 * Timestamp::HOUR));
    let mut bot = Bot::trading(&stage.config, false, Some(Trading { models, store: place, clock }));
    let about = bot.ready().await;
    // The store begins fifteen weeks ago.
    let (first, wanted) = (trading::at(0).plus(shift), BEGIN.minus(26 * 7 * 24 * Timestamp::HOUR));
    let warm_at = first.plus(26 * 7 * 24 * Timestamp::HOUR);
    for said in [format!("from {first} on"), format!("before {warm_at} nothing"), format!("--from {wanted}")] {
        assert!(about.contains(&said), "{said}: {about}");
    }
    assert!(about.contains("missing to the ETH model, as the store has none of it: "), "{about}");
    for index in 0..4 {
        let end = stage.hour(index).await;
        bot.settled(end).await;
    }
    let missing = std::mem::take(&mut bot.missing);
    assert!(matches!(&missing[..], [why] if why.contains("no bar of ETH")), "{missing:?}");
    let (recovered, left) = a_failing_store_is_asked_once_a_bar(&stage, bot, &folder.path().join("data.sqlite")).await;
    stage.fork.stop().await;
    let told = records(&folder.path().join("dry.sqlite")).await;
    let at = |ts| {
        let of = move |record: &&Record| matches!(record, Record::Decision(decision) if decision.ts == ts);
        told.iter().filter(of).collect::<Vec<_>>()
    };
    assert_eq!(at(recovered).len(), 2);
    assert!(at(recovered).iter().all(|one| matches!(one, Record::Decision(one) if one.grounds.is_some())));
    let acts = |one: &&Record| matches!(one, Record::Decision(one) if !matches!(one.action, Action::Pass(_)));
    assert_eq!(told.iter().filter(acts).count(), 0, "no model is warm");
    assert!(at(left).is_empty(), "interrupted while the models are told, nothing is decided: {:?}", at(left));
    let decisions = told.iter().filter_map(|r| if let Record::Decision(decision) = r { Some(decision) } else { None });
    let played = BEGIN.plus(4 * Timestamp::HOUR);
    let decisions: Vec<_> =
        decisions.filter(|decision| decision.ts == decision.ts.hour() && decision.ts <= played).collect();
    for (file, asset) in files.iter().zip(["ETH", "BTC"]) {
        let set: ModelSet = artifact::read(file).unwrap();
        let data = Folder::open(&shifted).unwrap();
        let past = Past::read(&data, trading::subject(asset), &trading::sources()).unwrap();
        let predicted = predict(set, &past.frames, BEGIN, played).unwrap();
        for (hour, decision) in decisions.iter().filter(|one| one.asset.as_str() == asset).enumerate() {
            let open = decision.ts.minus(Timestamp::HOUR);
            let said: Vec<_> = predicted.iter().filter(|one| one.ts == open).map(|one| &one.told).collect();
            if asset == "ETH" && hour == MISSING {
                assert!(said.is_empty() && decision.grounds.is_none(), "{decision:?}");
                let quiet =
                    matches!(decision.action, Action::Pass(Rejection::NoFrame) | Action::Keep | Action::Exit { .. });
                assert!(quiet, "{decision:?}");
                continue;
            }
            let grounds = decision.grounds.as_ref().unwrap();
            assert_eq!(decision.action, Action::Pass(Rejection::WarmingUp));
            assert_eq!(grounds.told.iter().collect::<Vec<_>>(), said[..5], "{asset}, hour {hour}");
            let ensemble = grounds.ensemble.combined().map(|combined| combined.probability);
            assert_eq!(ensemble, Some(said[5].probability), "{asset}, hour {hour}: with what it has learnt");
        }
    }
    assert_eq!(decisions.len(), 8);
}

/// The store fails in the hours 4 and 5, is whole in hour 6, and fails in hour 7, where the bot is
/// interrupted while it is told so. The ends of the hours 6 and 7.
async fn a_failing_store_is_asked_once_a_bar(stage: &Stage, mut bot: Bot, store: &Path) -> (Timestamp, Timestamp) {
    let rename = async |from: &str, to: &str| {
        let options = SqliteConnectOptions::new().filename(store);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    };
    rename("candles", "gone").await;
    for index in [4, 5] {
        let end = stage.hour(index).await;
        bot.settled(end).await;
        stage.mine(end.plus(SLOT)).await;
        stage.mine(end.plus(2 * SLOT)).await;
    }
    let missing = std::mem::take(&mut bot.missing);
    assert!(missing.len() == 2 && missing.iter().all(|why| why.contains("candles")), "{missing:?}");
    rename("gone", "candles").await;
    let recovered = stage.hour(6).await;
    bot.settled(recovered).await;
    assert!(bot.missing.is_empty(), "{:?}", bot.missing);
    rename("candles", "gone").await;
    bot.leaves.store(true, Ordering::SeqCst);
    let left = stage.hour(7).await;
    Bot::end(bot.thread).await.unwrap().unwrap();
    (recovered, left)
}

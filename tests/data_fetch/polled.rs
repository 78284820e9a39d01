//! Following what nobody pushes: pool logs of a real node behind a connection that breaks, and
//! macro series.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use alloy::primitives::Address;
use serde_json::json;
use shoal::{
    config::{self, Config, Environment, Mode, sources::Sources},
    domain::{Observation, Timeframe},
    io::{chain::RawLog, clock::Clock, exchange, store::DataStore},
    service::{
        data::fetch::{
            Context, HEALTH, Health, Keeper, Report,
            follow::Pace,
            plan::{Kind, Plan, Wanted},
        },
        interrupt::Interrupt,
        retry::Patience,
    },
    units::{BlockNumber, Timestamp},
};

use crate::{
    bench::{Bench, all, series},
    host::{Host, markets},
    support::{
        http::{Reply, Server},
        proxy::{Proxy, Traffic},
    },
};

/// How long a test waits for what must come.
const LIMIT: Duration = Duration::from_secs(60);

fn pace(every: Duration) -> Pace {
    Pace { series: every, posts: every, blocks: every, pools: every, feeds: exchange::Patience::default() }
}

fn wanted(kind: Kind, from: Timestamp) -> Wanted {
    Wanted {
        kinds: vec![kind],
        venues: Vec::new(),
        assets: if kind == Kind::Dex { vec!["ETH".to_owned()] } else { Vec::new() },
        timeframes: vec![Timeframe::M1],
        from,
        to: Timestamp(u64::MAX),
    }
}

/// Fetches, then follows while `drive` runs; what following brought.
async fn follow(plan: &Plan<'_>, context: &Context<'_>, drive: impl AsyncFnOnce()) -> Vec<Report> {
    plan.run(context).await.unwrap();
    let pace = pace(Duration::from_millis(5));
    let driven = async {
        drive().await;
        context.interrupt.request();
    };
    let (followed, ()) = tokio::join!(plan.follow(context, &pace), driven);
    followed.unwrap()
}

/// Asks the store again and again until it says what is wanted.
async fn until<T>(keeper: &Keeper, mut ask: impl AsyncFnMut(&Keeper) -> Option<T>) -> T {
    let look = async {
        loop {
            if let Some(found) = ask(keeper).await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LIMIT, look).await.expect("it never came")
}

async fn health(keeper: &Keeper, job: &str) -> Option<Health> {
    let text = keeper.ask(async |store| store.cursor(&format!("{HEALTH}{job}")).await).await.unwrap();
    text.map(|text| serde_json::from_str(&text).unwrap())
}

/// The configuration of a fork, with its node here.
fn on_node(url: &str) -> Config {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/fork.toml");
    config::load(&file, &Environment::new([("SHOAL_RPC_URL", url)])).unwrap()
}

async fn stored(keeper: &Keeper, pool: Address) -> Vec<RawLog> {
    let blocks = BlockNumber(0)..=BlockNumber(u64::MAX);
    let logs = keeper.ask(async |store| store.logs(1, pool, blocks.clone()).await).await.unwrap();
    logs.into_iter().map(|log| log.log).collect()
}

const JOB: &str = "logs 1/usdc-weth-005";

/// What is stored of a branch goes when the chain leaves it, while following too.
#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_is_replaced_while_following_is_undone() {
    let mut host = Host::start().await;
    for _ in 0..64 {
        host.mine_after(12).await;
    }
    let begin = host.chain.head_header().await.unwrap();
    let snapshot: String = host.control.rpc().request("evm_snapshot", ()).await.unwrap();
    let bench = Bench::new();
    let sources = Sources::load(Some(&bench.sources()), &Environment::default()).unwrap();
    let config = on_node(&host.anvil.endpoint);
    let pool = config.markets[0].pool.address;
    let (clock, interrupt) = (Clock::manual(begin.timestamp), Interrupt::default());
    let patience = Patience { give_up_after: Duration::from_millis(200), interrupt: interrupt.clone() };
    let wanted = wanted(Kind::Dex, begin.timestamp);
    let plan = Plan::new(&sources, Some(&config), &wanted, &clock, patience.clone()).unwrap();
    let keeper = Keeper::open(bench.place(), patience).await.unwrap();
    let context = Context { keeper: &keeper, clock: &clock, interrupt: &interrupt, watch: &|_| {} };
    let chain = host.chain.clone();
    let followed = follow(&plan, &context, async || {
        for branch in 0..2 {
            for round in 0..5 {
                host.swaps(&markets(), 10 * branch + round).await;
            }
            for _ in 0..64 {
                host.mine_after(12).await;
            }
            let last = BlockNumber(chain.head().await.unwrap().0 - 64);
            let truth = chain.logs(&[pool], begin.number, last).await.unwrap();
            assert_eq!(truth.len(), 5);
            until(&keeper, async |keeper| (stored(keeper, pool).await == truth).then_some(())).await;
            if branch == 0 {
                let left: bool = host.control.rpc().request("evm_revert", (&snapshot,)).await.unwrap();
                assert!(left);
                // Until the other branch is as long, the node has not what is known: monitoring sees it.
                until(&keeper, async |keeper| health(keeper, JOB).await?.failure).await;
            }
        }
        until(&keeper, async |keeper| health(keeper, JOB).await?.failure.is_none().then_some(())).await;
    })
    .await;
    let report = followed.iter().find(|report| report.job == JOB).unwrap();
    assert_eq!((report.new, report.same, report.revised), (10, 0, 0), "{followed:?}");
    // Said still, though later looks found nothing amiss.
    assert!(report.undone.len() == 1 && report.undone[0].contains(" are taken back: "), "{followed:?}");
    keeper.close().await.unwrap();
    host.anvil.stop().await;
}

/// Where no log is new, bars are looked at again all the same: venues' candles that came meanwhile
/// are set beside them. And a node that stalls meanwhile is seen, until it has caught up.
#[tokio::test(flavor = "multi_thread")]
async fn bars_are_refreshed_where_no_log_is_new_and_a_stall_is_seen() {
    const BARS: &str = "bars 1/usdc-weth-005 1m";
    const SPREAD: &str = "pool:usdc-weth-005:spread:ETHUSD:1m";
    let mut host = Host::start().await;
    let begin = host.chain.head_header().await.unwrap();
    for swap in 0..4 {
        host.swaps(&markets(), swap).await;
        host.mine_after(48).await;
    }
    for _ in 0..64 {
        host.mine_after(12).await;
    }
    let head = host.chain.head_header().await.unwrap();
    let bench = Bench::new();
    let sources = Sources::load(Some(&bench.sources()), &Environment::default()).unwrap();
    let mut config = on_node(&host.anvil.endpoint);
    config.mode = Mode::Mainnet;
    let (clock, interrupt) = (Clock::manual(head.timestamp), Interrupt::default());
    let patience = Patience { give_up_after: Duration::from_secs(10), interrupt: interrupt.clone() };
    let wanted = wanted(Kind::Dex, begin.timestamp);
    let plan = Plan::new(&sources, Some(&config), &wanted, &clock, patience.clone()).unwrap();
    let keeper = Keeper::open(bench.place(), patience).await.unwrap();
    let context = Context { keeper: &keeper, clock: &clock, interrupt: &interrupt, watch: &|_| {} };
    let spread =
        async |keeper: &Keeper| keeper.ask(async |store| store.observations(SPREAD, all(), None).await).await.unwrap();
    let followed = follow(&plan, &context, async || {
        let bars = series("usdc-weth-005", "ETHUSDC", Timeframe::M1);
        let bars = keeper.ask(async |store| store.candles(&bars, all(), None).await).await.unwrap();
        assert!(bars.len() >= 2, "{bars:?}");
        // As old as a head may be.
        clock.set(head.timestamp.plus(600));
        let looked = async |keeper: &Keeper, job: &str, since: Timestamp| {
            let health = health(keeper, job).await?;
            (health.last_try >= since).then_some(health)
        };
        let bars_were_made = until(&keeper, async |keeper| looked(keeper, BARS, clock.now()).await).await;
        assert_eq!(bars_were_made.failure, None);
        let fresh = until(&keeper, async |keeper| looked(keeper, JOB, clock.now()).await).await;
        assert_eq!(fresh.failure, None);
        assert_eq!(spread(&keeper).await, []);
        for venue in ["coinbase_spot", "kraken_spot"] {
            let series = series(venue, "ETHUSD", Timeframe::M1);
            let put = async |store: &mut DataStore| store.put_candles(&series, &bars, None).await;
            keeper.ask(put).await.unwrap();
        }
        // A second more, and a minute since the bars were last looked at.
        clock.set(head.timestamp.plus(660));
        until(&keeper, async |keeper| (spread(keeper).await.len() == bars.len()).then_some(())).await;
        for job in [JOB, "pools of chain 1"] {
            let why = until(&keeper, async |keeper| health(keeper, job).await?.failure).await;
            let begin = format!("the node at {} does not keep up with the chain: ", host.anvil.endpoint);
            assert!(why.starts_with(&begin) && why.contains(" is 660 s old, "), "{why}");
        }
        host.mine_after(60).await;
        for job in [JOB, "pools of chain 1"] {
            until(&keeper, async |keeper| health(keeper, job).await?.failure.is_none().then_some(())).await;
        }
    })
    .await;
    let report = followed.iter().find(|report| report.job == JOB).unwrap();
    assert_eq!(report.new, 0, "{followed:?}");
    keeper.close().await.unwrap();
    host.anvil.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_is_lost_while_the_connection_breaks() {
    let mut host = Host::start().await;
    // A replica that was built just now still holds the blocks that made it, and the first look, whose
    // newest block lies 64 below the head, begins at that block.
    for _ in 0..64 {
        host.mine_after(12).await;
    }
    let begin = host.chain.head_header().await.unwrap();
    let proxy = Proxy::start(&host.anvil.endpoint).await;
    let bench = Bench::new();
    let sources = Sources::load(Some(&bench.sources()), &Environment::default()).unwrap();
    let mut config = on_node(&proxy.url("http"));
    config.chain.request_timeout = Duration::from_millis(500);
    let pool = config.markets[0].pool.address;
    let market = markets().into_iter().find(|market| market.pool.address == pool).unwrap();
    let market = std::slice::from_ref(&market);

    let (clock, interrupt) = (Clock::manual(begin.timestamp), Interrupt::default());
    // So little that a break ends a look, and the next one goes on.
    let patience = Patience { give_up_after: Duration::from_millis(200), interrupt: interrupt.clone() };
    let wanted = wanted(Kind::Dex, begin.timestamp);
    let plan = Plan::new(&sources, Some(&config), &wanted, &clock, patience.clone()).unwrap();
    let keeper = Keeper::open(bench.place(), patience).await.unwrap();
    let context = Context { keeper: &keeper, clock: &clock, interrupt: &interrupt, watch: &|_| {} };
    let chain = host.chain.clone();
    let stored = async |keeper: &Keeper| stored(keeper, pool).await;
    let mut truth = Vec::new();
    let followed = follow(&plan, &context, async || {
        for round in 0..6 {
            match round % 3 {
                0 => proxy.cut(),
                1 => proxy.set(Traffic::Swallow),
                _ => proxy.set(Traffic::Freeze),
            }
            // Swaps in the trouble, a minute apart, and what makes them final.
            for swap in 0..4 {
                host.swaps(market, 4 * round + swap).await;
                host.mine_after(48).await;
            }
            for _ in 0..64 {
                host.mine_after(12).await;
            }
            if round % 3 != 0 {
                // Monitoring sees it.
                until(&keeper, async |keeper| health(keeper, JOB).await?.failure).await;
                proxy.set(Traffic::Pass);
            }
            // Time for bars to be derived anew.
            clock.set(clock.now().plus(3_600));
            if round % 2 == 1 {
                let last = BlockNumber(chain.head().await.unwrap().0 - 64);
                truth = chain.logs(&[pool], begin.number, last).await.unwrap();
                until(&keeper, async |keeper| (stored(keeper).await.len() >= truth.len()).then_some(())).await;
                assert_eq!(stored(&keeper).await, truth, "every log, once, in order");
            }
        }
        until(&keeper, async |keeper| health(keeper, JOB).await?.failure.is_none().then_some(())).await;
        clock.set(clock.now().plus(3_600));
        let bars = series("usdc-weth-005", "ETHUSDC", Timeframe::M1);
        until(&keeper, async |keeper| {
            let bars = keeper.ask(async |store| store.candles(&bars, all(), None).await).await.unwrap();
            (bars.len() > 10).then_some(())
        })
        .await;
        // The pools' state came along.
        until(&keeper, async |keeper| {
            let prices = keeper.ask(async |store| store.observations("pool:usdc-weth-v2:price", all(), None).await);
            (prices.await.unwrap().len() > 2).then_some(())
        })
        .await;
    })
    .await;
    assert!(truth.len() >= 24, "{}", truth.len());
    let report = followed.iter().find(|report| report.job == JOB).unwrap();
    assert_eq!((report.new, report.same, report.revised), (truth.len() as u64, 0, 0), "{followed:?}");
    // What follows from them was derived meanwhile, and is the same as derived at the end.
    let derived = async || bench.candles("usdc-weth-005", "ETHUSDC", Timeframe::M1).await;
    let interrupt = Interrupt::default();
    let context = Context { interrupt: &interrupt, ..context };
    let early = derived().await;
    assert!(early.len() > 10, "{}", early.len());
    plan.run(&context).await.unwrap();
    assert_eq!(derived().await[..early.len()], early);
    keeper.close().await.unwrap();
    host.anvil.stop().await;
}

/// What Fear & Greed is said to be, day by day, and whether the host is away.
#[derive(Debug)]
struct Said {
    values: Vec<(u64, u64)>,
    away: bool,
}

const DAY: u64 = 86_400;
const HOUR: u64 = 3_600;
/// 2024-01-05 00:00.
const T0: u64 = 1_704_412_800;

#[tokio::test(flavor = "multi_thread")]
async fn macro_values_are_stored_as_they_fall_due() {
    const SERIES: &str = "alternative_me:fear_greed";
    let job = format!("series {SERIES}");
    let state = Arc::new(Mutex::new(Said { values: vec![(T0 - 2 * DAY, 70), (T0 - DAY, 71), (T0, 72)], away: false }));
    let says = state.clone();
    let server = Server::start(move |_, _| {
        let state = says.lock().unwrap();
        if state.away {
            return Reply::Status(404, Vec::new(), "away".to_owned());
        }
        let row = |(at, value): &(u64, u64)| json!({"value": value.to_string(), "timestamp": at.to_string()});
        let rows: Vec<_> = state.values.iter().rev().map(row).collect();
        Reply::Json(json!({"data": rows, "metadata": {"error": null}}).to_string())
    })
    .await;
    let mut bench = Bench::new();
    bench.series(&[SERIES]);
    bench.set(&["macro", "alternative_me_url"], server.url.as_str());
    bench.set(&["macro", "requests"], 1_000_000);
    let sources = Sources::load(Some(&bench.sources()), &Environment::default()).unwrap();
    let clock = Clock::manual(Timestamp(T0 + 7 * HOUR));
    let interrupt = Interrupt::default();
    let patience = Patience { give_up_after: Duration::ZERO, interrupt: interrupt.clone() };
    let wanted = wanted(Kind::Macro, Timestamp(T0));
    let plan = Plan::new(&sources, None, &wanted, &clock, patience.clone()).unwrap();
    let keeper = Keeper::open(bench.place(), patience).await.unwrap();
    let context = Context { keeper: &keeper, clock: &clock, interrupt: &interrupt, watch: &|_| {} };
    let stored = async |keeper: &Keeper| -> Vec<Observation> {
        keeper.ask(async |store| store.observation_revisions(SERIES, all()).await).await.unwrap()
    };
    let set = |at: u64| clock.set(Timestamp(at));
    let looked_since = async |keeper: &Keeper, at: u64| {
        let health = health(keeper, &job).await?;
        (health.failure.is_none() && health.last_try.0 >= at).then_some(())
    };
    let followed = follow(&plan, &context, async || {
        // The next day's value is there before it is due: nothing of it is stored.
        state.lock().unwrap().values.push((T0 + DAY, 73));
        set(T0 + DAY + 5 * HOUR);
        until(&keeper, async |keeper| looked_since(keeper, T0 + DAY + 5 * HOUR).await).await;
        assert_eq!(stored(&keeper).await.len(), 3);
        // The host is away when it falls due, which monitoring sees.
        state.lock().unwrap().away = true;
        until(&keeper, async |keeper| health(keeper, &job).await?.failure).await;
        set(T0 + DAY + 8 * HOUR);
        // It was had when it could be had.
        set(T0 + DAY + 10 * HOUR);
        state.lock().unwrap().away = false;
        until(&keeper, async |keeper| (stored(keeper).await.len() == 4).then_some(())).await;
        until(&keeper, async |keeper| health(keeper, &job).await?.failure.is_none().then_some(())).await;
        // And one that was changed.
        set(T0 + DAY + 11 * HOUR);
        state.lock().unwrap().values[1].1 = 50;
        until(&keeper, async |keeper| (stored(keeper).await.len() == 5).then_some(())).await;
    })
    .await;
    let said: Vec<(u64, f64, u64)> =
        stored(&keeper).await.iter().map(|seen| (seen.ts.0, seen.value, seen.known_at.0)).collect();
    let rule = 6 * HOUR;
    let expected = [
        (T0 - 2 * DAY, 70.0, T0 - 2 * DAY + rule),
        (T0 - DAY, 71.0, T0 - DAY + rule),
        (T0 - DAY, 50.0, T0 + DAY + 11 * HOUR),
        (T0, 72.0, T0 + rule),
        (T0 + DAY, 73.0, T0 + DAY + 10 * HOUR),
    ];
    assert_eq!(said, expected);
    let report = followed.iter().find(|report| report.job == job).unwrap();
    assert_eq!((report.new, report.revised), (1, 1), "{report:?}");
    assert!(report.dropped.iter().any(|(why, count)| why == "not public yet" && *count > 0), "{report:?}");
    keeper.close().await.unwrap();
}

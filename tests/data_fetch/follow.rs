//! Following: bars as they become final, through a connection that breaks, until Ctrl-C.

use std::{
    io::{BufRead, BufReader},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use shoal::{
    config::{Environment, sources::Sources},
    domain::{Candle, KnownCandle, Timeframe},
    io::{clock::Clock, exchange},
    service::{
        data::fetch::{
            Context, HEALTH, Health, Keeper, Report,
            follow::Pace,
            plan::{Kind, Plan, Wanted},
        },
        interrupt::Interrupt,
        retry::Patience,
    },
    units::Timestamp,
};

use crate::{
    bench::{Bench, all, series},
    support::{
        http::{Reply, Server as Rest},
        ws::{Connection, Server as Socket},
    },
    venue::{Binance, T0, bar, truth},
};

const JOB: &str = "candles binance_spot/ETHUSDT_1m";

/// A venue whose clock is ours; without it no connection comes about.
async fn rest(clock: &Clock, down: Arc<AtomicBool>) -> Rest {
    let clock = clock.clone();
    Rest::start(move |_, seen| {
        if down.load(Ordering::SeqCst) {
            return Reply::Status(404, Vec::new(), "down".to_owned());
        }
        if seen.path() == "/api/v3/time" {
            return Reply::Json(json!({"serverTime": clock.now().0 * 1_000}).to_string());
        }
        let time = |name: &str| seen.query(name).unwrap().parse::<u64>().unwrap();
        let to = (time("endTime") / 1_000 + 1).min(clock.now().0);
        let rows = truth(time("startTime").div_ceil(1_000), to, 60);
        Reply::Json(serde_json::Value::from_iter(rows.iter().map(row)).to_string())
    })
    .await
}

fn row(c: &Candle) -> serde_json::Value {
    let [o, h, l, close, v] = [c.open, c.high, c.low, c.close, c.volume].map(|number| number.to_string());
    json!([c.ts.0 * 1_000, o, h, l, close, v, 0, "0", 0, "0", "0", "0"])
}

/// A bar as the WebSocket tells it.
fn kline(c: &Candle, sent_at: u64, is_final: bool) -> String {
    let [o, h, l, close, v] = [c.open, c.high, c.low, c.close, c.volume].map(|number| number.to_string());
    let start = c.ts.0 * 1_000;
    json!({"stream": "ethusdt@kline_1m", "data": {"e": "kline", "E": sent_at * 1_000, "s": "ETHUSDT", "k": {
        "t": start, "T": start + 59_999, "s": "ETHUSDT", "i": "1m", "f": 1, "L": 2, "o": o, "c": close, "h": h,
        "l": l, "v": v, "n": 2, "x": is_final, "q": "0", "V": "0", "Q": "0", "B": "0"}}})
    .to_string()
}

struct Stage {
    bench: Bench,
    clock: Clock,
    rest: Rest,
    socket: Socket,
    down: Arc<AtomicBool>,
    interrupt: Interrupt,
    sources: Sources,
}

impl Stage {
    async fn new(now: u64) -> Self {
        let clock = Clock::manual(Timestamp(now));
        let down = Arc::new(AtomicBool::new(false));
        let (rest, socket) = (rest(&clock, down.clone()).await, Socket::start().await);
        let mut bench = Bench::new();
        bench.set(&["exchanges", "binance_spot", "rest"], rest.url.as_str());
        bench.set(&["exchanges", "binance_spot", "websocket"], socket.url.as_str());
        let sources = Sources::load(Some(&bench.sources()), &Environment::default()).unwrap();
        Self { bench, clock, rest, socket, down, interrupt: Interrupt::default(), sources }
    }

    /// Fetches from `T0 - 600` on and follows, while the test drives the venue; what following
    /// brought.
    async fn follow(&mut self, drive: impl AsyncFnOnce(&mut Socket, &Clock, &Keeper)) -> Vec<Report> {
        self.interrupt = Interrupt::default();
        let patience = Patience { give_up_after: Duration::ZERO, interrupt: self.interrupt.clone() };
        let wanted = Wanted {
            kinds: vec![Kind::Candles],
            venues: vec!["binance_spot".to_owned()],
            assets: vec!["ETH".to_owned()],
            timeframes: vec![Timeframe::M1],
            from: Timestamp(T0 - 600),
            to: self.clock.now(),
        };
        let plan = Plan::new(&self.sources, None, &wanted, &self.clock, patience.clone()).unwrap();
        let keeper = Keeper::open(self.bench.place(), patience).await.unwrap();
        let context = Context { keeper: &keeper, clock: &self.clock, interrupt: &self.interrupt, watch: &|_| {} };
        plan.run(&context).await.unwrap();
        let short = Duration::from_millis(5);
        let feeds = exchange::Patience { tick: short, first_wait: short, longest_wait: 8 * short };
        let pace = Pace { series: short, posts: short, blocks: short, pools: short, feeds };
        let driven = async {
            drive(&mut self.socket, &self.clock, &keeper).await;
            self.interrupt.request();
        };
        let (followed, ()) = tokio::join!(plan.follow(&context, &pace), driven);
        keeper.close().await.unwrap();
        followed.unwrap()
    }

    async fn stored(&self) -> Vec<KnownCandle> {
        self.bench.candles("binance_spot", "ETHUSDT", Timeframe::M1).await
    }
}

/// Asks until `done` is satisfied with what is stored: bars, and the source's health.
async fn until(keeper: &Keeper, done: impl Fn(&[KnownCandle], &Health) -> bool) {
    let series = series("binance_spot", "ETHUSDT", Timeframe::M1);
    let look = async {
        loop {
            let bars = keeper.ask(async |store| store.candles(&series, all(), None).await).await.unwrap();
            let health = keeper.ask(async |store| store.cursor(&format!("{HEALTH}{JOB}")).await).await.unwrap();
            if done(&bars, &serde_json::from_str(&health.unwrap()).unwrap()) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), look).await.expect("it never came");
}

fn newest(bars: &[KnownCandle]) -> u64 {
    bars.last().map_or(0, |known| known.candle.ts.0)
}

async fn tell(connection: &mut Connection, ts: u64, sent_at: u64) {
    connection.send(kline(&bar(ts).unwrap(), sent_at, true)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bars_are_whole_through_a_loss_and_a_restart() {
    let mut stage = Stage::new(T0 + 10).await;
    let down = stage.down.clone();
    let followed = stage
        .follow(async |socket, clock, keeper| {
            let mut one = socket.accept().await;
            until(keeper, |bars, health| newest(bars) == T0 - 60 && health.failure.is_none()).await;
            // A forming bar is none.
            one.send(kline(&bar(T0).unwrap(), T0 + 11, false)).await;
            clock.set(Timestamp(T0 + 61));
            tell(&mut one, T0, T0 + 60).await;
            until(keeper, |bars, _| newest(bars) == T0).await;
            // Broken; monitoring sees it, while REST goes on with what was missed.
            clock.set(Timestamp(T0 + 100));
            down.store(true, Ordering::SeqCst);
            drop(one);
            until(keeper, |_, health| health.failure.as_ref().is_some_and(|why| why.contains("the live feed is lost")))
                .await;
            clock.set(Timestamp(T0 + 190));
            down.store(false, Ordering::SeqCst);
            let mut two = socket.accept().await;
            until(keeper, |bars, health| newest(bars) == T0 + 120 && health.failure.is_none()).await;
            clock.set(Timestamp(T0 + 241));
            tell(&mut two, T0 + 180, T0 + 240).await;
            until(keeper, |bars, _| newest(bars) == T0 + 180).await;
            // The venue changes its mind of the last bar.
            let changed = Candle { volume: 1.25, ..bar(T0 + 180).unwrap() };
            clock.set(Timestamp(T0 + 245));
            two.send(kline(&changed, T0 + 244, true)).await;
            until(keeper, |bars, _| bars.last().unwrap().candle.volume == 1.25).await;
        })
        .await;
    assert!(followed[0].job == JOB && followed[0].new == 4 && followed[0].revised == 1, "{followed:?}");
    let stored = stage.stored().await;
    // Bars of the past are known since their close, those that were followed since they came.
    let known: Vec<u64> = stored.iter().map(|known| known.known_at.since(known.candle.ts)).collect();
    assert_eq!(known[..10], [60; 10]);
    assert!(known[10..].iter().all(|age| *age > 60), "{known:?}");
    assert_eq!(stored.len(), 15);

    // Half an hour later: what was missed meanwhile is the past, and is asked for alone.
    let asked = stage.rest.seen().len();
    stage.clock.set(Timestamp(T0 + 1_805));
    stage
        .follow(async |socket, clock, keeper| {
            let mut one = socket.accept().await;
            until(keeper, |bars, _| newest(bars) == T0 + 1_740).await;
            clock.set(Timestamp(T0 + 1_861));
            tell(&mut one, T0 + 1_800, T0 + 1_860).await;
            until(keeper, |bars, _| newest(bars) == T0 + 1_800).await;
        })
        .await;
    let seen = stage.rest.seen();
    let starts = seen[asked..].iter().filter_map(|seen| seen.query("startTime"));
    assert!(starts.map(|start| start.parse::<u64>().unwrap()).all(|start| start >= (T0 + 240) * 1_000));
    let mut stored = stage.stored().await;
    let first = stored.iter().position(|known| known.candle.volume == 1.25).unwrap();
    stored.remove(first);
    assert_eq!(stored.iter().map(|known| known.candle).collect::<Vec<_>>(), truth(T0 - 600, T0 + 1_860, 60));
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_the_following() {
    let venue = Binance::start(usize::MAX).await;
    let mut socket = Socket::start().await;
    let mut bench = Bench::new();
    venue.serve(&mut bench, "binance_spot");
    bench.set(&["exchanges", "binance_spot", "websocket"], socket.url.as_str());
    let begin = crate::bench::now().minus(7_200).0.to_string();
    let args = [
        "fetch",
        "candles",
        "--venue",
        "binance_spot",
        "--asset",
        "ETH",
        "--timeframe",
        "1m",
        "--from",
        &begin,
        "--follow",
    ];
    let mut child = bench.command(&args).spawn().unwrap();
    let one = socket.accept().await;
    let process = child.id();
    drop(one);
    // Again, after the loss.
    let _two = socket.accept().await;
    assert!(Command::new("kill").args(["-INT", &process.to_string()]).status().unwrap().success());
    let stdout = child.stdout.take().unwrap();
    let lines: Vec<String> =
        tokio::task::spawn_blocking(|| BufReader::new(stdout).lines().map(Result::unwrap).collect()).await.unwrap();
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(output.status.code(), Some(130), "{lines:#?}");
    assert!(lines.iter().any(|line| line == "following until Ctrl-C"), "{lines:#?}");
    assert!(lines.iter().any(|line| line == "stopped; the same command goes on from here"), "{lines:#?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("the live feed is lost"), "{stderr}");
    let stored = bench.candles("binance_spot", "ETHUSDT", Timeframe::M1).await;
    let opens: Vec<u64> = stored.iter().map(|known| known.candle.ts.0).collect();
    assert!(opens.len() >= 118 && opens.windows(2).all(|pair| pair[1] - pair[0] == 60), "{opens:?}");
}

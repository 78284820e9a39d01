//! Candles: each once, whatever breaks off the fetch.

use std::{process::Command, sync::atomic::Ordering};

use shoal::{domain::Timeframe, units::Timestamp};

use crate::{
    bench::{Bench, Done, all, now, series},
    venue::{Binance, HOUR, T0, bar, truth},
};

const JOB: &str = "candles binance_spot/ETHUSDT_1h";
/// 3 pages and a half.
const END: u64 = T0 + 3_500 * HOUR;

fn args<'a>(from: &'a str, to: &'a str) -> Vec<&'a str> {
    vec!["fetch", "candles", "--venue", "binance_spot", "--asset", "ETH", "--from", from, "--to", to, "--json"]
}

async fn whole(bench: &Bench, from: u64, to: u64) {
    let stored = bench.candles("binance_spot", "ETHUSDT", Timeframe::H1).await;
    assert!(stored.iter().all(|known| known.known_at == known.candle.ts.plus(HOUR)));
    assert_eq!(stored.iter().map(|known| known.candle).collect::<Vec<_>>(), truth(from, to, HOUR));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_missing_is_asked_for() {
    let venue = Binance::start(usize::MAX).await;
    let mut bench = Bench::new();
    venue.serve(&mut bench, "binance_spot");
    let (from, to) = (T0.to_string(), END.to_string());
    let first = bench.run(&args(&from, &to)).await.ended(0);
    assert_eq!(first.counts(JOB), [3_497, 0, 0]);
    whole(&bench, T0, END).await;
    let asked = venue.server.seen().len();
    assert_eq!(asked, 5, "the clock and four pages");
    let again = bench.run(&args(&from, &to)).await.ended(0);
    assert_eq!((again.counts(JOB), venue.server.seen().len()), ([0, 0, 0], asked));

    let earlier = (T0 - 100 * HOUR).to_string();
    assert_eq!(bench.run(&args(&earlier, &to)).await.ended(0).counts(JOB), [100, 0, 0]);
    assert_eq!(venue.pages()[4..], [(T0 - 100 * HOUR, T0 - 1)]);
    whole(&bench, T0 - 100 * HOUR, END).await;
}

/// Nothing is stored early (the pager's tests), and the user is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_an_hour_off_is_told() {
    let venue = Binance::start(usize::MAX).await;
    let mut bench = Bench::new();
    venue.serve(&mut bench, "binance_spot");
    let ends = [T0, T0 + 1_500 * HOUR, END].map(|end| end.to_string());
    let notes = async |from: &str, to: &str| {
        let job = bench.run(&args(from, to)).await.ended(0).job(JOB);
        job["notes"].as_array().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(notes(&ends[0], &ends[1]).await, [""; 0]);
    venue.ahead.store(HOUR, Ordering::SeqCst);
    // Two stretches are missing, and each asks for the time.
    let told = notes(&(T0 - 100 * HOUR).to_string(), &ends[2]).await;
    assert!(
        told.len() == 1 && told[0].contains("the venue's clock (") && told[0].contains("ahead of ours"),
        "{told:?}"
    );
    whole(&bench, T0 - 100 * HOUR, END).await;
}

fn signal(name: &str, process: u32) {
    assert!(Command::new("kill").args([name, &process.to_string()]).status().unwrap().success());
}

/// A fetch that was sent `with` while it waited for the third page.
async fn broken_off(with: &str, args: &[&str]) -> (Binance, Bench, Done) {
    let mut venue = Binance::start(2).await;
    let mut bench = Bench::new();
    venue.serve(&mut bench, "binance_spot");
    venue.gate.set(true);
    let child = bench.command(args).spawn().unwrap();
    venue.until_page(3).await;
    signal(with, child.id());
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
    venue.gate.set(false);
    (venue, bench, Done(output))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_fetch_goes_on_without_a_hole_or_a_double() {
    let (from, to) = (T0.to_string(), END.to_string());
    let (venue, bench, done) = broken_off("-KILL", &args(&from, &to)).await;
    assert_eq!(done.0.status.code(), None);
    // Two pages of a thousand bars, the first with a hole of three.
    let next = T0 + 2_003 * HOUR;
    whole(&bench, T0, next).await;
    let again = bench.run(&args(&from, &to)).await.ended(0);
    assert_eq!(again.counts(JOB), [1_497, 0, 0]);
    assert_eq!(venue.pages()[3].0, next);
    whole(&bench, T0, END).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_says_how_to_go_on_and_does() {
    let (from, to) = (T0.to_string(), END.to_string());
    let mut args = args(&from, &to);
    args.pop();
    let (_venue, bench, done) = broken_off("-INT", &args).await;
    let stdout = done.ended(130).stdout();
    assert!(stdout.contains("stopped; the same command goes on from here"), "{stdout}");
    assert!(stdout.lines().any(|line| line.trim_start().starts_with(JOB) && line.ends_with("stopped")), "{stdout}");
    args.push("--json");
    assert_eq!(bench.run(&args).await.ended(0).counts(JOB), [1_497, 0, 0]);
    whole(&bench, T0, END).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candle_that_differs_from_the_stored_one_is_a_revision_known_from_the_fetch_on() {
    let venue = Binance::start(usize::MAX).await;
    let mut bench = Bench::new();
    venue.serve(&mut bench, "binance_spot");
    // The folder says otherwise of the sixth hour.
    let folder = bench.dir.path().join("data/candles/binance_spot");
    std::fs::create_dir_all(&folder).unwrap();
    let changed = T0 + 5 * HOUR;
    let rows = truth(T0, T0 + 10 * HOUR, HOUR).into_iter().map(|c| {
        let volume = if c.ts.0 == changed { 1.5 } else { c.volume };
        format!("{},{},{},{},{},{volume}\n", c.ts.0, c.open, c.high, c.low, c.close)
    });
    let text = "ts,open,high,low,close,volume\n".to_owned() + &rows.collect::<String>();
    std::fs::write(folder.join("ETHUSDT_1h.csv"), text).unwrap();
    bench.run(&["import", "--data", "data"]).await.ended(0);

    let (from, to) = (T0.to_string(), (T0 + 20 * HOUR).to_string());
    let before = now();
    let done = bench.run(&args(&from, &to)).await.ended(0);
    assert_eq!(done.counts(JOB), [10, 9, 1]);
    let mut store = bench.open().await;
    let series = series("binance_spot", "ETHUSDT", Timeframe::H1);
    let mut volume = async |as_of: Option<Timestamp>| {
        let candles = store.candles(&series, Timestamp(changed)..Timestamp(changed + 1), as_of).await.unwrap();
        (candles[0].candle.volume, candles[0].known_at)
    };
    assert_eq!(volume(Some(before.minus(1))).await, (1.5, Timestamp(changed + HOUR)));
    let (newest, known_at) = volume(None).await;
    assert_eq!(newest, bar(changed).unwrap().volume);
    assert!((before..=now()).contains(&known_at));
    // A second fetch of the same stretch finds nothing new.
    assert_eq!(bench.run(&args(&from, &to)).await.ended(0).counts(JOB), [0, 0, 0]);
    assert_eq!(bench.open().await.candle_revisions(&series, all()).await.unwrap().len(), 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_is_asked_for_again_and_what_changed_is_a_revision_each_time() {
    let venue = Binance::start(usize::MAX).await;
    let mut bench = Bench::new();
    venue.serve(&mut bench, "binance_spot");
    let (from, to) = (T0.to_string(), (T0 + 10 * HOUR).to_string());
    assert_eq!(bench.run(&args(&from, &to)).await.ended(0).counts(JOB), [10, 0, 0]);
    // Only a part is asked for again; the venue has another volume, and then the first one.
    let part = (T0 + 4 * HOUR).to_string();
    let mut again = args(&from, &part);
    again.push("--again");
    let mut fetched = Vec::new();
    for (more, told) in [(0, [0, 4, 0]), (5, [0, 0, 4]), (0, [0, 0, 4]), (0, [0, 4, 0])] {
        venue.more.store(more, Ordering::SeqCst);
        let before = now();
        assert_eq!(bench.run(&again).await.ended(0).counts(JOB), told);
        fetched.push((before, more));
    }
    assert_eq!(venue.pages().last(), Some(&(T0, T0 + 4 * HOUR - 1)));
    let truth = bar(T0).unwrap().volume;
    let mut rows = bench.candles("binance_spot", "ETHUSDT", Timeframe::H1).await;
    rows.retain(|row| row.candle.ts.0 == T0);
    assert_eq!(rows.iter().map(|row| row.candle.volume).collect::<Vec<_>>(), [truth, truth + 5.0, truth]);
    assert!(rows[1].known_at >= fetched[1].0 && rows[2].known_at > rows[1].known_at, "{rows:?}");
    let series = series("binance_spot", "ETHUSDT", Timeframe::H1);
    let mut store = bench.open().await;
    for (as_of, volume) in [
        (rows[1].known_at.minus(1), truth),
        (rows[1].known_at, truth + 5.0),
        (rows[2].known_at.minus(1), truth + 5.0),
        (rows[2].known_at, truth),
    ] {
        let stood = store.candles(&series, Timestamp(T0)..Timestamp(T0 + 1), Some(as_of)).await.unwrap();
        assert_eq!(stood[0].candle.volume, volume, "as of {as_of}");
    }
    // The rest counts as fetched still.
    assert_eq!(bench.run(&args(&from, &to)).await.ended(0).counts(JOB), [0, 0, 0]);
    let said = bench.run(&["fetch", "--again", "--follow"]).await.ended(2).stderr();
    assert!(said.contains("--again") && said.contains("--follow"), "{said}");
    let help = bench.run(&["fetch", "--help"]).await.ended(0).stdout();
    assert!(help.contains("--to 2024-01-06 --again"), "{help}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_cannot_be_asked_for() {
    let bench = Bench::new();
    let said = async |args: &[&str], code| bench.run(args).await.ended(code).stderr();
    let unknown = said(&["fetch", "candles", "--venue", "mtgox"], 2).await;
    assert!(unknown.contains("no venue `mtgox`") && unknown.contains("kraken_spot"), "{unknown}");
    let unknown = said(&["fetch", "candles", "--asset", "DOGE"], 2).await;
    assert!(unknown.contains("no instrument or market of `DOGE`") && unknown.contains("ADA, BTC"), "{unknown}");
    let unknown = said(&["fetch", "tweets"], 2).await;
    assert!(unknown.contains("candles, macro, news, dex"), "{unknown}");
    let turned = said(&["fetch", "--from", "2024-01-02", "--to", "2024-01-01"], 2).await;
    assert!(turned.contains("is not before --to"), "{turned}");
    assert!(said(&["fetch", "dex"], 2).await.contains("name a configuration"));
    assert!(said(&["fetch", "--follow", "--to", "2024-01-01"], 2).await.contains("--follow"));
    assert!(!bench.dir.path().join("store.sqlite").exists(), "nothing was begun");
}

//! Sources that fail, beside one that works.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde_json::json;

use crate::{
    bench::{Bench, now},
    support::http::{Reply, Server},
    venue::{Binance, HOUR, T0, truth},
};

/// The sources that the check of the store finds failing.
async fn failing(bench: &Bench, code: i32) -> Vec<String> {
    let json = bench.run(&["check", "--json"]).await.ended(code).json();
    let unreadable = json["unreadable"].as_array().unwrap();
    unreadable
        .iter()
        .map(|one| format!("{}: {}", one["series"].as_str().unwrap(), one["why"].as_str().unwrap()))
        .collect()
}

/// A Coinbase that answers 500 until it is mended.
async fn coinbase(mended: Arc<AtomicBool>) -> Server {
    Server::start(move |_, seen| {
        if !mended.load(Ordering::SeqCst) {
            return Reply::Status(500, Vec::new(), "internal error".to_owned());
        }
        if seen.path() == "/time" {
            return Reply::Json(json!({"iso": "", "epoch": now().0 as f64}).to_string());
        }
        let rows = truth(T0, T0 + 20 * HOUR, HOUR).into_iter().rev();
        let rows = rows.map(|c| json!([c.ts.0, c.low, c.high, c.open, c.close, c.volume]));
        Reply::Json(serde_json::Value::from_iter(rows).to_string())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_fails_is_told_and_leaves_the_others_alone() {
    let mended = Arc::new(AtomicBool::new(false));
    let (good, gone) = (Binance::start(usize::MAX).await, Binance::start(usize::MAX).await);
    gone.delisted.store(true, Ordering::SeqCst);
    let broken = coinbase(mended.clone()).await;
    let page = "<html><body>We are down for maintenance</body></html>";
    let html = Server::start(move |_, _| Reply::Body("text/html", page.into())).await;
    let mut bench = Bench::new();
    good.serve(&mut bench, "binance_spot");
    gone.serve(&mut bench, "binance_perp");
    bench.set(&["exchanges", "coinbase_spot", "rest"], broken.url.as_str());
    bench.set(&["exchanges", "kraken_spot", "rest"], html.url.as_str());

    let (from, to) = (T0.to_string(), (T0 + 20 * HOUR).to_string());
    let mut args = vec!["fetch", "candles", "--asset", "ETH", "--from", &from, "--to", &to];
    let said = bench.run(&args).await.ended(1);
    let stdout = said.stdout();
    for (job, end, why) in [
        ("binance_spot/ETHUSDT_1h", "done", ""),
        ("binance_perp/ETHUSDT_1h", "failed", "unknown symbol `ETHUSDT`, or one that was delisted"),
        ("coinbase_spot/ETHUSD_1h", "failed", "500"),
        ("kraken_spot/ETHUSD_1h", "failed", "We are down"),
    ] {
        let mut of_job = stdout.lines().map(str::trim_start).filter(|line| line.starts_with(&format!("candles {job}")));
        assert!(of_job.next().unwrap().ends_with(end), "{job} in {stdout}");
        assert!(why.is_empty() || of_job.any(|line| line.contains(why)), "{why} of {job} in {stdout}");
    }
    assert_eq!(bench.candles("binance_spot", "ETHUSDT", shoal::domain::Timeframe::H1).await.len(), 20);
    let health = failing(&bench, 1).await;
    assert_eq!(health.len(), 3, "{health:?}");
    let named = |name: &str, part: &str| {
        assert!(health.iter().any(|text| text.starts_with(name) && text.contains(part)), "{name} in {health:?}");
    };
    named("candles binance_perp/ETHUSDT_1h: ", "delisted");
    named("candles coinbase_spot/ETHUSD_1h: ", "(last success: never)");
    named("candles kraken_spot/ETHUSD_1h: ", "maintenance");

    // Mended, but for Kraken.
    mended.store(true, Ordering::SeqCst);
    gone.delisted.store(false, Ordering::SeqCst);
    args.extend(["--json", "--venue", "binance_perp", "--venue", "coinbase_spot"]);
    let mended = bench.run(&args).await.ended(0);
    assert_eq!(mended.counts("candles coinbase_spot/ETHUSD_1h"), [20, 0, 0]);
    assert_eq!(mended.counts("candles binance_perp/ETHUSDT_1h"), [20, 0, 0]);
    let health = failing(&bench, 1).await;
    assert!(health.len() == 1 && health[0].starts_with("candles kraken_spot/"), "{health:?}");
}

/// A part of what is configured leaves the health of the rest; what is configured no more is
/// forgotten by the next fetch of its kind.
#[tokio::test(flavor = "multi_thread")]
async fn the_health_of_what_is_no_longer_configured_is_forgotten() {
    let good = Binance::start(usize::MAX).await;
    let html = Server::start(|_, _| Reply::Body("text/html", "<html>".into())).await;
    let mut bench = Bench::new();
    good.serve(&mut bench, "binance_spot");
    bench.set(&["exchanges", "kraken_spot", "rest"], html.url.as_str());
    bench.set(&["news", "feeds", "urls", "old"], format!("{}/feed", html.url));
    let (from, to) = (T0.to_string(), (T0 + 20 * HOUR).to_string());
    let candles =
        |venue: &'static str| ["fetch", "candles", "--asset", "ETH", "--venue", venue, "--from", &from, "--to", &to];
    bench.run(&candles("kraken_spot")).await.ended(1);
    bench.run(&["fetch", "news"]).await.ended(1);
    let names = async |bench: &Bench, code| {
        let mut names: Vec<String> =
            failing(bench, code).await.iter().filter_map(|text| Some(text.split_once(": ")?.0.to_owned())).collect();
        names.sort();
        names
    };
    let both = ["candles kraken_spot/ETHUSD_1h", "posts rss:old"];
    assert_eq!(names(&bench, 1).await, both);
    // Another venue, another length.
    bench.run(&candles("binance_spot")).await.ended(0);
    bench.run(&[candles("binance_spot").as_slice(), &["--timeframe", "1m"]].concat()).await.ended(0);
    assert_eq!(names(&bench, 1).await, both);

    bench.unlist("kraken_spot");
    bench.set(&["news", "feeds", "urls"], toml::Table::new());
    bench.run(&candles("binance_spot")).await.ended(0);
    assert_eq!(names(&bench, 1).await, both[1..]);
    bench.run(&["fetch", "news"]).await.ended(0);
    assert_eq!(names(&bench, 0).await, [""; 0]);
}

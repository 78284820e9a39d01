//! Macro series: each value once, a changed one as a revision.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde_json::json;
use shoal::units::Timestamp;

use crate::{
    bench::{Bench, all, now},
    support::http::{Reply, Server},
};

const DAY: u64 = 86_400;
const ARGS: [&str; 3] = ["fetch", "macro", "--json"];
const FEAR: &str = "series alternative_me:fear_greed";
const VIX: &str = "series yahoo:^VIX";
const FRED: &str = "series fred:VIXCLS";

/// Ten days of each series: two of them up to now, Yahoo's of long ago. `revised` is one value
/// of five days ago.
async fn hosts(revised: Arc<AtomicBool>) -> Server {
    let today = now().0 / DAY * DAY;
    Server::start(move |_, seen| match seen.path() {
        "/fng/" => {
            let value = |day: u64| if day == 5 && revised.load(Ordering::SeqCst) { 77 } else { 20 + day };
            let row = |day: u64| json!({"value": value(day).to_string(), "timestamp": (today - day * DAY).to_string()});
            Reply::Json(json!({"data": (1..=10).map(row).collect::<Vec<_>>(), "metadata": {"error": null}}).to_string())
        }
        "/v8/finance/chart/^VIX" | "/v8/finance/chart/%5EVIX" => {
            let begin = 1_704_067_200 + DAY + 14 * 3_600;
            let stamps: Vec<u64> = (0..3).map(|day| begin + day * DAY + 1_800).collect();
            let session = json!({"start": begin, "end": begin + 8 * 3_600});
            Reply::Json(
                json!({"chart": {"error": null, "result": [{
                    "meta": {"symbol": "^VIX", "gmtoffset": -18_000, "dataGranularity": "1d",
                        "currentTradingPeriod": {"regular": session}},
                    "timestamp": stamps, "indicators": {"quote": [{"close": [13.2, null, 13.35]}]}}]}})
                .to_string(),
            )
        }
        "/graph/fredgraph.csv" => {
            let day = |day: u64| Timestamp(today - day * DAY).to_string()[..10].to_owned();
            // Oil has been below zero, and a holiday has no value.
            let rows = [10, 9, 8].map(day);
            let text = format!("observation_date,VIXCLS\n{},-36.98\n{},\n{},16.5\n", rows[0], rows[1], rows[2]);
            Reply::Body("text/csv", text.into())
        }
        other => panic!("{other}"),
    })
    .await
}

async fn bench(revised: &Arc<AtomicBool>) -> (Server, Bench) {
    let server = hosts(revised.clone()).await;
    let mut bench = Bench::new();
    bench.series(&["alternative_me:fear_greed", "yahoo:^VIX", "fred:VIXCLS"]);
    for host in ["alternative_me_url", "yahoo_url", "fred_download_url"] {
        bench.set(&["macro", host], server.url.as_str());
    }
    (server, bench)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_value_is_stored_once_and_a_changed_one_is_a_revision() {
    let revised = Arc::new(AtomicBool::new(false));
    let (_server, bench) = bench(&revised).await;
    let first = bench.run(&ARGS).await.ended(0);
    assert_eq!([FEAR, VIX, FRED].map(|job| first.counts(job)), [[10, 0, 0], [2, 0, 0], [2, 0, 0]]);
    // The source that stopped is told of; the others are fresh.
    let notes = |job: &str| first.job(job)["notes"].clone();
    assert!(notes(VIX)[0].as_str().unwrap().starts_with("stale: its newest value speaks of 2024-01-04"));
    assert_eq!((notes(FEAR), notes(FRED)), (json!([]), json!([])));
    assert_eq!(bench.numbers("fred:VIXCLS").await[0].value, -36.98);
    for value in bench.numbers("alternative_me:fear_greed").await {
        assert_eq!(value.known_at, value.ts.plus(6 * 3_600));
    }

    let again = bench.run(&ARGS).await.ended(0);
    assert_eq!([FEAR, VIX, FRED].map(|job| again.counts(job)), [[0, 0, 0]; 3]);

    revised.store(true, Ordering::SeqCst);
    let before = now();
    let third = bench.run(&ARGS).await.ended(0);
    assert_eq!([FEAR, VIX, FRED].map(|job| third.counts(job)), [[0, 0, 1], [0, 0, 0], [0, 0, 0]]);
    let day = now().0 / DAY * DAY - 5 * DAY;
    let mut store = bench.open().await;
    let mut value = async |as_of: Option<Timestamp>| {
        let values = store.observations("alternative_me:fear_greed", all(), as_of).await.unwrap();
        values.into_iter().find(|value| value.ts.0 == day).unwrap()
    };
    assert_eq!(value(Some(before.minus(1))).await.value, 25.0);
    let newest = value(None).await;
    assert!(newest.value == 77.0 && newest.known_at >= before && newest.known_at <= now(), "{newest:?}");
}

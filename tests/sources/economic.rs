//! Macro series.

use std::time::Duration;

use shoal::{
    config::{
        Environment,
        sources::{SeriesSettings, Sources},
    },
    domain::{Observation, Secret, SeriesRule},
    io::{
        advice::Advice,
        economic::{FearGreed, Fetched, Fred, Held, Look, Source, Yahoo},
        http::{HttpError, HttpFault},
    },
};

use super::wire::{client, recorded, time};
use crate::support::http::{Reply, Server, head};

/// A series as the shipped file configures it.
fn series(name: &str) -> SeriesSettings {
    let sources = Sources::load(None, &Environment::default()).unwrap();
    sources.macros.series.into_iter().find(|series| series.rule.name == name).unwrap()
}

fn rule(name: &str) -> SeriesRule {
    series(name).rule
}

fn fear_greed(server: &Server, now: &str) -> Source {
    Source::FearGreed(FearGreed::new(client(server, now)))
}

fn yahoo(server: &Server, now: &str) -> Source {
    Source::Yahoo(Yahoo::new(client(server, now)))
}

fn fred(server: &Server, now: &str) -> Source {
    Source::Fred(Fred::without_key(client(server, now)))
}

/// The whole series of a source that has never been asked.
async fn first(source: &Source, name: &str) -> Result<Fetched, HttpError> {
    let series = series(name);
    source.fetch(&series.code, &series.rule, time("2015-01-01"), &Held::default()).await
}

fn known(fetched: &Fetched) -> Vec<(String, String, f64)> {
    let row = |one: &Observation| (one.ts.to_string(), one.known_at.to_string(), one.value);
    fetched.readings.observations.iter().map(row).collect()
}

fn row(ts: &str, known_at: &str, value: f64) -> (String, String, f64) {
    (format!("{ts}T00:00:00Z"), known_at.to_owned(), value)
}

async fn answering(reply: impl Into<String>) -> Server {
    let text = reply.into();
    Server::start(move |_, _| Reply::Json(text.clone())).await
}

/// A chart of these bars, and of the session that begins and ends so.
fn chart(symbol: &str, stamps: &str, closes: &str, session: (u64, u64)) -> String {
    let (start, end) = session;
    format!(
        r#"{{"chart":{{"result":[{{"meta":{{"symbol":"{symbol}","gmtoffset":-18000,"dataGranularity":"1d",
        "currentTradingPeriod":{{"regular":{{"start":{start},"end":{end}}}}}}},"timestamp":[{stamps}],
        "indicators":{{"quote":[{{"close":[{closes}]}}]}}}}],"error":null}}}}"#
    )
}

#[tokio::test]
async fn recorded_fear_and_greed() {
    let Some(text) = recorded("alternative_me_fng_limit30_REBUILT_from_real_values.json") else { return };
    let server = answering(text).await;
    // 03:00 on the newest value's day: by the rule it may not be out yet.
    let fetched = first(&fear_greed(&server, "2026-03-31T03:00:00Z"), "alternative_me:fear_greed").await.unwrap();
    assert_eq!((fetched.readings.observations.len(), fetched.readings.not_due), (29, 1));
    assert_eq!(known(&fetched).last(), Some(&row("2026-03-30", "2026-03-30T06:00:00Z", 8.0)));
    let seen = &server.seen()[0];
    assert_eq!((seen.path(), seen.query("limit").as_deref()), ("/fng/", Some("0")));

    let Some(text) = recorded("alternative_me_fng_documented_example.json") else { return };
    let fetched = first(&fear_greed(&answering(text).await, "2019-02-26T13:00:00Z"), "alternative_me:fear_greed").await;
    assert_eq!(fetched.unwrap().readings.observations[1].value, 40.0);
}

#[tokio::test]
async fn faulty_fear_and_greed_is_located() {
    let check = async |body: &str, expected: &str| {
        let server = answering(body).await;
        let error = first(&fear_greed(&server, "2024-01-05"), "alternative_me:fear_greed").await.unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("alternative_me:fear_greed from http://127.0.0.1:"), "{text}");
        assert!(text.ends_with(expected), "{text}");
    };
    let row = |value: &str, ts: &str| {
        format!(r#"{{"data":[{{"value":"{value}","timestamp":"{ts}"}}],"metadata":{{"error":null}}}}"#)
    };
    check(&row("101", "1551157200"), "at `data[0].value`: `101` is not within 0 and 100").await;
    check(&row("40", "yesterday"), "at `data[0].timestamp`: `yesterday` is no unix time").await;
    check(r#"{"data":[],"metadata":{"error":"maintenance"}}"#, "refused: maintenance").await;
    check(
        r#"{"data":null,"metadata":{"error":null}}"#,
        "at `data`: invalid type: null, expected a sequence at line 1 column 12",
    )
    .await;
}

#[tokio::test]
async fn recorded_yahoo_charts() {
    let Some(text) = recorded("yahoo_chart_MIT/chart-GC=F-2020-01-01-to-2020-01-03.response.json") else { return };
    let server = answering(text).await;
    let fetched = first(&yahoo(&server, "2020-01-20"), "yahoo:GC=F").await.unwrap();
    assert_eq!(known(&fetched), [row("2020-01-02", "2020-01-04T00:00:00Z", 1524.5)]);
    let seen = &server.seen()[0];
    assert_eq!((seen.path(), seen.query("interval").as_deref()), ("/v8/finance/chart/GC=F", Some("1d")));
    assert_eq!(seen.query("period2"), Some(time("2020-01-20").0.to_string()));
    // Asked on the day itself the same bar is still forming.
    let fetched = first(&yahoo(&server, "2020-01-02T20:00:00Z"), "yahoo:GC=F").await.unwrap();
    assert_eq!((fetched.readings.observations.len(), fetched.readings.not_due), (0, 1));
}

#[tokio::test]
async fn recorded_charts_that_are_no_series_are_refused() {
    for (name, expected) in [
        ("chart-QQQ-2020-01-01-to-2020-01-03", "at `meta.symbol`: it is `QQQ`, not `GC=F`"),
        ("chart-notimestamp-quotes-length.fake", "at `meta.symbol`: it is `AAPL`, not `GC=F`"),
    ] {
        let Some(text) = recorded(&format!("yahoo_chart_MIT/{name}.response.json")) else { return };
        let error = first(&yahoo(&answering(text).await, "2026-01-01"), "yahoo:GC=F").await.unwrap_err();
        assert!(error.to_string().ends_with(expected), "{error}");
    }
    let own = async |name: &str, symbol: &str| {
        let text = recorded(&format!("yahoo_chart_MIT/{name}.response.json"))?;
        let server = answering(text).await;
        let source = yahoo(&server, "2026-01-01");
        Some(source.fetch(symbol, &rule("yahoo:GC=F"), time("2015-01-01"), &Held::default()).await)
    };
    let Some(fetched) = own("chart-notimestamp-quotes-length.fake", "AAPL").await else { return };
    assert!(fetched.unwrap_err().to_string().ends_with("at `timestamp`: 0 of them for 1 closes"));
    let Some(fetched) = own("chart-TSLA-2025-01-01-to-2025-01-02-interval-1h.fake", "TSLA").await else { return };
    assert!(fetched.unwrap_err().to_string().ends_with("at `meta.dataGranularity`: it is `1h`, not `1d`"));
    let Some(fetched) = own("chart-AAPL-2020-08-31-to-2020-11-07", "AAPL").await else { return };
    let fetched = fetched.unwrap();
    assert_eq!(fetched.readings.observations.len(), 49);
    // Recorded in winter, the first bar is of summer.
    assert_eq!(fetched.readings.observations[0].ts, time("2020-08-31"));
}

#[tokio::test]
async fn nulls_forming_bars_and_torn_days_are_no_values() {
    // Midnight in New York of 2024-07-01, 02, 03 (summer: 04:00 UTC), asked in winter.
    let (a, b, c) = (1_719_806_400, 1_719_892_800, 1_719_979_200);
    let text = chart("CL=F", &format!("{a},{b},{c}"), "80.5,null,81.5", (1, 2));
    let fetched = first(&yahoo(&answering(text).await, "2024-12-01"), "yahoo:CL=F").await.unwrap();
    assert_eq!(fetched.empty, 1);
    let days: Vec<String> = known(&fetched).into_iter().map(|(ts, ..)| ts).collect();
    assert_eq!(days, ["2024-07-01T00:00:00Z", "2024-07-03T00:00:00Z"]);

    // The session that began at c goes on, whatever the rule would say.
    let now = time("2024-07-10");
    let text = chart("CL=F", &format!("{a},{c}"), "-36.98,81.5", (c, now.0 + 1));
    let fetched = first(&yahoo(&answering(text).await, "2024-07-10"), "yahoo:CL=F").await.unwrap();
    assert_eq!(known(&fetched), [row("2024-07-01", "2024-07-03T00:00:00Z", -36.98)]);
    assert_eq!(fetched.unsettled, 1);

    // Two closes of one day: which is right cannot be known.
    let text = chart("CL=F", &format!("{a},{},{b}", a + 50_000), "80.5,80.6,81.5", (1, 2));
    let fetched = first(&yahoo(&answering(text).await, "2024-07-10"), "yahoo:CL=F").await.unwrap();
    assert_eq!((fetched.readings.observations.len(), fetched.unsettled), (1, 1));

    let text = r#"{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found"}}}"#;
    let error = first(&yahoo(&answering(text).await, "2024-07-10"), "yahoo:CL=F").await.unwrap_err();
    assert!(error.to_string().ends_with("refused: Not Found: No data found"), "{error}");
}

#[tokio::test]
async fn fred_with_and_without_a_key_give_the_same() {
    const CSV: &str = "observation_date,DCOILWTICO\n2020-04-17,18.31\n2020-04-20,-36.98\n2020-04-21,\n2020-04-22,.\n";
    const JSON: &str = r#"{"count":3,"observations":[{"realtime_start":"2024-01-05","date":"2020-04-17","value":"18.31"},
        {"date":"2020-04-20","value":"-36.98"},{"date":"2020-04-21","value":"."},{"date":"2020-04-22","value":"."}]}"#;
    let server = Server::start(|_, seen| match seen.path() {
        "/graph/fredgraph.csv" => Reply::Body("application/csv", CSV.into()),
        _ => Reply::Json(JSON.into()),
    })
    .await;
    let keyless = first(&fred(&server, "2024-01-05"), "fred:DCOILWTICO").await.unwrap();
    let key = Secret::new("hunter22hunter22");
    let keyed = Source::Fred(Fred::with_key(client(&server, "2024-01-05"), key));
    let keyed = first(&keyed, "fred:DCOILWTICO").await.unwrap();
    assert_eq!(keyless, keyed);
    assert_eq!(
        known(&keyed),
        [row("2020-04-17", "2020-04-27T00:00:00Z", 18.31), row("2020-04-20", "2020-04-30T00:00:00Z", -36.98)]
    );
    assert_eq!(keyed.empty, 2);
    let seen = server.seen();
    assert_eq!(
        (seen[0].query("id").as_deref(), seen[0].query("cosd").as_deref()),
        (Some("DCOILWTICO"), Some("2015-01-01"))
    );
    assert_eq!(seen[1].query("series_id").as_deref(), Some("DCOILWTICO"));
    assert_eq!(seen[1].query("api_key").as_deref(), Some("hunter22hunter22"));
}

#[tokio::test]
async fn a_revision_and_a_late_value_are_known_when_fetched() {
    let server = Server::start(|number, _| {
        let csv = match number {
            0 => "DATE,DGS10\n2024-01-02,3.95\n2024-01-03,3.91\n",
            _ => "DATE,DGS10\n2024-01-02,3.95\n2024-01-03,3.90\n2024-01-04,3.99\n2024-01-05,4.05\n",
        };
        Reply::Body("text/csv", csv.into())
    })
    .await;
    let rule = rule("fred:DGS10");
    let source = fred(&server, "2024-01-09T12:00:00Z");
    let fetched = source.fetch("DGS10", &rule, time("2024-01-01"), &Held::default()).await.unwrap();
    assert_eq!(known(&fetched)[1], row("2024-01-03", "2024-01-06T00:00:00Z", 3.91));
    // A week later: the value of the 4th was due on the 9th at midnight and was not there.
    let values = fetched.readings.observations.iter().map(|one| (one.ts, one.value)).collect();
    let held = Held { values, look: Some(fetched.readings.look) };
    let fetched = fred(&server, "2024-01-16").fetch("DGS10", &rule, time("2024-01-02"), &held).await.unwrap();
    assert_eq!(
        known(&fetched),
        [
            row("2024-01-03", "2024-01-16T00:00:00Z", 3.90),
            row("2024-01-04", "2024-01-16T00:00:00Z", 3.99),
            row("2024-01-05", "2024-01-10T00:00:00Z", 4.05),
        ]
    );
    assert_eq!(fetched.readings.revised, 1);
    assert_eq!(fetched.readings.look, Look { from: time("2024-01-01"), at: time("2024-01-16") });
}

#[tokio::test]
async fn a_series_that_stops_goes_stale() {
    let server = answering("observation_date,VIXCLS\n2024-01-05,13.35\n").await;
    let fetched = first(&fred(&server, "2024-01-10"), "fred:VIXCLS").await.unwrap();
    let newest = fetched.readings.observations.last().unwrap().ts;
    let rule = rule("fred:VIXCLS");
    assert!(!rule.is_stale(newest, time("2024-01-15")));
    assert!(rule.is_stale(newest, time("2024-01-16")));
    // Nothing new, and nothing invented.
    let held = Held { values: [(newest, 13.35)].into(), look: Some(fetched.readings.look) };
    let again = fred(&server, "2024-01-16").fetch("VIXCLS", &rule, newest, &held).await.unwrap();
    assert_eq!(again.readings.observations, []);
}

#[tokio::test]
async fn faulty_downloads_are_located() {
    let check = async |body: &str, expected: &str| {
        let body = body.to_owned();
        let server = Server::start(move |_, _| Reply::Body("text/html", body.clone().into())).await;
        let error = first(&fred(&server, "2024-01-05"), "fred:VIXCLS").await.unwrap_err();
        assert_eq!(error.advice(), Advice::Drop);
        assert!(error.to_string().starts_with("fred:VIXCLS from http://127.0.0.1:"), "{error}");
        assert!(error.to_string().ends_with(expected), "{error}");
    };
    check("<!DOCTYPE html>\n<html>", "at `line 1`: `<!DOCTYPE html>` is not the header of VIXCLS").await;
    check("", "at `line 1`: `` is not the header of VIXCLS").await;
    check("date,DGS10\n", "`date,DGS10` is not the header of VIXCLS").await;
    check("date,VIXCLS\n2024-01-02,13,5\n", "at `line 2`: not a date and a value").await;
    check("date,VIXCLS\n2024-01-02,high\n", "at `the value of 2024-01-02`: `high` is no number").await;
    check("date,VIXCLS\nsoon,13.5\n", "at `the value of soon`: this is no date").await;
    check("date,VIXCLS\n2024-01-02,1\n2024-01-02,2\n", "the date stands twice, with two values").await;
}

/// Each fault ends in an error that names the series and its host; another series goes on.
#[tokio::test]
async fn a_source_that_fails_degrades_alone() {
    let good = chart("^VIX", "1704292200", "14.04", (1, 2));
    let broken = [head(200, &[], 5_000), b"{".to_vec()].concat();
    let faults = [
        Reply::Status(429, vec![("retry-after", "0".into())], "slow down".into()),
        Reply::Status(500, Vec::new(), "oops".into()),
        Reply::Body("text/html", b"<html>maintenance</html>".to_vec()),
        Reply::Raw(broken),
        Reply::Raw([head(200, &[], 9), good.clone().into_bytes()].concat()),
        Reply::Drip(" ".repeat(500), Duration::from_millis(20)),
        Reply::Freeze(good.clone()),
        Reply::Hang,
    ];
    let works = answering(good).await;
    for fault in faults {
        let shown = format!("{fault:?}");
        let server = Server::start(move |_, _| fault.clone()).await;
        let (failing, working) = (yahoo(&server, "2024-01-08"), yahoo(&works, "2024-01-08"));
        let (failed, worked) = tokio::join!(first(&failing, "yahoo:^TNX"), first(&working, "yahoo:^VIX"));
        let error = failed.unwrap_err();
        assert_eq!(error.advice(), Advice::Retry, "{shown}: {error}");
        assert!(error.to_string().starts_with("yahoo:^TNX from http://127.0.0.1:"), "{error}");
        assert_eq!(server.seen().len(), 2, "{shown}");
        assert_eq!(known(&worked.unwrap()), [row("2024-01-03", "2024-01-05T00:00:00Z", 14.04)]);
    }
    let error = first(&fred(&answering("x".repeat(17 << 20)).await, "2024-01-08"), "fred:DGS10").await.unwrap_err();
    assert!(matches!(error.fault, HttpFault::TooLarge { .. }), "{error}");
}

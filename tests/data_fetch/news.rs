//! News: each post once, its sentiment never before it, its source's key never shown.

use shoal::{
    config::{Environment, sources::Sources},
    domain::Post,
    io::{clock::Clock, store::DataStore},
    service::{
        data::fetch::{
            Context, Keeper, Report,
            follow::Pace,
            plan::{Kind, Plan, Wanted},
        },
        interrupt::Interrupt,
        retry::Patience,
    },
    units::Timestamp,
};

use crate::{
    bench::{Bench, all},
    support::http::{Reply, Server},
};

/// 2024-01-05 10:30.
const NOW: u64 = 1_704_450_600;
const KEY: &str = "hunter22hunter22";

fn rss(items: &str) -> Reply {
    let feed =
        format!(r#"<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{items}</channel></rss>"#);
    Reply::Body("application/rss+xml", feed.into())
}

fn item(id: u32, date: &str, title: &str) -> String {
    format!(
        "<item><guid>id-{id}</guid><link>https://news.example/{id}</link><title>{title}</title><pubDate>{date}</pubDate></item>"
    )
}

/// Two posts, one dated in the future, one without a date, and one that is spam.
fn items() -> String {
    [
        item(
            1,
            "Fri, 05 Jan 2024 09:00:00 GMT",
            "Ethereum rallies on great and wonderful adoption news across the industry",
        ),
        item(
            2,
            "Fri, 05 Jan 2024 10:00:00 GMT",
            "Ethereum holders suffer terrible losses after a horrible bridge hack today",
        ),
        item(3, "Sun, 05 Jan 2025 10:00:00 GMT", "Ethereum from the future"),
        "<item><guid>id-4</guid><title>Ethereum without a date</title></item>".to_owned(),
        item(
            5,
            "Fri, 05 Jan 2024 10:10:00 GMT",
            "Ethereum giveaway: claim your airdrop and double your coins today, friends",
        ),
    ]
    .concat()
}

/// A fetch of news at `now`, and what it reports.
async fn fetch(bench: &Bench, now: u64) -> Vec<Report> {
    planned(bench, now, async |plan, context| plan.run(context).await.unwrap()).await
}

/// Does something with a plan of news at `now`.
async fn planned(
    bench: &Bench,
    now: u64,
    act: impl AsyncFnOnce(&Plan<'_>, &Context<'_>) -> Vec<Report>,
) -> Vec<Report> {
    let sources = Sources::load(Some(&bench.sources()), &Environment::new(bench.environment())).unwrap();
    let clock = Clock::manual(Timestamp(now));
    let interrupt = Interrupt::default();
    let patience = Patience { give_up_after: std::time::Duration::ZERO, interrupt: interrupt.clone() };
    let wanted = Wanted {
        kinds: vec![Kind::News],
        venues: Vec::new(),
        assets: Vec::new(),
        timeframes: Vec::new(),
        from: Timestamp(0),
        to: Timestamp(now),
    };
    let plan = Plan::new(&sources, None, &wanted, &clock, patience.clone()).unwrap();
    let keeper = Keeper::open(bench.place(), patience).await.unwrap();
    let context = Context { keeper: &keeper, clock: &clock, interrupt: &interrupt, watch: &|_| {} };
    let reports = act(&plan, &context).await;
    keeper.close().await.unwrap();
    reports
}

fn counts(reports: &[Report], job: &str) -> [u64; 3] {
    let report = reports.iter().find(|report| report.job == job).unwrap_or_else(|| panic!("no {job} in {reports:?}"));
    [report.new, report.same, report.revised]
}

/// Posts, and every row of the sentiment of ETH.
async fn stored(bench: &Bench) -> (Vec<Post>, Vec<(String, Vec<shoal::domain::Observation>)>) {
    let mut store: DataStore = bench.open().await;
    let posts = store.posts(all()).await.unwrap();
    let mut rows = Vec::new();
    for summary in store.observation_series().await.unwrap() {
        rows.push((summary.series.clone(), store.observation_revisions(&summary.series, all()).await.unwrap()));
    }
    (posts, rows)
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_are_stored_once_and_become_sentiment() {
    let server = Server::start(|_, _| rss(&items())).await;
    let mut bench = Bench::new();
    bench.set(&["news", "feeds", "urls", "example"], format!("{}/feed", server.url));
    let first = fetch(&bench, NOW).await;
    assert_eq!(counts(&first, "posts rss:example"), [3, 0, 0]);
    let report = first.iter().find(|report| report.job == "posts rss:example").unwrap();
    assert_eq!(report.dropped, [("no date".to_owned(), 1), ("dated in the future".to_owned(), 1)]);
    // The hour has not ended.
    assert_eq!(counts(&first, "sentiment"), [0, 0, 0]);

    let second = fetch(&bench, NOW + 3_600).await;
    assert_eq!(counts(&second, "posts rss:example"), [0, 3, 0]);
    let (posts, series) = stored(&bench).await;
    assert!(posts.len() == 3 && posts.iter().all(|post| post.known_at.0 == NOW), "{posts:?}");
    assert!(counts(&second, "sentiment")[0] > 0);
    let (_, mean) = series.iter().find(|(name, _)| name == "sentiment:ETH:mean").expect("a mean of ETH");
    assert!(mean[0].value.abs() < 0.9, "one good, one bad: {mean:?}");
    let (_, count) = series.iter().find(|(name, _)| name == "sentiment:ETH:count").expect("a count of ETH");
    assert_eq!(count[0].value, 2.0, "not the spam");
    for (name, rows) in &series {
        assert!(rows.iter().all(|row| row.known_at.0 >= NOW), "{name} is known before its posts: {rows:?}");
        assert!(rows.iter().all(|row| row.known_at.0 >= row.ts.0 + 3_600), "{name} before the hour's end: {rows:?}");
    }
    // The same again, within the hour: nothing at all.
    let third = fetch(&bench, NOW + 3_700).await;
    assert_eq!((counts(&third, "posts rss:example"), counts(&third, "sentiment")), ([0, 3, 0], [0, 0, 0]));
    assert_eq!(stored(&bench).await, (posts, series));
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_are_asked_for_again_and_an_hour_s_sentiment_is_said_when_it_ended() {
    let server = Server::start(|_, _| rss(&items())).await;
    let mut bench = Bench::new();
    bench.set(&["news", "feeds", "urls", "example"], format!("{}/feed", server.url));
    let short = std::time::Duration::from_millis(5);
    let pace = Pace {
        series: short,
        posts: short,
        blocks: short,
        pools: short,
        feeds: shoal::io::exchange::Patience::default(),
    };
    let followed = planned(&bench, NOW, async |plan, context| {
        plan.run(context).await.unwrap();
        let series = async || context.keeper.ask(async |store| store.observation_series().await).await.unwrap();
        let driven = async {
            while server.seen().len() < 4 {
                tokio::time::sleep(short).await;
            }
            assert!(series().await.is_empty(), "the hour has not ended");
            context.clock.set(Timestamp(NOW + 3_600));
            while series().await.is_empty() {
                tokio::time::sleep(short).await;
            }
            context.interrupt.request();
        };
        let (followed, ()) = tokio::join!(plan.follow(context, &pace), driven);
        followed.unwrap()
    })
    .await;
    let [new, same, _] = counts(&followed, "posts rss:example");
    assert!(new == 0 && same >= 9 && same % 3 == 0, "{followed:?}");
    let (posts, series) = stored(&bench).await;
    assert_eq!(posts.len(), 3);
    assert!(series.iter().any(|(name, rows)| name == "sentiment:ETH:mean" && rows.len() == 1), "{series:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_turns_its_source_on_and_is_never_shown() {
    // A server that tells its caller's key to everybody.
    let server = Server::start(|number, seen| {
        let key = seen.header("x-api-key").unwrap_or_default().to_owned();
        match number {
            0 => Reply::Json(
                r#"{"status":"ok","totalResults":1,"articles":[{"title":"Bitcoin soars","description":null,
                "url":"https://news.example/a","publishedAt":"2024-01-05T09:00:00Z"}]}"#
                    .to_owned(),
            ),
            _ => {
                Reply::Status(401, Vec::new(), format!(r#"{{"status":"error","message":"the key {key} is invalid"}}"#))
            }
        }
    })
    .await;
    let mut bench = Bench::new();
    bench.set(&["news", "newsapi", "url"], server.url.as_str());
    bench.key("SHOAL_NEWSAPI_KEY", KEY);
    let first = bench.run(&["fetch", "news", "--json", "-vvv"]).await.ended(0);
    assert_eq!(first.counts("posts newsapi"), [1, 0, 0]);
    assert_eq!(server.seen()[0].header("x-api-key"), Some(KEY));
    for (job, variable) in [
        ("posts x", "SHOAL_X_BEARER_TOKEN"),
        ("posts telegram", "SHOAL_TELEGRAM_TOKEN"),
        ("posts reddit", "SHOAL_REDDIT_CLIENT_ID"),
    ] {
        let job = first.job(job);
        assert_eq!((job["end"].as_str(), job["why"].as_str()), (Some("off"), Some(variable)));
    }
    let refused = bench.run(&["fetch", "news", "-vvv"]).await.ended(1);
    assert!(refused.stdout().contains("is invalid"), "{}", refused.stdout());
    let table = refused.stdout();
    assert!(
        table
            .lines()
            .any(|line| line.trim_start().starts_with("posts x ")
                && line.ends_with("off: SHOAL_X_BEARER_TOKEN is not set")),
        "{table}"
    );
    let check = bench.run(&["check"]).await;
    assert!(check.stdout().contains("posts newsapi"), "{}", check.stdout());
    for text in [&first, &refused, &check].map(|done| done.stdout() + &done.stderr()) {
        assert!(!text.contains(KEY), "{text}");
    }
}

/// Of an entry of ten megabytes the beginning is kept, and the report says so.
#[tokio::test(flavor = "multi_thread")]
async fn an_over_long_entry_is_cut_and_told() {
    let long = "Ethereum holders are cautiously optimistic about the coming upgrade. ".repeat(10 << 14);
    assert!(long.len() > 10 << 20);
    let long = item(7, "Fri, 05 Jan 2024 10:20:00 GMT", &long);
    let server = Server::start(move |_, _| rss(&(items() + &long))).await;
    let mut bench = Bench::new();
    bench.set(&["news", "feeds", "urls", "desk"], format!("{}/feed", server.url));
    let reports = fetch(&bench, NOW).await;
    let report = reports.iter().find(|report| report.job == "posts rss:desk").unwrap();
    assert_eq!(report.new, 4, "{report:?}");
    let note = "posts longer than is kept, and cut: 1 (of each headline and body the first 10000 characters at most, \
                of markup less)";
    assert_eq!(report.notes, [note]);
    let (posts, _) = stored(&bench).await;
    assert_eq!(posts.iter().map(|post| post.text.chars().count()).max(), Some(10_000));
}

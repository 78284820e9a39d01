//! NewsAPI, Reddit, Telegram and X.

use shoal::{
    domain::Secret,
    io::{
        advice::Advice,
        clock::Clock,
        http::Http,
        news::{Cursor, DropReason, NewsApi, Reddit, RedditApp, Source, Telegram, X},
    },
};

use super::wire::{client, limits, recorded, time};
use crate::support::http::{Reply, Seen, Server};

const KEY: &str = "hunter22hunter22";
const TOLERANCE: u64 = 600;

fn newsapi(server: &Server, now: &str) -> Source {
    Source::NewsApi(NewsApi::new(client(server, now), Secret::new(KEY), "bitcoin OR ether", "en"))
}

fn reddit(server: &Server, now: &str) -> Source {
    let app = RedditApp::new(client(server, now), "client-id", Secret::new(KEY));
    Source::Reddit(Reddit::new(client(server, now), app, "AskReddit"))
}

fn telegram(server: &Server, now: &str, channels: &[&str]) -> Source {
    let channels = channels.iter().map(|&channel| channel.to_owned()).collect();
    Source::Telegram(Telegram::new(client(server, now), Secret::new(KEY), channels))
}

fn x(server: &Server, now: &str) -> Source {
    Source::X(X::new(client(server, now), Secret::new(KEY), "$BTC lang:en"))
}

fn since(text: &str) -> Cursor {
    Cursor { since: Some(text.to_owned()), ..Cursor::default() }
}

async fn answering(text: impl Into<String>) -> Server {
    let text = text.into();
    Server::start(move |_, _| Reply::Json(text.clone())).await
}

#[tokio::test]
async fn recorded_newsapi() {
    let Some(text) = recorded("newsapi_SYNTHETIC_shape_only/fangyihe_newsapi_response.json") else { return };
    let server = answering(text).await;
    let fetched = newsapi(&server, "2026-03-02T10:00:00Z").fetch(&Cursor::default(), TOLERANCE).await.unwrap();
    assert_eq!((fetched.posts.len(), fetched.more), (2, false));
    let post = &fetched.posts[0];
    assert_eq!((post.source.as_str(), post.id.as_str()), ("newsapi", "https://reuters.com/article-1"));
    assert!(post.text.contains("Hormuz\nBrent crude"), "{}", post.text);
    assert_eq!((post.published, post.known_at), (time("2026-03-01T07:30:00Z"), time("2026-03-02T10:00:00Z")));
    assert_eq!(fetched.cursor, since("2026-03-02T09:15:00Z"));
    let seen = &server.seen()[0];
    assert_eq!((seen.path(), seen.header("x-api-key")), ("/v2/everything", Some(KEY)));
    assert_eq!((seen.query("q").as_deref(), seen.query("from")), (Some("bitcoin OR ether"), None));
    assert!(!seen.target.contains(KEY));
}

/// A hundred articles, a minute apart, the newest of minute `newest` of 2024-01-05.
fn articles(newest: u64) -> String {
    let article = |minute: u64| {
        let time = time("2024-01-05").plus(60 * minute);
        format!(
            r#"{{"title":"m{minute}","description":null,"url":"https://n.example/{minute}","publishedAt":"{time}"}}"#
        )
    };
    let all: Vec<String> = (newest - 99..=newest).rev().map(article).collect();
    format!(r#"{{"status":"ok","totalResults":500,"articles":[{}]}}"#, all.join(","))
}

#[tokio::test]
async fn newsapi_pages_back_to_where_it_was() {
    let server = Server::start(|number, _| match number {
        0 => Reply::Json(articles(499)),
        1 => Reply::Json(articles(400)),
        _ => Reply::Json(r#"{"status":"ok","articles":[{"title":"last","url":"https://n.example/x","publishedAt":"2024-01-05T05:00:00Z"}]}"#.into()),
    })
    .await;
    let source = newsapi(&server, "2024-01-05T10:00:00Z");
    let start = since("2024-01-05T05:00:00Z");
    let first = source.fetch(&start, TOLERANCE).await.unwrap();
    assert!(first.more);
    // Nothing is settled until the last page: a crash here begins where it began.
    assert_eq!(first.cursor.since, start.since);
    let second = source.fetch(&first.cursor, TOLERANCE).await.unwrap();
    let third = source.fetch(&second.cursor, TOLERANCE).await.unwrap();
    assert_eq!((second.more, third.more), (true, false));
    assert_eq!(third.cursor, since("2024-01-05T08:19:00Z"));
    let asked: Vec<_> = server.seen().iter().map(|seen| (seen.query("from").unwrap(), seen.query("to"))).collect();
    let from = "2024-01-05T04:00:00".to_owned();
    let to = |text: &str| Some(text.to_owned());
    let expected = [(from.clone(), None), (from.clone(), to("2024-01-05T06:40:00")), (from, to("2024-01-05T05:01:00"))];
    assert_eq!(asked, expected);
}

#[tokio::test]
async fn newsapi_drops_and_refusals() {
    let server = answering(
        r#"{"status":"ok","articles":[
        {"title":"[Removed]","description":"[Removed]","url":"https://removed.com","publishedAt":"2024-01-05T00:00:00Z"},
        {"title":5,"url":"https://a.example"}, null,
        {"title":"No date","url":"https://a.example/1","publishedAt":null},
        {"title":"No id","url":null,"publishedAt":"2024-01-05T00:00:00Z"},
        {"title":"Future","url":"https://a.example/2","publishedAt":"2030-01-05T00:00:00Z"},
        {"title":"Good <b>one</b>","author":"Ann  Lee","url":"https://a.example/3","publishedAt":"2024-01-05T00:00:00Z"}]}"#,
    )
    .await;
    let fetched = newsapi(&server, "2024-01-05T10:00:00Z").fetch(&Cursor::default(), TOLERANCE).await.unwrap();
    assert_eq!(fetched.posts.iter().map(|post| post.text.as_str()).collect::<Vec<_>>(), ["Good one"]);
    assert_eq!(fetched.posts[0].author.as_deref(), Some("Ann Lee"));
    assert_eq!(
        fetched.dropped,
        [
            (DropReason::Malformed, 2),
            (DropReason::NoId, 1),
            (DropReason::NoDate, 1),
            (DropReason::NoText, 1),
            (DropReason::Future, 1)
        ]
    );
    // A date in the future moves no cursor.
    assert_eq!(fetched.cursor, since("2024-01-05T00:00:00Z"));

    let refused = format!(r#"{{"status":"error","code":"apiKeyInvalid","message":"Your key {KEY} is invalid"}}"#);
    let server = Server::start(move |_, _| Reply::Status(401, Vec::new(), refused.clone())).await;
    let error = newsapi(&server, "2024-01-05").fetch(&Cursor::default(), TOLERANCE).await.unwrap_err();
    assert_eq!((error.advice(), server.seen().len()), (Advice::Halt, 1));
    assert!(error.to_string().contains("apiKeyInvalid") && !error.to_string().contains(KEY), "{error}");
    let server = answering(r#"{"status":"error","code":"rateLimited","message":"later"}"#).await;
    let error = newsapi(&server, "2024-01-05").fetch(&Cursor::default(), TOLERANCE).await.unwrap_err();
    assert!(error.to_string().ends_with("refused: rateLimited: later"), "{error}");
    // What was last seen lies further back than may be asked for.
    let server = answering(r#"{"status":"ok","articles":[]}"#).await;
    let old = since("2023-11-01T00:00:00Z");
    let fetched = newsapi(&server, "2024-01-05").fetch(&old, TOLERANCE).await.unwrap();
    assert_eq!((server.seen()[0].query("from"), fetched.cursor), (None, old));
}

const TOKEN: &str = r#"{"access_token":"t0ken-t0ken","token_type":"bearer","expires_in":86400,"scope":"*"}"#;

#[tokio::test]
async fn recorded_reddit() {
    let Some(text) = recorded("reddit_praw_BSD-2/TestSubredditListings.test_new.1.response.json") else { return };
    let server = Server::start(move |_, seen| match seen.path() {
        "/api/v1/access_token" => Reply::Json(TOKEN.into()),
        _ => Reply::Json(text.clone()),
    })
    .await;
    let source = reddit(&server, "2016-03-01T08:38:41Z");
    let fetched = source.fetch(&Cursor::default(), TOLERANCE).await.unwrap();
    assert_eq!((fetched.posts.len(), fetched.dropped.as_slice(), fetched.more), (100, [].as_slice(), false));
    let post = &fetched.posts[0];
    assert_eq!((post.source.as_str(), post.id.as_str()), ("reddit:AskReddit", "t3_48fbm9"));
    assert_eq!(post.text, "[Serious] Parents of Reddit, what's the biggest lie about yourself you've told your kids?");
    let link = "https://www.reddit.com/r/AskReddit/comments/48fbm9/serious_parents_of_reddit_whats_the_biggest_lie/";
    assert_eq!((post.link.as_deref(), post.published.0), (Some(link), 1_456_821_458));
    assert_eq!(fetched.cursor, since("1456821458"));
    // The token is kept; all of the page is newer than this cursor, so there is more.
    let more = source.fetch(&since("1456000000"), TOLERANCE).await.unwrap();
    assert!(more.more && more.cursor.page.is_some());
    source.fetch(&more.cursor, TOLERANCE).await.unwrap();
    let seen = server.seen();
    let paths: Vec<&str> = seen.iter().map(Seen::path).collect();
    assert_eq!(paths, ["/api/v1/access_token", "/r/AskReddit/new", "/r/AskReddit/new", "/r/AskReddit/new"]);
    assert_eq!((seen[0].method.as_str(), seen[0].body.as_str()), ("POST", "grant_type=client_credentials"));
    assert!(seen[0].header("authorization").unwrap().starts_with("Basic "));
    assert_eq!(seen[1].header("authorization"), Some("bearer t0ken-t0ken"));
    assert_eq!(seen[3].query("after"), more.cursor.page);
}

#[tokio::test]
async fn reddit_stops_where_it_was_and_asks_for_a_new_token() {
    const PAGE: &str = r#"{"kind":"Listing","data":{"after":"t3_a","children":[
        {"kind":"t3","data":{"name":"t3_c","title":"New","author":"ann","selftext":"a < b","is_self":false,"url":"https://n.example/c","created_utc":2000.0}},
        {"kind":"t3","data":{"name":"t3_b","title":"Old","author":"[deleted]","selftext":"[removed]","is_self":true,"url":"https://r.example","permalink":"/r/x/b","created_utc":1000.0}},
        {"kind":"t1","data":{}}, {"kind":"t3","data":{"title":"No id","created_utc":1500}}]}}"#;
    let server = Server::start(|number, seen| match (number, seen.path()) {
        (_, "/api/v1/access_token") => Reply::Json(TOKEN.into()),
        (1, _) => Reply::Status(401, Vec::new(), "the token has expired".into()),
        _ => Reply::Json(PAGE.into()),
    })
    .await;
    let fetched = reddit(&server, "2000").fetch(&since("1001"), TOLERANCE).await.unwrap();
    let texts: Vec<_> = fetched.posts.iter().map(|post| (post.text.as_str(), post.link.as_deref().unwrap())).collect();
    assert_eq!(texts, [("New\na < b", "https://n.example/c"), ("Old", "https://www.reddit.com/r/x/b")]);
    let authors: Vec<_> = fetched.posts.iter().map(|post| post.author.as_deref()).collect();
    assert_eq!(authors, [Some("ann"), None]);
    assert_eq!(fetched.dropped, [(DropReason::Malformed, 1), (DropReason::NoId, 1)]);
    assert_eq!((fetched.more, fetched.cursor), (false, since("2000")));
    let paths: Vec<String> = server.seen().iter().map(|seen| seen.path().to_owned()).collect();
    let (token, new) = ("/api/v1/access_token", "/r/AskReddit/new");
    assert_eq!(paths, [token, new, token, new]);
}

#[tokio::test]
async fn recorded_telegram() {
    let Some(text) = recorded("telegram_getUpdates_channel_post_recorded.json") else { return };
    let server = answering(text).await;
    let source = telegram(&server, "2018-06-23T14:00:00Z", &[]);
    let fetched = source.fetch(&Cursor::default(), TOLERANCE).await.unwrap();
    assert_eq!((fetched.posts.len(), fetched.more, fetched.cursor), (2, false, since("500676846")));
    let post = &fetched.posts[0];
    assert_eq!((post.source.as_str(), post.id.as_str()), ("telegram:-1001241558182", "-1001241558182/21"));
    assert!(post.text.contains("Phoenix 1.3 更新之后"), "{}", post.text);
    assert_eq!(server.seen()[0].path(), format!("/bot{KEY}/getUpdates"));
    let other = telegram(&server, "2018-06-23T14:00:00Z", &["CoinDesk"]).fetch(&Cursor::default(), TOLERANCE).await;
    let other = other.unwrap();
    assert_eq!((other.posts.len(), other.dropped.as_slice()), (0, [(DropReason::NotAsked, 2)].as_slice()));
}

/// Updates as Telegram keeps them: gone once a later offset is asked for.
fn updates(seen: &Seen, kept: &std::sync::Mutex<Vec<u64>>) -> Reply {
    let offset = seen.query("offset").map_or(0, |offset| offset.parse().unwrap());
    let mut kept = kept.lock().unwrap();
    kept.retain(|id| *id >= offset);
    let update = |id: &u64| match id % 50 {
        // Not of the promised form; it must be passed over, not asked for for ever.
        7 => format!(r#"{{"update_id":{id},"channel_post":"?"}}"#),
        _ => format!(
            r#"{{"update_id":{id},"channel_post":{{"message_id":{id},"date":1000,"chat":{{"id":-5,"username":"News"}},"caption":"p{id}"}}}}"#
        ),
    };
    let all: Vec<String> = kept.iter().take(100).map(update).collect();
    Reply::Json(format!(r#"{{"ok":true,"result":[{}]}}"#, all.join(",")))
}

#[tokio::test]
async fn no_telegram_update_is_lost_or_taken_twice() {
    let kept = std::sync::Mutex::new((1..=250).collect::<Vec<u64>>());
    let server = Server::start(move |_, seen| updates(seen, &kept)).await;
    let source = telegram(&server, "2000", &["news"]);
    let (mut cursor, mut ids, mut dropped, mut crashed) = (Cursor::default(), Vec::new(), 0, false);
    loop {
        let fetched = source.fetch(&cursor, TOLERANCE).await.unwrap();
        if cursor.since.is_some() && !crashed {
            // Fetched, but not stored: it comes again.
            crashed = true;
            continue;
        }
        ids.extend(fetched.posts.iter().map(|post| post.id.clone()));
        dropped += fetched.dropped.iter().map(|(_, count)| count).sum::<usize>();
        cursor = fetched.cursor;
        if !fetched.more {
            break;
        }
    }
    let expected: Vec<String> = (1..=250u64).filter(|id| id % 50 != 7).map(|id| format!("-5/{id}")).collect();
    assert_eq!((ids, dropped), (expected, 5));
    assert_eq!(cursor, since("251"));
    assert_eq!(source.fetch(&cursor, TOLERANCE).await.unwrap().cursor, since("251"));
}

#[tokio::test]
async fn a_telegram_token_is_never_shown() {
    let refusals = [
        Reply::Status(401, Vec::new(), format!(r#"{{"ok":false,"description":"Unauthorized: /bot{KEY}/getUpdates"}}"#)),
        Reply::Json(format!(r#"{{"ok":false,"description":"Conflict: {KEY}"}}"#)),
        Reply::Json(format!(r#"{{"ok":"{KEY}"}}"#)),
        Reply::Body("text/html", format!("<html>{KEY}</html>").into_bytes()),
        Reply::Hang,
    ];
    for reply in refusals {
        let server = Server::start(move |_, _| reply.clone()).await;
        let source = telegram(&server, "2000", &[]);
        let error = source.fetch(&Cursor::default(), TOLERANCE).await.unwrap_err();
        assert!(error.to_string().starts_with("telegram from http://127.0.0.1:"), "{error}");
        assert!(!format!("{error} {error:?} {source:?}").contains(KEY), "{error} {error:?}");
    }
}

#[tokio::test]
async fn x_pages_by_token_and_remembers_the_newest() {
    const NEW: &str = "1742500000000000000";
    let server = Server::start(|_, seen| {
        Reply::Json(match seen.query("next_token").as_deref() {
            None => format!(
                r#"{{"data":[{{"id":"{NEW}","text":"$BTC &amp; $ETH &lt;3\nup","author_id":"42","created_at":"2024-01-03T10:54:46.000Z"}}, 5],
                "meta":{{"newest_id":"{NEW}","oldest_id":"{NEW}","result_count":1,"next_token":"page2"}}}}"#
            ),
            _ => r#"{"data":[{"id":"1742400000000000000","text":"older","created_at":"2024-01-03T04:17:24.000Z"}],
                "meta":{"newest_id":"1742400000000000000","result_count":1}}"#
                .to_owned(),
        })
    })
    .await;
    let source = x(&server, "2024-01-05");
    let start = since("1742300000000000000");
    let first = source.fetch(&start, TOLERANCE).await.unwrap();
    assert_eq!((first.more, &first.cursor.since), (true, &start.since));
    assert_eq!(first.posts[0].text, "$BTC & $ETH <3 up");
    assert_eq!(first.posts[0].author.as_deref(), Some("42"));
    assert_eq!(first.posts[0].link.as_deref(), Some("https://x.com/i/web/status/1742500000000000000"));
    assert_eq!(first.dropped, [(DropReason::Malformed, 1)]);
    let second = source.fetch(&first.cursor, TOLERANCE).await.unwrap();
    assert_eq!((second.more, second.cursor), (false, since(NEW)));
    let seen = server.seen();
    assert_eq!(seen[0].header("authorization"), Some("Bearer hunter22hunter22"));
    assert_eq!((seen[1].query("since_id"), seen[1].query("next_token").as_deref()), (start.since, Some("page2")));
    // Never asked before: the newest page alone.
    assert!(!source.fetch(&Cursor::default(), TOLERANCE).await.unwrap().more);
}

#[tokio::test]
async fn x_refuses_old_ids_and_old_pages() {
    let server = Server::start(|_, seen| match (seen.query("since_id"), seen.query("next_token")) {
        (_, Some(_)) => {
            Reply::Status(400, Vec::new(), r#"{"title":"Invalid Request","detail":"bad next_token"}"#.into())
        }
        (Some(_), _) => Reply::Json(r#"{"meta":{"result_count":0}}"#.into()),
        (None, None) => Reply::Json(r#"{"errors":[{"title":"Forbidden","detail":"no access"}]}"#.into()),
    })
    .await;
    // A page that has expired: begun anew from the newest.
    let within =
        Cursor { newest: Some("1742500000000000000".into()), page: Some("old".into()), ..since("1742300000000000000") };
    let fetched = x(&server, "2024-01-05").fetch(&within, TOLERANCE).await.unwrap();
    assert_eq!((fetched.posts.len(), fetched.cursor), (0, since("1742300000000000000")));
    // An id older than X's seven days is not sent.
    let error = x(&server, "2024-02-05").fetch(&since("1742300000000000000"), TOLERANCE).await.unwrap_err();
    assert!(error.to_string().ends_with("refused: no access"), "{error}");
}

#[tokio::test]
async fn passing_faults_are_survived_and_lasting_ones_named() {
    let faults = [
        Reply::Status(429, vec![("retry-after", "0".into())], String::new()),
        Reply::Status(503, Vec::new(), String::new()),
        Reply::Body("text/html", b"<html>".to_vec()),
        Reply::Freeze(r#"{"meta":{}}"#.into()),
    ];
    for fault in faults {
        let once = fault.clone();
        let good = || Reply::Json(r#"{"meta":{"result_count":0}}"#.into());
        let server = Server::start(move |number, _| if number == 0 { once.clone() } else { good() }).await;
        assert_eq!(x(&server, "2024-01-05").fetch(&Cursor::default(), TOLERANCE).await.unwrap().posts, []);
        let server = Server::start(move |_, _| fault.clone()).await;
        let error = x(&server, "2024-01-05").fetch(&Cursor::default(), TOLERANCE).await.unwrap_err();
        assert_eq!((error.advice(), server.seen().len()), (Advice::Retry, 2), "{error}");
        assert!(error.to_string().starts_with("x from http://127.0.0.1:"), "{error}");
    }
}

/// Quota and retries may make a fetch wait: a post is known since its answer came, not since it
/// was asked for.
#[tokio::test]
async fn a_post_is_known_since_the_answer() {
    let clock = Clock::manual(time("2024-01-05T10:00:00Z"));
    let late = clock.clone();
    let server = Server::start(move |_, seen| {
        late.set(time("2024-01-05T10:05:00Z"));
        Reply::Json(match seen.path() {
            "/v2/everything" => articles(599),
            _ => r#"{"data":[{"id":"1742500000000000000","text":"up","created_at":"2024-01-03T10:54:46Z"}],"meta":{}}"#
                .to_owned(),
        })
    })
    .await;
    let http = || Http::new(&server.url, limits(), clock.clone()).unwrap();
    let key = Secret::new(KEY);
    for source in
        [Source::NewsApi(NewsApi::new(http(), key.clone(), "q", "en")), Source::X(X::new(http(), key.clone(), "q"))]
    {
        clock.set(time("2024-01-05T10:00:00Z"));
        let fetched = source.fetch(&Cursor::default(), TOLERANCE).await.unwrap();
        assert_eq!(fetched.posts[0].known_at, time("2024-01-05T10:05:00Z"), "{}", source.name());
    }
}

/// A cursor too old to be sent would page back to the source's first article.
#[tokio::test]
async fn paging_back_has_its_bounds() {
    let server = answering(articles(599)).await;
    let old = newsapi(&server, "2024-01-05T10:00:00Z").fetch(&since("2023-11-01T00:00:00Z"), TOLERANCE).await.unwrap();
    assert_eq!((old.more, old.cursor), (false, since("2024-01-05T09:59:00Z")));
    let endless = answering(
        r#"{"data":[{"id":"1742500000000000000","text":"up","created_at":"2024-01-03T10:54:46Z"}],
        "meta":{"newest_id":"1742500000000000000","next_token":"on"}}"#,
    )
    .await;
    let old = x(&endless, "2024-02-05").fetch(&since("1742300000000000000"), TOLERANCE).await.unwrap();
    assert!(!old.more);
    let (source, mut cursor) = (x(&endless, "2024-01-05"), since("1742300000000000000"));
    for page in 1..=20 {
        let fetched = source.fetch(&cursor, TOLERANCE).await.unwrap();
        assert_eq!(fetched.more, page < 20, "{page}");
        cursor = fetched.cursor;
    }
    assert_eq!(cursor, since("1742500000000000000"));
}

#[tokio::test]
async fn pages_are_begun_anew_but_once() {
    let server = Server::start(|_, seen| match seen.query("next_token") {
        Some(_) => Reply::Status(400, Vec::new(), String::new()),
        None => Reply::Json(r#"{"meta":{"newest_id":"1742500000000000000","next_token":"on"}}"#.into()),
    })
    .await;
    let source = x(&server, "2024-01-05");
    let start = Cursor { page: Some("expired".into()), ..since("1742300000000000000") };
    let again = source.fetch(&start, TOLERANCE).await.unwrap();
    assert!(again.more);
    assert_eq!(source.fetch(&again.cursor, TOLERANCE).await.unwrap_err().advice(), Advice::Drop);
    // A later run may.
    assert!(x(&server, "2024-01-05T01:00:00Z").fetch(&again.cursor, TOLERANCE).await.unwrap().more);
}

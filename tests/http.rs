//! The HTTP client against servers that fail in every way known, over real sockets.

mod support;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde::Deserialize;
use shoal::{
    domain::Secret,
    io::{
        advice::Advice,
        clock::Clock,
        http::{Http, HttpFault, Limits, Quota, Request},
    },
    units::Timestamp,
};
use support::http::{Reply, Server, head};
use tokio::time::Instant;

#[derive(Debug, Deserialize, PartialEq)]
struct Answer {
    price: f64,
}

const GOOD: &str = r#"{"price": 2281.87}"#;

fn limits() -> Limits {
    Limits {
        connect_timeout: Duration::from_millis(500),
        idle_timeout: Duration::from_millis(300),
        total_timeout: Duration::from_millis(900),
        max_body_bytes: 10_000,
        attempts: 3,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_secs(2),
        quota: None,
    }
}

fn client(server: &Server) -> Http {
    Http::new(&server.url, limits(), Clock::system()).unwrap()
}

fn request() -> Request {
    Request::get("price of ETHUSDT", "/price").query("symbol", "ETHUSDT")
}

/// Answers the first request by `fault` and all others well: it must be survived.
async fn survived(fault: Reply) -> Server {
    let server =
        Server::start(move |number, _| if number == 0 { fault.clone() } else { Reply::Json(GOOD.into()) }).await;
    assert_eq!(client(&server).json::<Answer>(&request()).await.unwrap(), Answer { price: 2281.87 });
    assert_eq!(server.seen().len(), 2);
    server
}

/// Answers every request by `fault`.
async fn refused(fault: Reply, tries: usize) -> shoal::io::http::HttpError {
    let server = Server::start(move |_, _| fault.clone()).await;
    let error = client(&server).json::<Answer>(&request()).await.unwrap_err();
    assert_eq!(server.seen().len(), tries, "{error}");
    let text = error.to_string();
    assert!(text.starts_with("price of ETHUSDT from http://127.0.0.1:"), "{text}");
    error
}

fn status(status: u16) -> Reply {
    Reply::Status(status, Vec::new(), "try  again\n later".into())
}

#[tokio::test]
async fn passing_faults_are_survived() {
    survived(status(500)).await;
    survived(status(503)).await;
    survived(status(429)).await;
    survived(Reply::Hang).await;
    survived(Reply::Freeze(GOOD.into())).await;
    survived(Reply::Raw([head(200, &[], 500), GOOD.into()].concat())).await;
    survived(Reply::Body("text/html", b"<html>maintenance</html>".to_vec())).await;
    // A content length that is too short cuts the JSON.
    survived(Reply::Raw([head(200, &[], 5), GOOD.into()].concat())).await;
}

#[tokio::test]
async fn lasting_faults_are_named() {
    let error = refused(status(500), 3).await;
    assert!(error.to_string().ends_with("HTTP status 500: try again later"), "{error}");
    let error = refused(Reply::Body("text/html", b"<html>\n<p>maintenance".to_vec()), 3).await;
    assert!(error.to_string().ends_with("no JSON (text/html): <html> <p>maintenance"), "{error}");
    assert!(matches!(refused(Reply::Freeze(GOOD.into()), 3).await.fault, HttpFault::Timeout(_)));
    assert!(matches!(
        refused(Reply::Raw([head(200, &[], 500), GOOD.into()].concat()), 3).await.fault,
        HttpFault::Truncated(_)
    ));
    assert!(matches!(refused(Reply::Hang, 3).await.fault, HttpFault::Unreachable(_)));
}

#[tokio::test]
async fn a_slow_drip_ends_in_time() {
    let began = Instant::now();
    let error = refused(Reply::Drip(" ".repeat(5_000) + GOOD, Duration::from_millis(20)), 3).await;
    assert!(matches!(error.fault, HttpFault::Timeout(_)), "{error}");
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn what_will_never_succeed_is_not_asked_again() {
    let error = refused(status(404), 1).await;
    assert_eq!(error.advice(), Advice::Drop);
    assert_eq!(refused(status(401), 1).await.advice(), Advice::Halt);
    let error = refused(Reply::Json(r#"{"price": "high"}"#.into()), 1).await;
    assert!(matches!(&error.fault, HttpFault::Malformed { field, .. } if field == "price"), "{error}");
    let error = refused(Reply::Json(" ".repeat(10_001)), 1).await;
    assert!(matches!(error.fault, HttpFault::TooLarge { limit: 10_000 }), "{error}");
    let huge = Reply::Raw([head(200, &[], usize::MAX / 4), vec![b' '; 20_000]].concat());
    assert!(matches!(refused(huge, 1).await.fault, HttpFault::TooLarge { .. }));
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let began = Instant::now();
    survived(Reply::Status(429, vec![("retry-after", "1".into())], String::new())).await;
    assert!(began.elapsed() >= Duration::from_secs(1));
    // More than the client's patience: said at once, with the wait.
    let error = refused(Reply::Status(418, vec![("retry-after", "7200".into())], String::new()), 1).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7_200)));
    assert_eq!(error.advice(), Advice::Retry);
}

#[tokio::test]
async fn while_the_pause_is_long_nothing_is_sent() {
    let server = Server::start(|_, _| Reply::Status(418, vec![("retry-after", "7200".into())], String::new())).await;
    let http = client(&server);
    http.json::<Answer>(&request()).await.unwrap_err();
    let error = http.clone().json::<Answer>(&request()).await.unwrap_err();
    assert!(matches!(error.fault, HttpFault::Paused { .. }), "{error}");
    assert!(error.retry_after().unwrap() > Duration::from_secs(7_000));
    assert_eq!((error.advice(), server.seen().len()), (Advice::Retry, 1));
}

#[tokio::test]
async fn a_key_follows_no_redirect() {
    let other = Server::start(|_, _| Reply::Json(GOOD.into())).await;
    let place = format!("{}/elsewhere", other.url);
    let server = Server::start(move |_, _| Reply::Status(302, vec![("location", place.clone())], String::new())).await;
    client(&server).json::<Answer>(&request()).await.unwrap();
    assert_eq!((other.seen().len(), other.seen()[0].header("referer")), (1, None));
    let key = Secret::new("hunter22hunter22");
    for asked in [request().header("x-api-key", &key), request().secret_query("apiKey", &key), request().hide(&key)] {
        let error = client(&server).json::<Answer>(&asked).await.unwrap_err();
        assert!(matches!(error.fault, HttpFault::Status { status: 302, .. }), "{error}");
    }
    assert_eq!(other.seen().len(), 1);
}

#[tokio::test]
async fn a_pause_holds_for_every_request_to_the_host() {
    let server = Server::start(|number, _| match number {
        0 => Reply::Status(429, vec![("retry-after", "1".into())], String::new()),
        _ => Reply::Json(GOOD.into()),
    })
    .await;
    let one = client(&server);
    let other = one.clone();
    let (first, second) = (request(), request());
    let began = Instant::now();
    let asked = async {
        // Asks only after the other has been told to wait.
        while server.seen().is_empty() {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        other.json::<Answer>(&second).await.unwrap();
        began.elapsed()
    };
    let (answer, elapsed) = tokio::join!(one.json::<Answer>(&first), asked);
    answer.unwrap();
    assert!(elapsed >= Duration::from_secs(1), "{elapsed:?}");
}

#[tokio::test]
async fn the_quota_is_kept() {
    let server = Server::start(|_, _| Reply::Json(GOOD.into())).await;
    let quota = Quota { units: 4, per: Duration::from_millis(400) };
    let http = Http::new(&server.url, Limits { quota: Some(quota), ..limits() }, Clock::system()).unwrap();
    let began = Instant::now();
    let dear = request().cost(2.try_into().unwrap());
    for _ in 0..4 {
        http.json::<Answer>(&dear).await.unwrap();
    }
    // Eight units: two at once, the other six a fifth of a second each.
    assert!(began.elapsed() >= Duration::from_millis(1_190), "{:?}", began.elapsed());
}

/// Many clones that all ask at once, by the server's own count: those beyond the half that is to be
/// had at once arrive no sooner than one by one over the period.
#[tokio::test]
async fn the_quota_is_kept_by_all_clones_together() {
    let arrivals = Arc::new(Mutex::new(Vec::new()));
    let log = arrivals.clone();
    let server = Server::start(move |_, _| {
        log.lock().unwrap().push(Instant::now());
        Reply::Json(GOOD.into())
    })
    .await;
    let quota = Quota { units: 6, per: Duration::from_millis(300) };
    let http = Http::new(&server.url, Limits { quota: Some(quota), ..limits() }, Clock::system()).unwrap();
    let began = Instant::now();
    let asked = (0..12).map(|_| {
        let http = http.clone();
        tokio::spawn(async move { http.json::<Answer>(&request()).await.map(|_| ()) })
    });
    for answer in asked.collect::<Vec<_>>() {
        answer.await.unwrap().unwrap();
    }
    let arrivals = arrivals.lock().unwrap();
    assert_eq!(arrivals.len(), 12);
    for (index, at) in arrivals.iter().enumerate() {
        let beyond = (index as u32 + 1).saturating_sub(3);
        assert!(at.duration_since(began) >= beyond * Duration::from_millis(100), "{index}: {arrivals:?}");
    }
}

#[tokio::test]
async fn no_error_shows_a_secret() {
    let secret = Secret::new("hunter22hunter22");
    let server =
        Server::start(|_, seen| Reply::Status(400, Vec::new(), format!("bad {} {:?}", seen.target, seen.headers)))
            .await;
    let asked = Request::get("updates", "/bothunter22hunter22/getUpdates")
        .secret_query("apiKey", &secret)
        .header("x-api-key", &secret)
        .hide(&secret);
    let error = client(&server).json::<Answer>(&asked).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter22"), "{error}");
    assert!(error.to_string().contains("[redacted]"), "{error}");
    let seen = &server.seen()[0];
    assert_eq!(seen.query("apiKey").as_deref(), Some("hunter22hunter22"));
    assert_eq!(seen.header("X-Api-Key"), Some("hunter22hunter22"));
    // Nobody listens there any more.
    let url = server.url.clone();
    drop(server);
    let http =
        Http::new(&format!("{url}/hunter22hunter22"), Limits { attempts: 1, ..limits() }, Clock::system()).unwrap();
    let error = http.json::<Answer>(&asked).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter22"), "{error}");
}

#[tokio::test]
async fn forms_and_passwords_arrive() {
    let server = Server::start(|_, _| Reply::Json(GOOD.into())).await;
    let asked = Request::get("token", "/token")
        .form(vec![("grant_type", "client credentials".into()), ("a&b", "c=d".into())])
        .basic_auth("id", &Secret::new("password"));
    client(&server).json::<Answer>(&asked).await.unwrap();
    let seen = &server.seen()[0];
    assert_eq!((seen.method.as_str(), seen.body.as_str()), ("POST", "grant_type=client+credentials&a%26b=c%3Dd"));
    assert_eq!(seen.header("authorization"), Some("Basic aWQ6cGFzc3dvcmQ="));
}

#[tokio::test]
async fn the_clock_can_be_set() {
    let clock = Clock::manual(Timestamp(7));
    let twin = clock.clone();
    clock.set(Timestamp(9));
    assert_eq!(twin.now(), Timestamp(9));
    assert!(Clock::system().now() > Timestamp(1_700_000_000));
}

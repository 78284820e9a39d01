//! Candles of exchanges by REST, over real sockets: paging, clocks, and what goes wrong.

mod support;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use shoal::{
    domain::{Asset, Instrument, KnownCandle, Listing, Timeframe, Venue, VenueKind},
    io::{
        advice::Advice,
        clock::Clock,
        exchange::{Exchange, ExchangeError},
        http::Limits,
    },
    units::Timestamp,
};
use support::data::data;
use support::http::{Reply, Seen, Server};

/// 2024-01-01 00:00.
const T0: u64 = 1_704_067_200;
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

fn exchange(kind: VenueKind, rest: &str, clock: &Clock) -> Exchange {
    let venue = Venue {
        name: "venue".into(),
        kind,
        rest: rest.into(),
        websocket: "ws://127.0.0.1:1".into(),
        quota_units: 1_000,
        quota_seconds: 1,
        settle_seconds: 5,
        max_skew_seconds: 30,
        silence_seconds: 10,
    };
    let limits = Limits {
        connect_timeout: Duration::from_millis(500),
        idle_timeout: Duration::from_millis(300),
        total_timeout: Duration::from_secs(2),
        attempts: 3,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(50),
        ..Limits::default()
    };
    Exchange::new(venue, limits, clock.clone()).unwrap()
}

fn instrument() -> Instrument {
    let listing = Listing { rest: "PAIR".into(), websocket: "PAIR".into() };
    Instrument {
        asset: Asset::new("ETH"),
        quote: "USD".into(),
        symbol: "ETHUSD".into(),
        listings: BTreeMap::from([("venue".into(), listing)]),
    }
}

/// The server's clock, in each venue's shape.
fn time(seen: &Seen, now: u64) -> Option<Reply> {
    let answer = match seen.path() {
        "/api/v3/time" | "/fapi/v1/time" => json!({"serverTime": now * 1_000}),
        "/time" => json!({"iso": "2024-01-01T00:00:00Z", "epoch": now as f64 + 0.25}),
        "/0/public/Time" => json!({"error": [], "result": {"unixtime": now, "rfc1123": "..."}}),
        _ => return None,
    };
    Some(Reply::Json(answer.to_string()))
}

fn number(seen: &Seen, name: &str) -> u64 {
    seen.query(name).unwrap().parse().unwrap()
}

/// A bar whose price tells its hour.
fn price(ts: u64) -> String {
    format!("{}.5", 1_000 + (ts - T0) / 60)
}

fn binance_row(ts: u64) -> Value {
    let p = price(ts);
    json!([ts * 1_000, p, p, p, p, "7.25", (ts + 1) * 1_000, "1", 3, "1", "1", "0"])
}

/// As Binance does: the first `limit` bars in the range, the forming one included.
fn binance(seen: &Seen, now: u64, step: u64) -> Reply {
    let (start, end) = (number(seen, "startTime") / 1_000, number(seen, "endTime") / 1_000);
    let opens = (start.max(T0).div_ceil(step)..).map(|bar| bar * step).take_while(|ts| *ts <= end && *ts <= now);
    let rows: Vec<Value> = opens.take(number(seen, "limit") as usize).map(binance_row).collect();
    Reply::Json(json!(rows).to_string())
}

async fn all(
    exchange: &Exchange,
    timeframe: Timeframe,
    from: u64,
    to: u64,
) -> Result<(Vec<KnownCandle>, Vec<(u64, u64)>), ExchangeError> {
    let mut pager = exchange.candles(&instrument(), timeframe, Timestamp(from), Timestamp(to))?;
    let (mut candles, mut pages) = (Vec::new(), Vec::new());
    while let Some(page) = pager.next_page().await? {
        pages.push((page.from.0, page.to.0));
        candles.extend(page.candles);
    }
    assert!(candles.windows(2).all(|pair| pair[0].candle.ts < pair[1].candle.ts));
    assert!(pages.windows(2).all(|pair| pair[0].1 == pair[1].0), "{pages:?}");
    for known in &candles {
        assert_eq!(known.known_at, timeframe.close(known.candle.ts));
    }
    Ok((candles, pages))
}

fn opens(candles: &[KnownCandle]) -> Vec<u64> {
    candles.iter().map(|known| known.candle.ts.0).collect()
}

#[tokio::test]
async fn binance_pages_reach_the_last_final_bar() {
    let now = T0 + 2_500 * HOUR + 30;
    for (kind, path) in [(VenueKind::BinanceSpot, "/api/v3/klines"), (VenueKind::BinancePerp, "/fapi/v1/klines")] {
        let server = Server::start(move |_, seen| time(seen, now).unwrap_or_else(|| binance(seen, now, HOUR))).await;
        let exchange = exchange(kind, &server.url, &Clock::manual(Timestamp(now)));
        // From long before the listing, to the future.
        let (candles, pages) = all(&exchange, Timeframe::H1, T0 - 5_000 * HOUR + 1, now + DAY).await.unwrap();
        assert_eq!(opens(&candles), (0..2_500).map(|hour| T0 + hour * HOUR).collect::<Vec<_>>());
        assert_eq!(pages.len(), 3);
        assert_eq!(candles[7].candle.close, 1_420.5);
        assert_eq!(candles[7].candle.volume, 7.25);
        let asked = &server.seen()[1];
        assert_eq!((asked.path(), asked.query("interval").as_deref()), (path, Some("1h")));
        // Resumed after the first page: not a bar is lost or doubled.
        let (rest, _) = all(&exchange, Timeframe::H1, pages[0].1, now).await.unwrap();
        assert_eq!(rest.first().unwrap().candle.ts.0, pages[0].1);
        assert_eq!(rest.len() + 1_000, candles.len());
    }
}

/// A bar is final a little after its close, and never by one clock alone.
#[tokio::test]
async fn a_forming_bar_is_never_final_whichever_clock_is_wrong() {
    let truth = T0 + 10 * HOUR + 1_800;
    for (ours, venues, last) in [
        (truth, truth, 9),
        // Our clock is an hour fast, or slow.
        (truth + HOUR, truth, 9),
        (truth - HOUR, truth, 8),
        // The venue's clock is an hour fast, or slow.
        (truth, truth + HOUR, 9),
        (truth, truth - HOUR, 8),
        // Five seconds to settle.
        (T0 + 10 * HOUR + 4, T0 + 10 * HOUR + 4, 8),
        (T0 + 10 * HOUR + 5, T0 + 10 * HOUR + 5, 9),
    ] {
        let server =
            Server::start(move |_, seen| time(seen, venues).unwrap_or_else(|| binance(seen, venues, HOUR))).await;
        let exchange = exchange(VenueKind::BinanceSpot, &server.url, &Clock::manual(Timestamp(ours)));
        let (candles, _) = all(&exchange, Timeframe::H1, T0, T0 + DAY).await.unwrap();
        assert_eq!(*opens(&candles).last().unwrap(), T0 + last * HOUR, "{ours} {venues}");
        let skew = exchange.skew().await.unwrap();
        assert_eq!(skew.seconds(), ours.abs_diff(venues));
    }
}

#[tokio::test]
async fn coinbase_pages_are_turned_around_and_four_hours_are_made_of_one() {
    // As Coinbase does: newest first, one bar from before the start, none without trades.
    fn candles(seen: &Seen) -> Reply {
        assert_eq!(seen.path(), "/products/PAIR/candles");
        let read = |name| seen.query(name).unwrap().parse::<Timestamp>().unwrap().0;
        let (start, end, step) = (read("start"), read("end"), number(seen, "granularity"));
        assert!((end - start) / step < 300, "the venue would refuse it");
        let opens = (start / step - 1..=end / step).map(|bar| bar * step).filter(|ts| ts / step % 7 != 3);
        let bar = |ts: u64| {
            let open = 1_000 + ts.saturating_sub(T0) / step;
            json!([ts, open as f64 - 0.5, open + 2, open, open + 1, 0.125])
        };
        let rows: Vec<Value> = opens.rev().map(bar).collect();
        Reply::Json(json!(rows).to_string())
    }
    let now = T0 + 1_000 * HOUR;
    let server = Server::start(move |_, seen| time(seen, now).unwrap_or_else(|| candles(seen))).await;
    let exchange = exchange(VenueKind::Coinbase, &server.url, &Clock::manual(Timestamp(now)));
    let (hours, pages) = all(&exchange, Timeframe::H1, T0, now).await.unwrap();
    let wanted: Vec<u64> = (0..999).map(|hour| T0 + hour * HOUR).filter(|ts| ts / HOUR % 7 != 3).collect();
    assert_eq!((opens(&hours), pages.len()), (wanted, 4));
    let first = hours[0].candle;
    assert_eq!((first.open, first.high, first.low, first.close), (1_000.0, 1_002.0, 999.5, 1_001.0));

    let (bars, pages) = all(&exchange, Timeframe::H4, T0 + 1, now).await.unwrap();
    assert_eq!((bars[0].candle.ts.0, pages[0].1), (T0 + 4 * HOUR, T0 + 304 * HOUR));
    for bar in &bars {
        let inside: Vec<_> = hours.iter().filter(|hour| Timeframe::H4.open(hour.candle.ts) == bar.candle.ts).collect();
        assert_eq!(bar.candle.open, inside[0].candle.open);
        assert_eq!(bar.candle.close, inside.last().unwrap().candle.close);
        assert_eq!(bar.candle.volume, 0.125 * inside.len() as f64);
    }
    assert!(server.seen().iter().all(|seen| seen.query("granularity").as_deref() != Some("14400")));
}

/// A Kraken with a trade every 20 s, the price of each its number; gives 720 bars and 1000
/// trades an answer.
fn kraken(seen: &Seen, now: u64) -> Reply {
    const EVERY: u64 = 20;
    let trade = |id: u64| (T0 + id * EVERY, id + 1);
    let answer = match seen.path() {
        "/0/public/OHLC" => {
            let step = number(seen, "interval") * 60;
            let last = now / step * step;
            let first = T0.max(last - 719 * step);
            // None for intervals without trades: here one in forty, as if it had been quiet.
            let rows: Vec<Value> = (0..=(last - first) / step)
                .filter(|bar| step > 60 || bar % 40 != 38)
                .map(|bar| {
                    let ts = first + bar * step;
                    let ids = (ts - T0) / EVERY..(ts + step - T0) / EVERY;
                    let (open, close) = (trade(ids.start).1, trade(ids.end - 1).1);
                    let text = |number: u64| format!("{number}.00");
                    let volume = format!("{}.00000000", ids.count());
                    json!([ts, text(open), text(close), text(open), text(close), text(open), volume, 3])
                })
                .collect();
            json!({"error": [], "result": {"XXBTZUSD": rows, "last": last - step}})
        }
        "/0/public/Trades" => {
            let since = number(seen, "since");
            let ids = (0..=(now - T0) / EVERY).filter(|id| trade(*id).0 * 1_000_000_000 > since).take(1_000);
            let rows: Vec<Value> = ids
                .map(|id| json!([format!("{}.00", trade(id).1), "1.00000000", trade(id).0 as f64, "b", "m", "", id]))
                .collect();
            let last = rows.last().map_or(since, |row| row[2].as_f64().unwrap() as u64 * 1_000_000_000);
            json!({"error": [], "result": {"XXBTZUSD": rows, "last": last.to_string()}})
        }
        path => panic!("{path}"),
    };
    Reply::Json(answer.to_string())
}

#[tokio::test]
async fn krakens_older_bars_are_made_of_its_trades() {
    let now = T0 + 2_000 * 60 + 30;
    let server = Server::start(move |_, seen| time(seen, now).unwrap_or_else(|| kraken(seen, now))).await;
    let exchange = exchange(VenueKind::Kraken, &server.url, &Clock::manual(Timestamp(now)));
    let (candles, pages) = all(&exchange, Timeframe::M1, T0, now).await.unwrap();
    // Of the last 720 minutes those that the answer leaves out.
    let wanted = (0..2_000).filter(|minute| *minute < 1_281 || (minute - 1_281) % 40 != 38);
    assert_eq!(opens(&candles), wanted.map(|minute| T0 + minute * 60).collect::<Vec<_>>());
    for known in &candles {
        let minute = (known.candle.ts.0 - T0) / 60;
        let (bar, first) = (known.candle, 3.0 * minute as f64 + 1.0);
        let prices = (bar.open, bar.high, bar.low, bar.close, bar.volume);
        assert_eq!(prices, (first, first + 2.0, first, first + 2.0, 3.0), "{minute}");
    }
    assert!(pages.len() > 1, "{pages:?}");
    let asked = |path: &str| server.seen().iter().filter(|seen| seen.path() == path).count();
    assert_eq!((asked("/0/public/OHLC"), asked("/0/public/Trades")), (2, 4));

    // Recent bars need no trades, and the forming one is dropped even if the clocks call it over.
    let late = exchange_at(&server.url, now + 3_000);
    let (candles, _) = all(&late, Timeframe::H1, T0, T0 + DAY).await.unwrap();
    assert_eq!(opens(&candles), (0..24).map(|hour| T0 + hour * HOUR).collect::<Vec<_>>());
    assert_eq!(asked("/0/public/Trades"), 4);
}

/// Coinbase's candles are minutes old at times, and an answer may be empty by mistake.
#[tokio::test]
async fn what_is_not_published_yet_is_asked_for_again() {
    let now = T0 + 600 * 60 + 30;
    let shown = Arc::new(AtomicU64::new(now - 300));
    let stale = shown.clone();
    let server = Server::start(move |number, seen| {
        time(seen, now).unwrap_or_else(|| {
            let read = |name| seen.query(name).unwrap().parse::<Timestamp>().unwrap().0;
            let last = read("end").min(stale.load(Ordering::SeqCst));
            let opens = (read("start") / 60..=last / 60).map(|bar| bar * 60).filter(|_| number != 1);
            let rows: Vec<Value> = opens.rev().map(|ts| json!([ts, 1.0, 1.0, 1.0, 1.0, 1.0])).collect();
            Reply::Json(json!(rows).to_string())
        })
    })
    .await;
    let exchange = exchange(VenueKind::Coinbase, &server.url, &Clock::manual(Timestamp(now)));
    let (candles, pages) = all(&exchange, Timeframe::M1, T0, now).await.unwrap();
    // The newest that is shown may be half made.
    assert_eq!((candles.len(), pages.last().unwrap().1), (595, T0 + 595 * 60));
    shown.store(now, Ordering::SeqCst);
    let (rest, _) = all(&exchange, Timeframe::M1, T0 + 595 * 60, now).await.unwrap();
    assert_eq!(opens(&rest), (595..600).map(|minute| T0 + minute * 60).collect::<Vec<_>>());
}

/// One bad row takes no other with it, and is told.
#[tokio::test]
async fn a_malformed_row_is_left_out_and_told() {
    let now = T0 + 3 * HOUR + 30;
    let rows = json!([binance_row(T0), [(T0 + HOUR) * 1_000, "2", "1", "1", "2", "7"], binance_row(T0 + 2 * HOUR)]);
    let server = Server::start(move |_, seen| time(seen, now).unwrap_or_else(|| Reply::Json(rows.to_string()))).await;
    let spot = exchange(VenueKind::BinanceSpot, &server.url, &Clock::manual(Timestamp(now)));
    let mut pager = spot.candles(&instrument(), Timeframe::H1, Timestamp(T0), Timestamp(now)).unwrap();
    let page = pager.next_page().await.unwrap().unwrap();
    assert_eq!((opens(&page.candles), page.to.0), (vec![T0, T0 + 2 * HOUR], T0 + 3 * HOUR));
    assert!(page.malformed.len() == 1 && page.malformed[0].contains("bar 1 ("), "{:?}", page.malformed);
}

fn exchange_at(url: &str, now: u64) -> Exchange {
    exchange(VenueKind::Kraken, url, &Clock::manual(Timestamp(now)))
}

#[tokio::test]
async fn a_symbol_that_is_gone_is_said_so() {
    let answers = |seen: &Seen| match seen.path() {
        "/api/v3/klines" | "/fapi/v1/klines" => {
            Reply::Status(400, Vec::new(), r#"{"code":-1121,"msg":"Invalid symbol."}"#.into())
        }
        "/products/PAIR/candles" => Reply::Status(404, Vec::new(), r#"{"message":"NotFound"}"#.into()),
        _ => Reply::Json(r#"{"error":["EQuery:Unknown asset pair"]}"#.into()),
    };
    let now = T0 + DAY;
    let server = Server::start(move |_, seen| time(seen, now).unwrap_or_else(|| answers(seen))).await;
    let clock = Clock::manual(Timestamp(now));
    for kind in [VenueKind::BinanceSpot, VenueKind::BinancePerp, VenueKind::Coinbase, VenueKind::Kraken] {
        let error = all(&exchange(kind, &server.url, &clock), Timeframe::H1, T0, now).await.unwrap_err();
        assert!(matches!(&error, ExchangeError::UnknownSymbol { symbol, .. } if symbol == "PAIR"), "{error}");
        assert_eq!(error.advice(), Advice::Drop);
        assert!(error.to_string().starts_with("venue/ETHUSD_1h: unknown symbol `PAIR`"), "{error}");
    }
    let stranger = Instrument { listings: BTreeMap::new(), ..instrument() };
    let spot = exchange(VenueKind::BinanceSpot, &server.url, &clock);
    let error = spot.candles(&stranger, Timeframe::H1, Timestamp(T0), Timestamp(now)).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.advice()),
        ("venue has no symbol for ETH/USD in the configuration", Advice::Halt)
    );
}

#[tokio::test]
async fn passing_faults_are_survived_and_lasting_ones_named() {
    let now = T0 + 10 * HOUR + 30;
    let whole = json!((0..10).map(|hour| binance_row(T0 + hour * HOUR)).collect::<Vec<_>>()).to_string();
    let half = [support::http::head(200, &[], whole.len()), whole.as_bytes()[..whole.len() / 2].to_vec()].concat();
    let faults = [
        Reply::Status(429, vec![("retry-after", "0".into())], String::new()),
        Reply::Status(418, Vec::new(), "banned".into()),
        Reply::Status(500, Vec::new(), "oops".into()),
        Reply::Body("text/html", b"<html>maintenance</html>".to_vec()),
        Reply::Raw(half),
        Reply::Freeze(whole.clone()),
        Reply::Hang,
    ];
    for fault in faults {
        // The clock's answer is number zero, so the first question for bars is number one.
        let first = fault.clone();
        let server = Server::start(move |number, seen| match time(seen, now) {
            Some(reply) => reply,
            None if number == 1 => first.clone(),
            None => binance(seen, now, HOUR),
        })
        .await;
        let spot = exchange(VenueKind::BinanceSpot, &server.url, &Clock::manual(Timestamp(now)));
        let (candles, _) = all(&spot, Timeframe::H1, T0, now).await.unwrap();
        assert_eq!(candles.len(), 10, "{fault:?}");
    }
    for (fault, advice) in [
        (Reply::Status(503, Vec::new(), "later".into()), Advice::Retry),
        (Reply::Status(451, Vec::new(), "not in your country".into()), Advice::Drop),
        (Reply::Json("{\"price\": 1}".into()), Advice::Drop),
        (Reply::Json(json!([[T0 * 1_000, "2", "1", "1", "2", "7"]]).to_string()), Advice::Drop),
        (Reply::Json(json!([binance_row(T0 + 60)]).to_string()), Advice::Drop),
    ] {
        let server = Server::start(move |_, seen| time(seen, now).unwrap_or_else(|| fault.clone())).await;
        let spot = exchange(VenueKind::BinanceSpot, &server.url, &Clock::manual(Timestamp(now)));
        let error = all(&spot, Timeframe::H1, T0, now).await.unwrap_err();
        assert_eq!(error.advice(), advice, "{error}");
        assert!(error.to_string().starts_with("venue/ETHUSD_1h: "), "{error}");
    }
}

/// A page that failed is asked for again and nothing is lost.
#[tokio::test]
async fn a_pager_goes_on_after_an_error() {
    let now = T0 + 1_500 * HOUR + 30;
    let server = Server::start(move |number, seen| match time(seen, now) {
        Some(reply) => reply,
        None if (2..5).contains(&number) => Reply::Status(502, Vec::new(), String::new()),
        None => binance(seen, now, HOUR),
    })
    .await;
    let spot = exchange(VenueKind::BinanceSpot, &server.url, &Clock::manual(Timestamp(now)));
    let mut pager = spot.candles(&instrument(), Timeframe::H1, Timestamp(T0), Timestamp(now)).unwrap();
    let first = pager.next_page().await.unwrap().unwrap();
    assert_eq!(pager.next_page().await.unwrap_err().advice(), Advice::Retry);
    let second = pager.next_page().await.unwrap().unwrap();
    assert_eq!((first.to, first.candles.len() + second.candles.len()), (second.from, 1_500));
    assert!(pager.next_page().await.unwrap().is_none());
}

#[tokio::test]
async fn a_busy_kraken_is_asked_again() {
    let now = T0 + 600;
    for (word, survived) in
        [("EAPI:Rate limit exceeded", true), ("EService:Unavailable", true), ("EGeneral:Invalid arguments", false)]
    {
        let server = Server::start(move |number, seen| match time(seen, now) {
            Some(reply) => reply,
            None if number == 1 => Reply::Json(json!({"error": [word]}).to_string()),
            None => kraken(seen, now),
        })
        .await;
        let found = all(&exchange_at(&server.url, now), Timeframe::M1, T0, now).await;
        match found {
            Ok((candles, _)) => assert!(survived && candles.len() == 9, "{word}"),
            Err(error) => {
                assert!(!survived, "{error}");
                assert_eq!(error.to_string(), format!("venue/ETHUSD_1m: refused: {word}"));
            }
        }
    }
    let server = Server::start(move |_, seen| {
        time(seen, now).unwrap_or_else(|| Reply::Json(r#"{"error":["EAPI:Rate limit exceeded"]}"#.into()))
    })
    .await;
    let error = all(&exchange_at(&server.url, now), Timeframe::M1, T0, now).await.unwrap_err();
    assert_eq!(error.advice(), Advice::Retry);
    assert_eq!(server.seen().len(), 4);
}

/// Binance's answer in its own shape, rebuilt from real values; the daily bars are those of the
/// data folder.
#[tokio::test]
async fn real_klines_arrive_as_they_are() {
    let Some(path) = data("wire/binance_klines_ETHUSDT_1d_100_REBUILT_from_real_values.json") else { return };
    let body = std::fs::read_to_string(path).unwrap();
    let rows: Vec<Vec<Value>> = serde_json::from_str(&body).unwrap();
    let now = T0 + 100 * DAY + HOUR;
    let server = Server::start(move |_, seen| time(seen, now).unwrap_or_else(|| Reply::Json(body.clone()))).await;
    let spot = exchange(VenueKind::BinanceSpot, &server.url, &Clock::manual(Timestamp(now)));
    let (candles, _) = all(&spot, Timeframe::D1, T0, now).await.unwrap();
    assert_eq!(candles.len(), 100);
    for (row, known) in rows.iter().zip(&candles) {
        let text = |at: usize| row[at].as_str().unwrap().parse::<f64>().unwrap();
        let bar = known.candle;
        assert_eq!(row[0].as_u64().unwrap(), bar.ts.0 * 1_000);
        let read = [bar.open, bar.high, bar.low, bar.close, bar.volume];
        assert_eq!(read, [text(1), text(2), text(3), text(4), text(5)]);
    }
}

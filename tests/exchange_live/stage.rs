//! A venue that a test speaks for, and a feed of it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use shoal::{
    domain::{Asset, Instrument, KnownCandle, Listing, Timeframe, Venue, VenueKind},
    io::{
        clock::Clock,
        exchange::{Exchange, FeedEvent, Patience},
        http::Limits,
    },
    units::Timestamp,
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinHandle,
};

use crate::support::{
    http::{Reply, Seen, Server as Rest},
    ws::{Connection, Server as Socket},
};

/// 2024-01-01 00:00.
pub(crate) const T0: u64 = 1_704_067_200;

/// A venue: REST that knows every minute, and a WebSocket that the test speaks for.
pub(crate) struct Stage {
    pub(crate) clock: Clock,
    /// The venue's clock less ours.
    pub(crate) offset: Arc<AtomicI64>,
    pub(crate) rest: Rest,
    pub(crate) socket: Socket,
    pub(crate) kind: VenueKind,
    pub(crate) symbol: &'static str,
    pub(crate) silence_seconds: u64,
    pub(crate) limits: Limits,
}

impl Stage {
    pub(crate) async fn new(kind: VenueKind, symbol: &'static str, now: u64) -> Self {
        let (clock, offset) = (Clock::manual(Timestamp(now)), Arc::new(AtomicI64::new(0)));
        let (ours, off) = (clock.clone(), offset.clone());
        let rest = Rest::start(move |_, seen| {
            let now = ours.now().0.saturating_add_signed(off.load(Ordering::SeqCst));
            answer(seen, now)
        })
        .await;
        let limits = Limits { attempts: 1, ..Limits::default() };
        Self { clock, offset, rest, socket: Socket::start().await, kind, symbol, silence_seconds: 60, limits }
    }

    pub(crate) fn set(&self, now: u64) {
        self.clock.set(Timestamp(now));
    }

    /// Follows minutes from `from` on.
    pub(crate) fn follow(&self, from: u64) -> Feed {
        let venue = Venue {
            name: "venue".into(),
            kind: self.kind,
            rest: self.rest.url.clone(),
            websocket: self.socket.url.clone(),
            quota_units: 1_000,
            quota_seconds: 1,
            settle_seconds: 5,
            max_skew_seconds: 30,
            silence_seconds: self.silence_seconds,
        };
        let exchange = Exchange::new(venue, self.limits, self.clock.clone()).unwrap();
        let listing = Listing { rest: "PAIR".into(), websocket: self.symbol.into() };
        let instrument = Instrument {
            asset: Asset::new("ETH"),
            quote: "USD".into(),
            symbol: "ETHUSD".into(),
            listings: BTreeMap::from([("venue".into(), listing)]),
        };
        let patience = Patience {
            tick: Duration::from_millis(5),
            first_wait: Duration::from_millis(5),
            longest_wait: Duration::from_millis(40),
        };
        let mut feed = exchange.follow(&instrument, Timeframe::M1, Timestamp(from), patience).unwrap();
        let (sender, events) = unbounded_channel();
        let task = tokio::spawn(async move {
            loop {
                // Dropped and made anew all the time: that must lose nothing.
                if let Ok(event) = tokio::time::timeout(Duration::from_millis(2), feed.next()).await
                    && sender.send(event).is_err()
                {
                    break;
                }
            }
        });
        Feed { events, task }
    }
}

/// What REST says of a minute: its close tells which, its volume that it was REST.
pub(crate) fn rest_close(ts: u64) -> f64 {
    (ts / 60 % 10_000) as f64 + 1.0
}

pub(crate) const REST_VOLUME: f64 = 77.0;

fn answer(seen: &Seen, now: u64) -> Reply {
    let opens = |from: u64, to: u64| (from.div_ceil(60)..=to / 60).map(|bar| bar * 60).filter(move |ts| *ts <= now);
    let number = |name| seen.query(name).unwrap().parse::<u64>().unwrap();
    let time = |name| seen.query(name).unwrap().parse::<Timestamp>().unwrap().0;
    let answer = match seen.path() {
        "/api/v3/time" => json!({"serverTime": now * 1_000}),
        "/time" => json!({"iso": "", "epoch": now as f64}),
        "/0/public/Time" => json!({"error": [], "result": {"unixtime": now}}),
        "/api/v3/klines" => {
            let rows = opens(number("startTime") / 1_000, number("endTime") / 1_000).map(|ts| {
                let p = rest_close(ts).to_string();
                json!([ts * 1_000, p, p, p, p, REST_VOLUME.to_string(), 0, "0", 0, "0", "0", "0"])
            });
            rows.collect()
        }
        "/products/PAIR/candles" => {
            let rows = opens(time("start"), time("end")).map(|ts| {
                let p = rest_close(ts);
                json!([ts, p, p, p, p, REST_VOLUME])
            });
            rows.rev().collect()
        }
        "/0/public/OHLC" => {
            let rows = opens(now - 600 * 60, now).map(|ts| {
                let p = rest_close(ts).to_string();
                json!([ts, p, p, p, p, p, REST_VOLUME.to_string(), 1])
            });
            json!({"error": [], "result": {"PAIR": rows.collect::<Value>(), "last": 0}})
        }
        path => panic!("{path}"),
    };
    Reply::Json(answer.to_string())
}

/// A feed that runs, and what it told.
pub(crate) struct Feed {
    pub(crate) events: UnboundedReceiver<FeedEvent>,
    pub(crate) task: JoinHandle<()>,
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) async fn next(feed: &mut Feed) -> FeedEvent {
    let event = tokio::time::timeout(Duration::from_secs(10), feed.events.recv()).await;
    event.expect("nothing happened").unwrap()
}

/// The events up to and with the first that is wanted.
pub(crate) async fn until(feed: &mut Feed, wanted: impl Fn(&FeedEvent) -> bool) -> Vec<FeedEvent> {
    let mut events = Vec::new();
    loop {
        events.push(next(feed).await);
        if wanted(&events[events.len() - 1]) {
            return events;
        }
    }
}

pub(crate) fn candles(events: &[FeedEvent]) -> Vec<KnownCandle> {
    let known = events.iter().filter_map(|event| match event {
        FeedEvent::Candle(known) => Some(*known),
        _ => None,
    });
    known.collect()
}

/// The next candle, and nothing but `Connected`, `Lost` and `Gap` before it.
pub(crate) async fn candle(feed: &mut Feed) -> KnownCandle {
    let events = until(feed, |event| matches!(event, FeedEvent::Candle(_))).await;
    for event in &events {
        let is_usual = matches!(
            event,
            FeedEvent::Candle(_) | FeedEvent::Connected | FeedEvent::Lost { .. } | FeedEvent::Gap { .. }
        );
        assert!(is_usual, "{event:?}");
    }
    candles(&events)[0]
}

pub(crate) async fn connected(feed: &mut Feed) {
    until(feed, |event| matches!(event, FeedEvent::Connected)).await;
}

/// Whether everything sent so far was read, and no candle came of it.
pub(crate) async fn nothing_final(feed: &mut Feed, connection: &mut Connection) -> Vec<FeedEvent> {
    connection.send("no json at all").await;
    let is_marker =
        |event: &FeedEvent| matches!(event, FeedEvent::Malformed { message, .. } if message == "no json at all");
    let events = until(feed, is_marker).await;
    assert!(candles(&events).is_empty(), "{events:?}");
    events
}

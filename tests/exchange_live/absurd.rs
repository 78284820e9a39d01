//! Trades with numbers and times that cannot be: refused and told, and of no lasting effect.

use serde_json::json;
use shoal::{domain::VenueKind, io::exchange::FeedEvent};

use crate::{
    heartbeat, matched,
    stage::{Feed, REST_VOLUME, Stage, T0, candle, candles, connected, nothing_final, until},
    support::ws::Connection,
};

/// A feed at 00:01:10 whose last trade was number 40, and the connection that it listens to.
async fn listening() -> (Stage, Feed, Connection) {
    let mut stage = Stage::new(VenueKind::Coinbase, "ETH-USD", T0 + 30).await;
    let mut feed = stage.follow(T0);
    let one = subscribed(&mut stage, &mut feed).await;
    stage.set(T0 + 70);
    assert_eq!(candle(&mut feed).await.candle.volume, REST_VOLUME);
    (stage, feed, one)
}

async fn subscribed(stage: &mut Stage, feed: &mut Feed) -> Connection {
    let mut connection = stage.socket.accept().await;
    connection.hear().await;
    // Of long ago: an illiquid market's.
    connection.send(matched(40, "2023-12-24T00:00:00Z", "9", "9").replace("\"match\"", "\"last_match\"")).await;
    connection.send(r#"{"type":"subscriptions","channels":[{"name":"matches","product_ids":["ETH-USD"]}]}"#).await;
    connected(feed).await;
    connection
}

/// What was refused in the next `count` refusals, and why; no candle is among them.
async fn refused(feed: &mut Feed, count: usize) -> Vec<String> {
    let mut all = Vec::new();
    while all.len() < count {
        let events = until(feed, |event| matches!(event, FeedEvent::Malformed { .. })).await;
        assert!(candles(&events).is_empty(), "{events:?}");
        all.extend(events.into_iter().filter_map(|event| match event {
            FeedEvent::Malformed { why, message } => Some(format!("{message}: {why}")),
            _ => None,
        }));
    }
    all
}

#[tokio::test]
async fn one_absurd_number_leaves_gaps_to_be_found() {
    for absurd in [u64::MAX - 1, 9_000_000_000] {
        let (stage, mut feed, mut one) = listening().await;
        one.send(matched(41, "2024-01-01T00:01:08Z", "10", "1")).await;
        one.send(matched(absurd, "2024-01-01T00:01:09Z", "10", "1")).await;
        one.send(matched(42, "2024-01-01T00:01:10Z", "10", "1")).await;
        let told = refused(&mut feed, 2).await;
        assert!(told[0].ends_with(&format!("trade number {absurd} where 42 was due")), "{told:?}");
        assert!(told[1].ends_with(&format!("trade number 42 where {} was due", absurd + 1)), "{told:?}");
        // What was lost in between nobody knows: the bar is REST's.
        stage.set(T0 + 131);
        let known = candle(&mut feed).await;
        assert_eq!((known.candle.ts.0, known.candle.volume), (T0 + 60, REST_VOLUME));
        // In the next, number 44 is missing, and that is noticed.
        one.send(matched(43, "2024-01-01T00:02:11Z", "10", "1")).await;
        one.send(matched(45, "2024-01-01T00:02:12Z", "10", "1")).await;
        stage.set(T0 + 185);
        one.send(matched(46, "2024-01-01T00:03:01Z", "11", "0.5")).await;
        nothing_final(&mut feed, &mut one).await;
        stage.set(T0 + 191);
        let known = candle(&mut feed).await;
        assert_eq!((known.candle.ts.0, known.candle.volume), (T0 + 120, REST_VOLUME));
        // And what is whole is ours.
        stage.set(T0 + 242);
        one.send(matched(47, "2024-01-01T00:03:30Z", "12", "0.25")).await;
        one.send(heartbeat(47, "2024-01-01T00:04:01Z")).await;
        let bar = candle(&mut feed).await.candle;
        assert_eq!((bar.ts.0, bar.open, bar.close, bar.volume), (T0 + 180, 11.0, 12.0, 0.75));
    }
}

#[tokio::test]
async fn numbers_that_begin_anew_are_followed() {
    let (stage, mut feed, mut one) = listening().await;
    one.send(matched(41, "2024-01-01T00:01:08Z", "10", "1")).await;
    one.send(matched(1_000_000, "2024-01-01T00:01:09Z", "10", "1")).await;
    one.send(matched(1_000_001, "2024-01-01T00:01:10Z", "10", "1")).await;
    let told = refused(&mut feed, 1).await;
    assert!(told[0].starts_with("a trade of 2024-01-01T00:01:09Z, number 1000000 at 10: "), "{told:?}");
    stage.set(T0 + 131);
    assert_eq!(candle(&mut feed).await.candle.volume, REST_VOLUME);
    one.send(matched(1_000_002, "2024-01-01T00:02:11Z", "10", "2")).await;
    stage.set(T0 + 181);
    one.send(matched(1_000_003, "2024-01-01T00:03:00Z", "10", "1")).await;
    let bar = candle(&mut feed).await.candle;
    assert_eq!((bar.ts.0, bar.volume), (T0 + 120, 2.0));
}

#[tokio::test]
async fn trades_of_the_future_and_of_long_ago_open_no_bar() {
    let (stage, mut feed, mut one) = listening().await;
    one.send(matched(41, "2024-01-01T00:01:09Z", "10", "1")).await;
    one.send(matched(42, "2100-01-01T00:00:00Z", "999", "1")).await;
    one.send(matched(43, "1970-01-01T00:00:10Z", "1", "1")).await;
    // Clocks may differ by 30 seconds.
    one.send(matched(44, "2024-01-01T00:01:41Z", "999", "1")).await;
    let told = refused(&mut feed, 3).await;
    for (told, date) in told.iter().zip(["2100-01-01T00:00:00Z", "1970-01-01T00:00:10Z", "2024-01-01T00:01:41Z"]) {
        assert!(told.contains(&format!("dated {date}, which is not from 2023-12-31T23:57:40Z to ")), "{told}");
        assert!(told.ends_with(" to 2024-01-01T00:01:40Z"), "{told}");
    }
    // A bar of which a trade was left out is REST's; none is missing in the next.
    stage.set(T0 + 131);
    let known = candle(&mut feed).await;
    assert_eq!((known.candle.ts.0, known.candle.volume), (T0 + 60, REST_VOLUME));
    one.send(matched(45, "2024-01-01T00:02:11Z", "10", "2")).await;
    stage.set(T0 + 181);
    one.send(matched(46, "2024-01-01T00:03:00Z", "10", "1")).await;
    let bar = candle(&mut feed).await.candle;
    assert_eq!((bar.ts.0, bar.high, bar.volume), (T0 + 120, 10.0, 2.0));
}

#[tokio::test]
async fn a_heartbeat_of_an_absurd_number_leaves_the_bar_to_rest() {
    let (stage, mut feed, mut one) = listening().await;
    one.send(matched(41, "2024-01-01T00:01:09Z", "10", "1")).await;
    one.send(heartbeat(u64::MAX, "2024-01-01T00:01:10Z")).await;
    let told = refused(&mut feed, 1).await;
    assert!(told[0].ends_with("trade number 18446744073709551615 where 42 was due"), "{told:?}");
    stage.set(T0 + 131);
    assert_eq!(candle(&mut feed).await.candle.volume, REST_VOLUME);
    one.send(matched(42, "2024-01-01T00:02:11Z", "10", "2")).await;
    stage.set(T0 + 182);
    one.send(heartbeat(42, "2024-01-01T00:03:01Z")).await;
    let bar = candle(&mut feed).await.candle;
    assert_eq!((bar.ts.0, bar.volume), (T0 + 120, 2.0));
}

/// The venue's clock was set, or lies: both clocks are read together once more.
#[tokio::test]
async fn a_heartbeat_of_the_future_has_the_clocks_read_anew() {
    let (mut stage, mut feed, mut one) = listening().await;
    one.send(heartbeat(40, "2100-01-01T00:00:00Z")).await;
    let events = until(&mut feed, |event| matches!(event, FeedEvent::Lost { .. })).await;
    assert!(matches!(&events[0], FeedEvent::Malformed { why, .. } if why.starts_with("dated 2100-")), "{events:?}");
    assert_eq!(events.len(), 2, "{events:?}");
    let mut two = subscribed(&mut stage, &mut feed).await;
    stage.set(T0 + 131);
    assert_eq!(candle(&mut feed).await.candle.volume, REST_VOLUME);
    two.send(matched(41, "2024-01-01T00:02:11Z", "10", "2")).await;
    stage.set(T0 + 182);
    two.send(heartbeat(41, "2024-01-01T00:03:01Z")).await;
    assert_eq!(candle(&mut feed).await.candle.volume, 2.0);
}

/// A final kline of the year 2100 once made every later bar wait for it.
#[tokio::test]
async fn a_kline_of_the_future_opens_no_bar() {
    let mut stage = Stage::new(VenueKind::BinanceSpot, "PAIR", T0 + 1).await;
    let mut feed = stage.follow(T0);
    let mut one = stage.socket.accept().await;
    connected(&mut feed).await;
    one.send(crate::kline(4_102_444_800, 4_102_444_860, "3", true)).await;
    until(&mut feed, |event| matches!(event, FeedEvent::Lost { .. })).await;
    let mut two = stage.socket.accept().await;
    connected(&mut feed).await;
    stage.set(T0 + 61);
    two.send(crate::kline(T0, T0 + 60, "4", true)).await;
    let bar = candle(&mut feed).await.candle;
    assert_eq!((bar.ts.0, bar.close, bar.volume), (T0, 4.0, 5.5));
}

/// Trades without numbers: one that is dated wrongly costs its bar, and only that.
#[tokio::test]
async fn unnumbered_trades_of_the_future_open_no_bar() {
    let mut stage = Stage::new(VenueKind::KrakenV1, "XMR/USD", T0 + 50).await;
    let mut feed = stage.follow(T0 + 60);
    let mut one = stage.socket.accept().await;
    one.hear().await;
    one.send(json!({"event": "subscriptionStatus", "pair": "XMR/USD", "status": "subscribed"}).to_string()).await;
    connected(&mut feed).await;
    let trade = |at: u64, size: &str| {
        json!([993, [["400.0", size, format!("{at}.5"), "s", "l", ""]], "trade", "XMR/USD"]).to_string()
    };
    stage.set(T0 + 100);
    one.send(trade(T0 + 99, "1.0")).await;
    one.send(trade(4_102_444_800, "1.0")).await;
    let told = refused(&mut feed, 1).await;
    assert!(told[0].contains("dated 2100-01-01T00:00:00Z"), "{told:?}");
    stage.set(T0 + 131);
    assert_eq!(candle(&mut feed).await.candle.volume, REST_VOLUME);
    one.send(trade(T0 + 130, "2.0")).await;
    stage.set(T0 + 182);
    one.send(trade(T0 + 181, "1.0")).await;
    let bar = candle(&mut feed).await.candle;
    assert_eq!((bar.ts.0, bar.volume), (T0 + 120, 2.0));
}

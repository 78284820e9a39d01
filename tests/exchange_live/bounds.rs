//! What a venue may not do for ever: speak without end, leave a subscription unanswered, take a
//! connection and say nothing.

use std::time::Duration;

use shoal::{domain::VenueKind, io::exchange::FeedEvent};
use tokio::{io::AsyncReadExt, net::TcpListener, time::Instant};

use crate::{
    kline,
    stage::{Stage, T0, candle, connected, until},
};

/// Of a feed's longest message.
const MOST: usize = 4 << 20;

fn is_lost(event: &FeedEvent) -> bool {
    matches!(event, FeedEvent::Lost { .. })
}

#[tokio::test]
async fn a_message_without_end_is_given_up() {
    // In one frame, and in many of which none is too long.
    for parts in [1, 64] {
        let mut stage = Stage::new(VenueKind::BinanceSpot, "PAIR", T0 + 1).await;
        let mut feed = stage.follow(T0);
        let mut one = stage.socket.accept().await;
        connected(&mut feed).await;
        // The longest that is read: it is senseless, and quoted in part.
        one.send_in_parts(&"x".repeat(MOST), parts).await;
        let events = until(&mut feed, |event| matches!(event, FeedEvent::Malformed { .. })).await;
        let [FeedEvent::Malformed { message, .. }] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(message.len(), 200);
        // One byte more ends the connection.
        one.send_in_parts(&"x".repeat(MOST + 1), parts).await;
        let events = until(&mut feed, is_lost).await;
        let [FeedEvent::Lost { why, .. }] = events.as_slice() else { panic!("{events:?}") };
        assert!(why.contains("too long"), "{why}");
        // And another takes its place.
        let mut two = stage.socket.accept().await;
        connected(&mut feed).await;
        stage.set(T0 + 61);
        two.send(kline(T0, T0 + 60, "4", true)).await;
        assert_eq!(candle(&mut feed).await.candle.close, 4.0);
    }
}

#[tokio::test]
async fn a_subscription_that_is_never_confirmed_is_asked_for_again() {
    let mut stage = Stage::new(VenueKind::Kraken, "BTC/USD", T0 + 1).await;
    stage.silence_seconds = 1;
    let mut feed = stage.follow(T0);
    let mut one = stage.socket.accept().await;
    one.hear().await;
    // It lives: it answers pings, and says what is of no use.
    one.send(r#"{"channel":"status","type":"update","data":[{"system":"online"}]}"#).await;
    let lives = tokio::spawn(async move { one.read_on().await });
    let asked = Instant::now();
    let events = until(&mut feed, is_lost).await;
    let waited = asked.elapsed();
    let [FeedEvent::Stale { why, .. }, FeedEvent::Lost { .. }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(*why, "it did not confirm the subscription");
    // It was asked for shortly before we heard of it.
    assert!(waited > Duration::from_millis(500), "{waited:?}");
    lives.await.unwrap();
    let mut two = stage.socket.accept().await;
    assert_eq!(two.hear().await["method"], "subscribe");
    two.send(r#"{"method":"subscribe","success":true,"result":{"channel":"trade","symbol":"BTC/USD"}}"#).await;
    connected(&mut feed).await;
}

#[tokio::test]
async fn a_connection_that_is_taken_and_never_answered_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stage = Stage::new(VenueKind::BinanceSpot, "PAIR", T0 + 1).await;
    stage.socket.url = format!("ws://{}", listener.local_addr().unwrap());
    stage.limits.connect_timeout = Duration::from_millis(100);
    let mut feed = stage.follow(T0);
    for _ in 0..2 {
        let (mut taken, _) = listener.accept().await.unwrap();
        let mut asked = [0; 4];
        taken.read_exact(&mut asked).await.unwrap();
        assert_eq!(&asked, b"GET ");
        let events = until(&mut feed, is_lost).await;
        let [FeedEvent::Lost { why, .. }] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(why, "no connection in time");
        // It is not kept open.
        let mut rest = Vec::new();
        taken.read_to_end(&mut rest).await.unwrap();
    }
}

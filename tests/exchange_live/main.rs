//! Live feeds of exchanges over real WebSockets that break, lie and fall silent, with a real
//! REST server beside them that fills the gaps.

#[path = "../support/mod.rs"]
mod support;

mod absurd;
mod bounds;
mod stage;

use std::{io::Read, sync::atomic::Ordering};

use serde_json::{Value, json};
use shoal::{
    domain::VenueKind,
    io::exchange::{ExchangeError, FeedEvent},
};
use stage::{REST_VOLUME, Stage, T0, candle, candles, connected, next, nothing_final, rest_close, until};
use support::data::data;

/// Binance's message, as recorded but for its values.
pub(crate) fn kline(ts: u64, sent_at: u64, close: &str, is_final: bool) -> String {
    json!({"stream": "pair@kline_1m", "data": {"e": "kline", "E": sent_at * 1_000 + 7, "s": "PAIR", "k": {
        "t": ts * 1_000, "T": (ts + 60) * 1_000 - 1, "s": "PAIR", "i": "1m", "f": 1, "L": 2, "o": "2.0", "c": close,
        "h": "9.0", "l": "1.0", "v": "5.5", "n": 2, "x": is_final, "q": "1", "V": "1", "Q": "1", "B": "0"}}})
    .to_string()
}

#[tokio::test]
async fn a_connection_that_breaks_in_mid_candle_loses_nothing() {
    let mut stage = Stage::new(VenueKind::BinanceSpot, "PAIR", T0 + 30).await;
    let mut feed = stage.follow(T0 - 120);
    let mut one = stage.socket.accept().await;
    assert_eq!(one.target, "/stream?streams=pair@kline_1m");
    // Two bars from before the connection: REST's, known since they were received.
    for ts in [T0 - 120, T0 - 60] {
        let known = candle(&mut feed).await;
        assert_eq!((known.candle.ts.0, known.candle.volume, known.known_at.0), (ts, REST_VOLUME, T0 + 30));
    }
    one.send(kline(T0, T0 + 31, "3", false)).await;
    nothing_final(&mut feed, &mut one).await;
    stage.set(T0 + 61);
    one.send(kline(T0, T0 + 60, "4", true)).await;
    let known = candle(&mut feed).await;
    assert_eq!((known.candle.ts.0, known.candle.close, known.candle.volume), (T0, 4.0, 5.5));
    assert_eq!(known.known_at.0, T0 + 61);
    // Broken in mid-candle; two bars and a half pass.
    one.send(kline(T0 + 60, T0 + 61, "5", false)).await;
    nothing_final(&mut feed, &mut one).await;
    drop(one);
    stage.set(T0 + 210);
    until(&mut feed, |event| matches!(event, FeedEvent::Lost { .. })).await;
    let mut two = stage.socket.accept().await;
    stage.set(T0 + 242);
    // The live bar is there first, and waits for those before it.
    two.send(kline(T0 + 180, T0 + 241, "6", true)).await;
    let events =
        until(&mut feed, |event| matches!(event, FeedEvent::Candle(known) if known.candle.ts.0 == T0 + 180)).await;
    assert!(events.iter().any(|event| matches!(event, FeedEvent::Gap { from, .. } if from.0 == T0 + 60)));
    let got: Vec<_> = candles(&events).iter().map(|known| (known.candle.ts.0, known.candle.close)).collect();
    let rest = |ts| (ts, rest_close(ts));
    // The last is the live one, or REST's if that was quicker: in any case it comes once.
    assert_eq!(got[..2], [rest(T0 + 60), rest(T0 + 120)]);
    assert_eq!(got.len(), 3);
}

#[tokio::test]
async fn repeated_disordered_and_senseless_messages_change_nothing() {
    let mut stage = Stage::new(VenueKind::BinanceSpot, "PAIR", T0 + 1).await;
    let mut feed = stage.follow(T0);
    let mut one = stage.socket.accept().await;
    connected(&mut feed).await;
    stage.set(T0 + 121);
    // The second bar first, each twice, with noise between.
    for text in [
        kline(T0 + 60, T0 + 121, "3", true),
        "[1,2".into(),
        kline(T0 + 60, T0 + 121, "3", true),
        kline(T0, T0 + 60, "2", true),
        kline(T0, T0 + 60, "2", true),
        kline(T0, T0 + 59, "7", false),
        kline(T0 + 60, T0 + 121, "11", true),
        json!({"result": null, "id": 1}).to_string(),
        "<html>".into(),
    ] {
        one.send(text).await;
    }
    let events =
        until(&mut feed, |event| matches!(event, FeedEvent::Candle(known) if known.candle.ts.0 == T0 + 60)).await;
    let got: Vec<_> = candles(&events).iter().map(|known| (known.candle.ts.0, known.candle.close)).collect();
    // The first was overdue when the second came: it is the late message's, or REST's.
    assert_eq!((got.len(), got[0].0, got[1]), (2, T0, (T0 + 60, 3.0)), "{events:?}");
    assert!(got[0].1 == 2.0 || got[0].1 == rest_close(T0), "{events:?}");
    let more = nothing_final(&mut feed, &mut one).await;
    let malformed: Vec<&String> = events
        .iter()
        .chain(&more)
        .filter_map(|event| match event {
            FeedEvent::Malformed { why, .. } => Some(why),
            _ => None,
        })
        .collect();
    // Half a list, a close above the high, a page, the marker.
    assert_eq!(malformed.len(), 4, "{malformed:?}");
    assert!(malformed.iter().any(|why| why.contains("field `high`")), "{malformed:?}");
}

#[tokio::test]
async fn a_candle_that_changes_after_it_was_final_is_a_revision() {
    let mut stage = Stage::new(VenueKind::BinanceSpot, "PAIR", T0 + 1).await;
    let mut feed = stage.follow(T0);
    let mut one = stage.socket.accept().await;
    connected(&mut feed).await;
    stage.set(T0 + 60);
    one.send(kline(T0, T0 + 60, "3", true)).await;
    let first = candle(&mut feed).await;
    one.send(kline(T0, T0 + 60, "3", true)).await;
    one.send(kline(T0, T0 + 60, "4", true)).await;
    let FeedEvent::Revised(second) = next(&mut feed).await else { panic!("no revision") };
    assert_eq!((first.candle.close, second.candle.close, second.candle.ts), (3.0, 4.0, first.candle.ts));
    assert!(second.known_at > first.known_at && first.known_at.0 >= T0 + 60);
}

#[tokio::test]
async fn a_wrong_clock_makes_nothing_final() {
    // Our clock, and the venue's, an hour off in either direction; the venue's is given.
    for offset in [-3_600i64, 3_600] {
        let mut stage = Stage::new(VenueKind::BinanceSpot, "PAIR", T0 + 10).await;
        stage.offset.store(offset, Ordering::SeqCst);
        let venue = (T0 + 10).saturating_add_signed(offset);
        let bar = venue / 60 * 60;
        let mut feed = stage.follow(bar);
        let mut one = stage.socket.accept().await;
        let events = until(&mut feed, |event| matches!(event, FeedEvent::Connected)).await;
        assert!(events.iter().any(|event| matches!(event, FeedEvent::Skew(skew) if skew.seconds() == 3_600)));
        // Called final while it forms.
        one.send(kline(bar, bar + 30, "3", true)).await;
        nothing_final(&mut feed, &mut one).await;
        // Final by the venue's word.
        stage.set(T0 + 62);
        one.send(kline(bar, bar + 62, "3", true)).await;
        if offset > 0 {
            // By our clock it has not even begun; it is delivered when our clock agrees.
            nothing_final(&mut feed, &mut one).await;
            stage.offset.store(0, Ordering::SeqCst);
            stage.set(bar + 62);
        }
        let known = candle(&mut feed).await;
        assert_eq!((known.candle.ts.0, known.candle.close), (bar, 3.0));
        assert!(known.known_at.0 >= bar + 60);
    }
}

#[tokio::test]
async fn a_server_that_closes_at_once_does_not_stop_the_candles() {
    let mut stage = Stage::new(VenueKind::BinanceSpot, "PAIR", T0 + 1).await;
    let mut feed = stage.follow(T0);
    let mut lost = 0;
    for minute in 0..5 {
        stage.set(T0 + minute * 60 + 71);
        let events = until(&mut feed, |event| matches!(event, FeedEvent::Candle(_)));
        let refuse = async {
            loop {
                stage.socket.accept().await.close().await;
            }
        };
        let events = tokio::select! { events = events => events, () = refuse => unreachable!() };
        lost += events.iter().filter(|event| matches!(event, FeedEvent::Lost { .. })).count();
        assert_eq!(candles(&events)[0].candle.ts.0, T0 + minute * 60);
    }
    assert!(lost > 1, "{lost}");
}

#[tokio::test]
async fn a_frozen_socket_is_replaced() {
    let mut stage = Stage::new(VenueKind::BinanceSpot, "PAIR", T0 + 1).await;
    stage.silence_seconds = 1;
    let mut feed = stage.follow(T0);
    // Never read from, so that pings stay unanswered.
    let _frozen = stage.socket.accept().await;
    let events = until(&mut feed, |event| matches!(event, FeedEvent::Lost { .. })).await;
    assert!(matches!(events[events.len() - 2], FeedEvent::Stale { .. }), "{events:?}");
    let mut two = stage.socket.accept().await;
    // Only then: a connection that begins after the bar has it from REST.
    connected(&mut feed).await;
    stage.set(T0 + 60);
    two.send(kline(T0, T0 + 60, "3", true)).await;
    assert_eq!(candle(&mut feed).await.candle.close, 3.0);
}

#[tokio::test]
async fn a_connection_that_lives_but_tells_nothing_is_replaced() {
    let mut stage = Stage::new(VenueKind::BinanceSpot, "PAIR", T0 + 1).await;
    let mut feed = stage.follow(T0);
    let _deaf = stage.socket.accept().await;
    connected(&mut feed).await;
    // The bar after next was ours to hear, was traded in, and nobody told.
    stage.set(T0 + 131);
    let events = until(&mut feed, |event| matches!(event, FeedEvent::Lost { .. })).await;
    assert!(events.iter().any(|event| matches!(event, FeedEvent::Stale { .. })), "{events:?}");
    let mut opens: Vec<u64> = candles(&events).iter().map(|known| known.candle.ts.0).collect();
    opens.extend(
        candles(&until(&mut feed, |event| matches!(event, FeedEvent::Connected)).await).iter().map(|k| k.candle.ts.0),
    );
    assert_eq!(opens, [T0, T0 + 60]);
}

#[tokio::test]
async fn a_refused_subscription_and_a_gone_symbol_are_told() {
    let mut stage = Stage::new(VenueKind::Kraken, "BTC/USD", T0 + 1).await;
    let mut feed = stage.follow(T0);
    let mut one = stage.socket.accept().await;
    assert_eq!(one.hear().await["params"], json!({"channel": "trade", "symbol": ["BTC/USD"], "snapshot": false}));
    one.send(r#"{"method":"subscribe","success":false,"error":"Currency pair not supported BTC/USD"}"#).await;
    let events = until(&mut feed, |event| matches!(event, FeedEvent::Failed(_))).await;
    let FeedEvent::Failed(error @ ExchangeError::Refused { .. }) = &events[events.len() - 1] else {
        panic!("{events:?}")
    };
    assert!(error.to_string().ends_with("refused: Currency pair not supported BTC/USD"), "{error}");
}

pub(crate) fn matched(id: u64, at: &str, price: &str, size: &str) -> String {
    json!({"type": "match", "trade_id": id, "maker_order_id": "a", "taker_order_id": "b", "side": "sell",
        "size": size, "price": price, "product_id": "ETH-USD", "sequence": id.wrapping_mul(3), "time": at})
    .to_string()
}

/// The documented shape: none was recorded.
pub(crate) fn heartbeat(last: u64, at: &str) -> String {
    json!({"type": "heartbeat", "sequence": 90, "last_trade_id": last, "product_id": "ETH-USD", "time": at}).to_string()
}

#[tokio::test]
async fn coinbase_trades_become_candles_and_missing_ones_are_fetched() {
    let mut stage = Stage::new(VenueKind::Coinbase, "ETH-USD", T0 + 30).await;
    let mut feed = stage.follow(T0);
    let mut one = stage.socket.accept().await;
    let asked = one.hear().await;
    assert_eq!((&asked["product_ids"], &asked["channels"]), (&json!(["ETH-USD"]), &json!(["matches", "heartbeat"])));
    one.send(matched(40, "2024-01-01T00:00:20Z", "9", "9").replace("\"match\"", "\"last_match\"")).await;
    one.send(r#"{"type":"subscriptions","channels":[{"name":"matches","product_ids":["ETH-USD"]}]}"#).await;
    connected(&mut feed).await;
    // The bar that was running is REST's.
    one.send(matched(41, "2024-01-01T00:00:59.999Z", "9", "9")).await;
    stage.set(T0 + 70);
    let known = candle(&mut feed).await;
    assert_eq!((known.candle.ts.0, known.candle.volume), (T0, REST_VOLUME));
    // The next is made of its trades: disordered, repeated, one of another minute.
    stage.set(T0 + 125);
    for text in [
        matched(43, "2024-01-01T00:01:30Z", "12.5", "0.2"),
        matched(42, "2024-01-01T00:01:00Z", "11", "0.1"),
        matched(43, "2024-01-01T00:01:30Z", "12.5", "0.2"),
        matched(45, "2024-01-01T00:02:00.000001Z", "20", "1"),
        matched(44, "2024-01-01T00:01:59.9Z", "10", "0.30000001"),
    ] {
        one.send(text).await;
    }
    let bar = candle(&mut feed).await.candle;
    assert_eq!(
        (bar.ts.0, bar.open, bar.high, bar.low, bar.close, bar.volume),
        (T0 + 60, 11.0, 12.5, 10.0, 10.0, 0.600_000_01)
    );
    // A trade is missing: its bar is REST's, the one after it is ours again.
    stage.set(T0 + 185);
    one.send(matched(47, "2024-01-01T00:02:30Z", "21", "1")).await;
    one.send(heartbeat(47, "2024-01-01T00:03:05Z")).await;
    nothing_final(&mut feed, &mut one).await;
    stage.set(T0 + 191);
    let known = candle(&mut feed).await;
    assert_eq!((known.candle.ts.0, known.candle.volume, known.known_at.0), (T0 + 120, REST_VOLUME, T0 + 191));
    one.send(matched(48, "2024-01-01T00:03:30Z", "22", "2")).await;
    stage.set(T0 + 242);
    one.send(heartbeat(48, "2024-01-01T00:04:01Z")).await;
    let known = candle(&mut feed).await;
    assert_eq!((known.candle.ts.0, known.candle.close, known.candle.volume), (T0 + 180, 22.0, 2.0));
    assert_eq!(known.known_at.0, T0 + 242);
}

#[tokio::test]
async fn krakens_numbered_trades_become_candles() {
    let mut stage = Stage::new(VenueKind::Kraken, "BTC/USD", T0 + 50).await;
    let mut feed = stage.follow(T0 + 60);
    let mut one = stage.socket.accept().await;
    one.hear().await;
    one.send(r#"{"channel":"status","type":"update","data":[{"system":"online"}]}"#).await;
    one.send(r#"{"method":"subscribe","success":true,"result":{"channel":"trade","symbol":"BTC/USD"}}"#).await;
    connected(&mut feed).await;
    let trade = |id: u64, at: &str, price: f64, qty: f64| {
        json!({"symbol": "BTC/USD", "side": "buy", "price": price, "qty": qty, "ord_type": "market", "trade_id": id,
            "timestamp": at})
    };
    let update = |data: Value| json!({"channel": "trade", "type": "update", "data": data}).to_string();
    stage.set(T0 + 100);
    one.send(update(json!([
        trade(7, "2024-01-01T00:01:00.100000Z", 5.5, 0.000_000_01),
        trade(8, "2024-01-01T00:01:40.100000Z", 6.5, 0.25)
    ])))
    .await;
    one.send(r#"{"channel":"heartbeat"}"#).await;
    stage.set(T0 + 122);
    one.send(update(json!([trade(9, "2024-01-01T00:02:01.100000Z", 8.0, 1.0)]))).await;
    let bar = candle(&mut feed).await.candle;
    assert_eq!((bar.ts.0, bar.open, bar.close, bar.volume), (T0 + 60, 5.5, 6.5, 0.250_000_01));
}

/// The messages that came in, with the times at which they did.
fn recorded(name: &str) -> Option<Vec<String>> {
    let file = std::fs::File::open(data(&format!("wire/cryptofeed/{name}"))?).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let incoming =
        text.lines().filter_map(|line| line.split_once(": ")).filter(|(head, _)| head.parse::<f64>().is_ok());
    Some(incoming.map(|(_, message)| message.to_owned()).collect())
}

/// What was recorded of Coinbase on 2021-04-17 from 16:43:37 on, whole: ten products, books and
/// tickers among the trades. The minute of 16:44 is then closed by a heartbeat of the documented
/// shape, for none was recorded.
#[tokio::test]
async fn the_recorded_coinbase_feed() {
    let Some(messages) = recorded("COINBASE.ws.28.0.txt.gz") else { return };
    const MINUTE: u64 = 1_618_677_840;
    let stage_at = MINUTE - 23;
    let mut stage = Stage::new(VenueKind::Coinbase, "SKL-USD", stage_at).await;
    let mut feed = stage.follow(MINUTE);
    let mut one = stage.socket.accept().await;
    let (mut prices, mut volume, mut last) = (Vec::new(), 0.0, 0);
    for text in &messages {
        let message: Value = serde_json::from_str(text).unwrap();
        if message["type"] == "match" && message["product_id"] == "SKL-USD" {
            let number = |name: &str| message[name].as_str().unwrap().parse::<f64>().unwrap();
            last = message["trade_id"].as_u64().unwrap();
            let at: shoal::units::Timestamp = message["time"].as_str().unwrap().parse().unwrap();
            stage.set(at.0);
            if message["time"].as_str().unwrap() >= "2021-04-17T16:44:00" {
                prices.push(number("price"));
                volume += number("size");
            }
        }
        one.send(text.clone()).await;
        if message["type"] == "subscriptions" && text.contains("\"matches\"") {
            connected(&mut feed).await;
        }
    }
    let beat = heartbeat(last, "2021-04-17T16:45:00.5Z").replace("ETH-USD", "SKL-USD");
    stage.set(MINUTE + 61);
    one.send(beat).await;
    let known = candle(&mut feed).await;
    let bar = known.candle;
    assert_eq!((bar.ts.0, known.known_at.0), (MINUTE, MINUTE + 61));
    assert_eq!((bar.open, bar.close), (prices[0], *prices.last().unwrap()));
    assert_eq!(bar.high, prices.iter().copied().fold(f64::MIN, f64::max));
    assert_eq!(bar.low, prices.iter().copied().fold(f64::MAX, f64::min));
    assert!((bar.volume - volume).abs() < 1e-6 && prices.len() > 10, "{} {volume}", bar.volume);
}

/// Kraken's v1 trades of XMR/USD, recorded on 2021-04-17 from 16:48:52 on. A trade of the next
/// minute, of the recorded shape, closes the minute of 16:49.
#[tokio::test]
async fn the_recorded_kraken_feed() {
    let Some(messages) = recorded("KRAKEN.ws.48.0.txt.gz") else { return };
    const MINUTE: u64 = 1_618_678_140;
    let mut stage = Stage::new(VenueKind::KrakenV1, "XMR/USD", MINUTE - 8).await;
    let mut feed = stage.follow(MINUTE);
    let mut one = stage.socket.accept().await;
    assert_eq!(one.hear().await, json!({"event": "subscribe", "pair": ["XMR/USD"], "subscription": {"name": "trade"}}));
    for text in &messages {
        one.send(text.clone()).await;
        if text.contains("\"trade\",\"XMR/USD\"") {
            // A repeated message is recognised.
            one.send(text.clone()).await;
        }
    }
    connected(&mut feed).await;
    stage.set(MINUTE + 64);
    one.send(r#"[993,[["400.00000000","1.0","1618678201.1","s","l",""]],"trade","XMR/USD"]"#).await;
    let bar = candle(&mut feed).await.candle;
    let volume = 0.895_940_24 + 1.256_903_15 + 0.282_453_96 + 1.717_546_04;
    assert_eq!((bar.ts.0, bar.open, bar.high, bar.low, bar.close), (MINUTE, 354.11, 354.55, 353.81, 353.81));
    assert!((bar.volume - volume).abs() < 1e-9, "{}", bar.volume);
}

/// What was recorded of Binance holds one forming kline of NKNUSDT: it makes no candle. A final
/// one of the recorded shape does.
#[tokio::test]
async fn the_recorded_binance_feed() {
    let Some(messages) = recorded("BINANCE.ws.1.0.txt.gz") else { return };
    const MINUTE: u64 = 1_633_998_480;
    let mut stage = Stage::new(VenueKind::BinanceSpot, "NKNUSDT", MINUTE + 43).await;
    let mut feed = stage.follow(MINUTE);
    let mut one = stage.socket.accept().await;
    connected(&mut feed).await;
    for text in &messages {
        one.send(text.clone()).await;
    }
    let events = nothing_final(&mut feed, &mut one).await;
    assert_eq!(events.len(), 1, "{events:?}");
    let forming = messages.iter().find(|text| text.contains("nknusdt@kline_1m")).unwrap();
    stage.set(MINUTE + 61);
    one.send(forming.replace("\"x\":false", "\"x\":true").replace("1633998523963", "1633998540011")).await;
    let known = candle(&mut feed).await;
    assert_eq!((known.candle.open, known.candle.low, known.candle.volume), (0.3527, 0.3522, 25_877.0));
    assert_eq!((known.candle.ts.0, known.known_at.0), (MINUTE, MINUTE + 61));
}

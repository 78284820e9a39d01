//! What venues say on their WebSockets.

use serde_json::{Value, json};

use crate::{
    domain::{Candle, Listing, Timeframe, VenueKind},
    io::exchange::{
        error::BarFault,
        kraken, rows,
        trades::{Trade, TradeKey},
    },
    units::Timestamp,
};

/// A message, as far as it matters here.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Message {
    /// From now on every trade will come.
    Subscribed,
    /// The subscription is refused, in the venue's words.
    Refused(String),
    Kline {
        candle: Candle,
        is_final: bool,
        sent_at: Timestamp,
    },
    Trades(Vec<Trade>),
    /// The last trade before the subscription, however long ago: its number alone is of use.
    Last(Trade),
    /// The venue's time, and the last trade's number where it tells one.
    Heartbeat {
        now: Timestamp,
        last_trade: Option<u64>,
    },
    /// Of no consequence, or of another instrument.
    Other,
}

/// Speaks a venue's language about one instrument.
#[derive(Clone, Debug)]
pub(super) struct Dialect {
    pub kind: VenueKind,
    pub symbol: String,
    pub timeframe: Timeframe,
}

impl Dialect {
    pub(super) fn new(kind: VenueKind, listing: &Listing, timeframe: Timeframe) -> Self {
        Self { kind, symbol: listing.websocket.clone(), timeframe }
    }

    /// Whether candles are made here, of trades.
    pub(super) fn is_trades(&self) -> bool {
        !self.is_binance()
    }

    fn is_binance(&self) -> bool {
        matches!(self.kind, VenueKind::BinanceSpot | VenueKind::BinancePerp)
    }

    /// Whether trades are numbered, so that a missing one shows.
    pub(super) fn is_numbered(&self) -> bool {
        self.kind != VenueKind::KrakenV1
    }

    /// Path and query beneath the WebSocket's base address: Binance's streams are named there.
    pub(super) fn path(&self) -> Option<String> {
        self.is_binance().then(|| format!("/stream?streams={}@kline_{}", self.symbol.to_lowercase(), self.timeframe))
    }

    /// What is to be sent first.
    pub(super) fn subscription(&self) -> Option<String> {
        let symbol = &self.symbol;
        let message = match self.kind {
            VenueKind::BinanceSpot | VenueKind::BinancePerp => return None,
            VenueKind::Coinbase => {
                json!({"type": "subscribe", "product_ids": [symbol], "channels": ["matches", "heartbeat"]})
            }
            VenueKind::Kraken => {
                let params = json!({"channel": "trade", "symbol": [symbol], "snapshot": false});
                json!({"method": "subscribe", "params": params})
            }
            VenueKind::KrakenV1 => {
                json!({"event": "subscribe", "pair": [symbol], "subscription": {"name": "trade"}})
            }
        };
        Some(message.to_string())
    }

    /// # Errors
    /// What is wrong, and in which field.
    pub(super) fn read(&self, text: &str) -> Result<Message, String> {
        let message: Value = serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
        let read = match self.kind {
            VenueKind::BinanceSpot | VenueKind::BinancePerp => self.binance(&message),
            VenueKind::Coinbase => self.coinbase(&message),
            VenueKind::Kraken => self.kraken(&message),
            VenueKind::KrakenV1 => self.kraken_v1(&message),
        };
        read.map_err(|(field, fault)| format!("field `{field}`: {fault}"))
    }

    /// <https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams>, "Kline".
    fn binance(&self, message: &Value) -> Result<Message, rows::FieldFault> {
        let data = message.get("data").unwrap_or(message);
        if text(data, "e") != Some("kline") {
            return Ok(Message::Other);
        }
        let kline = data.get("k").ok_or(("k", BarFault::Missing))?;
        let named = text(kline, "s").ok_or(("s", BarFault::Missing))?;
        let interval = text(kline, "i").ok_or(("i", BarFault::Missing))?;
        if !named.eq_ignore_ascii_case(&self.symbol) || interval != self.timeframe.as_str() {
            return Ok(Message::Other);
        }
        let number =
            |name| rows::number(kline.get(name).ok_or((name, BarFault::Missing))?).map_err(|fault| (name, fault));
        let millis = whole(kline, "t")?;
        let open = Timestamp(millis / 1_000);
        if !millis.is_multiple_of(1_000) {
            return Err(("t", BarFault::OffGrid(open)));
        }
        let candle = Candle {
            ts: open,
            open: number("o")?,
            high: number("h")?,
            low: number("l")?,
            close: number("c")?,
            volume: number("v")?,
        };
        let is_final = kline.get("x").and_then(Value::as_bool).ok_or(("x", BarFault::Missing))?;
        let sent_at = Timestamp(whole(data, "E")? / 1_000);
        Ok(Message::Kline { candle: rows::checked(candle, self.timeframe)?, is_final, sent_at })
    }

    /// <https://docs.cdp.coinbase.com/exchange/websocket-feed/channels>.
    fn coinbase(&self, message: &Value) -> Result<Message, rows::FieldFault> {
        let kind = text(message, "type").ok_or(("type", BarFault::Missing))?;
        let is_ours = text(message, "product_id") == Some(self.symbol.as_str());
        match kind {
            "match" | "last_match" if is_ours => {
                let id = whole(message, "trade_id")?;
                let trade = self.trade(message, "size", "time", id)?;
                Ok(if kind == "match" { Message::Trades(vec![trade]) } else { Message::Last(trade) })
            }
            "heartbeat" if is_ours => {
                // Seen to be zero for months where trades had numbers.
                let last_trade = message.get("last_trade_id").and_then(Value::as_u64).filter(|id| *id > 0);
                Ok(Message::Heartbeat { now: Timestamp(instant(message, "time")? / 1_000_000_000), last_trade })
            }
            "subscriptions" => {
                let channels = message.get("channels").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                let matches = channels.iter().filter(|channel| text(channel, "name") == Some("matches"));
                let products = matches.filter_map(|channel| channel.get("product_ids").and_then(Value::as_array));
                let subscribed = products.flatten().any(|product| product.as_str() == Some(self.symbol.as_str()));
                Ok(if subscribed { Message::Subscribed } else { Message::Other })
            }
            "error" => Ok(Message::Refused(words(message, &["message", "reason"]))),
            _ => Ok(Message::Other),
        }
    }

    /// <https://docs.kraken.com/exchange/api-reference/spot-websocket-v2/trade>.
    fn kraken(&self, message: &Value) -> Result<Message, rows::FieldFault> {
        if text(message, "method") == Some("subscribe") {
            return Ok(match message.get("success").and_then(Value::as_bool) {
                Some(true) => Message::Subscribed,
                _ => Message::Refused(words(message, &["error"])),
            });
        }
        if text(message, "channel") != Some("trade") {
            return Ok(Message::Other);
        }
        let rows = message.get("data").and_then(Value::as_array).ok_or(("data", BarFault::Missing))?;
        let ours = rows.iter().filter(|row| text(row, "symbol") == Some(self.symbol.as_str()));
        let trades = ours.map(|row| self.trade(row, "qty", "timestamp", whole(row, "trade_id")?));
        trades.collect::<Result<_, _>>().map(Message::Trades)
    }

    /// Trades are rows as in REST, without their numbers.
    fn kraken_v1(&self, message: &Value) -> Result<Message, rows::FieldFault> {
        if let Some([_, rows, name, pair]) = message.as_array().map(Vec::as_slice) {
            if name.as_str() != Some("trade") || pair.as_str() != Some(self.symbol.as_str()) {
                return Ok(Message::Other);
            }
            let rows = rows.as_array().ok_or(("trades", BarFault::Missing))?;
            let trades = rows
                .iter()
                .enumerate()
                .map(|(number, row)| kraken::trade(number, row.as_array().ok_or(("trade", BarFault::Missing))?));
            return trades.collect::<Result<_, _>>().map(Message::Trades);
        }
        if text(message, "event") != Some("subscriptionStatus") || text(message, "pair") != Some(self.symbol.as_str()) {
            return Ok(Message::Other);
        }
        Ok(match text(message, "status") {
            Some("subscribed") => Message::Subscribed,
            Some("error") => Message::Refused(words(message, &["errorMessage"])),
            _ => Message::Other,
        })
    }

    fn trade(
        &self,
        message: &Value,
        size: &'static str,
        time: &'static str,
        id: u64,
    ) -> Result<Trade, rows::FieldFault> {
        let field = |name: &'static str| message.get(name).ok_or((name, BarFault::Missing));
        let price = rows::number(field("price")?).map_err(|fault| ("price", fault))?;
        if price <= 0.0 {
            return Err(("price", BarFault::NotPositive(price)));
        }
        let size = kraken::size(field(size)?).map_err(|fault| (size, fault))?;
        Ok(Trade { key: TradeKey(id, 0), id: Some(id), at_ns: instant(message, time)?, price, size })
    }
}

fn text<'a>(message: &'a Value, name: &str) -> Option<&'a str> {
    message.get(name).and_then(Value::as_str)
}

fn whole(message: &Value, name: &'static str) -> Result<u64, rows::FieldFault> {
    let value = message.get(name).ok_or((name, BarFault::Missing))?;
    value.as_u64().ok_or_else(|| (name, BarFault::NotANumber(rows::quoted(value))))
}

/// RFC 3339 in nanoseconds since 1970.
fn instant(message: &Value, name: &'static str) -> Result<u64, rows::FieldFault> {
    let value = message.get(name).ok_or((name, BarFault::Missing))?;
    let time = value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    time.and_then(|time| u64::try_from(time.as_nanosecond()).ok())
        .ok_or_else(|| (name, BarFault::NotATime(rows::quoted(value))))
}

/// What these fields say, for a person.
fn words(message: &Value, names: &[&str]) -> String {
    let words: Vec<&str> = names.iter().filter_map(|name| text(message, name)).collect();
    words.join(": ").chars().filter(|c| !c.is_control()).take(200).collect()
}

//! A WebSocket that is opened again whenever it is lost.

use std::{fmt, pin::Pin, time::Duration};

use futures_util::{SinkExt, StreamExt};
use rand::Rng;
use tokio::{
    net::TcpStream,
    time::{Instant, sleep_until, timeout, timeout_at},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{self, Message as Frame, protocol::WebSocketConfig},
};

use super::{Patience, message::Dialect};
use crate::io::{
    backoff::Backoff,
    exchange::{Exchange, Skew},
    tls,
};

/// A longer message is refused.
const MAX_MESSAGE_BYTES: usize = 4 << 20;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Opening = Pin<Box<dyn Future<Output = Result<(Skew, Socket), String>> + Send>>;

enum State {
    Down { until: Instant },
    Opening(Opening),
    Up { socket: Box<Socket>, since: Instant, heard: Instant, asked: Option<Instant> },
}

/// What the link has to tell.
#[derive(Debug)]
pub(super) enum News {
    /// Connected and subscribing; the clocks as read just before.
    Up(Skew),
    Text(String),
    /// Nothing in a while, or nothing of note.
    Tick,
    Lost {
        why: String,
        retry_in: Duration,
    },
    /// Nothing at all for as long as the venue may be silent: closed.
    Silent {
        retry_in: Duration,
    },
}

pub(super) struct Link {
    exchange: Exchange,
    dialect: Dialect,
    patience: Patience,
    silence: Duration,
    /// Begins anew once a connection lasted.
    backoff: Backoff,
    state: State,
    /// When the next look is due. Kept here, and not in a future: whoever drops and makes anew the
    /// future faster than a tick would never see one.
    tick_at: Instant,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("endpoint", &self.exchange.websocket).finish_non_exhaustive()
    }
}

impl Link {
    pub(super) fn new(exchange: Exchange, dialect: Dialect, patience: Patience) -> Self {
        let silence = Duration::from_secs(exchange.venue.silence_seconds);
        let backoff = Backoff::new(patience.first_wait, patience.longest_wait);
        Self {
            exchange,
            dialect,
            patience,
            silence,
            backoff,
            state: State::Down { until: Instant::now() },
            tick_at: Instant::now(),
        }
    }

    /// Waits for news, but no longer than a tick once connected. Dropping the future loses
    /// nothing.
    pub(super) async fn news(&mut self) -> News {
        let tick_at = self.tick_at;
        // A look that is overdue is taken now, and the next one is due a tick later.
        if tick_at <= Instant::now() {
            self.tick_at = Instant::now() + self.patience.tick;
        }
        match &mut self.state {
            State::Down { until } => {
                if timeout_at(tick_at, sleep_until(*until)).await.is_ok() {
                    self.state = State::Opening(Box::pin(open(self.exchange.clone(), self.dialect.clone())));
                }
                News::Tick
            }
            State::Opening(opening) => match timeout_at(tick_at, opening).await {
                Err(_) => News::Tick,
                Ok(Ok((skew, socket))) => {
                    let now = Instant::now();
                    self.state = State::Up { socket: Box::new(socket), since: now, heard: now, asked: None };
                    News::Up(skew)
                }
                Ok(Err(why)) => News::Lost { why, retry_in: self.drop_link() },
            },
            State::Up { socket, heard, asked, .. } => match timeout_at(tick_at, socket.next()).await {
                Ok(Some(Ok(frame))) => {
                    (*heard, *asked) = (Instant::now(), None);
                    match frame {
                        Frame::Text(text) => News::Text(text.as_str().to_owned()),
                        Frame::Close(frame) => {
                            let why = frame.map_or_else(
                                || "closed by the venue".to_owned(),
                                |frame| format!("closed by the venue: {} {}", frame.code, frame.reason),
                            );
                            News::Lost { why, retry_in: self.drop_link() }
                        }
                        // Pings are answered by the library.
                        _ => News::Tick,
                    }
                }
                Ok(Some(Err(error))) => {
                    let why = self.exchange.websocket.scrub(&error.to_string());
                    News::Lost { why, retry_in: self.drop_link() }
                }
                Ok(None) => News::Lost { why: "the connection ended".to_owned(), retry_in: self.drop_link() },
                // Only a ping that went unanswered tells silence from our own sleep: a machine that
                // was paused finds its timers run out and has asked nobody yet.
                Err(_) => match asked {
                    Some(at) if at.elapsed() >= self.silence / 2 => News::Silent { retry_in: self.drop_link() },
                    None if heard.elapsed() >= self.silence / 2 => {
                        *asked = Some(Instant::now());
                        // A socket that cannot send is found broken by the next read.
                        let _ = timeout(self.patience.tick, socket.send(Frame::Ping(Vec::new().into()))).await;
                        News::Tick
                    }
                    _ => News::Tick,
                },
            },
        }
    }

    /// Closes the connection; the wait before the next one is doubled with every loss, unless
    /// one has lasted, and drawn from its upper half.
    pub(super) fn drop_link(&mut self) -> Duration {
        if let State::Up { since, .. } = &self.state
            && since.elapsed() >= self.patience.longest_wait
        {
            self.backoff.reset();
        }
        let wait = self.backoff.bound().mul_f64(rand::rng().random_range(0.5..=1.0));
        self.state = State::Down { until: Instant::now() + wait };
        wait
    }
}

async fn open(exchange: Exchange, dialect: Dialect) -> Result<(Skew, Socket), String> {
    // The clock is asked by REST, which may have to wait for its quota or a pause.
    let limit = exchange.limits.total_timeout;
    let opened = timeout(limit, open_in_time(exchange, dialect)).await;
    opened.unwrap_or_else(|_| Err("not opened in time".to_owned()))
}

async fn open_in_time(exchange: Exchange, dialect: Dialect) -> Result<(Skew, Socket), String> {
    let limit = exchange.limits.connect_timeout;
    let skew = exchange.skew().await.map_err(|error| error.to_string())?;
    tls::install();
    let base = exchange.websocket.url().as_str();
    let url = match dialect.path() {
        Some(path) => format!("{}{path}", base.trim_end_matches('/')),
        None => base.to_owned(),
    };
    let config =
        WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE_BYTES)).max_frame_size(Some(MAX_MESSAGE_BYTES));
    let scrub = |error: tungstenite::Error| exchange.websocket.scrub(&error.to_string());
    let late = |_| "no connection in time".to_owned();
    let connected = timeout(limit, connect_async_with_config(url, Some(config), true)).await;
    let (mut socket, _) = connected.map_err(late)?.map_err(scrub)?;
    if let Some(subscription) = dialect.subscription() {
        let sent = timeout(limit, socket.send(Frame::Text(subscription.into()))).await;
        sent.map_err(late)?.map_err(scrub)?;
    }
    Ok((skew, socket))
}

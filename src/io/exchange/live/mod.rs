//! A series as it becomes final.

mod event;
mod hear;
mod ledger;
mod link;
mod message;
mod patience;
mod tape;

use std::{collections::VecDeque, fmt, pin::Pin, time::Duration};

use tokio::time::Instant;

pub use self::{event::FeedEvent, patience::Patience};
use self::{
    ledger::{Due, Ledger},
    link::{Link, News},
    message::Dialect,
    tape::Tape,
};
use super::{Exchange, Page, Pager, Skew, error::ExchangeError};
use crate::{
    domain::{CandleSeries, KnownCandle, Listing},
    io::{advice::Advice, backoff::Backoff},
    units::Timestamp,
};

/// Seconds by which whole seconds of two clocks may mislead.
const CLOCK_STEP: u64 = 2;

type Filling = Pin<Box<dyn Future<Output = Result<Option<Page>, ExchangeError>> + Send>>;

/// Follows a series: final candles, in order, none left out that the venue has.
///
/// What the WebSocket does not give whole (bars that began before it was connected, trades
/// whose numbers are missing, a final candle that never came) is taken from REST, and is known
/// since it was received.
pub struct Feed {
    exchange: Exchange,
    series: CandleSeries,
    symbol: String,
    dialect: Dialect,
    link: Link,
    ledger: Ledger,
    tape: Option<Tape>,
    /// The clocks as last read; nothing is final before.
    skew: Option<Skew>,
    is_skew_told: bool,
    is_subscribed: bool,
    /// When the subscription was asked for; `None` once it stands.
    asked_at: Option<Instant>,
    /// Since when the connection gives bars.
    ours_from: Timestamp,
    heard_data: Timestamp,
    lost_since: Option<Timestamp>,
    filling: Option<Filling>,
    gap_told: Timestamp,
    fill_after: Instant,
    fill_backoff: Backoff,
    events: VecDeque<FeedEvent>,
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("series", &self.series).field("next", &self.next_open()).finish_non_exhaustive()
    }
}

impl Feed {
    pub(super) fn new(
        exchange: Exchange,
        series: CandleSeries,
        listing: Listing,
        from: Timestamp,
        patience: Patience,
    ) -> Self {
        let dialect = Dialect::new(exchange.venue.kind, &listing, series.timeframe);
        let tape = dialect.is_trades().then(|| Tape::new(series.timeframe, dialect.is_numbered()));
        let now = exchange.http.clock().now();
        Self {
            link: Link::new(exchange.clone(), dialect.clone(), patience),
            ledger: Ledger::new(series.timeframe, exchange.venue.settle_seconds, from),
            tape,
            skew: None,
            is_skew_told: false,
            is_subscribed: false,
            asked_at: None,
            ours_from: now,
            heard_data: now,
            lost_since: None,
            filling: None,
            gap_told: Timestamp(0),
            fill_after: Instant::now(),
            fill_backoff: Backoff::new(patience.first_wait, patience.longest_wait),
            events: VecDeque::new(),
            symbol: listing.rest,
            exchange,
            series,
            dialect,
        }
    }

    pub fn series(&self) -> &CandleSeries {
        &self.series
    }

    /// The open of the bar that comes next: where to resume.
    pub fn next_open(&self) -> Timestamp {
        self.ledger.next()
    }

    /// The next event. Never ends; dropping the future loses nothing.
    pub async fn next(&mut self) -> FeedEvent {
        loop {
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            self.settle();
            if self.events.is_empty() {
                self.wait().await;
            }
        }
    }

    async fn wait(&mut self) {
        tokio::select! {
            filled = async { match &mut self.filling { Some(filling) => filling.await, None => std::future::pending().await } } => {
                self.filling = None;
                self.take_filled(filled);
            }
            news = self.link.news() => {
                self.take_news(news);
                self.expect_subscription();
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.exchange.http.clock().now()
    }

    /// Delivers what is due, or asks for it.
    fn settle(&mut self) {
        let (now, Some(skew)) = (self.now(), self.skew) else { return };
        let cautious = skew.cautious(now);
        if let Some(tape) = &mut self.tape {
            for (open, candle) in tape.close(cautious) {
                self.events.extend(self.ledger.offer(open, candle, now).map(FeedEvent::Revised));
            }
        }
        if self.filling.is_some() {
            return;
        }
        loop {
            match self.ledger.due(cautious) {
                Due::Deliver(candle) => {
                    let known = self.ledger.deliver(candle, now);
                    self.events.push_back(FeedEvent::Candle(known));
                }
                Due::Fill { from, to } => {
                    if Instant::now() >= self.fill_after {
                        self.fill(from, to);
                    }
                    return;
                }
                Due::Wait => return,
            }
        }
    }

    fn fill(&mut self, from: Timestamp, to: Timestamp) {
        if to > self.gap_told {
            self.gap_told = to;
            self.events.push_back(FeedEvent::Gap { from, to });
        }
        let mut pager = Pager::new(self.exchange.clone(), self.series.clone(), self.symbol.clone(), from, to);
        self.filling = Some(Box::pin(async move {
            loop {
                // Kraken's trades may take many answers to complete a bar.
                match pager.next_page().await {
                    Ok(Some(page)) if page.to == page.from => {}
                    other => return other,
                }
            }
        }));
    }

    fn take_filled(&mut self, filled: Result<Option<Page>, ExchangeError>) {
        let now = self.now();
        match filled {
            Ok(Some(page)) => {
                self.fill_backoff.reset();
                let is_unheard = |candle: &KnownCandle| {
                    candle.candle.ts >= self.ours_from
                        && candle.candle.ts > self.heard_data
                        && candle.candle.volume > 0.0
                };
                let is_deaf = self.is_subscribed && page.candles.iter().any(is_unheard);
                for row in page.malformed {
                    self.events.push_back(FeedEvent::Malformed { why: "a row of REST".to_owned(), message: row });
                }
                let candles = page.candles.into_iter().map(|known| known.candle);
                for candle in self.ledger.filled(candles, page.to) {
                    let known = self.ledger.deliver(candle, now);
                    self.events.push_back(FeedEvent::Candle(known));
                }
                if let Some(tape) = &mut self.tape {
                    tape.skip(page.to);
                }
                if is_deaf {
                    let since = self.heard_data;
                    self.events.push_back(FeedEvent::Stale { since, why: "there was trading that it did not tell of" });
                    let retry_in = self.link.drop_link();
                    self.lose("no data".to_owned(), retry_in);
                }
            }
            // The venue does not hold the bars for final yet, or has not published them.
            Ok(None) => {
                self.fill_after = Instant::now() + self.fill_backoff.bound();
            }
            Err(error) => {
                if error.advice() != Advice::Retry {
                    self.fill_backoff.exhaust();
                }
                self.fill_after = Instant::now() + self.fill_backoff.bound();
                tracing::warn!(series = %self.series, %error, "the gap stays open for now");
                self.events.push_back(FeedEvent::Failed(error));
            }
        }
    }

    fn take_news(&mut self, news: News) {
        match news {
            News::Tick => {}
            News::Up(skew) => {
                self.take_skew(skew);
                self.asked_at = Some(Instant::now());
                if self.dialect.subscription().is_none() {
                    self.subscribed();
                }
            }
            News::Text(text) => match self.dialect.read(&text) {
                Ok(message) => self.take_message(message),
                Err(why) => self.malformed(why, &text),
            },
            News::Lost { why, retry_in } => self.lose(why, retry_in),
            News::Silent { retry_in } => {
                let since = self.now().minus(self.exchange.venue.silence_seconds);
                self.events.push_back(FeedEvent::Stale { since, why: "it said nothing at all" });
                self.lose("silent for too long".to_owned(), retry_in);
            }
        }
    }

    /// A link whose subscription was never confirmed would live on deaf.
    fn expect_subscription(&mut self) {
        let seconds = self.exchange.venue.silence_seconds;
        if self.asked_at.is_some_and(|at| at.elapsed() >= Duration::from_secs(seconds)) {
            let since = self.now().minus(seconds);
            self.events.push_back(FeedEvent::Stale { since, why: "it did not confirm the subscription" });
            let retry_in = self.link.drop_link();
            self.lose("no confirmation".to_owned(), retry_in);
        }
    }

    /// Fixes which bars the connection gives from now on.
    fn subscribed(&mut self) {
        let (now, Some(skew)) = (self.now(), self.skew) else { return };
        if self.is_subscribed {
            return;
        }
        self.is_subscribed = true;
        self.asked_at = None;
        self.lost_since = None;
        self.ours_from = self.follow_from(skew.bold(now));
        self.heard_data = now;
        self.ledger.rest_before(self.ours_from);
        self.events.push_back(FeedEvent::Connected);
    }

    /// The first bar that is heard whole from `now` on: of trades one that has not begun, of
    /// klines the current one.
    fn follow_from(&mut self, now: Timestamp) -> Timestamp {
        let timeframe = self.series.timeframe;
        match &mut self.tape {
            Some(tape) => {
                let from = timeframe.close(timeframe.open(now.plus(CLOCK_STEP)));
                tape.begin(from);
                from
            }
            None => timeframe.open(now),
        }
    }

    fn lose(&mut self, why: String, retry_in: Duration) {
        let since = *self.lost_since.get_or_insert(self.exchange.http.clock().now());
        tracing::warn!(series = %self.series, %why, retry_in_ms = retry_in.as_millis() as u64, "the live feed is lost");
        self.is_subscribed = false;
        self.asked_at = None;
        if let Some(tape) = &mut self.tape {
            tape.reset();
        }
        self.events.push_back(FeedEvent::Lost { since, why, retry_in });
    }
}

//! History, page by page.

use super::{Exchange, Skew, binance, coinbase, error::ExchangeError, kraken, rows, rows::Bars, trades::TradeBars};
use crate::{
    domain::{Candle, CandleSeries, KnownCandle, VenueKind},
    io::http::{HttpError, Request},
    units::Timestamp,
};

/// Seconds for which a bar that is missing may yet come.
const RECENT: u64 = 3_600;

/// A part of a series: every final candle that the venue has of the bars that open in
/// `[from, to)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Oldest first; where the venue has no bar, there is none.
    pub candles: Vec<KnownCandle>,
    pub from: Timestamp,
    /// Where the next page begins, and where to resume. Bars that the venue may not have published
    /// yet are never before it, so that a later fetch asks for them.
    pub to: Timestamp,
    /// Rows that make no sense, with their places and what is wrong: their bars are left out.
    pub malformed: Vec<String>,
    /// The clocks, as read when the paging began.
    pub skew: Skew,
}

/// Asks for one page after another. A page that failed may be asked for again.
#[derive(Debug)]
pub struct Pager {
    exchange: Exchange,
    series: CandleSeries,
    symbol: String,
    next: Timestamp,
    end: Timestamp,
    skew: Option<Skew>,
    /// Kraken alone.
    older: Option<Older>,
}

/// Bars that Kraken no longer gives, in the making from its trades.
#[derive(Debug)]
struct Older {
    /// Up to here.
    until: Timestamp,
    since_ns: u64,
    bars: TradeBars,
}

impl Pager {
    pub(super) fn new(
        exchange: Exchange,
        series: CandleSeries,
        symbol: String,
        from: Timestamp,
        to: Timestamp,
    ) -> Self {
        // The first bar that opens at or after `from`.
        let step = series.timeframe.seconds();
        let aligned = |time: Timestamp| series.timeframe.open(time.plus(step - 1));
        let (next, end) = (aligned(from), aligned(to));
        Self { exchange, series, symbol, next, end, skew: None, older: None }
    }

    pub fn series(&self) -> &CandleSeries {
        &self.series
    }

    /// The next page, or `None` when every bar up to the end, or up to the last that the venue has
    /// published, was given. A page may be empty.
    ///
    /// # Errors
    /// [`ExchangeError`]; its advice says whether asking again may help.
    pub async fn next_page(&mut self) -> Result<Option<Page>, ExchangeError> {
        let skew = match self.skew {
            Some(skew) => skew,
            None => {
                let skew = self.exchange.skew().await?;
                let settled = skew.cautious(skew.ours).minus(self.exchange.venue.settle_seconds);
                self.end = self.end.min(self.series.timeframe.open(settled));
                *self.skew.insert(skew)
            }
        };
        if self.next >= self.end {
            return Ok(None);
        }
        let from = self.next;
        let (Bars { candles, malformed }, to) = match self.exchange.venue.kind {
            VenueKind::BinanceSpot | VenueKind::BinancePerp => self.binance().await?,
            VenueKind::Coinbase => self.coinbase().await?,
            VenueKind::Kraken | VenueKind::KrakenV1 => self.kraken().await?,
        };
        // Within trades there is progress that no bar shows.
        if to == from && self.older.is_none() {
            return Ok(None);
        }
        self.next = to;
        if let Some(first) = malformed.first() {
            tracing::warn!(series = %self.series, rows = malformed.len(), %first, "rows make no sense");
        }
        let timeframe = self.series.timeframe;
        let wanted = candles.into_iter().filter(|candle| candle.ts >= from && candle.ts < to);
        let known = wanted.map(|candle| KnownCandle { candle, known_at: timeframe.close(candle.ts) });
        Ok(Some(Page { candles: known.collect(), from, to, malformed, skew }))
    }

    /// Where a page may end whose bars are known to be whole before `shown`, and that should reach
    /// to `to`: answers may be minutes old (Coinbase says so of its candles), so that a bar that is
    /// not in them proves nothing while it is recent.
    fn believed(&self, shown: Option<Timestamp>, to: Timestamp) -> Timestamp {
        let now = self.exchange.http.clock().now();
        let now = self.skew.map_or(now, |skew| skew.cautious(now));
        if now.since(to) >= RECENT {
            return to;
        }
        self.series.timeframe.open(shown.unwrap_or(self.next)).clamp(self.next, to)
    }

    async fn binance(&self) -> Result<(Bars, Timestamp), ExchangeError> {
        let timeframe = self.series.timeframe;
        let request = binance::klines(self.exchange.venue.kind, &self.symbol, timeframe, self.next, self.end);
        let rows = self.rows(&request, binance::is_unknown_symbol).await?;
        let bars = rows::candles(&self.series, &rows, &binance::LAYOUT)?;
        let shown = bars.candles.last().map(|last| timeframe.close(last.ts));
        // A full page may have been cut; bars before the listing are passed over in one step.
        let to = match shown {
            Some(shown) if rows.len() as u64 >= binance::LIMIT => shown.min(self.end),
            _ => self.believed(shown, self.end),
        };
        Ok((bars, to))
    }

    async fn coinbase(&self) -> Result<(Bars, Timestamp), ExchangeError> {
        let timeframe = self.series.timeframe;
        let offered = coinbase::offered(timeframe);
        let most = self.next.plus(coinbase::LIMIT * offered.seconds());
        let to = most.min(self.end);
        // With the forming bar: one that is there proves those before it whole.
        let forming = offered.close(offered.open(self.exchange.http.clock().now()));
        let request = coinbase::candles(&self.symbol, offered, self.next, forming.max(to).min(most));
        let rows = self.rows(&request, coinbase::is_unknown_symbol).await?;
        let series = CandleSeries { timeframe: offered, ..self.series.clone() };
        let mut bars = rows::candles(&series, &rows, &coinbase::LAYOUT)?;
        // The newest may have been half made when the answer was.
        let to = self.believed(bars.candles.last().map(|newest| newest.ts), to);
        // Some may precede the start: half a bar would be made of them.
        bars.candles.retain(|candle| candle.ts >= self.next && candle.ts < to);
        if offered != timeframe {
            bars.candles = rows::aggregated(&bars.candles, timeframe);
        }
        Ok((bars, to))
    }

    async fn rows(
        &self,
        request: &Request,
        is_unknown_symbol: fn(&HttpError) -> bool,
    ) -> Result<binance::Rows, ExchangeError> {
        let mut answer: Result<binance::Rows, HttpError> = self.exchange.http.json(request).await;
        // Coinbase has been seen to answer so where it has bars.
        if answer.as_ref().is_ok_and(Vec::is_empty) {
            answer = self.exchange.http.json(request).await;
        }
        answer.map_err(|source| {
            let series = self.series.clone();
            if is_unknown_symbol(&source) {
                return ExchangeError::UnknownSymbol {
                    series,
                    symbol: self.symbol.clone(),
                    answer: source.to_string(),
                };
            }
            ExchangeError::Http { series, source }
        })
    }

    async fn kraken(&mut self) -> Result<(Bars, Timestamp), ExchangeError> {
        if self.older.as_ref().is_some_and(|older| self.next >= older.until) {
            self.older = None;
        }
        if self.older.is_none() {
            let timeframe = self.series.timeframe;
            let request = kraken::ohlc(&self.symbol, timeframe);
            let rows = kraken::ask(&self.exchange, &self.series, &self.symbol, &request).await?;
            let mut bars = rows::candles(&self.series, &rows, &kraken::LAYOUT)?;
            // The last is still forming, whatever any clock says.
            let Some(forming) = bars.candles.pop() else { return Ok((bars, self.next)) };
            let oldest = bars.candles.first().unwrap_or(&forming).ts;
            // How many rows there are says nothing: bars without trades are left out of them.
            if self.next >= oldest {
                return Ok((bars, self.end.min(forming.ts).max(self.next)));
            }
            // The cursor is exclusive; one nanosecond before takes the bar's own first.
            let since_ns = self.next.0.saturating_mul(1_000_000_000).saturating_sub(1);
            let until = oldest.min(self.end);
            self.older = Some(Older { until, since_ns, bars: TradeBars::new(timeframe) });
        }
        match &mut self.older {
            Some(older) => {
                let step = older.step(&self.exchange, &self.series, &self.symbol).await;
                if step.is_err() {
                    // What was read of the bar in the making is read again.
                    self.older = None;
                }
                step.map(|(candles, to)| (Bars { candles, malformed: Vec::new() }, to.max(self.next)))
            }
            None => Ok((Bars::default(), self.next)),
        }
    }
}

impl Older {
    /// One answer's trades, and the bars that they complete.
    async fn step(
        &mut self,
        exchange: &Exchange,
        series: &CandleSeries,
        symbol: &str,
    ) -> Result<(Vec<Candle>, Timestamp), ExchangeError> {
        /// Times are given to a fraction of this only: the cursor goes back by it, and what is
        /// given twice is recognised.
        const OVERLAP_NS: u64 = 1_000;
        let rows = kraken::ask(exchange, series, symbol, &kraken::trades(symbol, self.since_ns)).await?;
        let mut latest_ns = None;
        for (number, row) in rows.iter().enumerate() {
            let trade = kraken::trade(number, row).and_then(|trade| match trade.id {
                Some(_) => Ok(trade),
                None => Err(("trade_id", super::BarFault::Missing)),
            });
            let trade = trade.map_err(|(field, fault)| ExchangeError::Bar {
                series: series.clone(),
                place: format!("trade {number} since {} ns", self.since_ns),
                field,
                fault,
            })?;
            self.bars.add(&trade);
            latest_ns = latest_ns.max(Some(trade.at_ns));
        }
        // An answer that was not cut reaches to the present.
        let to = match latest_ns {
            Some(latest_ns) if rows.len() >= kraken::TRADES => {
                let since_ns = latest_ns.saturating_sub(OVERLAP_NS);
                if since_ns <= self.since_ns {
                    return Err(ExchangeError::Stuck { series: series.clone(), at_ns: latest_ns });
                }
                self.since_ns = since_ns;
                series.timeframe.open(Timestamp(since_ns / 1_000_000_000)).min(self.until)
            }
            _ => self.until,
        };
        Ok((self.bars.take_before(to), to))
    }
}

//! Candles.

use std::ops::Range;

use super::{
    Cursor, DataStore, DataStoreError, Fault, Link, Written, bound, failed,
    link::on,
    numbers::{CANDLES, Numbers, storable},
    put_cursor,
    revise::{Clash, Differing, newest},
    seconds, timestamp, topics,
};
use crate::{
    domain::{Candle, CandleSeries, KnownCandle},
    units::Timestamp,
};

/// A series and what is stored of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesSummary {
    pub series: CandleSeries,
    /// The open of the first and of the last bar.
    pub first: Timestamp,
    pub last: Timestamp,
    /// Bars, each counted once.
    pub count: u64,
    /// Revisions beside them.
    pub revised: u64,
}

impl DataStore {
    /// Stores candles of one series, in any order, in one transaction with the cursor.
    ///
    /// # Errors
    /// A number that is not finite, a candle known before its close or off its grid, a clash; or
    /// where the store cannot be written.
    pub async fn put_candles(
        &mut self,
        series: &CandleSeries,
        candles: &[KnownCandle],
        cursor: Cursor<'_>,
    ) -> Result<Written, DataStoreError> {
        self.store_candles(series, candles, None, cursor).await
    }

    /// Stores what a venue says at `now` of some candles of one series, in one transaction with
    /// the cursor: one that differs from the newest stored one is a revision, known from `now` on.
    ///
    /// # Errors
    /// As [`DataStore::put_candles`]; a clash only where one candle is given twice and differs.
    pub async fn put_current_candles(
        &mut self,
        series: &CandleSeries,
        candles: &[KnownCandle],
        now: Timestamp,
        cursor: Cursor<'_>,
    ) -> Result<Written, DataStoreError> {
        self.store_candles(series, candles, Some(now), cursor).await
    }

    async fn store_candles(
        &mut self,
        series: &CandleSeries,
        candles: &[KnownCandle],
        now: Option<Timestamp>,
        cursor: Cursor<'_>,
    ) -> Result<Written, DataStoreError> {
        let put = async {
            let differing = Differing::at(now)?;
            let mut write = self.write().await?;
            let mut link = write.link();
            let written = put(&mut link, series, candles, differing).await?;
            put_cursor(&mut link, cursor).await?;
            write.commit().await?;
            Ok(written)
        };
        let put = put.await;
        put.map_err(|fault| failed(&self.place, &series.to_string(), fault))
    }

    /// The candles that open in `range`, ascending, each as the newest revision known by `as_of`
    /// has it, or the newest of all.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn candles(
        &mut self,
        series: &CandleSeries,
        range: Range<Timestamp>,
        as_of: Option<Timestamp>,
    ) -> Result<Vec<KnownCandle>, DataStoreError> {
        let rows = self.candle_rows(series, range, as_of.map_or(i64::MAX, bound)).await;
        let read = rows.and_then(|rows| newest(rows).iter().map(candle).collect());
        read.map_err(|fault| failed(&self.place, &series.to_string(), fault))
    }

    /// The same with every revision, by time and then `known_at`.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn candle_revisions(
        &mut self,
        series: &CandleSeries,
        range: Range<Timestamp>,
    ) -> Result<Vec<KnownCandle>, DataStoreError> {
        let rows = self.candle_rows(series, range, i64::MAX).await;
        let read = rows.and_then(|rows| rows.iter().map(candle).collect());
        read.map_err(|fault| failed(&self.place, &series.to_string(), fault))
    }

    async fn candle_rows(
        &mut self,
        series: &CandleSeries,
        range: Range<Timestamp>,
        as_of: i64,
    ) -> Result<Vec<Numbers<5>>, Fault> {
        let mut link = self.connection.link();
        match find_series(&mut link, series).await? {
            Some(id) => CANDLES.range(&mut link, id, bound(range.start), bound(range.end), as_of).await,
            None => Ok(Vec::new()),
        }
    }

    /// Every series that has candles, by venue, symbol and length.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn candle_series(&mut self) -> Result<Vec<SeriesSummary>, DataStoreError> {
        let read = async {
            let sql = "SELECT venue, symbol, timeframe, min(ts), max(ts), count(DISTINCT ts), count(*) \
                       FROM candle_series JOIN candles ON candles.series = candle_series.id \
                       GROUP BY candle_series.id, venue, symbol, timeframe";
            type Row = (String, String, String, i64, i64, i64, i64);
            let rows: Vec<Row> = on!(self.connection.link(), c => sqlx::query_as(sql).fetch_all(c))?;
            let mut summaries = rows.into_iter().map(summary).collect::<Result<Vec<_>, Fault>>()?;
            // Databases sort text differently.
            summaries.sort_by(|a, b| a.series.cmp(&b.series));
            Ok(summaries)
        };
        let read = read.await;
        read.map_err(|fault| failed(&self.place, "list of candles", fault))
    }
}

/// Stores candles within a transaction.
pub(super) async fn put(
    link: &mut Link<'_>,
    series: &CandleSeries,
    candles: &[KnownCandle],
    differing: Differing,
) -> Result<Written, Fault> {
    let rows: Vec<Numbers<5>> = candles.iter().map(|candle| row(series, candle)).collect::<Result<_, _>>()?;
    let keys = || rows.iter().map(|row| row.key);
    let range = keys().min().zip(keys().max());
    let clash = |clash: Clash<i64>| Fault::Clash {
        item: format!("the candle of {}", Timestamp(clash.key.unsigned_abs())),
        stored: Timestamp(clash.stored.unsigned_abs()),
        incoming: Timestamp(clash.incoming.unsigned_abs()),
    };
    let id = make_series(link, series).await?;
    let written = CANDLES.put(link, id, rows, differing, clash).await?;
    if let Some(range) = range.filter(|_| written.new + written.revised > 0) {
        topics::changed(link, &topics::candles_topic(series), range).await?;
    }
    Ok(written)
}

fn summary(
    (venue, symbol, timeframe, first, last, count, rows): (String, String, String, i64, i64, i64, i64),
) -> Result<SeriesSummary, Fault> {
    let timeframe =
        timeframe.parse().map_err(|error: crate::domain::TimeframeError| Fault::Damaged(error.to_string()))?;
    Ok(SeriesSummary {
        series: CandleSeries { venue, symbol, timeframe },
        first: timestamp(first)?,
        last: timestamp(last)?,
        count: count.unsigned_abs(),
        revised: (rows - count).unsigned_abs(),
    })
}

fn row(series: &CandleSeries, known: &KnownCandle) -> Result<Numbers<5>, Fault> {
    let Candle { ts, open, high, low, close, volume } = known.candle;
    let item = || format!("the candle of {ts}");
    let number = |field, value| storable(value).ok_or_else(|| Fault::NotFinite { item: item(), field, value });
    if series.timeframe.open(ts) != ts {
        return Err(Fault::Refused { item: item(), why: "it does not open on the grid of its series" });
    }
    let earliest = series.timeframe.close(ts);
    if known.known_at < earliest {
        return Err(Fault::TooEarly { item: item(), known_at: known.known_at, earliest });
    }
    Ok(Numbers {
        key: seconds(item, ts)?,
        known_at: seconds(item, known.known_at)?,
        value: [
            number("open", open)?,
            number("high", high)?,
            number("low", low)?,
            number("close", close)?,
            number("volume", volume)?,
        ],
    })
}

fn candle(row: &Numbers<5>) -> Result<KnownCandle, Fault> {
    let [open, high, low, close, volume] = row.value;
    let candle = Candle { ts: timestamp(row.key)?, open, high, low, close, volume };
    Ok(KnownCandle { candle, known_at: timestamp(row.known_at)? })
}

pub(super) async fn find_series(link: &mut Link<'_>, series: &CandleSeries) -> Result<Option<i64>, Fault> {
    let sql = "SELECT id FROM candle_series WHERE venue = $1 AND symbol = $2 AND timeframe = $3";
    let (venue, symbol, timeframe) = (&series.venue, &series.symbol, series.timeframe.as_str());
    on!(link, c => sqlx::query_scalar(sql).bind(venue).bind(symbol).bind(timeframe).fetch_optional(&mut **c))
}

async fn make_series(link: &mut Link<'_>, series: &CandleSeries) -> Result<i64, Fault> {
    if let Some(id) = find_series(link, series).await? {
        return Ok(id);
    }
    let sql = "INSERT INTO candle_series (venue, symbol, timeframe) VALUES ($1, $2, $3) RETURNING id";
    let (venue, symbol, timeframe) = (&series.venue, &series.symbol, series.timeframe.as_str());
    on!(link, c => sqlx::query_scalar(sql).bind(venue).bind(symbol).bind(timeframe).fetch_one(&mut **c))
}

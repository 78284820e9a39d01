//! Series of single numbers.

use std::ops::Range;

use super::{
    Cursor, DataStore, DataStoreError, Fault, Link, Written, bound, failed,
    link::on,
    numbers::{Numbers, OBSERVATIONS, storable},
    put_cursor,
    revise::{Clash, Differing, newest},
    seconds, timestamp,
};
use crate::{domain::Observation, units::Timestamp};

/// A series and what is stored of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservationSummary {
    pub series: String,
    pub first: Timestamp,
    pub last: Timestamp,
    /// Times with a value, each counted once.
    pub count: u64,
    /// Revisions beside them.
    pub revised: u64,
}

impl DataStore {
    /// Stores observations of one series, in any order, in one transaction with the cursor.
    ///
    /// # Errors
    /// A number that is not finite or known before its time, a clash; or where the store cannot
    /// be written.
    pub async fn put_observations(
        &mut self,
        series: &str,
        observations: &[Observation],
        cursor: Cursor<'_>,
    ) -> Result<Written, DataStoreError> {
        self.store_observations(series, observations, None, cursor).await
    }

    /// Stores what a source says at `now` of one series, in one transaction with the cursor: a
    /// value that differs from the newest stored one is a revision, known from `now` on.
    ///
    /// # Errors
    /// As [`DataStore::put_observations`]; a clash only where one time is given two values.
    pub async fn put_current_observations(
        &mut self,
        series: &str,
        observations: &[Observation],
        now: Timestamp,
        cursor: Cursor<'_>,
    ) -> Result<Written, DataStoreError> {
        self.store_observations(series, observations, Some(now), cursor).await
    }

    async fn store_observations(
        &mut self,
        series: &str,
        observations: &[Observation],
        now: Option<Timestamp>,
        cursor: Cursor<'_>,
    ) -> Result<Written, DataStoreError> {
        let put = async {
            let differing = Differing::at(now)?;
            let mut write = self.write().await?;
            let mut link = write.link();
            let written = put(&mut link, series, observations, differing).await?;
            put_cursor(&mut link, cursor).await?;
            write.commit().await?;
            Ok(written)
        };
        let put = put.await;
        put.map_err(|fault| failed(&self.place, series, fault))
    }

    /// The observations of times in `range`, ascending, each as the newest revision known by
    /// `as_of` has it, or the newest of all.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn observations(
        &mut self,
        series: &str,
        range: Range<Timestamp>,
        as_of: Option<Timestamp>,
    ) -> Result<Vec<Observation>, DataStoreError> {
        let rows = self.observation_rows(series, range, as_of.map_or(i64::MAX, bound)).await;
        let read = rows.and_then(|rows| newest(rows).iter().map(observation).collect());
        read.map_err(|fault| failed(&self.place, series, fault))
    }

    /// The same with every revision, by time and then `known_at`.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn observation_revisions(
        &mut self,
        series: &str,
        range: Range<Timestamp>,
    ) -> Result<Vec<Observation>, DataStoreError> {
        let rows = self.observation_rows(series, range, i64::MAX).await;
        let read = rows.and_then(|rows| rows.iter().map(observation).collect());
        read.map_err(|fault| failed(&self.place, series, fault))
    }

    async fn observation_rows(
        &mut self,
        series: &str,
        range: Range<Timestamp>,
        as_of: i64,
    ) -> Result<Vec<Numbers<1>>, Fault> {
        let mut link = self.connection.link();
        match find_series(&mut link, series).await? {
            Some(id) => OBSERVATIONS.range(&mut link, id, bound(range.start), bound(range.end), as_of).await,
            None => Ok(Vec::new()),
        }
    }

    /// Every series that has observations, by name.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn observation_series(&mut self) -> Result<Vec<ObservationSummary>, DataStoreError> {
        let read = async {
            let sql = "SELECT name, min(ts), max(ts), count(DISTINCT ts), count(*) \
                       FROM observation_series JOIN observations ON observations.series = observation_series.id \
                       GROUP BY observation_series.id, name";
            let rows: Vec<(String, i64, i64, i64, i64)> =
                on!(self.connection.link(), c => sqlx::query_as(sql).fetch_all(c))?;
            let summary = |(series, first, last, count, rows): (String, i64, i64, i64, i64)| {
                let (first, last) = (timestamp(first)?, timestamp(last)?);
                let (count, revised) = (count.unsigned_abs(), (rows - count).unsigned_abs());
                Ok(ObservationSummary { series, first, last, count, revised })
            };
            let mut summaries = rows.into_iter().map(summary).collect::<Result<Vec<_>, Fault>>()?;
            // Databases sort text differently.
            summaries.sort_by(|a, b| a.series.cmp(&b.series));
            Ok(summaries)
        };
        let read = read.await;
        read.map_err(|fault| failed(&self.place, "list of observations", fault))
    }

    /// The names of all series that begin so, whether a value is left of them or not.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn observation_names(&mut self, prefix: &str) -> Result<Vec<String>, DataStoreError> {
        let read = async {
            let sql = "SELECT name FROM observation_series WHERE substr(name, 1, CAST($1 AS INTEGER)) = $2";
            let length = i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX);
            on!(self.connection.link(), c => sqlx::query_scalar(sql).bind(length).bind(prefix).fetch_all(c))
        };
        let read = read.await;
        read.map_err(|fault| failed(&self.place, "list of observations", fault))
    }
}

/// Stores observations within a transaction.
pub(super) async fn put(
    link: &mut Link<'_>,
    series: &str,
    observations: &[Observation],
    differing: Differing,
) -> Result<Written, Fault> {
    let rows = observations.iter().map(row).collect::<Result<_, _>>()?;
    let clash = |clash: Clash<i64>| Fault::Clash {
        item: format!("the value of {}", Timestamp(clash.key.unsigned_abs())),
        stored: Timestamp(clash.stored.unsigned_abs()),
        incoming: Timestamp(clash.incoming.unsigned_abs()),
    };
    let id = make_series(link, series).await?;
    OBSERVATIONS.put(link, id, rows, differing, clash).await
}

fn row(observation: &Observation) -> Result<Numbers<1>, Fault> {
    let Observation { ts, known_at, value } = *observation;
    let item = || format!("the value of {ts}");
    let number = storable(value).ok_or_else(|| Fault::NotFinite { item: item(), field: "value", value })?;
    if known_at < ts {
        return Err(Fault::TooEarly { item: item(), known_at, earliest: ts });
    }
    Ok(Numbers { key: seconds(item, ts)?, known_at: seconds(item, known_at)?, value: [number] })
}

fn observation(row: &Numbers<1>) -> Result<Observation, Fault> {
    Ok(Observation { ts: timestamp(row.key)?, known_at: timestamp(row.known_at)?, value: row.value[0] })
}

pub(super) async fn find_series(link: &mut Link<'_>, name: &str) -> Result<Option<i64>, Fault> {
    let sql = "SELECT id FROM observation_series WHERE name = $1";
    on!(link, c => sqlx::query_scalar(sql).bind(name).fetch_optional(&mut **c))
}

async fn make_series(link: &mut Link<'_>, name: &str) -> Result<i64, Fault> {
    if let Some(id) = find_series(link, name).await? {
        return Ok(id);
    }
    let sql = "INSERT INTO observation_series (name) VALUES ($1) RETURNING id";
    on!(link, c => sqlx::query_scalar(sql).bind(name).fetch_one(&mut **c))
}

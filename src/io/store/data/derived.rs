//! What was derived of stored rows. A derivation stands here with the rows that it is made of: its
//! topic.

use std::collections::BTreeMap;

use super::{DataStore, DataStoreError, Written, candles, execute, failed, link::on, observations, revise::Differing};
use crate::{
    domain::{CandleSeries, KnownCandle, Observation},
    units::Timestamp,
};

/// A derivation as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Derivation {
    /// As its maker wrote it; empty before the first time.
    pub position: String,
    /// The first and the last second or block of the rows that came in since.
    pub changed: Option<(u64, u64)>,
    /// How often rows came in, ever: what tells whether more did since this was read.
    pub changes: u64,
}

/// What a derivation made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Made {
    pub candles: Vec<(CandleSeries, Vec<KnownCandle>)>,
    /// By series.
    pub numbers: BTreeMap<String, Vec<Observation>>,
}

impl DataStore {
    /// How far a derivation came. From its first call on, changes of its topic are noted for it.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn derivation(&mut self, name: &str, topic: &str) -> Result<Derivation, DataStoreError> {
        let read = async {
            let mut write = self.write().await?;
            let mut link = write.link();
            let sql = "INSERT INTO derived (name, topic, position) VALUES ($1, $2, '') \
                       ON CONFLICT (name) DO UPDATE SET topic = excluded.topic, position = '' \
                       WHERE derived.topic <> excluded.topic";
            execute!(&mut link, sqlx::query(sql).bind(name).bind(topic))?;
            let sql = "SELECT position, changed_from, changed_to, changes FROM derived WHERE name = $1";
            let (position, from, to, changes): (String, Option<i64>, Option<i64>, i64) =
                on!(&mut link, c => sqlx::query_as(sql).bind(name).fetch_one(&mut **c))?;
            write.commit().await?;
            let changed = from.zip(to).map(|(from, to)| (from.unsigned_abs(), to.unsigned_abs()));
            Ok(Derivation { position, changed, changes: changes.unsigned_abs() })
        };
        let read = read.await;
        read.map_err(|fault| failed(&self.place, name, fault))
    }

    /// Stores what a derivation made at `now`, each value as [`DataStore::put_current_candles`]
    /// does, in one transaction. Returns what became of the candles, and of the numbers.
    ///
    /// # Errors
    /// As [`DataStore::put_current_candles`].
    pub async fn put_made(
        &mut self,
        name: &str,
        made: &Made,
        now: Timestamp,
    ) -> Result<(Written, Written), DataStoreError> {
        let put = async {
            let differing = Differing::at(Some(now))?;
            let mut write = self.write().await?;
            let mut link = write.link();
            let (mut bars, mut numbers) = (Written::default(), Written::default());
            for (series, of_series) in &made.candles {
                bars += candles::put(&mut link, series, of_series, differing).await?;
            }
            for (series, of_series) in &made.numbers {
                numbers += observations::put(&mut link, series, of_series, differing).await?;
            }
            write.commit().await?;
            Ok((bars, numbers))
        };
        let put = put.await;
        put.map_err(|fault| failed(&self.place, name, fault))
    }

    /// Notes that a derivation is made up to `position`, and has taken in what came in until
    /// [`Derivation::changes`] was `seen`; where more came in meanwhile, be it between what was
    /// noted already, all of it stays noted.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn put_derivation(&mut self, name: &str, position: &str, seen: u64) -> Result<(), DataStoreError> {
        let put = async {
            let mut write = self.write().await?;
            let mut link = write.link();
            let sql = "UPDATE derived SET position = $2 WHERE name = $1";
            execute!(&mut link, sqlx::query(sql).bind(name).bind(position))?;
            let sql = "UPDATE derived SET changed_from = NULL, changed_to = NULL WHERE name = $1 AND changes = $2";
            let seen = i64::try_from(seen).unwrap_or(i64::MAX);
            execute!(&mut link, sqlx::query(sql).bind(name).bind(seen))?;
            write.commit().await
        };
        let put = put.await;
        put.map_err(|fault| failed(&self.place, name, fault))
    }
}

//! The store of data: what was observed, and since when it could be known.
//!
//! One SQLite file, or one PostgreSQL schema; the same calls and the same rows in both. One
//! process writes at a time, any number read.
//!
//! Writing is idempotent: the same rows again change nothing. A row whose value differs from the
//! stored one is a revision: it is stored beside it with its own, later `known_at`, and reading
//! as of a moment gives what was known then. A value that differs and is *not* known later
//! clashes, which is an error: nothing is overwritten. A value that a source or a derivation says
//! *now* (`put_current_*`) is a revision known from now on wherever it differs from the newest
//! stored one, also where it returns to an earlier one. Only finite numbers are stored, and read
//! back bit for bit (but for `-0.0`, which is stored as the `0.0` that it equals).
//!
//! Nothing is ever removed, but for blocks that are not the chain's and what they told
//! ([`DataStore::undo_logs`]).
//!
//! Each call writes all of its rows, and the cursor given with them, or nothing: after a crash
//! the cursor says exactly how far the rows go.

mod candles;
mod chain;
mod derived;
mod error;
mod link;
mod logs;
mod numbers;
mod observations;
mod place;
mod posts;
mod revise;
mod schema;
#[cfg(test)]
mod tests;
mod topics;
mod undo;

use std::{fs::File, time::Duration};

pub use candles::SeriesSummary;
pub use derived::{Derivation, Made};
pub use error::{DataStoreError, Fault};
pub use logs::ScannedRange;
pub use observations::ObservationSummary;
pub use place::{Place, UrlError};
pub use topics::{POSTS, candles_topic, logs_topic};
pub use undo::{MadeSince, Undone};

use self::link::{Connection, Link, Write, answered, execute, on};
use super::lock;
use crate::units::Timestamp;

/// How long to wait for a lock that another program holds.
const WAIT: Duration = Duration::from_secs(5);

/// What a call wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub new: u64,
    /// Rows that said nothing new.
    pub same: u64,
    /// Rows that stand beside an earlier one of another value.
    pub revised: u64,
}

impl std::ops::AddAssign for Written {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.same += other.same;
        self.revised += other.revised;
    }
}

/// A name, and the position to store under it.
pub type Cursor<'a> = Option<(&'a str, &'a str)>;

/// An open store.
///
/// A writer holds a lock for as long as it lives: on `<file>.lock`, or an advisory lock of the
/// PostgreSQL schema. The lock goes with the process or the connection, however that ends.
#[derive(Debug)]
pub struct DataStore {
    place: Place,
    connection: Connection,
    writes: bool,
    _lock: Option<File>,
}

impl DataStore {
    /// Opens the store to write, or makes it; brings its schema up to date.
    ///
    /// # Errors
    /// Where another process writes it, it cannot be reached, or it is not ours, newer or damaged.
    pub async fn open(place: &Place) -> Result<Self, DataStoreError> {
        Self::open_waiting(place, WAIT).await
    }

    async fn open_waiting(place: &Place, wait: Duration) -> Result<Self, DataStoreError> {
        let opened = async {
            let lock = match place {
                Place::Sqlite(path) => Some(lock::exclusive(path).map_err(Fault::Io)?.ok_or(Fault::Locked)?),
                Place::Postgres(_) => None,
            };
            let mut connection = connect(place, true, wait).await?;
            if let Link::Postgres(connection, limit) = connection.link() {
                // Held by this connection until it ends.
                let lock = "SELECT pg_try_advisory_lock(hashtextextended('shoal store ' || current_schema(), 0))";
                let locked: Option<bool> = answered(limit, sqlx::query_scalar(lock).fetch_one(connection)).await?;
                match locked {
                    Some(true) => {}
                    Some(false) => return Err(Fault::Locked),
                    None => return Err(Fault::Foreign("its search_path names no schema that is there".to_owned())),
                }
            }
            schema::prepare(&mut connection).await?;
            Ok(Self { place: place.clone(), connection, writes: true, _lock: lock })
        };
        opened.await.map_err(|fault| failed(place, "open", fault))
    }

    /// Opens the store to read, beside any writer.
    ///
    /// # Errors
    /// Where it is not there, cannot be reached, or is not ours, older, newer or damaged.
    pub async fn open_to_read(place: &Place) -> Result<Self, DataStoreError> {
        let opened = async {
            if let Place::Sqlite(path) = place
                && !path.try_exists().map_err(Fault::Io)?
            {
                return Err(Fault::Absent);
            }
            let mut connection = connect(place, false, WAIT).await?;
            schema::check(&mut connection).await?;
            Ok(Self { place: place.clone(), connection, writes: false, _lock: None })
        };
        opened.await.map_err(|fault| failed(place, "open", fault))
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The position stored under a name.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn cursor(&mut self, name: &str) -> Result<Option<String>, DataStoreError> {
        let read = async {
            let sql = "SELECT position FROM cursors WHERE name = $1";
            on!(self.connection.link(), c => sqlx::query_scalar(sql).bind(name).fetch_optional(c))
        };
        read.await.map_err(|fault| failed(&self.place, &format!("cursor {name}"), fault))
    }

    /// Stores a position by itself.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn put_cursor(&mut self, name: &str, position: &str) -> Result<(), DataStoreError> {
        let put = async {
            let mut write = self.write().await?;
            put_cursor(&mut write.link(), Some((name, position))).await?;
            write.commit().await
        };
        put.await.map_err(|fault| failed(&self.place, &format!("cursor {name}"), fault))
    }

    /// Forgets these positions, in one transaction; one that is not there is forgotten.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn remove_cursors(&mut self, names: &[String]) -> Result<(), DataStoreError> {
        let remove = async {
            let mut write = self.write().await?;
            for name in names {
                execute!(&mut write.link(), sqlx::query("DELETE FROM cursors WHERE name = $1").bind(name))?;
            }
            write.commit().await
        };
        remove.await.map_err(|fault| failed(&self.place, "cursors", fault))
    }

    /// Every position whose name begins so, by name.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn cursors(&mut self, prefix: &str) -> Result<Vec<(String, String)>, DataStoreError> {
        let read = async {
            let sql = "SELECT name, position FROM cursors WHERE substr(name, 1, CAST($1 AS INTEGER)) = $2";
            let length = i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX);
            let mut rows: Vec<(String, String)> =
                on!(self.connection.link(), c => sqlx::query_as(sql).bind(length).bind(prefix).fetch_all(c))?;
            rows.sort();
            Ok(rows)
        };
        read.await.map_err(|fault| failed(&self.place, "cursors", fault))
    }

    /// Closes the connection; SQLite folds its write-ahead log into the file.
    ///
    /// # Errors
    /// Where that fails; what was written is safe all the same.
    pub async fn close(self) -> Result<(), DataStoreError> {
        let place = self.place;
        self.connection.close().await.map_err(|fault| failed(&place, "close", fault))
    }

    async fn write(&mut self) -> Result<Write<'_>, Fault> {
        if self.writes { self.connection.write().await } else { Err(Fault::ReadOnly) }
    }
}

async fn connect(place: &Place, writes: bool, wait: Duration) -> Result<Connection, Fault> {
    match place {
        Place::Sqlite(path) => Connection::sqlite(path, writes, wait).await,
        Place::Postgres(url) => Connection::postgres(url, writes, wait).await,
    }
}

fn failed(place: &Place, subject: &str, fault: Fault) -> DataStoreError {
    DataStoreError { place: place.clone(), subject: subject.to_owned(), fault }
}

async fn put_cursor(link: &mut Link<'_>, cursor: Cursor<'_>) -> Result<(), Fault> {
    if let Some((name, position)) = cursor {
        let sql = "INSERT INTO cursors (name, position) VALUES ($1, $2) \
                   ON CONFLICT (name) DO UPDATE SET position = excluded.position";
        execute!(link, sqlx::query(sql).bind(name).bind(position))?;
    }
    Ok(())
}

/// Seconds as both databases store them; `item` is named in a fault alone.
fn seconds(item: impl FnOnce() -> String, at: Timestamp) -> Result<i64, Fault> {
    let why = "its time is beyond what can be stored";
    i64::try_from(at.0).map_err(|_| Fault::Refused { item: item(), why })
}

/// The end of a range: everything lies before a time that cannot be stored.
fn bound(at: Timestamp) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

fn timestamp(seconds: i64) -> Result<Timestamp, Fault> {
    u64::try_from(seconds).map(Timestamp).map_err(|_| Fault::Damaged(format!("{seconds} is no time")))
}

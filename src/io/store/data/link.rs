//! One connection to either database. SQL that both understand is written once: both take `$1`.

use std::{path::Path, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, Postgres, Sqlite, SqliteConnection, Transaction,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteSynchronous},
};

use super::error::Fault;

/// Rows that SQLite's thread reads ahead: with few, the threads wait on each other at every row.
const ROWS: usize = 1_024;
/// Pages of 4 KiB in the write-ahead log from which on a commit folds it into the file: each time
/// costs two waits for the disk.
const CHECKPOINT: &str = "4096";
/// How long PostgreSQL may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// A transaction; dropped without [`Write::commit`], it leaves no trace.
pub(super) enum Write<'a> {
    Sqlite(Transaction<'a, Sqlite>),
    Postgres(Transaction<'a, Postgres>),
}

/// What a statement runs on, within a transaction or not.
pub(super) enum Link<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

/// Runs the same code on whichever connection `$link` is.
macro_rules! on {
    ($link:expr, $connection:ident => $body:expr) => {
        match $link {
            $crate::io::store::data::link::Link::Sqlite($connection) => $body,
            $crate::io::store::data::link::Link::Postgres($connection) => $body,
        }
    };
}
pub(super) use on;

impl Connection {
    /// Changes nothing in a file that is there. `wait` bounds the wait for another program's lock.
    pub(super) async fn sqlite(path: &Path, writes: bool, wait: Duration) -> Result<Self, Fault> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(!writes)
            .create_if_missing(writes)
            .busy_timeout(wait)
            .row_buffer_size(ROWS)
            .pragma("wal_autocheckpoint", CHECKPOINT)
            // Every commit reaches the disk before it is answered.
            .synchronous(SqliteSynchronous::Full)
            // A slow statement is no news to the user, and their text is none.
            .disable_statement_logging();
        Ok(Self::Sqlite(SqliteConnection::connect_with(&options).await?))
    }

    pub(super) async fn postgres(url: &str, writes: bool, wait: Duration) -> Result<Self, Fault> {
        let options: PgConnectOptions = url.parse()?;
        let options = options.disable_statement_logging().application_name("shoal").options([
            ("lock_timeout", format!("{}ms", wait.as_millis())),
            ("default_transaction_read_only", (if writes { "off" } else { "on" }).to_owned()),
        ]);
        match tokio::time::timeout(CONNECT_TIMEOUT, PgConnection::connect_with(&options)).await {
            Ok(connection) => Ok(Self::Postgres(connection?)),
            Err(_) => Err(Fault::Lost(format!("no connection within {} s", CONNECT_TIMEOUT.as_secs()))),
        }
    }

    pub(super) fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(connection) => Link::Sqlite(connection),
            Self::Postgres(connection) => Link::Postgres(connection),
        }
    }

    /// Begins a transaction that writes.
    pub(super) async fn write(&mut self) -> Result<Write<'_>, Fault> {
        Ok(match self {
            // Takes the lock at once: no write fails half-way because another came first.
            Self::Sqlite(connection) => Write::Sqlite(connection.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(connection) => Write::Postgres(connection.begin().await?),
        })
    }

    pub(super) async fn close(self) -> Result<(), Fault> {
        match self {
            Self::Sqlite(connection) => connection.close().await?,
            Self::Postgres(connection) => connection.close().await?,
        }
        Ok(())
    }
}

impl Write<'_> {
    pub(super) fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(transaction) => Link::Sqlite(transaction),
            Self::Postgres(transaction) => Link::Postgres(transaction),
        }
    }

    pub(super) async fn commit(self) -> Result<(), Fault> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

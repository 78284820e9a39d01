//! One connection to either database. SQL that both understand is written once: both take `$1`.

use std::{borrow::Borrow, future::Future, path::Path, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, Postgres, Sqlite, SqliteConnection, Transaction,
    sqlite::{SqliteConnectOptions, SqliteSynchronous},
};

use super::{error::Fault, place};
use crate::domain::Secret;

/// Rows that SQLite's thread reads ahead: with few, the threads wait on each other at every row.
const ROWS: usize = 1_024;
/// Pages of 4 KiB in the write-ahead log from which on a commit folds it into the file: each time
/// costs two waits for the disk.
const CHECKPOINT: &str = "4096";
/// How long PostgreSQL may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long PostgreSQL may take over a statement; then it ends the statement and says so.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(120);
/// How long to wait for its answer: a server that is there answers sooner, so one that has not
/// answered by then cannot.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(130);
/// How PostgreSQL looks after a client that vanished, to give up its locks within 40 s: sooner
/// than whoever comes after it stops waiting for them.
const CLIENT_GONE: [(&str, &str); 5] = [
    ("tcp_keepalives_idle", "10s"),
    ("tcp_keepalives_interval", "10s"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "30s"),
    ("idle_in_transaction_session_timeout", "60s"),
];

#[derive(Debug)]
pub(super) enum Connection {
    Sqlite(SqliteConnection),
    /// With how long to wait for an answer.
    Postgres(PgConnection, Duration),
}

/// A transaction; dropped without [`Write::commit`], it leaves no trace.
pub(super) enum Write<'a> {
    Sqlite(Transaction<'a, Sqlite>),
    Postgres(Transaction<'a, Postgres>, Duration),
}

/// What a statement runs on, within a transaction or not.
pub(super) enum Link<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection, Duration),
}

/// Waits for the same answer of whichever connection `$link` is.
macro_rules! on {
    ($link:expr, $connection:ident => $answer:expr) => {
        match $link {
            $crate::io::store::data::link::Link::Sqlite($connection) => {
                $answer.await.map_err($crate::io::store::data::Fault::from)
            }
            $crate::io::store::data::link::Link::Postgres($connection, limit) => {
                $crate::io::store::data::link::answered(limit, $answer).await
            }
        }
    };
}
pub(super) use on;

/// Executes a query on whichever connection `$link` is; the number of rows that it changed.
macro_rules! execute {
    ($link:expr, $query:expr) => {
        match $link {
            $crate::io::store::data::link::Link::Sqlite(connection) => {
                let done = $query.execute(&mut **connection).await;
                done.map(|done| done.rows_affected()).map_err($crate::io::store::data::Fault::from)
            }
            $crate::io::store::data::link::Link::Postgres(connection, limit) => {
                let done = $crate::io::store::data::link::answered(limit, $query.execute(&mut **connection)).await;
                done.map(|done| done.rows_affected())
            }
        }
    };
}
pub(super) use execute;

/// A server's answer, unless it cannot answer any more: then its connection is of no more use.
pub(super) async fn answered<T, E: Into<Fault>>(
    limit: impl Borrow<Duration>,
    answer: impl Future<Output = Result<T, E>>,
) -> Result<T, Fault> {
    let limit = *limit.borrow();
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => answer.map_err(Into::into),
        Err(_) => Err(Fault::Lost(format!("no answer within {} s", limit.as_secs_f64()))),
    }
}

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

    pub(super) async fn postgres(url: &Secret, writes: bool, wait: Duration) -> Result<Self, Fault> {
        let options = place::options(url)?.disable_statement_logging().application_name("shoal");
        let options = options.options(CLIENT_GONE).options([
            ("statement_timeout", format!("{}ms", STATEMENT_TIMEOUT.as_millis())),
            ("lock_timeout", format!("{}ms", wait.as_millis())),
            ("default_transaction_read_only", (if writes { "off" } else { "on" }).to_owned()),
        ]);
        match tokio::time::timeout(CONNECT_TIMEOUT, PgConnection::connect_with(&options)).await {
            Ok(connection) => Ok(Self::Postgres(connection?, ANSWER_TIMEOUT)),
            Err(_) => Err(Fault::Lost(format!("no connection within {} s", CONNECT_TIMEOUT.as_secs()))),
        }
    }

    pub(super) fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(connection) => Link::Sqlite(connection),
            Self::Postgres(connection, limit) => Link::Postgres(connection, *limit),
        }
    }

    /// Begins a transaction that writes.
    pub(super) async fn write(&mut self) -> Result<Write<'_>, Fault> {
        Ok(match self {
            // Takes the lock at once: no write fails half-way because another came first.
            Self::Sqlite(connection) => Write::Sqlite(connection.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(connection, limit) => {
                let limit = *limit;
                Write::Postgres(answered(limit, connection.begin()).await?, limit)
            }
        })
    }

    pub(super) async fn close(self) -> Result<(), Fault> {
        match self {
            Self::Sqlite(connection) => connection.close().await?,
            Self::Postgres(connection, limit) => answered(limit, connection.close()).await?,
        }
        Ok(())
    }
}

impl Write<'_> {
    pub(super) fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(transaction) => Link::Sqlite(transaction),
            Self::Postgres(transaction, limit) => Link::Postgres(transaction, *limit),
        }
    }

    pub(super) async fn commit(self) -> Result<(), Fault> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction, limit) => answered(limit, transaction.commit()).await?,
        }
        Ok(())
    }
}

//! The journal in SQLite, one writer at a time.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use sqlx::{
    Connection, Row, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::lock;
use crate::domain::Record;

/// `PRAGMA application_id`: "Shl1", so that another program's database is not taken for a journal.
const APPLICATION_ID: i64 = 0x5368_6c31;
/// `PRAGMA user_version`: the schema's.
const SCHEMA_VERSION: i64 = 1;

/// Why the journal cannot be used. Halt: without a journal nothing may be sent.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("journal {}: another process is writing it; stop that one, or give this one its own journal", path.display())]
    Locked { path: PathBuf },
    #[error("journal {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("journal {}: {source}", path.display())]
    Database { path: PathBuf, source: sqlx::Error },
    #[error("journal {}: not a Shoal journal of version {SCHEMA_VERSION} ({found})", path.display())]
    Foreign { path: PathBuf, found: String },
    #[error("journal {}, record {seq}: {source}", path.display())]
    Damaged { path: PathBuf, seq: i64, source: serde_json::Error },
    #[error("journal {}: a record cannot be written as JSON: {source}", path.display())]
    Encode { path: PathBuf, source: serde_json::Error },
}

/// An open journal. It holds an exclusive lock on `<path>.lock` for as long as it lives; the
/// lock goes with the process, however that ends.
#[derive(Debug)]
pub struct JournalStore {
    path: PathBuf,
    connection: SqliteConnection,
    _lock: File,
}

impl JournalStore {
    /// Opens the journal at `path`, or makes it, and takes the writer's lock.
    ///
    /// # Errors
    /// [`StoreError`] when it is locked, unreadable, damaged or not a journal.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_locked(path, lock(path)?).await
    }

    async fn open_locked(path: &Path, lock: File) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Database { path: path.to_owned(), source };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Every commit reaches the disk before `append` returns.
            .synchronous(SqliteSynchronous::Full);
        let mut connection = SqliteConnection::connect_with(&options).await.map_err(failed)?;
        prepare(path, &mut connection).await?;
        Ok(Self { path: path.to_owned(), connection, _lock: lock })
    }

    /// Opens an empty journal at `path`; one that is there is removed, once its lock is held.
    ///
    /// # Errors
    /// As [`JournalStore::open`].
    pub async fn create(path: &Path) -> Result<Self, StoreError> {
        let held = lock(path)?;
        for suffix in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            match std::fs::remove_file(&name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError::Io { path: path.to_owned(), source: error });
                }
                _ => {}
            }
        }
        Self::open_locked(path, held).await
    }

    /// Appends records in one transaction: all are on the disk when this returns, or none.
    ///
    /// # Errors
    /// [`StoreError`] when they are not: the caller must not act on them.
    pub async fn append(&mut self, records: &[Record]) -> Result<(), StoreError> {
        let path = &self.path;
        let failed = |source| StoreError::Database { path: path.clone(), source };
        let mut transaction = self.connection.begin().await.map_err(failed)?;
        for record in records {
            let body =
                serde_json::to_value(record).map_err(|source| StoreError::Encode { path: path.clone(), source })?;
            let kind = body.get("record").and_then(|kind| kind.as_str()).unwrap_or_default().to_owned();
            sqlx::query("INSERT INTO records (kind, body) VALUES (?, ?)")
                .bind(kind)
                .bind(body.to_string())
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }

    /// Every record, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first record that cannot be read.
    pub async fn records(&mut self) -> Result<Vec<Record>, StoreError> {
        let rows = sqlx::query("SELECT seq, body FROM records ORDER BY seq")
            .fetch_all(&mut self.connection)
            .await
            .map_err(|source| StoreError::Database { path: self.path.clone(), source })?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            let failed = |source| StoreError::Database { path: self.path.clone(), source };
            let seq: i64 = row.try_get("seq").map_err(failed)?;
            let body: String = row.try_get("body").map_err(failed)?;
            serde_json::from_str(&body).map_err(|source| StoreError::Damaged { path: self.path.clone(), seq, source })
        };
        rows.iter().map(read).collect()
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Folds the write-ahead log into the file and closes it.
    ///
    /// # Errors
    /// [`StoreError::Database`] when SQLite cannot; what was appended is safe all the same.
    pub async fn close(self) -> Result<(), StoreError> {
        let path = self.path;
        self.connection.close().await.map_err(|source| StoreError::Database { path, source })
    }
}

fn lock(path: &Path) -> Result<File, StoreError> {
    match lock::exclusive(path) {
        Ok(Some(file)) => Ok(file),
        Ok(None) => Err(StoreError::Locked { path: path.to_owned() }),
        Err(source) => Err(StoreError::Io { path: path.to_owned(), source }),
    }
}

/// Makes the schema in an empty database; refuses one that is not ours.
async fn prepare(path: &Path, connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let failed = |source| StoreError::Database { path: path.to_owned(), source };
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_master WHERE type = 'table'")
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    let application: i64 =
        sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await.map_err(failed)?;
    let version: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await.map_err(failed)?;
    if tables == 0 && application == 0 {
        let mut transaction = connection.begin().await.map_err(failed)?;
        sqlx::raw_sql(include_str!("schema.sql")).execute(&mut *transaction).await.map_err(failed)?;
        // The two pragmas of the constants above: a pragma takes no bound value.
        sqlx::raw_sql("PRAGMA application_id = 1399352369; PRAGMA user_version = 1;")
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        return transaction.commit().await.map_err(failed);
    }
    if (application, version) != (APPLICATION_ID, SCHEMA_VERSION) {
        let found = format!("application id {application:#x}, version {version}");
        return Err(StoreError::Foreign { path: path.to_owned(), found });
    }
    Ok(())
}

#[cfg(test)]
mod tests;

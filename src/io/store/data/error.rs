//! What can go wrong with the store, each fault with the place, the subject and what to do.

use sqlx::{migrate::MigrateError, sqlite::SqliteError};

use super::{Place, place::UrlError};
use crate::{
    io::advice::{Advice, Advised},
    units::{BlockNumber, Timestamp},
};

/// Nothing of the call that failed is stored, but for [`Fault::Lost`]: there a commit may have
/// gone through unheard. Writing the same again is safe in every case.
#[derive(Debug, thiserror::Error)]
#[error("store {place}: {subject}: {fault}")]
pub struct DataStoreError {
    pub place: Place,
    /// What was asked for: a series, a pool, `open`.
    pub subject: String,
    pub fault: Fault,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("another process is writing it: stop that one, or give this one its own store")]
    Locked,
    #[error("another program holds it locked: {0}")]
    Busy(String),
    /// Open the store anew: this connection is of no more use.
    #[error("the server cannot be reached or the connection to it broke: {0}")]
    Lost(String),
    #[error("the server took too long: {0}")]
    Slow(String),
    #[error("there is no room to write: {0}")]
    Full(String),
    #[error("it is there, but is no store of ours: {0}")]
    Foreign(String),
    #[error("it is damaged: {0}")]
    Damaged(String),
    #[error("its schema is version {found}, and this program knows up to version {known}: use a newer program")]
    Newer { found: i64, known: i64 },
    #[error("its schema is version {found} of {known}: open it once to write, which brings it up to date")]
    Older { found: i64, known: i64 },
    #[error("there is no store: import or fetch data first")]
    Absent,
    #[error(transparent)]
    Url(#[from] UrlError),
    #[error("it was opened to read")]
    ReadOnly,
    /// The stored value stands; the one that came is not stored.
    #[error(
        "{item}: another value is stored, known since {stored}; one that differs must be known later, and this one is known since {incoming}"
    )]
    Clash { item: String, stored: Timestamp, incoming: Timestamp },
    #[error("{item}: `{field}` is {value}: only finite numbers are stored")]
    NotFinite { item: String, field: &'static str, value: f64 },
    #[error("{item}: known at {known_at}, before {earliest}, when it came to be")]
    TooEarly { item: String, known_at: Timestamp, earliest: Timestamp },
    #[error("{item}: {why}")]
    Refused { item: String, why: &'static str },
    /// The stored block stands; the page that came is not stored.
    #[error(
        "{item}: block {block} is known already, and not so; where what is stored is wrong, `shoal data fetch dex \
         --undo-from {block}`, with the --config of its chain and the --asset of its pool, takes it back, with the \
         blocks after it, and fetches them again"
    )]
    Contradicted { item: String, block: BlockNumber },
    #[error("{0}")]
    Io(std::io::Error),
    #[error("{0}")]
    Database(sqlx::Error),
}

impl DataStoreError {
    /// What to do. A clash or a value that is refused concerns that row alone.
    pub fn advice(&self) -> Advice {
        match &self.fault {
            Fault::Locked | Fault::Busy(_) | Fault::Lost(_) | Fault::Slow(_) => Advice::Retry,
            Fault::Clash { .. }
            | Fault::NotFinite { .. }
            | Fault::TooEarly { .. }
            | Fault::Refused { .. }
            | Fault::Contradicted { .. } => Advice::Drop,
            Fault::Full(_)
            | Fault::Foreign(_)
            | Fault::Damaged(_)
            | Fault::Newer { .. }
            | Fault::Older { .. }
            | Fault::Absent
            | Fault::Url(_)
            | Fault::ReadOnly
            | Fault::Io(_)
            | Fault::Database(_) => Advice::Halt,
        }
    }
}

impl Advised for DataStoreError {
    fn advice(&self) -> Advice {
        Self::advice(self)
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => Self::Lost(error.to_string()),
            sqlx::Error::Database(database) => {
                let text = database.message().to_owned();
                let code = database.code().unwrap_or_default();
                let classify = match database.try_downcast_ref::<SqliteError>() {
                    Some(_) => of_sqlite(&code),
                    None => of_postgres(&code),
                };
                classify.map_or(Self::Database(error), |fault| fault(text))
            }
            _ => Self::Database(error),
        }
    }
}

/// By the result codes of <https://www.sqlite.org/rescode.html>; the low byte is the primary one.
fn of_sqlite(code: &str) -> Option<fn(String) -> Fault> {
    match code.parse::<u32>().ok()? & 0xff {
        // SQLITE_BUSY, SQLITE_LOCKED
        5 | 6 => Some(Fault::Busy),
        // SQLITE_CORRUPT
        11 => Some(Fault::Damaged),
        // SQLITE_FULL
        13 => Some(Fault::Full),
        // SQLITE_NOTADB
        26 => Some(Fault::Foreign),
        _ => None,
    }
}

/// By the codes of <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn of_postgres(code: &str) -> Option<fn(String) -> Fault> {
    match code {
        // lock_not_available, serialization_failure, deadlock_detected
        "55P03" | "40001" | "40P01" => Some(Fault::Busy),
        // disk_full
        "53100" => Some(Fault::Full),
        // query_canceled, by our limit of a statement's time
        "57014" => Some(Fault::Slow),
        // too_many_connections; the server stops, crashed, or starts; it ended an idle transaction
        "53300" | "57P01" | "57P02" | "57P03" | "25P03" => Some(Fault::Lost),
        // data_corrupted, index_corrupted
        "XX001" | "XX002" => Some(Fault::Damaged),
        // connection exceptions
        _ if code.starts_with("08") => Some(Fault::Lost),
        _ => None,
    }
}

impl From<MigrateError> for Fault {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            other => Self::Foreign(other.to_string()),
        }
    }
}

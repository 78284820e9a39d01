//! Where a store is.

use std::{fmt, path::PathBuf};

use sqlx::postgres::PgConnectOptions;

use crate::domain::Secret;

/// A SQLite file or a PostgreSQL server.
///
/// Shown by path or by host, port, database and schema: the server's URL may hold a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Sqlite(PathBuf),
    /// A URL as libpq reads it; `options[search_path]=NAME` chooses a schema.
    Postgres(Secret),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = match self {
            Self::Sqlite(path) => return path.display().fmt(f),
            Self::Postgres(url) => url,
        };
        let Ok(options) = url.expose().parse::<PgConnectOptions>() else {
            return f.write_str("postgres://(unreadable)");
        };
        let database = options.get_database().unwrap_or_else(|| options.get_username());
        write!(f, "postgres://{}:{}/{database}", options.get_host(), options.get_port())?;
        let schema = options.get_options().and_then(|options| options.split_once("search_path="));
        match schema {
            Some((_, rest)) => write!(f, " (schema {})", rest.split_whitespace().next().unwrap_or_default()),
            None => Ok(()),
        }
    }
}

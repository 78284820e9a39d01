//! The store.

use std::{fmt, path::PathBuf};

use reqwest::Url;

use crate::config::{Environment, fault::Faults, section::Section};

/// Names a PostgreSQL server; without it the store is a SQLite file.
const DATABASE_VARIABLE: &str = "DATABASE_URL";

/// Where observations are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSettings {
    /// The SQLite file, relative to the working directory.
    pub path: PathBuf,
    /// `DATABASE_URL`, where it is set.
    pub database: Option<DatabaseUrl>,
}

/// A PostgreSQL server's URL. It may hold a password, so only host, port and database are shown.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Url);

impl DatabaseUrl {
    /// The whole URL, for the connection alone: never for a log, an error or a report.
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    /// # Errors
    /// A text that is no `postgres://` URL; it is not repeated, for it may hold a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("must be a postgres:// URL: {error}"))?;
        match url.scheme() {
            "postgres" | "postgresql" => Ok(Self(url)),
            _ => Err("must be a postgres:// URL".to_owned()),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgres://{}", self.0.host_str().unwrap_or("?"))?;
        if let Some(port) = self.0.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(self.0.path())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

pub(super) fn read(root: &mut Section<'_>, environment: &Environment, faults: &Faults) -> Option<StoreSettings> {
    let path = root.section("store").and_then(|mut section| section.name("path"));
    let database = match environment.get(DATABASE_VARIABLE).map(DatabaseUrl::parse) {
        None => None,
        Some(Ok(url)) => Some(url),
        Some(Err(message)) => {
            faults.push("environment", DATABASE_VARIABLE, message);
            return None;
        }
    };
    Some(StoreSettings { path: path?.into(), database })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_url_shows_no_password() {
        let url = DatabaseUrl::parse("postgres://bot:hunter22@db.example:5433/shoal?sslmode=require").unwrap();
        assert_eq!(
            format!("{url} {url:?}"),
            "postgres://db.example:5433/shoal DatabaseUrl(postgres://db.example:5433/shoal)"
        );
        for text in ["mysql://hunter22", "hunter22", "hunter22:"] {
            assert!(!DatabaseUrl::parse(text).unwrap_err().contains("hunter22"), "{text}");
        }
    }
}

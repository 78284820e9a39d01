//! Where a store is.

use std::{fmt, path::PathBuf};

use reqwest::Url;
use sqlx::postgres::PgConnectOptions;

use crate::domain::Secret;

/// What a server's URL may say after its `?`; besides, `options[NAME]` sets NAME.
const PARAMETERS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// A SQLite file or a PostgreSQL server.
///
/// Shown by path or by host, port, database and schema: the server's URL may hold a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Sqlite(PathBuf),
    /// A URL as libpq reads it; `options[search_path]=NAME` chooses a schema.
    Postgres(Secret),
}

/// A server's URL that cannot be used. Of the URL, which may hold a password anywhere, no value
/// is repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("it is no URL of a PostgreSQL server: {0}")]
    NoUrl(String),
    /// It would be passed over, and its value written into the log.
    #[error("its parameter `{0}` is unknown: there are {known}, options[NAME]", known = PARAMETERS.join(", "))]
    Unknown(String),
    #[error("the value of its parameter `{0}` cannot be read")]
    Unreadable(String),
}

impl Place {
    /// The server of this URL.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn postgres(url: impl Into<String>) -> Result<Self, UrlError> {
        let url = Secret::new(url);
        options(&url)?;
        Ok(Self::Postgres(url))
    }
}

/// How to connect, as the URL says. Nothing of it reaches a log.
pub(super) fn options(url: &Secret) -> Result<PgConnectOptions, UrlError> {
    let text = url.expose();
    let parsed = Url::parse(text).map_err(|error| UrlError::NoUrl(error.to_string()))?;
    if !matches!(parsed.scheme(), "postgres" | "postgresql") {
        return Err(UrlError::NoUrl("it begins otherwise than postgres://".to_owned()));
    }
    let keys = || parsed.query_pairs().map(|(key, _)| key);
    if let Some(key) = keys().find(|key| !is_known(key)) {
        return Err(UrlError::Unknown(shown(&parsed, &key)));
    }
    text.parse().map_err(|_| {
        let faulty = parsed.query_pairs().find(|(key, value)| {
            let mut alone = parsed.clone();
            alone.set_query(None);
            alone.query_pairs_mut().append_pair(key, value);
            alone.as_str().parse::<PgConnectOptions>().is_err()
        });
        match faulty {
            Some((key, _)) => UrlError::Unreadable(shown(&parsed, &key)),
            None => UrlError::NoUrl("its user, password or database cannot be read".to_owned()),
        }
    })
}

fn is_known(key: &str) -> bool {
    let option = key.strip_prefix("options[").and_then(|rest| rest.strip_suffix(']'));
    PARAMETERS.contains(&key) || option.is_some_and(|name| !name.is_empty())
}

/// A parameter's name, unless it may be a piece of a password: one with a `?` in it that was not
/// written as `%3F` makes a query of its rest, up to the `@` before the host.
fn shown(url: &Url, key: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.[]".contains(c);
    match url.query() {
        Some(query) if !query.contains('@') && key.chars().all(is_name) => key.to_owned(),
        _ => "(not shown)".to_owned(),
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = match self {
            Self::Sqlite(path) => return path.display().fmt(f),
            Self::Postgres(url) => url,
        };
        let Ok(options) = options(url) else {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_named_and_its_value_is_not() {
        let refused = |query: &str| Place::postgres(format!("postgres://bot@db.example/shoal?{query}")).unwrap_err();
        for (query, expected) in [
            ("pasword=hunter22", UrlError::Unknown("pasword".to_owned())),
            ("sslmode=require&Password=hunter22", UrlError::Unknown("Password".to_owned())),
            ("options[]=hunter22", UrlError::Unknown("options[]".to_owned())),
            ("sslmode=hunter22", UrlError::Unreadable("sslmode".to_owned())),
            ("user=bot&port=hunter22", UrlError::Unreadable("port".to_owned())),
        ] {
            let error = refused(query);
            assert!(!error.to_string().contains("hunter22"), "{error}");
            assert_eq!(error, expected);
        }
        // A password that was not encoded.
        for url in ["postgres://bot:12?hunter22@db.example/shoal", "postgres://bot:12?hunter22=x@db.example/shoal"] {
            let error = Place::postgres(url).unwrap_err().to_string();
            assert!(!error.contains("hunter22"), "{error}");
        }
        assert!(!Place::postgres("hunter22").unwrap_err().to_string().contains("hunter22"));
        assert!(!Place::postgres("mysql://hunter22").unwrap_err().to_string().contains("hunter22"));
    }

    #[test]
    fn what_libpq_knows_is_taken() {
        let url = "postgres://bot@db.example/shoal?sslmode=require&password=hunter22&options[search_path]=mine";
        let place = Place::postgres(url).unwrap();
        assert_eq!(place.to_string(), "postgres://db.example:5432/shoal (schema mine)");
        for key in PARAMETERS {
            let value = match key {
                "sslmode" | "ssl-mode" => "require",
                "hostaddr" => "127.0.0.1",
                "port" | "statement-cache-capacity" => "5",
                _ => "x",
            };
            Place::postgres(format!("postgres://db.example/shoal?{key}={value}")).unwrap();
        }
    }
}

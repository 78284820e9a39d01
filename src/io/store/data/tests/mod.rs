//! Every promise of the store, on both databases.

mod chain;
mod derived;
mod faults;
mod logs;
mod numbers;
mod posts;
mod silence;

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;

use super::*;
use crate::domain::Secret;

/// A database of one test's own, gone with it.
struct Fixture {
    place: Place,
    dir: TempDir,
    /// The server and the schema.
    schema: Option<(String, String)>,
}

/// Says each test of the body for SQLite, and for PostgreSQL where there is a server.
macro_rules! on_both {
    ($($(#[$note:meta])* async fn $name:ident($fixture:ident) $body:block)*) => {$(
        mod $name {
            use super::*;

            $(#[$note])*
            async fn test($fixture: &Fixture) $body

            #[tokio::test]
            async fn sqlite() {
                test(&Fixture::sqlite()).await;
            }

            #[tokio::test]
            async fn postgres() {
                if let Some(fixture) = Fixture::postgres().await {
                    test(&fixture).await;
                }
            }
        }
    )*};
}
use on_both;

impl Fixture {
    fn sqlite() -> Self {
        let dir = TempDir::new().unwrap();
        Self { place: Place::Sqlite(dir.path().join("store.sqlite")), dir, schema: None }
    }

    async fn postgres() -> Option<Self> {
        #[allow(clippy::disallowed_methods, reason = "the environment says where a test's server is")]
        let Ok(server) = std::env::var("SHOAL_TEST_POSTGRES_URL") else {
            eprintln!("skipped: no PostgreSQL (set SHOAL_TEST_POSTGRES_URL)");
            return None;
        };
        let schema = format!("shoal_test_{:032x}", rand::random::<u128>());
        execute(&server, &format!("CREATE SCHEMA {schema}")).await;
        let separator = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{separator}options[search_path]={schema}");
        Some(Self {
            place: Place::Postgres(Secret::new(url)),
            dir: TempDir::new().unwrap(),
            schema: Some((server, schema)),
        })
    }

    async fn open(&self) -> DataStore {
        DataStore::open(&self.place).await.unwrap()
    }

    /// The file, byte for byte; nothing for a server.
    fn bytes(&self) -> Vec<u8> {
        match &self.place {
            Place::Sqlite(path) => std::fs::read(path).unwrap(),
            Place::Postgres(_) => Vec::new(),
        }
    }

    /// Runs SQL past the store.
    async fn execute(&self, sql: &str) {
        match &self.place {
            Place::Sqlite(path) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
                let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
                connection.execute(AssertSqlSafe(sql)).await.unwrap();
                connection.close().await.unwrap();
            }
            Place::Postgres(url) => execute(url.expose(), sql).await,
        }
    }
}

async fn execute(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let Some((server, schema)) = self.schema.take() else { return };
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(execute(&server, &format!("DROP SCHEMA {schema} CASCADE")));
        });
        dropped.join().unwrap();
    }
}

fn written(new: u64, same: u64, revised: u64) -> Written {
    Written { new, same, revised }
}

on_both! {
    async fn cursors_go_with_their_rows(fixture) {
        let mut store = fixture.open().await;
        assert_eq!(store.cursor("a").await.unwrap(), None);
        store.put_posts(&[], Some(("a", "1"))).await.unwrap();
        store.put_posts(&[], Some(("a", "2"))).await.unwrap();
        store.put_posts(&[], Some(("b", "3"))).await.unwrap();
        assert_eq!(store.cursor("a").await.unwrap().as_deref(), Some("2"));
        store.close().await.unwrap();
        let mut again = DataStore::open_to_read(&fixture.place).await.unwrap();
        assert_eq!(again.cursor("b").await.unwrap().as_deref(), Some("3"));
        let refused = again.put_posts(&[], None).await.unwrap_err();
        assert!(matches!(refused.fault, Fault::ReadOnly), "{refused}");
    }

    async fn a_reader_reads_beside_the_writer(fixture) {
        let missing = DataStore::open_to_read(&fixture.place).await.unwrap_err();
        assert!(matches!(missing.fault, Fault::Absent), "{missing}");
        let mut writer = fixture.open().await;
        let mut reader = DataStore::open_to_read(&fixture.place).await.unwrap();
        writer.put_posts(&[], Some(("a", "1"))).await.unwrap();
        assert_eq!(reader.cursor("a").await.unwrap().as_deref(), Some("1"));
    }
}

#[test]
fn a_place_shows_no_password() {
    let url = "postgres://bot:hunter22@db.example:5433/shoal?options[search_path]=mine";
    let place = Place::Postgres(Secret::new(url));
    assert_eq!(place.to_string(), "postgres://db.example:5433/shoal (schema mine)");
    let unreadable = Place::Postgres(Secret::new("hunter22"));
    assert!(!format!("{place:?} {unreadable} {unreadable:?}").contains("hunter22"));
}

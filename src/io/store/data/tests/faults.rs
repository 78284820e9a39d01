//! Trouble, caused for real.

use super::{
    numbers::{all, candle, series},
    *,
};
use crate::{domain::KnownCandle, io::advice::Advice};

const SHORT: Duration = Duration::from_millis(100);

fn bars(hours: std::ops::Range<u64>) -> Vec<KnownCandle> {
    hours.map(|hour| candle(hour, hour as f64 + 0.5, 0)).collect()
}

on_both! {
    async fn a_second_writer_is_refused_until_the_first_is_gone(fixture) {
        let first = fixture.open().await;
        let second = DataStore::open(&fixture.place).await.unwrap_err();
        assert!(matches!(second.fault, Fault::Locked), "{second}");
        assert_eq!(second.advice(), Advice::Retry);
        first.close().await.unwrap();
        fixture.open().await;
    }

    async fn a_database_of_another_program_is_left_as_it_is(fixture) {
        fixture.execute("CREATE TABLE accounts (id INTEGER)").await;
        let before = fixture.bytes();
        for error in [
            DataStore::open(&fixture.place).await.unwrap_err(),
            DataStore::open_to_read(&fixture.place).await.unwrap_err(),
        ] {
            assert!(matches!(error.fault, Fault::Foreign(_)) && error.to_string().contains("accounts"), "{error}");
            assert_eq!(error.advice(), Advice::Halt);
        }
        assert!(fixture.bytes() == before, "it was changed");
    }

    async fn a_newer_or_altered_schema_is_refused(fixture) {
        fixture.open().await.close().await.unwrap();
        let insert = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                      SELECT 99, description, success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
        fixture.execute(insert).await;
        for error in [
            DataStore::open(&fixture.place).await.unwrap_err(),
            DataStore::open_to_read(&fixture.place).await.unwrap_err(),
        ] {
            assert!(matches!(error.fault, Fault::Newer { found: 99, known: 2 }), "{error}");
        }
        fixture.execute("DELETE FROM _sqlx_migrations WHERE version = 99").await;
        fixture.open().await.close().await.unwrap();
        let alter = match fixture.place {
            Place::Sqlite(_) => "UPDATE _sqlx_migrations SET checksum = x'00'",
            Place::Postgres(_) => "UPDATE _sqlx_migrations SET checksum = '\\x00'",
        };
        fixture.execute(alter).await;
        let error = DataStore::open(&fixture.place).await.unwrap_err();
        assert!(matches!(error.fault, Fault::Foreign(_)), "{error}");
    }

    /// A first start that died before the schema stood.
    async fn a_half_made_store_is_finished(fixture) {
        fixture.open().await.close().await.unwrap();
        let tables = ["candle_series", "candles", "observation_series", "observations", "posts", "logs", "scanned", "cursors", "derived"];
        for table in tables {
            fixture.execute(&format!("DROP TABLE {table}")).await;
        }
        fixture.execute("DELETE FROM _sqlx_migrations").await;
        let error = DataStore::open_to_read(&fixture.place).await.unwrap_err();
        assert!(matches!(error.fault, Fault::Absent), "{error}");
        let mut store = fixture.open().await;
        assert_eq!(store.put_candles(&series("A"), &bars(0..3), None).await.unwrap(), written(3, 0, 0));
    }
}

#[tokio::test]
async fn a_lock_that_another_program_holds_too_long_is_told_and_nothing_is_half_written() {
    let fixture = Fixture::sqlite();
    let mut store = DataStore::open_waiting(&fixture.place, SHORT).await.unwrap();
    store.put_candles(&series("A"), &bars(0..10), Some(("at", "1"))).await.unwrap();
    let Place::Sqlite(path) = &fixture.place else { unreachable!() };
    let mut other = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let error = store.put_candles(&series("A"), &bars(0..20), Some(("at", "2"))).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Busy(_)), "{error}");
    assert_eq!(error.advice(), Advice::Retry);
    assert_eq!(store.candles(&series("A"), all(), None).await.unwrap(), bars(0..10));
    other.execute("ROLLBACK").await.unwrap();
    let again = store.put_candles(&series("A"), &bars(0..20), Some(("at", "2"))).await.unwrap();
    assert_eq!(again, written(10, 10, 0));
}

#[tokio::test]
async fn a_lock_of_postgres_held_too_long_is_told() {
    let Some(fixture) = Fixture::postgres().await else { return };
    let mut store = DataStore::open_waiting(&fixture.place, SHORT).await.unwrap();
    let Place::Postgres(url) = &fixture.place else { unreachable!() };
    let mut other = PgConnection::connect(url.expose()).await.unwrap();
    other.execute("BEGIN; LOCK TABLE candles IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let error = store.put_candles(&series("A"), &bars(0..20), None).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Busy(_)), "{error}");
    other.execute("ROLLBACK").await.unwrap();
    assert_eq!(store.put_candles(&series("A"), &bars(0..20), None).await.unwrap(), written(20, 0, 0));
}

/// The server ends the connection while a write waits for a lock: in the middle of its
/// transaction, whose first statements are done.
#[tokio::test]
async fn a_connection_that_the_server_ends_in_mid_write_is_lost_and_the_retry_doubles_nothing() {
    let Some(fixture) = Fixture::postgres().await else { return };
    let mut store = fixture.open().await;
    store.put_candles(&series("A"), &bars(0..10), Some(("at", "1"))).await.unwrap();
    let Connection::Postgres(connection, _) = &mut store.connection else { unreachable!() };
    let process: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(connection).await.unwrap();

    let Place::Postgres(url) = &fixture.place else { unreachable!() };
    let mut other = PgConnection::connect(url.expose()).await.unwrap();
    other.execute("BEGIN; LOCK TABLE cursors IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let writing = tokio::spawn(async move {
        let error = store.put_candles(&series("A"), &bars(0..20), Some(("at", "2"))).await.unwrap_err();
        // Of no more use, and says so.
        let next = store.put_candles(&series("A"), &bars(0..20), None).await.unwrap_err();
        (error, next)
    });
    // The write is in the middle when the server says that it waits. Asked outside of the
    // transaction above, which would see the same answer for ever.
    let mut watch = PgConnection::connect(url.expose()).await.unwrap();
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waits).bind(process).fetch_one(&mut watch).await.unwrap() == 0 {}
    sqlx::query("SELECT pg_terminate_backend($1)").bind(process).execute(&mut watch).await.unwrap();
    let (error, next) = writing.await.unwrap();
    for error in [&error, &next] {
        assert!(matches!(error.fault, Fault::Lost(_)), "{error}");
        assert_eq!(error.advice(), Advice::Retry);
    }
    other.execute("ROLLBACK").await.unwrap();

    let mut store = fixture.open().await;
    assert_eq!(store.candles(&series("A"), all(), None).await.unwrap(), bars(0..10));
    assert_eq!(store.cursor("at").await.unwrap().as_deref(), Some("1"));
    let again = store.put_candles(&series("A"), &bars(0..20), Some(("at", "2"))).await.unwrap();
    assert_eq!(again, written(10, 10, 0));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let place = Place::Postgres(Secret::new(format!("postgres://bot:hunter22@127.0.0.1:{port}/x")));
    let error = DataStore::open(&place).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Lost(_)), "{error}");
    assert_eq!(error.advice(), Advice::Retry);
    let said = format!("{error} {error:?}");
    assert!(said.contains(&port.to_string()) && !said.contains("hunter22"), "{said}");
}

#[tokio::test]
async fn a_schema_that_is_not_there_is_told() {
    let Some(mut fixture) = Fixture::postgres().await else { return };
    let (server, _) = fixture.schema.clone().unwrap();
    fixture.place = Place::Postgres(Secret::new(format!("{server}?options[search_path]=nowhere")));
    let error = DataStore::open(&fixture.place).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Foreign(_)) && error.to_string().contains("search_path"), "{error}");
}

/// SQLite says the same of a file that may not grow as of a disk that is full.
#[tokio::test]
async fn a_full_disk_is_told_and_the_store_stays_whole() {
    let fixture = Fixture::sqlite();
    let mut store = fixture.open().await;
    store.put_candles(&series("A"), &bars(0..1_000), Some(("at", "1"))).await.unwrap();
    let Connection::Sqlite(connection) = &mut store.connection else { unreachable!() };
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut *connection).await.unwrap();
    let limit = |pages: i64| AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::query(limit(pages + 3)).execute(&mut *connection).await.unwrap();
    let error = store.put_candles(&series("A"), &bars(0..9_000), Some(("at", "2"))).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Full(_)), "{error}");
    assert_eq!(error.advice(), Advice::Halt);
    assert!(error.to_string().contains("store.sqlite"), "{error}");
    let Connection::Sqlite(connection) = &mut store.connection else { unreachable!() };
    let whole: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut *connection).await.unwrap();
    assert_eq!(whole, "ok");
    sqlx::query(limit(1 << 30)).execute(&mut *connection).await.unwrap();
    assert_eq!(store.candles(&series("A"), all(), None).await.unwrap(), bars(0..1_000));
    assert_eq!(store.cursor("at").await.unwrap().as_deref(), Some("1"));
    let again = store.put_candles(&series("A"), &bars(0..9_000), Some(("at", "2"))).await.unwrap();
    assert_eq!(again, written(8_000, 1_000, 0));
}

#[tokio::test]
async fn files_that_are_no_store_are_refused_and_left_as_they_are() {
    let fixture = Fixture::sqlite();
    let Place::Sqlite(path) = &fixture.place else { unreachable!() };
    let mut store = fixture.open().await;
    store.put_candles(&series("A"), &bars(0..9_000), None).await.unwrap();
    store.close().await.unwrap();
    let whole = std::fs::read(path).unwrap();

    let journal = fixture.dir.path().join("journal.sqlite");
    super::super::super::JournalStore::open(&journal).await.unwrap().close().await.unwrap();
    let journal = std::fs::read(&journal).unwrap();
    for (name, bytes) in [
        ("text", b"ts,open,high,low,close,volume\n3600,1,1,1,1,1\n".repeat(50)),
        ("journal", journal),
        ("cut in a page", whole[..whole.len() / 2 + 100].to_vec()),
        ("cut between pages", whole[..whole.len() / 2 / 4096 * 4096].to_vec()),
        ("cut in the header", whole[..50].to_vec()),
    ] {
        std::fs::write(path, &bytes).unwrap();
        for opened in [DataStore::open(&fixture.place).await, DataStore::open_to_read(&fixture.place).await] {
            let error = opened.err().unwrap_or_else(|| panic!("{name} was opened"));
            assert!(matches!(error.fault, Fault::Foreign(_) | Fault::Damaged(_)), "{name}: {error}");
            assert_eq!(error.advice(), Advice::Halt);
        }
        assert!(std::fs::read(path).unwrap() == bytes, "{name} was changed");
    }
}

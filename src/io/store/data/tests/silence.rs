//! A server that says nothing any more.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinSet,
};

use super::{
    numbers::{all, candle, series},
    *,
};
use crate::{domain::KnownCandle, io::advice::Advice};

/// Forwards every byte until it is told to swallow them; the connections stay open.
struct Proxy {
    address: SocketAddr,
    silent: Arc<AtomicBool>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let silent = Arc::new(AtomicBool::new(false));
        let (is_silent, mut tasks) = (silent.clone(), JoinSet::new());
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(server).await.unwrap();
                let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
                connections.spawn(forward(from_client, to_server, is_silent.clone()));
                connections.spawn(forward(from_server, to_client, is_silent.clone()));
            }
        });
        Self { address, silent, _tasks: tasks }
    }
}

async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, silent: Arc<AtomicBool>) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if !silent.load(Ordering::SeqCst) && to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

fn bars(hours: std::ops::Range<u64>) -> Vec<KnownCandle> {
    hours.map(|hour| candle(hour, 2.0, 0)).collect()
}

/// A store behind a proxy; none without a server.
async fn behind_a_proxy(fixture: &Fixture) -> (Proxy, DataStore) {
    let Place::Postgres(url) = &fixture.place else { unreachable!() };
    let mut url: reqwest::Url = url.expose().parse().unwrap();
    let server = (url.host_str().unwrap().to_owned(), url.port().unwrap_or(5432));
    let server = tokio::net::lookup_host(server).await.unwrap().next().unwrap();
    let proxy = Proxy::start(server).await;
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(proxy.address.port())).unwrap();
    let store = DataStore::open(&Place::postgres(url.to_string()).unwrap()).await.unwrap();
    (proxy, store)
}

fn limit(store: &mut DataStore, seconds: f64) {
    let Connection::Postgres(_, limit) = &mut store.connection else { unreachable!() };
    *limit = Duration::from_secs_f64(seconds);
}

/// The server ends what it had with a client that is gone.
async fn open_when_free(fixture: &Fixture) -> DataStore {
    let open = async {
        loop {
            match DataStore::open(&fixture.place).await {
                Err(DataStoreError { fault: Fault::Locked, .. }) => {}
                other => return other.unwrap(),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), open).await.expect("the server keeps the lock")
}

#[tokio::test]
async fn a_server_that_vanishes_between_statements_is_lost_in_bounded_time() {
    let Some(fixture) = Fixture::postgres().await else { return };
    let (proxy, mut store) = behind_a_proxy(&fixture).await;
    store.put_candles(&series("A"), &bars(0..10), Some(("at", "1"))).await.unwrap();
    proxy.silent.store(true, Ordering::SeqCst);
    // From here on nothing but the limit can end a call.
    limit(&mut store, 0.1);
    let read = store.candles(&series("A"), all(), None).await.unwrap_err();
    let written = store.put_candles(&series("A"), &bars(0..20), Some(("at", "2"))).await.unwrap_err();
    for error in [&read, &written] {
        assert!(
            matches!(error.fault, Fault::Lost(_)) && error.to_string().contains("no answer within 0.1 s"),
            "{error}"
        );
        assert_eq!(error.advice(), Advice::Retry);
    }
    let closed = store.close().await;
    assert!(matches!(closed, Ok(()) | Err(DataStoreError { fault: Fault::Lost(_), .. })), "{closed:?}");
    drop(proxy);
    let mut store = open_when_free(&fixture).await;
    assert_eq!(store.candles(&series("A"), all(), None).await.unwrap(), bars(0..10));
    assert_eq!(store.cursor("at").await.unwrap().as_deref(), Some("1"));
    let again = store.put_candles(&series("A"), &bars(0..20), Some(("at", "2"))).await.unwrap();
    assert_eq!(again, super::written(10, 10, 0));
}

/// In the middle of a transaction whose first statements are done.
#[tokio::test]
async fn a_server_that_vanishes_in_mid_write_leaves_nothing_half_written() {
    let Some(fixture) = Fixture::postgres().await else { return };
    let (proxy, mut store) = behind_a_proxy(&fixture).await;
    store.put_candles(&series("A"), &bars(0..10), Some(("at", "1"))).await.unwrap();
    let Connection::Postgres(connection, _) = &mut store.connection else { unreachable!() };
    let process: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(connection).await.unwrap();
    let Place::Postgres(url) = &fixture.place else { unreachable!() };
    let mut other = PgConnection::connect(url.expose()).await.unwrap();
    let mut watch = PgConnection::connect(url.expose()).await.unwrap();
    other.execute("BEGIN; LOCK TABLE cursors IN ACCESS EXCLUSIVE MODE").await.unwrap();
    limit(&mut store, 1.0);
    let writing = tokio::spawn(async move {
        let error = store.put_candles(&series("A"), &bars(0..20), Some(("at", "2"))).await.unwrap_err();
        (error, store)
    });
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waits).bind(process).fetch_one(&mut watch).await.unwrap() == 0 {}
    proxy.silent.store(true, Ordering::SeqCst);
    other.execute("ROLLBACK").await.unwrap();
    let (error, store) = writing.await.unwrap();
    assert!(matches!(error.fault, Fault::Lost(_)) && error.to_string().contains("no answer"), "{error}");
    drop((store, proxy));
    let mut store = open_when_free(&fixture).await;
    assert_eq!(store.candles(&series("A"), all(), None).await.unwrap(), bars(0..10));
    assert_eq!(store.cursor("at").await.unwrap().as_deref(), Some("1"));
}

#[tokio::test]
async fn the_server_bounds_a_statement_and_looks_after_a_client_that_vanished() {
    let Some(fixture) = Fixture::postgres().await else { return };
    let mut store = fixture.open().await;
    let Connection::Postgres(connection, _) = &mut store.connection else { unreachable!() };
    for (name, expected) in [
        ("statement_timeout", "2min"),
        ("tcp_keepalives_idle", "10"),
        ("tcp_keepalives_interval", "10"),
        ("tcp_keepalives_count", "3"),
        ("tcp_user_timeout", "30000"),
        ("idle_in_transaction_session_timeout", "1min"),
    ] {
        let sql = AssertSqlSafe(format!("SHOW {name}"));
        let value: String = sqlx::query_scalar(sql).fetch_one(&mut *connection).await.unwrap();
        assert_eq!(value, expected, "{name}");
    }
    connection.execute("SET statement_timeout = '1ms'").await.unwrap();
    let error: Fault = connection.execute("SELECT pg_sleep(5)").await.unwrap_err().into();
    assert!(matches!(error, Fault::Slow(_)), "{error}");
}

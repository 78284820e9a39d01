//! The store that is in use, and a server that breaks the connection.

use shoal::io::store::DataStore;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{
    bench::Bench,
    venue::{Binance, HOUR, T0, truth},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_store_in_use_is_refused() {
    let venue = Binance::start(usize::MAX).await;
    let mut bench = Bench::new();
    venue.serve(&mut bench, "binance_spot");
    let writer = DataStore::open(&bench.place()).await.unwrap();
    let args =
        ["fetch", "candles", "--venue", "binance_spot", "--asset", "ETH", "--from", "2024-01-01", "--to", "2024-01-02"];
    let said = bench.run(&args).await.ended(1).stderr();
    assert!(said.contains("store.sqlite: open: another process is writing it"), "{said}");
    assert!(venue.server.seen().is_empty(), "nothing is asked for that cannot be kept");
    writer.close().await.unwrap();
    bench.run(&args).await.ended(0);
}

/// A schema of its own, dropped in the end.
struct Schema {
    server: String,
    name: String,
}

impl Schema {
    async fn new() -> Option<Self> {
        #[allow(clippy::disallowed_methods, reason = "the environment says where a test's server is")]
        let Ok(server) = std::env::var("SHOAL_TEST_POSTGRES_URL") else {
            eprintln!("skipped: no PostgreSQL (set SHOAL_TEST_POSTGRES_URL)");
            return None;
        };
        let name = format!("shoal_test_{:032x}", rand::random::<u128>());
        let schema = Self { server, name };
        schema.execute(&format!("CREATE SCHEMA {}", schema.name)).await;
        Some(schema)
    }

    fn url(&self) -> String {
        let separator = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{separator}options[search_path]={}", self.server, self.name)
    }

    async fn execute(&self, sql: &str) -> u64 {
        execute(&self.server, sql).await
    }
}

async fn execute(server: &str, sql: &str) -> u64 {
    let mut connection = PgConnection::connect(server).await.unwrap();
    let done = connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
    done.rows_affected()
}

impl Drop for Schema {
    fn drop(&mut self) {
        let (server, sql) = (self.server.clone(), format!("DROP SCHEMA {} CASCADE", self.name));
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(execute(&server, &sql));
        });
        dropped.join().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_survives_the_loss_of_its_connection() {
    let Some(schema) = Schema::new().await else { return };
    let mut venue = Binance::start(2).await;
    let mut bench = Bench::new();
    venue.serve(&mut bench, "binance_spot");
    bench.database = Some(schema.url());
    venue.gate.set(true);
    let (from, to) = (T0.to_string(), (T0 + 3_500 * HOUR).to_string());
    let args =
        ["fetch", "candles", "--venue", "binance_spot", "--asset", "ETH", "--from", &from, "--to", &to, "--json"];
    let child = bench.command(&args).spawn().unwrap();
    venue.until_page(3).await;
    // Whoever holds the writer's lock of this schema.
    let lock = format!("hashtextextended('shoal store {}', 0)", schema.name);
    let kill = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' \
         AND ((classid::bigint << 32) | objid::bigint) = {lock}"
    );
    assert_eq!(schema.execute(&kill).await, 1);
    venue.gate.set(false);
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
    let done = crate::bench::Done(output).ended(0);
    assert_eq!(done.counts("candles binance_spot/ETHUSDT_1h"), [3_497, 0, 0]);
    assert!(done.stderr().contains("the server cannot be reached or the connection to it broke"), "{}", done.stderr());
    let stored = bench.candles("binance_spot", "ETHUSDT", shoal::domain::Timeframe::H1).await;
    let stored: Vec<_> = stored.iter().map(|known| known.candle).collect();
    assert_eq!(stored, truth(T0, T0 + 3_500 * HOUR, HOUR));
    let check = bench.run(&["check", "--json"]).await;
    assert_eq!(check.json()["series"].as_array().unwrap().len(), 1);
}

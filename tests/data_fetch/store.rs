//! The store that is in use, and a server that breaks the connection.

use shoal::io::store::DataStore;

use crate::{
    bench::Bench,
    schema::Schema,
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

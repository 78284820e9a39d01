//! Pool logs of a real node, and what is derived of them.

use std::path::Path;

use shoal::{domain::Timeframe, units::BlockNumber};

use crate::{
    bench::Bench,
    host::{Host, addresses, markets},
};

const JOB: &str = "logs 1/usdc-weth-005";

/// Blocks without a swap, deep enough for those before to count.
async fn bury(host: &mut Host) -> BlockNumber {
    let mut last = host.chain.head().await.unwrap();
    for _ in 0..64 {
        last = host.mine_after(12).await;
    }
    last
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_stored_and_resumed_and_become_bars() {
    let mut host = Host::start().await;
    let begin = host.chain.head_header().await.unwrap();
    let markets = markets();
    // A swap of each pool in each of ten hours.
    for round in 0..10 {
        host.swaps(&markets, round).await;
        host.mine_after(3_588).await;
    }
    let last = bury(&mut host).await;

    let mut bench = Bench::new();
    bench.key("SHOAL_RPC_URL", &host.anvil.endpoint);
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/fork.toml").display().to_string();
    let from = begin.timestamp.0.to_string();
    let args = ["fetch", "dex", "--asset", "ETH", "--config", &config, "--from", &from, "--json"];
    let first = bench.run(&args).await.ended(0);
    let pool = shoal::config::load(Path::new(&config), &shoal::config::Environment::default()).unwrap().markets[0]
        .pool
        .address;
    let confirmed = BlockNumber(last.0 - 64);
    let chain = host.chain.clone();
    let truth = async |last| chain.logs(&[pool], begin.number, last).await.unwrap();
    let all = truth(confirmed).await;
    assert!(all.len() >= 10 && addresses(&markets).contains(&pool));
    assert_eq!(first.counts(JOB), [all.len() as u64, 0, 0]);
    let stored = async || {
        let logs = bench.open().await.logs(1, pool, BlockNumber(0)..=BlockNumber(u64::MAX)).await.unwrap();
        logs.into_iter().map(|log| log.log).collect::<Vec<_>>()
    };
    assert_eq!(stored().await, all);

    // A bar an hour, but for the first, whose beginning was not seen, and the last, which no log
    // ended; known since the block that ended it.
    let bars = bench.candles("usdc-weth-005", "ETHUSDC", Timeframe::H1).await;
    assert!((8..=9).contains(&bars.len()), "{bars:?}");
    assert!(bars.windows(2).all(|pair| pair[1].candle.ts.since(pair[0].candle.ts) == 3_600));
    assert!(bars.iter().all(|bar| bar.known_at.since(bar.candle.ts) >= 3_600 && bar.candle.low > 100.0), "{bars:?}");
    let swaps = bench.numbers("pool:usdc-weth-005:swaps:1h").await;
    assert_eq!(swaps.iter().map(|row| row.value).collect::<Vec<_>>(), vec![1.0; bars.len()]);
    assert_eq!(bench.numbers("pool:usdc-weth-005:net_flow:1h").await.len(), bars.len());
    assert_eq!(bench.numbers("pool:usdc-weth-005:liquidity:1h").await.len(), bars.len());

    // The pool is older than what was read of it: nobody knows all of its ticks, and nothing is made up.
    assert_eq!(bench.numbers("pool:usdc-weth-005:depth_buy:1h").await, []);
    let notes = first.job("bars 1/usdc-weth-005 1h")["notes"].to_string();
    assert!(notes.contains("do not begin with the pool's Initialize"), "{notes}");

    // The same again adds nothing.
    let again = bench.run(&args).await.ended(0);
    assert_eq!((again.counts(JOB)[0], again.counts("bars 1/usdc-weth-005 1h")[0]), (0, 0));
    // What comes later is asked for alone, and the past stays as it was told.
    for round in 10..13 {
        host.swaps(&markets, round).await;
        host.mine_after(3_588).await;
    }
    let last = bury(&mut host).await;
    let later = truth(BlockNumber(last.0 - 64)).await;
    let third = bench.run(&args).await.ended(0);
    assert_eq!(third.counts(JOB), [(later.len() - all.len()) as u64, 0, 0]);
    let [new, same, revised] = third.counts("bars 1/usdc-weth-005 1h");
    assert!(new == 3 && same <= 1 && revised == 0, "{new} {same} {revised}");
    assert_eq!(stored().await, later);
    assert_eq!(bench.candles("usdc-weth-005", "ETHUSDC", Timeframe::H1).await[..bars.len()], bars);

    // From before the chain began. A replica that was loaded from a file holds no old blocks: that
    // is told, and nothing waits for them.
    let holds_all = chain.header(BlockNumber(1)).await.is_ok();
    let whole = ["fetch", "dex", "--asset", "ETH", "--config", &config, "--from", "2015-01-01", "--json"];
    let notes = bench.run(&whole).await.ended(0).job(JOB)["notes"].to_string();
    assert_eq!(notes.contains("the node holds no block before"), !holds_all, "{notes}");
    host.anvil.stop().await;
}

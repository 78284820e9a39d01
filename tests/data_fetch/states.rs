//! The state of all pools, read at the head of a real node.

use std::path::Path;

use alloy::{eips::BlockId, primitives::Address, sol, sol_types::SolCall};
use shoal::{
    config::{self, Config, Environment},
    domain::PoolKind,
    io::{
        anvil::control::Impersonated,
        replica::{DRIVER, artifacts},
    },
    market::{PoolTracker, chain_state::DEPTH_BPS},
    service::{data::fetch::watched, snapshot},
    units::{BlockNumber, Wei},
};

use crate::{
    bench::{Bench, now},
    host::{Host, markets},
};

sol! {
    function increaseObservationCardinalityNext(uint16 observationCardinalityNext) external;
    function createPool(address tokenA, address tokenB, uint24 fee) external returns (address pool);
    function createPair(address tokenA, address tokenB) external returns (address pair);
    function getPool(address tokenA, address tokenB, uint24 fee) external view returns (address pool);
    function getPair(address tokenA, address tokenB) external view returns (address pair);
}

const JOB: &str = "pools of chain 1";
const WINDOW: &str = "twap:1800s";

async fn remember(host: &mut Host, pool: Address) {
    let input = increaseObservationCardinalityNextCall { observationCardinalityNext: 50 }.abi_encode().into();
    let sent = Impersonated { from: DRIVER, to: Some(pool), input, value: Wei::ZERO, gas_limit: 8_000_000 };
    host.control.send(&sent).await.unwrap();
    host.mine_after(12).await;
}

/// What the pools themselves say in a block, every tick read.
async fn truth(host: &Host, config: &Config, block: BlockNumber) -> Vec<(String, PoolTracker)> {
    let watched = watched(config, &[]);
    let markets: Vec<_> = watched.iter().map(|(_, market)| market.clone()).collect();
    let pools = snapshot::pools_at(&host.chain, &markets, block).await.unwrap();
    watched.into_iter().zip(pools).map(|((name, market), pool)| (name, PoolTracker::new(market, pool))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_pools_hold_is_stored_at_the_head() {
    let mut host = Host::start().await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/fork.toml").display().to_string();
    let config = config::load(Path::new(&file), &Environment::default()).unwrap();
    let from = host.chain.head_header().await.unwrap().timestamp.0.to_string();
    let mut bench = Bench::new();
    bench.key("SHOAL_RPC_URL", &host.anvil.endpoint);
    let args = ["fetch", "dex", "--config", &file, "--from", &from, "--json"];
    let rich = config.pools["usdc-weth-005"].spec.address;
    remember(&mut host, rich).await;
    host.swaps(&markets(), 3).await;
    // An hour at one price: the average of the last half hour is that price.
    host.mine_after(3_600).await;
    host.mine_after(12).await;
    let head = host.chain.head_header().await.unwrap();

    let before = now();
    let fetched = bench.run(&args).await.ended(0);
    let notes = fetched.job(JOB)["notes"].to_string();
    let (mut stored, mut v3) = (0, 0);
    for (name, tracker) in truth(&host, &config, head.number).await {
        let series = async |what: &str| bench.numbers(&format!("pool:{name}:{what}")).await;
        let value = async |what: &str| {
            let rows = series(what).await;
            let [row] = rows.as_slice() else { panic!("{name} {what}: {rows:?}") };
            // Known when it was read, and never before its block.
            assert_eq!(row.ts, head.timestamp);
            assert!(row.known_at >= head.timestamp && row.known_at >= before && row.known_at <= now().max(row.ts));
            row.value
        };
        assert_eq!(value("price").await, tracker.price(), "{name}");
        let (depth, decimals) = (tracker.depth(DEPTH_BPS), tracker.market().base.decimals);
        let amount = |amounts: Option<shoal::market::Amounts>| amounts.unwrap().base.to_f64(decimals);
        assert_eq!(value("depth_buy").await, amount(depth.buy), "{name}");
        assert_eq!(value("depth_sell").await, amount(depth.sell), "{name}");
        stored += 3;
        match tracker.pool() {
            shoal::amm::Pool::V3(pool) => {
                assert_eq!(value("liquidity").await, pool.liquidity() as f64, "{name}");
                stored += 1;
            }
            shoal::amm::Pool::V2(_) => {
                assert_eq!(tracker.market().pool.kind, PoolKind::V2);
                assert_eq!(series("liquidity").await, []);
                assert!(notes.contains(&format!("{name}: a V2 pool has no range of liquidity")), "{notes}");
            }
        }
        if tracker.market().pool.kind == PoolKind::V2 {
            assert_eq!(series(WINDOW).await, [], "{name}");
            continue;
        }
        // For an hour there was one price: of that even a pool with a memory of one knows the average,
        // which is one of whole ticks.
        let market = tracker.market();
        let at = BlockId::number(head.number.0);
        let twap = host.chain.twap(market.pool.address, 1_800, at).await.unwrap().sqrt_price_x96;
        let (base, quote) = (market.base.decimals, market.quote.decimals);
        assert_eq!(value(WINDOW).await, twap.to_f64(base, quote, market.base_is_token0()));
        assert!((value(WINDOW).await / tracker.price() - 1.0).abs() < 1.1e-4, "{name}");
        (stored, v3) = (stored + 1, v3 + 1);
    }
    assert_eq!(fetched.counts(JOB), [stored, 0, 0]);

    // The same block again says nothing new; the next one does.
    assert_eq!(bench.run(&args).await.ended(0).counts(JOB), [0, stored, 0]);
    host.swaps(&markets(), 4).await;
    // Nothing is made up of what a pool does not remember: all but one have forgotten what was
    // before their last swap.
    let third = bench.run(&args).await.ended(0);
    assert_eq!(third.counts(JOB), [stored - (v3 - 1), 0, 0]);
    let notes = third.job(JOB)["notes"].to_string();
    assert_eq!(notes.matches("no average price: pool 0x").count() as u64, v3 - 1, "{notes}");
    let averages = async |pool: &str| bench.numbers(&format!("pool:{pool}:{WINDOW}")).await.len();
    assert_eq!((averages("usdc-weth-005").await, averages("usdc-weth-030").await), (2, 1));
    let prices = bench.numbers("pool:usdc-weth-005:price").await;
    assert!(prices.len() == 2 && prices[0].value != prices[1].value, "{prices:?}");
    host.anvil.stop().await;
}

/// The shipped configuration with more pools.
pub(crate) fn with_pools(bench: &Bench, more: &str) -> String {
    bench.config("fork.toml", "pools.toml", |shipped| shipped + more)
}

/// A pool that is not there fails the job by name, and hides no other.
#[tokio::test(flavor = "multi_thread")]
async fn a_pool_that_does_not_answer_is_told() {
    let mut host = Host::start().await;
    host.mine_after(12).await;
    let from = host.chain.head_header().await.unwrap().timestamp.0.to_string();
    let mut bench = Bench::new();
    bench.key("SHOAL_RPC_URL", &host.anvil.endpoint);
    let ghost = "\n[pools.ghost]\nkind = \"v3\"\naddress = \"0x00000000000000000000000000000000000000aa\"\n\
                 token0 = \"USDC\"\ntoken1 = \"WETH\"\nfee_pips = 100\ntick_spacing = 1\n";
    let file = with_pools(&bench, ghost);
    let args = ["fetch", "dex", "--asset", "ETH", "--config", &file, "--from", &from, "--json"];
    let job = bench.run(&args).await.ended(1).job(JOB);
    let why = job["why"].as_str().unwrap();
    assert!(why.starts_with("ghost: no pool of its kind answers at 0x0000000000000000000000000000000000"), "{why}");
    assert_eq!(bench.numbers("pool:ghost:price").await, []);
    for name in ["usdc-weth-005", "usdc-weth-030", "usdc-weth-v2"] {
        assert_eq!(bench.numbers(&format!("pool:{name}:price")).await.len(), 1, "{name}");
    }
    // Of another asset.
    assert_eq!(bench.numbers("pool:wbtc-usdc-005:price").await, []);
    host.anvil.stop().await;
}

/// A V3 pool that nobody initialised fails the job by name, an empty pair has no price; all others
/// are stored.
#[tokio::test(flavor = "multi_thread")]
async fn an_odd_pool_hides_no_other() {
    let mut host = Host::start().await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/fork.toml");
    let shipped = config::load(&file, &Environment::default()).unwrap();
    let token = |pool: &str| shipped.pools[pool].token0.address;
    let (wbtc, usdc, weth) =
        (token("wbtc-usdc-005"), token("usdc-weth-005"), shipped.pools["usdc-weth-005"].token1.address);
    let fee = 10_000u16.try_into().unwrap();
    let made = [
        (artifacts::V3_FACTORY, createPoolCall { tokenA: usdc, tokenB: weth, fee }.abi_encode()),
        (artifacts::V2_FACTORY, createPairCall { tokenA: wbtc, tokenB: usdc }.abi_encode()),
    ];
    for (factory, input) in made {
        let input = input.into();
        let sent = Impersonated { from: DRIVER, to: Some(factory), input, value: Wei::ZERO, gas_limit: 8_000_000 };
        host.control.send(&sent).await.unwrap();
        host.mine_after(12).await;
    }
    let ask = async |to: Address, data: Vec<u8>| {
        let at = BlockId::latest();
        let answer = host.chain.call(DRIVER, to, data.into(), Wei::ZERO, at, Default::default()).await.unwrap();
        Address::from_slice(&answer[12..32])
    };
    let raw = ask(artifacts::V3_FACTORY, getPoolCall { tokenA: usdc, tokenB: weth, fee }.abi_encode()).await;
    let empty = ask(artifacts::V2_FACTORY, getPairCall { tokenA: wbtc, tokenB: usdc }.abi_encode()).await;
    let from = host.chain.head_header().await.unwrap().timestamp.0.to_string();
    let mut bench = Bench::new();
    bench.key("SHOAL_RPC_URL", &host.anvil.endpoint);
    // By name the first and the last of all.
    let file = with_pools(
        &bench,
        &format!(
            "\n[pools.aa-raw]\nkind = \"v3\"\naddress = \"{raw}\"\ntoken0 = \"USDC\"\ntoken1 = \"WETH\"\n\
             fee_pips = 10000\ntick_spacing = 200\n\
             [pools.ab-empty]\nkind = \"v2\"\naddress = \"{empty}\"\ntoken0 = \"WBTC\"\ntoken1 = \"USDC\"\n\
             fee_pips = 3000\n"
        ),
    );
    let args = ["fetch", "dex", "--config", &file, "--from", &from, "--json"];
    let job = bench.run(&args).await.ended(1).job(JOB);
    let why = job["why"].as_str().unwrap();
    assert!(why.starts_with(&format!("aa-raw: pool {raw} at block ")) && !why.contains("; "), "{why}");
    let notes = job["notes"].to_string();
    assert!(notes.contains("ab-empty: no price and no depth: what it holds makes a price of 0"), "{notes}");
    for odd in ["aa-raw", "ab-empty"] {
        assert_eq!(bench.numbers(&format!("pool:{odd}:price")).await, [], "{odd}");
    }
    for name in shipped.pools.keys() {
        assert_eq!(bench.numbers(&format!("pool:{name}:price")).await.len(), 1, "{name}");
    }
    host.anvil.stop().await;
}

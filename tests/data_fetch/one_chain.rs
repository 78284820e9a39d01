//! A store holds the pools of one chain.

use shoal::{io::store::DataStore, units::BlockNumber};

use crate::{
    bench::Bench,
    host::{Host, markets},
    support::http::{Reply, Server},
};

/// The configuration of a fork of this chain.
fn of_chain(bench: &Bench, id: u64) -> String {
    bench.config("fork.toml", &format!("{id}.toml"), |fork| fork.replace("\nid = 1\n", &format!("\nid = {id}\n")))
}

/// Everything that a store holds, but for when a job was last tried.
async fn held(bench: &Bench) -> String {
    let mut store = bench.open().await;
    let positions = store.cursors("").await.unwrap();
    let names: Vec<_> = positions.iter().map(|(name, _)| name).collect();
    let prices = bench.numbers("pool:usdc-weth-005:price").await;
    format!("{names:?} {:?} {prices:?}", store.chain().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_another_chain_is_refused() {
    let mut host = Host::start().await;
    let from = host.chain.head_header().await.unwrap().timestamp.0.to_string();
    host.swaps(&markets(), 1).await;
    for _ in 0..64 {
        host.mine_after(12).await;
    }
    // As a URL of a provider, which holds a token.
    let url = format!("{}/?key=hunter22", host.anvil.endpoint);
    let mut bench = Bench::new();
    bench.key("SHOAL_RPC_URL", &url);
    let (mainnet, other) = (of_chain(&bench, 1), of_chain(&bench, 31_337));
    let fetch =
        |config: &str| ["fetch", "dex", "--asset", "ETH", "--config", config, "--from", &from].map(str::to_owned);
    let run = async |bench: &Bench, config: &str, more: &[&str]| {
        let args = fetch(config);
        let args: Vec<&str> = args.iter().map(String::as_str).chain(more.iter().copied()).collect();
        bench.run(&args).await
    };
    let turn = async |id: u64| {
        let () = host.control.rpc().request("anvil_setChainId", (id,)).await.unwrap();
    };
    run(&bench, &mainnet, &[]).await.ended(0);
    let before = held(&bench).await;
    assert!(before.contains("Some(1)") && before.contains("logs 1/usdc-weth-005"), "{before}");

    // With a node that is of it, too, and before anything is taken back.
    turn(31_337).await;
    for more in [&[][..], &["--again"], &["--follow"], &["--undo-from", "1"]] {
        let refused = run(&bench, &other, more).await.ended(2).stderr();
        let endpoint = &host.anvil.endpoint;
        let expected = format!(
            "store store.sqlite: its pools are of chain 1, and the configured node at {endpoint} is of chain 31337: "
        );
        assert!(refused.contains(&expected) && !refused.contains("hunter22"), "{refused}");
        assert_eq!(held(&bench).await, before);
    }
    // In a store of its own it is welcome, and there mainnet's is not.
    let mut apart = Bench::new();
    apart.key("SHOAL_RPC_URL", &url);
    run(&apart, &other, &[]).await.ended(0);
    turn(1).await;
    let refused = run(&apart, &mainnet, &[]).await.ended(2).stderr();
    assert!(refused.contains("its pools are of chain 31337, and "), "{refused}");
    run(&bench, &mainnet, &[]).await.ended(0);
    host.anvil.stop().await;
}

/// What did not answer notes nothing; a store of before tells its chain by how far its fetches came.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_of_the_chain_that_it_was_fetched_from() {
    let mut bench = Bench::new();
    let other = of_chain(&bench, 31_337);
    let args = ["fetch", "dex", "--asset", "ETH", "--config", &other];
    let mut store = DataStore::open(&bench.place()).await.unwrap();
    // A store that a folder was imported into.
    let pool = alloy::primitives::Address::ZERO;
    let range = shoal::io::store::data::ScannedRange { pools: vec![pool], blocks: BlockNumber(1)..=BlockNumber(2) };
    store.put_logs(1, &[], &range, None).await.unwrap();
    assert_eq!(store.chain().await.unwrap(), None);
    store.close().await.unwrap();
    let node = Server::start(|_, _| Reply::Status(404, Vec::new(), "away".to_owned())).await;
    bench.key("SHOAL_RPC_URL", &node.url);
    bench.run(&args).await.ended(1);
    assert_eq!(bench.open().await.chain().await.unwrap(), None);
    let mut store = DataStore::open(&bench.place()).await.unwrap();
    store.put_cursor("logs 1/usdc-weth-005", "{}").await.unwrap();
    store.close().await.unwrap();
    let refused = bench.run(&args).await.ended(2).stderr();
    assert!(refused.contains("its pools are of chain 1, and "), "{refused}");
    assert_eq!(bench.open().await.chain().await.unwrap(), None);
}

//! A node that answers, and does not keep up with the chain.

use serde_json::{Value, json};

use crate::{
    bench::{Bench, now},
    host::{Host, markets},
};

const LOGS: &str = "logs 1/usdc-weth-005";
const STATES: &str = "pools of chain 1";

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stalls_is_no_success() {
    let mut host = Host::start().await;
    let from = host.chain.head_header().await.unwrap().timestamp.0.to_string();
    host.swaps(&markets(), 1).await;
    for _ in 0..64 {
        host.mine_after(12).await;
    }
    let head = host.chain.head_header().await.unwrap();
    let mut bench = Bench::new();
    bench.key("SHOAL_RPC_URL", &format!("{}/?key=hunter22", host.anvil.endpoint));
    let mainnet = bench.config("mainnet.toml", "mainnet.toml", |text| text);
    let fork = bench.config("fork.toml", "fork.toml", |text| text);
    let fetch = async |config: &str| {
        bench.run(&["fetch", "dex", "--asset", "ETH", "--config", config, "--from", &from, "--json"]).await
    };
    let check = async |code| -> Value {
        let found = bench.run(&["check", "--json"]).await.ended(code).json();
        let unreadable = found["unreadable"].as_array().unwrap();
        unreadable.iter().map(|one| one["series"].clone()).collect()
    };
    let stalled = fetch(&mainnet).await.ended(1);
    let begin = format!(
        "the node at {} does not keep up with the chain: its newest block, {} of {}, is ",
        host.anvil.endpoint, head.number, head.timestamp
    );
    for job in [LOGS, STATES] {
        let why = stalled.job(job)["why"].as_str().unwrap().to_owned();
        assert!(why.starts_with(&begin) && why.contains(" s old, and max_head_age of [dex] allows 600 s; "), "{why}");
        assert!(!stalled.stdout().contains("hunter22"));
        // What it holds is stored.
        assert!(stalled.counts(job)[0] > 0, "{}", stalled.stdout());
    }
    assert_eq!(check(1).await, json!([LOGS, STATES]));

    // A fork's time is its own.
    assert_eq!(fetch(&fork).await.ended(0).job(LOGS)["end"], "done");
    assert_eq!(check(0).await, json!([]));
    // One that has caught up is a success.
    fetch(&mainnet).await.ended(1);
    host.control.mine_at(now()).await.unwrap();
    fetch(&mainnet).await.ended(0);
    assert_eq!(check(0).await, json!([]));
    host.anvil.stop().await;
}

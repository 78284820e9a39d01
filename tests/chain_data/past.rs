//! A pool's past on a node that does not hold the whole chain.

use shoal::{
    io::{
        chain::Chain,
        replica::{self, Origin},
    },
    service::{
        live::history::{self, HistoryError},
        search::{First, first_since},
    },
    units::{BlockNumber, Timestamp},
};

use serde_json::{Value, json};

use super::{
    history::hash,
    host::{Host, markets, options, patience},
};
use crate::support::{
    http::{Reply, Server},
    node::{header, number},
};

/// A replica that was loaded from its saved state answers for its head and what comes after it:
/// no block before. The hours mined since are history like any other's.
#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_began_with_a_snapshot_has_a_past_since_then() {
    // Where nothing is saved yet, the first one is built.
    replica::start(options()).await.unwrap().stop().await;
    let replica = replica::start(options()).await.unwrap();
    assert_eq!(replica.origin, Origin::Cached);
    let mut host = Host::on(replica.endpoint()).await;
    let snapshot = host.chain.head_header().await.unwrap();
    let market = markets().into_iter().find(|market| market.pool.fee.0 == 500).unwrap();
    let market = std::slice::from_ref(&market);
    let mut mined = Vec::new();
    for round in 0..8 {
        host.swaps(market, round).await;
        mined.push(host.chain.head_header().await.unwrap());
        host.mine_after(3_588).await;
    }
    let head = host.chain.head_header().await.unwrap();
    let chain: &Chain = &host.chain;
    assert!(chain.header(BlockNumber(snapshot.number.0 / 2)).await.is_err(), "it is not the whole chain");

    let search = async |from| first_since(chain, &patience(), from, head.number).await.unwrap();
    for block in &mined {
        assert_eq!(search(block.timestamp).await, First { block: block.number, cut: false });
        assert_eq!(search(block.timestamp.minus(1)).await, First { block: block.number, cut: false });
    }
    let First { block: oldest, cut } = search(snapshot.timestamp.minus(1)).await;
    assert!(cut && oldest <= snapshot.number, "{oldest}");

    let past = history::read(chain, &patience(), market, head.number, 5).await.unwrap();
    let candles = &past[0].candles;
    let begin = head.timestamp.hour().minus(5 * 3_600);
    let of_five: Vec<_> = candles.iter().filter(|candle| candle.ts >= begin).collect();
    assert!((4..=5).contains(&of_five.len()), "{candles:?}");
    assert!(of_five.iter().all(|candle| candle.volume > 0.0), "{candles:?}");
    let error = history::read(chain, &patience(), market, head.number, 1_000).await.unwrap_err();
    assert!(matches!(error, HistoryError::TooYoung { hours: 1_000, .. }), "{error}");
    host.anvil.stop().await;
    replica.stop().await;
}

/// A node that holds the first block and those from `oldest` on; blocks are 12 seconds apart.
async fn pruned(oldest: u64) -> Server {
    Server::start(move |_, request| {
        let call: Value = serde_json::from_str(&request.body).unwrap();
        let block = number(&call["params"][0]);
        let result = if block == 0 || block >= oldest { header(block, hash) } else { Value::Null };
        Reply::Json(json!({"jsonrpc": "2.0", "id": call["id"], "result": result}).to_string())
    })
    .await
}

/// Every node holds the first block; that is no proof of those after it.
#[tokio::test]
async fn a_first_block_that_is_held_proves_nothing_of_the_next() {
    // What lies between `from` and the oldest held is not known.
    for (oldest, last) in [(70, 100), (64, 100), (100, 100), (1, 100), (2, 100), (1, 1), (1, 0)] {
        let node = pruned(oldest).await;
        let chain = Chain::connect(&node.url, Chain::DEFAULT_TIMEOUT, None).await.unwrap();
        for from in 0..=last {
            // To the second, and between two blocks.
            for (from, first) in [(12 * from, from), (12 * from + 1, (from + 1).min(last))] {
                let found = first_since(&chain, &patience(), Timestamp(from), BlockNumber(last)).await.unwrap();
                let expected = match oldest {
                    oldest if oldest > 1 && from < 12 * oldest => First { block: BlockNumber(oldest), cut: true },
                    _ => First { block: BlockNumber(first), cut: false },
                };
                assert_eq!(found, expected, "{from} where {oldest} to {last} are held");
            }
        }
    }
}

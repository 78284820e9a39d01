//! Following the chain over connections that are cut, lose frames and freeze, and across
//! reorganisations.

use std::time::Duration;

use alloy::primitives::{Address, B256};
use shoal::{
    domain::{Block, Timeframe},
    io::chain::Chain,
    market::{ChainState, ChainStateError, Tail, decode},
    service::{
        follow::{FollowError, Follower},
        snapshot,
    },
    units::BlockNumber,
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::host::{Host, POLL, TIMEOUT, addresses, markets, patience};
use crate::support::proxy::{Proxy, Traffic};

/// One log, by what tells it from every other.
type Log = (BlockNumber, Option<B256>, Address, u64);

fn logs(blocks: &[Block]) -> Vec<Log> {
    let logs = |block: &Block| {
        let header = block.header;
        let log =
            move |event: &shoal::domain::PoolEvent| (header.number, Some(header.hash), event.pool, event.log_index);
        block.events.iter().map(log).collect::<Vec<_>>()
    };
    blocks.iter().flat_map(logs).collect()
}

/// Follows from `tail` on, on a thread of its own, until nobody listens. Returns when it is
/// connected.
async fn follow(url: String, mut tail: Tail, pools: Vec<Address>) -> UnboundedReceiver<Block> {
    let (sender, receiver) = unbounded_channel();
    let (connected, ready) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let patience = patience();
            let chain = patience.ask(async || Chain::connect(&url, TIMEOUT, Some(1)).await).await.unwrap();
            let _ = connected.send(());
            let mut follower = Follower::new(chain, POLL, pools).await;
            while !sender.is_closed() {
                let block = tokio::select! {
                    block = follower.next(&patience, &tail) => block.unwrap(),
                    () = sender.closed() => return,
                };
                tail.push(block.header);
                let _ = sender.send(block);
            }
        });
    });
    ready.await.unwrap();
    receiver
}

async fn until(receiver: &mut UnboundedReceiver<Block>, number: BlockNumber, blocks: &mut Vec<Block>) {
    while blocks.last().is_none_or(|block| block.header.number < number) {
        let next = tokio::time::timeout(Duration::from_secs(60), receiver.recv()).await;
        blocks.push(next.expect("no block for a minute").expect("the follower ended"));
    }
}

/// What follows over a proxy while `trouble` is caused round by round, beside what the node itself
/// says happened.
async fn nothing_is_lost(scheme: &str, mut trouble: impl AsyncFnMut(&Proxy, u64)) -> Proxy {
    let mut host = Host::start().await;
    let (markets, mut blocks) = (markets(), Vec::new());
    let pools = addresses(&markets);
    let proxy = Proxy::start(&host.anvil.endpoint).await;
    let begin = host.chain.head_header().await.unwrap();
    let mut receiver = follow(proxy.url(scheme), Tail::new(begin, 64), pools.clone()).await;
    let mut last = begin.number;
    for round in 0..6 {
        trouble(&proxy, round).await;
        // Two blocks in the trouble, and some rounds wait until they arrived in spite of it.
        host.swaps(&markets, 2 * round).await;
        last = host.swaps(&markets, 2 * round + 1).await;
        if round % 3 == 2 {
            proxy.set(Traffic::Pass);
            until(&mut receiver, last, &mut blocks).await;
        }
    }
    proxy.set(Traffic::Pass);
    until(&mut receiver, last, &mut blocks).await;

    let numbers: Vec<u64> = blocks.iter().map(|block| block.header.number.0).collect();
    assert_eq!(numbers, (begin.number.0 + 1..=last.0).collect::<Vec<_>>(), "every block, once, in order");
    let truth = host.chain.logs(&pools, BlockNumber(begin.number.0 + 1), last).await.unwrap();
    let is_event =
        |log: &shoal::io::chain::RawLog| decode(log.address, &log.topics, &log.data, log.log_index).unwrap().is_some();
    let truth: Vec<Log> = truth
        .iter()
        .filter(|log| is_event(log))
        .map(|log| (log.block_number, log.block_hash, log.address, log.log_index))
        .collect();
    assert!(truth.len() >= 12, "{}", truth.len());
    assert_eq!(logs(&blocks), truth, "every log, once, in order");
    host.anvil.stop().await;
    proxy
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_that_is_cut_loses_no_log() {
    let proxy = nothing_is_lost("ws", async |proxy, _| proxy.cut()).await;
    assert!(proxy.connections() > 3, "{} connections", proxy.connections());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_that_loses_frames_loses_no_log() {
    nothing_is_lost("ws", async |proxy, round| {
        proxy.set(if round % 2 == 0 { Traffic::Swallow } else { Traffic::Pass });
    })
    .await;
}

/// The old socket stays open and says nothing for ever: only its silence tells.
#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_websocket_is_left_for_a_new_one() {
    let mut host = Host::start().await;
    let (markets, mut blocks) = (markets(), Vec::new());
    let proxy = Proxy::start(&host.anvil.endpoint).await;
    let begin = host.chain.head_header().await.unwrap();
    let mut receiver = follow(proxy.url("ws"), Tail::new(begin, 64), addresses(&markets)).await;
    let first = host.swaps(&markets, 1).await;
    until(&mut receiver, first, &mut blocks).await;
    for round in 2..4 {
        proxy.set(Traffic::FreezeOld);
        let before = proxy.connections();
        let last = host.swaps(&markets, round).await;
        until(&mut receiver, last, &mut blocks).await;
        assert!(proxy.connections() > before, "a new connection");
    }
    assert_eq!(blocks.len(), 3);
    host.anvil.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_over_http_loses_no_log() {
    nothing_is_lost("http", async |proxy, round| {
        match round % 3 {
            0 => proxy.cut(),
            1 => proxy.set(Traffic::Swallow),
            _ => proxy.set(Traffic::FreezeOld),
        };
    })
    .await;
}

/// One, five and more blocks than are kept are replaced. The state is the chain's own after each,
/// and after the last nothing is guessed.
#[tokio::test(flavor = "multi_thread")]
async fn reorganisations_are_undone_block_by_block() {
    const KEEP: usize = 8;
    let mut host = Host::start().await;
    let markets = markets();
    let begin = host.chain.head_header().await.unwrap();
    let pools = snapshot::pools_at(&host.chain, &markets, begin.number).await.unwrap();
    let mut state = ChainState::new(begin, markets.iter().cloned().zip(pools), &[Timeframe::M1, Timeframe::H1], KEEP);
    let chain = Chain::connect(&host.anvil.endpoint.replace("http", "ws"), TIMEOUT, Some(1)).await.unwrap();
    let mut follower = Follower::new(chain, POLL, addresses(&markets)).await;
    let patience = patience();
    let mut round = 0;
    for depth in [1, 5, 5, KEEP as u64 + 2] {
        let mut last = begin.number;
        for _ in 0..KEEP + 4 {
            round += 1;
            last = host.swaps(&markets, round).await;
        }
        while state.head().number < last {
            let block = follower.next(&patience, state.tail()).await.unwrap();
            state.apply(&block).unwrap();
        }
        host.control.rpc().request::<_, ()>("anvil_reorg", (depth, Vec::<(String, u64)>::new())).await.unwrap();
        let head = host.chain.head_header().await.unwrap();
        assert!(head.number == last && head.hash != state.head().hash);
        let mut undone = 0;
        while state.head().hash != head.hash {
            match follower.next(&patience, state.tail()).await {
                Ok(block) => undone += state.apply(&block).unwrap().undone.len() as u64,
                Err(error) => {
                    assert!(depth > KEEP as u64 && matches!(error, FollowError::TooDeep { .. }), "{error}");
                    assert!(error.to_string().contains("read anew"), "{error}");
                    // The state itself refuses the same block.
                    let block = Block { header: head, events: Vec::new() };
                    let refused = state.apply(&block).unwrap_err();
                    assert!(matches!(refused, ChainStateError::Orphan { .. } | ChainStateError::TooDeep { .. }));
                    host.anvil.stop().await;
                    return;
                }
            }
        }
        assert_eq!(undone, depth);
        let truth = snapshot::pools_at(&host.chain, &markets, head.number).await.unwrap();
        let ours: Vec<_> = state.pools().iter().map(|pool| pool.tracker().pool().clone()).collect();
        assert_eq!(ours, truth, "after a reorganisation of {depth}");
    }
    panic!("a reorganisation deeper than kept was followed");
}

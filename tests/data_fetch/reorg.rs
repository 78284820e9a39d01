//! Blocks that are stored and that the chain holds no more.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use alloy::primitives::{B256, Bytes, keccak256};
use serde_json::{Value, json};
use shoal::{
    config::{self, Environment},
    domain::Timeframe,
    io::{
        chain::{RawLog, TimedLog},
        store::{
            DataStore,
            data::{MadeSince, ScannedRange},
        },
    },
    units::{BlockNumber, Timestamp},
};

use crate::{
    bench::{Bench, Done},
    host::{Host, markets},
    support::{
        http::{Reply, Server},
        node::{header, number},
    },
};

const JOB: &str = "logs 1/usdc-weth-005";
const POOL: &str = "usdc-weth-005";
/// Blocks below the head that a fetch leaves for later.
const CONFIRMATIONS: u64 = 64;

/// A node whose chain began with some hours of swaps, and a store beside it.
struct Stage {
    host: Host,
    bench: Bench,
    from: Timestamp,
    /// The last block that both branches have.
    root: BlockNumber,
    snapshot: String,
}

impl Stage {
    async fn new() -> Self {
        let mut host = Host::start().await;
        // Below its own first block a fork holds none.
        for _ in 0..CONFIRMATIONS {
            host.mine_after(12).await;
        }
        let from = host.chain.head_header().await.unwrap().timestamp;
        for round in 0..4 {
            host.swaps(&markets(), round).await;
            host.mine_after(3_588).await;
        }
        let root = host.chain.head().await.unwrap();
        let snapshot = host.control.rpc().request("evm_snapshot", ()).await.unwrap();
        let bench = Bench::new();
        Self { host, bench, from, root, snapshot }
    }

    /// Blocks with swaps of their own, the last of them just deep enough.
    async fn branch(&mut self, blocks: u64, first_round: u64) {
        for block in 0..blocks {
            if block % 2 == 0 {
                self.host.swaps(&markets(), first_round + block).await;
            } else {
                self.host.mine_after(3_588).await;
            }
        }
        for _ in 0..CONFIRMATIONS {
            self.host.mine_after(12).await;
        }
    }

    async fn leave_branch(&mut self) {
        let left: bool = self.host.control.rpc().request("evm_revert", (&self.snapshot,)).await.unwrap();
        assert!(left && self.host.chain.head().await.unwrap() == self.root);
    }

    async fn fetch(&self, bench: &Bench, from: Timestamp, more: &[&str]) -> Done {
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/fork.toml").display().to_string();
        let from = from.0.to_string();
        let args = ["fetch", "dex", "--asset", "ETH", "--config", &config, "--from", &from, "--json"];
        let mut args = args.to_vec();
        args.extend(more);
        let mut command = bench.command(&args);
        if !bench.environment().any(|(name, _)| name == "SHOAL_RPC_URL") {
            command.env("SHOAL_RPC_URL", &self.host.anvil.endpoint);
        }
        Done(tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap())
    }

    /// The store holds what one holds that never saw another branch.
    async fn is_as_afresh(&self) {
        let fresh = Bench::new();
        self.fetch(&fresh, self.from, &[]).await.ended(0);
        let (found, expected) = (stored(&self.bench).await, stored(&fresh).await);
        assert!(expected.contains("ETHUSDC") && expected.contains("swaps:1h"), "{expected}");
        assert_eq!(found, expected);
    }
}

/// All that a store holds of the chain's past, said of the pool's state at some moment's head aside.
async fn stored(bench: &Bench) -> String {
    let mut store = bench.open().await;
    let all = BlockNumber(0)..=BlockNumber(u64::MAX);
    let mut text = format!("{:?}", store.scanned(1, pool()).await.unwrap());
    for log in store.logs(1, pool(), all).await.unwrap() {
        text += &format!("{log:?}\n");
    }
    for bar in bench.candles(POOL, "ETHUSDC", Timeframe::H1).await {
        text += &format!("ETHUSDC {bar:?}\n");
    }
    for what in ["net_flow", "swaps", "liquidity"] {
        let series = format!("pool:{POOL}:{what}:1h");
        for value in bench.numbers(&series).await {
            text += &format!("{series} {value:?}\n");
        }
    }
    text
}

fn pool() -> alloy::primitives::Address {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/fork.toml");
    config::load(&file, &Environment::default()).unwrap().pools[POOL].spec.address
}

/// A branch of so many blocks is replaced, which were all deep enough to be believed.
async fn replaced(blocks: u64) -> Stage {
    let mut stage = Stage::new().await;
    stage.branch(blocks, 100).await;
    stage.fetch(&stage.bench, stage.from, &[]).await.ended(0);
    stage.leave_branch().await;
    stage.branch(blocks + 3, 200).await;
    stage
}

async fn is_mended(blocks: u64) {
    let stage = replaced(blocks).await;
    let second = stage.fetch(&stage.bench, stage.from, &[]).await.ended(0);
    let undone = second.job(JOB)["undone"].to_string();
    let from = stage.root.0 + 1;
    assert!(undone.contains(&format!("blocks from {from} on are taken back: ")), "{undone}");
    stage.is_as_afresh().await;
    let third = stage.fetch(&stage.bench, stage.from, &[]).await.ended(0);
    assert_eq!((third.counts(JOB), third.job(JOB)["notes"].to_string()), ([0; 3], "[]".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_last_block_that_was_replaced_is_undone() {
    is_mended(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_blocks_that_were_replaced_are_undone() {
    is_mended(5).await;
}

/// As many as hashes are kept, but for the one that tells where the branches part.
#[tokio::test(flavor = "multi_thread")]
async fn the_most_blocks_that_can_be_undone_are() {
    is_mended(63).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_deeper_than_what_is_kept_stops_the_fetch_until_it_is_undone() {
    let stage = replaced(70).await;
    let before = stored(&stage.bench).await;
    let failed = stage.fetch(&stage.bench, stage.from, &[]).await.ended(1);
    let why = failed.job(JOB)["why"].as_str().unwrap().to_owned();
    let newest = BlockNumber(stage.root.0 + 70);
    let chains = stage.host.chain.header(newest).await.unwrap().hash;
    let begin = format!("{POOL}: block {newest} has the hash 0x");
    assert!(
        why.starts_with(&begin)
            && why.contains(&format!(" in the store and {chains} on the chain of {}", stage.host.anvil.endpoint)),
        "{why}"
    );
    assert_eq!(stored(&stage.bench).await, before);
    // It stays so, and is seen.
    let again = stage.fetch(&stage.bench, stage.from, &[]).await.ended(1);
    assert_eq!(again.job(JOB)["why"].as_str().unwrap(), why);
    let check = stage.bench.run(&["check", "--json"]).await;
    assert!(check.stdout().contains(", which parted before"), "{}", check.stdout());

    // What the error says mends it.
    let (_, command) = why.split_once("`shoal data fetch dex --asset ETH --undo-from ").unwrap();
    let (block, _) = command.split_once('`').unwrap();
    let number: u64 = block.parse().unwrap();
    assert!(number <= stage.root.0 + 1 && number > stage.root.0 - 8, "{number} of {}", stage.root);
    let mended = stage.fetch(&stage.bench, stage.from, &["--undo-from", block]).await.ended(0);
    let undone = mended.job(&format!("undo 1/{POOL}"))["undone"].to_string();
    assert!(undone.contains(&format!("blocks from {block} on are taken back: ")), "{undone}");
    stage.is_as_afresh().await;
    assert_eq!(stage.fetch(&stage.bench, stage.from, &[]).await.ended(0).counts(JOB), [0; 3]);
}

/// Too high a block is no mend: the fetch says which is.
#[tokio::test(flavor = "multi_thread")]
async fn undoing_too_little_is_told() {
    let stage = replaced(70).await;
    let block = (stage.root.0 + 9).to_string();
    let failed = stage.fetch(&stage.bench, stage.from, &["--undo-from", &block]).await.ended(1);
    let why = failed.job(JOB)["why"].as_str().unwrap().to_owned();
    assert!(why.contains(&format!("block {} has the hash", stage.root.0 + 8)), "{why}");
}

/// A chain that began anew, as a development node's does, is not guessed about either.
#[tokio::test(flavor = "multi_thread")]
async fn a_chain_without_the_known_blocks_is_told() {
    let mut stage = Stage::new().await;
    stage.branch(5, 100).await;
    stage.fetch(&stage.bench, stage.from, &[]).await.ended(0);
    stage.leave_branch().await;
    let failed = stage.fetch(&stage.bench, stage.from, &[]).await.ended(1);
    let why = failed.job(JOB)["why"].as_str().unwrap().to_owned();
    let (endpoint, block) = (&stage.host.anvil.endpoint, stage.root.0 + 5);
    assert!(why.contains(&format!("the node at {endpoint} has no block {block}")), "{why}");
    assert!(!why.contains("--undo-from"), "{why}");
}

/// A node that once left out logs is found out by `--again`, whose error says what mends it. A fetch
/// that is broken off after the undoing leaves no hole, wherever the next one begins.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_node_left_out_is_fetched_again() {
    let mut stage = Stage::new().await;
    stage.branch(5, 100).await;
    stage.fetch(&stage.bench, stage.from, &[]).await.ended(0);
    // As if the node had answered without the logs of a block.
    let mut store = DataStore::open(&stage.bench.place()).await.unwrap();
    let (all, known) = (BlockNumber(0)..=BlockNumber(u64::MAX), store.scanned(1, pool()).await.unwrap());
    let mut logs = store.logs(1, pool(), all).await.unwrap();
    store.undo_logs(1, pool(), BlockNumber(0), &MadeSince::default(), None).await.unwrap();
    let lost = logs.remove(2).log.block_number;
    let left = logs.iter().filter(|log| log.log.block_number >= lost).count();
    let range = ScannedRange { pools: vec![pool()], blocks: known[0].clone() };
    store.put_logs(1, &logs, &range, None).await.unwrap();
    store.close().await.unwrap();

    assert_eq!(stage.fetch(&stage.bench, stage.from, &[]).await.ended(0).counts(JOB), [0; 3]);
    let failed = stage.fetch(&stage.bench, stage.from, &["--again"]).await.ended(1);
    let why = failed.job(JOB)["why"].as_str().unwrap().to_owned();
    assert!(why.contains(&format!("block {lost} is known already, and not so")), "{why}");
    assert!(why.contains(&format!("`shoal data fetch dex --undo-from {lost}`, with the --config")), "{why}");

    let dead = Server::start(|_, _| Reply::Status(404, Vec::new(), String::new())).await;
    let mut broken = Bench::new();
    broken.key("SHOAL_RPC_URL", &dead.url);
    std::mem::swap(&mut broken.dir, &mut stage.bench.dir);
    let undone = stage.fetch(&broken, stage.from, &["--undo-from", &lost.to_string()]).await.ended(1);
    assert!(
        undone.job(&format!("undo 1/{POOL}"))["undone"].to_string().contains(&format!("back: {left} logs")),
        "{}",
        undone.stdout()
    );
    std::mem::swap(&mut broken.dir, &mut stage.bench.dir);
    let late = stage.host.chain.head_header().await.unwrap().timestamp;
    stage.fetch(&stage.bench, late, &[]).await.ended(0);
    stage.is_as_afresh().await;
}

/// A node of so many blocks, without a log, whose chain parts at block 400 once it was asked for
/// logs, where it `parts`.
async fn scripted(head: Arc<AtomicU64>, parts: bool) -> Server {
    pruned(head, parts, Arc::default()).await
}

/// The same of a node that holds no block before `oldest` but the first.
async fn pruned(head: Arc<AtomicU64>, parts: bool, oldest: Arc<AtomicU64>) -> Server {
    let parted = AtomicBool::new(false);
    Server::start(move |_, request| {
        let answer = |call: &Value| {
            let branch = |block| u64::from(block >= 400 && parted.load(Ordering::SeqCst));
            let hash = |block: u64| -> B256 { keccak256([block, branch(block)].map(u64::to_be_bytes).concat()) };
            let head = head.load(Ordering::SeqCst);
            let block = |tag: &Value| if tag == "latest" { head } else { number(tag) };
            let holds = |block: u64| block == 0 || (oldest.load(Ordering::SeqCst)..=head).contains(&block);
            let result = match call["method"].as_str().unwrap() {
                "eth_chainId" => json!("0x1"),
                "eth_blockNumber" => json!(format!("0x{head:x}")),
                "eth_getBlockByNumber" if !holds(block(&call["params"][0])) => Value::Null,
                "eth_getBlockByNumber" => header(block(&call["params"][0]), hash),
                "eth_getLogs" => {
                    let from = number(&call["params"][0]["fromBlock"]);
                    assert!(holds(from), "logs of block {from} are asked for, which the node holds no more");
                    parted.store(parts, Ordering::SeqCst);
                    json!([])
                }
                // The state of the pools is no matter here.
                _ => Value::Null,
            };
            json!({"jsonrpc": "2.0", "id": call["id"], "result": result})
        };
        let body: Value = serde_json::from_str(&request.body).unwrap();
        Reply::Json(match &body {
            Value::Array(calls) => Value::Array(calls.iter().map(answer).collect()).to_string(),
            call => answer(call).to_string(),
        })
    })
    .await
}

const CONFIG: &str = concat!("--config=", env!("CARGO_MANIFEST_DIR"), "/config/fork.toml");

/// What became of the logs in a fetch from a scripted node, whose blocks are 12 seconds apart.
async fn fetched(bench: &Bench, from: u64, more: &[&str]) -> Value {
    let from = (12 * from).to_string();
    let args = [&["fetch", "dex", "--asset", "ETH", CONFIG, "--from", &from, "--json"], more].concat();
    // One, for the state of the pools fails.
    bench.run(&args).await.ended(1).job(JOB)
}

async fn scanned(bench: &Bench) -> Vec<(u64, u64)> {
    let known = bench.open().await.scanned(1, pool()).await.unwrap();
    known.iter().map(|stretch| (stretch.start().0, stretch.end().0)).collect()
}

/// Even where nothing else tells: no log names a block of either branch.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_while_the_chain_changed_is_not_stored() {
    let (node, mut bench) = (scripted(Arc::new(AtomicU64::new(564)), true).await, Bench::new());
    bench.key("SHOAL_RPC_URL", &node.url);
    let first = fetched(&bench, 300, &[]).await;
    let why = format!("{POOL}: block 500 was replaced while its logs were read from {}", node.url);
    assert_eq!(first["why"], why);
    assert_eq!(scanned(&bench).await, []);
    let second = fetched(&bench, 300, &[]).await;
    assert_eq!((&second["end"], &second["notes"]), (&json!("done"), &json!([])));
    assert_eq!(scanned(&bench).await, [(300, 500)]);
}

/// What is taken back is owed until it was read, however short the chain is meanwhile, and a gap
/// that nobody asked for is not.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_read_again_stays_owed() {
    let head = Arc::new(AtomicU64::new(164));
    let (node, mut bench) = (scripted(head.clone(), false).await, Bench::new());
    bench.key("SHOAL_RPC_URL", &node.url);
    for (last, from) in [(100, 50), (500, 300)] {
        head.store(last + CONFIRMATIONS, Ordering::SeqCst);
        fetched(&bench, from, &[]).await;
    }
    assert_eq!(scanned(&bench).await, [(50, 100), (300, 500)]);
    head.store(80 + CONFIRMATIONS, Ordering::SeqCst);
    let short = fetched(&bench, 70, &["--undo-from", "70"]).await;
    assert!(short["notes"].to_string().contains("not all blocks that were taken back are read again"), "{short}");
    assert_eq!(scanned(&bench).await, [(50, 80)]);
    head.store(520 + CONFIRMATIONS, Ordering::SeqCst);
    let long = fetched(&bench, 510, &[]).await;
    assert_eq!(long["notes"], json!([]));
    assert_eq!(scanned(&bench).await, [(50, 100), (300, 500), (510, 520)]);
}

/// What a pruned node holds no more stays owed, wherever a fetch begins, and is asked for again.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_pruned_node_does_not_hold_stays_owed() {
    let (head, oldest) = (Arc::new(AtomicU64::new(500 + CONFIRMATIONS)), Arc::new(AtomicU64::new(0)));
    let (node, mut bench) = (pruned(head, false, oldest.clone()).await, Bench::new());
    bench.key("SHOAL_RPC_URL", &node.url);
    fetched(&bench, 50, &[]).await;
    assert_eq!(scanned(&bench).await, [(50, 500)]);
    oldest.store(300, Ordering::SeqCst);
    let owes = |job: &Value| {
        assert_eq!(job["end"], "done", "{job}");
        job["notes"].to_string().contains("not all blocks that were taken back are read again")
    };
    // Twice begun after what is missing, and once before it.
    for (from, more, known) in [
        (400, &["--undo-from", "70"][..], [(50, 69), (400, 500)]),
        (450, &[], [(50, 69), (400, 500)]),
        (60, &[], [(50, 69), (300, 500)]),
    ] {
        let job = fetched(&bench, from, more).await;
        assert!(owes(&job), "{job}");
        assert_eq!(job["notes"].to_string().contains("the node holds no block before 300"), from == 60, "{job}");
        assert_eq!(scanned(&bench).await, known);
    }
    oldest.store(0, Ordering::SeqCst);
    let whole = fetched(&bench, 480, &[]).await;
    assert!(!owes(&whole), "{whole}");
    assert_eq!(scanned(&bench).await, [(50, 500)]);
}

/// Logs that were imported, and that no block contradicts, are none of the mend.
#[tokio::test(flavor = "multi_thread")]
async fn the_mend_spares_what_nothing_contradicts() {
    let (node, mut bench) = (scripted(Arc::new(AtomicU64::new(564)), false).await, Bench::new());
    bench.key("SHOAL_RPC_URL", &node.url);
    let log = |block, block_hash| TimedLog {
        log: RawLog {
            address: pool(),
            topics: vec![B256::ZERO],
            data: Bytes::new(),
            block_number: BlockNumber(block),
            block_hash,
            transaction_hash: B256::ZERO,
            log_index: 0,
        },
        timestamp: Timestamp(12 * block),
    };
    let mut store = DataStore::open(&bench.place()).await.unwrap();
    for (log, first, last) in [(log(20, None), 10, 30), (log(310, Some(B256::ZERO)), 300, 500)] {
        let range = ScannedRange { pools: vec![pool()], blocks: BlockNumber(first)..=BlockNumber(last) };
        store.put_logs(1, &[log], &range, None).await.unwrap();
    }
    store.close().await.unwrap();
    let failed = fetched(&bench, 300, &[]).await;
    assert!(failed["why"].to_string().contains("--asset ETH --undo-from 300`, with the same --config"), "{failed}");
}

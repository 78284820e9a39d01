//! History from providers that refuse what is too large, each in its own words.

use std::sync::{Arc, Mutex};

use alloy::primitives::{Address, B256, keccak256};
use serde_json::{Value, json};
use shoal::{
    io::{
        advice::{Advice, Advised},
        chain::{Chain, LogPage, LogPages, PagesError},
    },
    units::{BlockNumber, Timestamp},
};

use super::host::{Host, addresses, markets};
use crate::support::{
    http::{Reply, Server},
    node::{header, number},
};

const FROM: u64 = 1_000;
const TO: u64 = 3_999;
/// Logs in the largest block.
const MOST: u64 = 6;
const POOL: Address = Address::repeat_byte(0xaa);

pub(super) fn hash(block: u64) -> B256 {
    keccak256(block.to_be_bytes())
}

/// Nought to six logs a block; more in some stretches than in others.
fn count(block: u64) -> u64 {
    if block % 1_000 < 100 { MOST } else { block % 3 }
}

fn log(block: u64, index: u64, timed: bool) -> Value {
    let mut log = json!({
        "address": POOL, "topics": [B256::repeat_byte(1)], "data": "0x", "blockNumber": format!("0x{block:x}"),
        "blockHash": hash(block), "transactionHash": B256::repeat_byte(2), "transactionIndex": "0x0",
        "logIndex": format!("0x{index:x}"), "removed": false,
    });
    if timed {
        log["blockTimestamp"] = json!(format!("0x{:x}", 12 * block));
    }
    log
}

/// What a provider says to a range with so many logs; `None` lets it pass.
type Refusal = fn(u64, u64, u64) -> Option<Reply>;

fn error(code: i64, message: &str) -> Option<Reply> {
    Some(Reply::Json(json!({"jsonrpc": "2.0", "id": 0, "error": {"code": code, "message": message}}).to_string()))
}

const PROVIDERS: [(&str, Refusal); 9] = [
    ("alchemy", |from, to, logs| {
        let text = format!(
            "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit on the response size, or you can request any block range with a cap of 10K logs in the response. Based on your parameters and the response size limit, this block range should work: [0x{from:x}, 0x{:x}]",
            from + 99
        );
        (to - from >= 100 && logs > 200).then(|| error(-32602, &text)).flatten()
    }),
    ("infura", |from, _, logs| {
        let text = format!(
            "query returned more than 10000 results. Try with this block range [0x{from:X}, 0x{:X}].",
            from + 9
        );
        (logs > 100).then(|| error(-32005, &text)).flatten()
    }),
    ("quicknode", |from, to, _| {
        (to - from >= 64).then(|| error(-32614, "eth_getLogs is limited to a 64 range")).flatten()
    }),
    ("publicnode", |from, to, _| (to - from > 500).then(|| error(-32701, "exceed maximum block range: 500")).flatten()),
    ("ankr", |from, to, _| (to - from >= 300).then(|| error(-32062, "block range is too wide")).flatten()),
    ("a gateway", |_, _, logs| (logs > 300).then(|| Reply::Status(413, Vec::new(), "Payload Too Large".to_owned()))),
    ("one of words of its own", |from, to, _| {
        (to - from >= 500).then(|| error(-32602, "eth_getLogs: span exceeds provider cap of 500")).flatten()
    }),
    ("one that answers 400", |from, to, _| {
        (to - from >= 500).then(|| Reply::Status(400, Vec::new(), "for paying customers".to_owned()))
    }),
    ("a slow node", |_, _, logs| (logs > 50).then(|| error(-32000, "query timeout exceeded")).flatten()),
];

/// A provider; tells what was asked of it.
async fn provider(refusal: Refusal, timed: bool) -> (Server, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    let server = Server::start(move |_, request| {
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let answer = |call: &Value| -> Result<Value, Reply> {
            seen.lock().unwrap().push(call["method"].as_str().unwrap().to_owned());
            let result = match call["method"].as_str().unwrap() {
                "eth_getLogs" => {
                    let filter = &call["params"][0];
                    let (from, to) = (number(&filter["fromBlock"]), number(&filter["toBlock"]));
                    if let Some(refused) = refusal(from, to, (from..=to).map(count).sum()) {
                        return Err(refused);
                    }
                    let logs = (from..=to).flat_map(|block| (0..count(block)).map(move |i| log(block, i, timed)));
                    Value::Array(logs.collect())
                }
                "eth_getBlockByNumber" => header(number(&call["params"][0]), hash),
                other => panic!("{other}"),
            };
            Ok(json!({"jsonrpc": "2.0", "id": call["id"], "result": result}))
        };
        let answers = match &body {
            // In another order than asked.
            Value::Array(calls) => calls.iter().rev().map(answer).collect::<Result<Vec<_>, _>>().map(Value::Array),
            call => answer(call),
        };
        match answers {
            Ok(answers) => Reply::Json(answers.to_string()),
            Err(Reply::Json(text)) => Reply::Json(text.replace("\"id\":0", &format!("\"id\":{}", body["id"]))),
            Err(other) => other,
        }
    })
    .await;
    (server, asked)
}

async fn pages(url: &str, from: u64, most: usize) -> Vec<LogPage> {
    let chain = Chain::connect(url, Chain::DEFAULT_TIMEOUT, None).await.unwrap();
    let mut pages = LogPages::new(chain, vec![POOL], BlockNumber(from), BlockNumber(TO), 2_000);
    let mut read = Vec::new();
    while read.len() < most
        && let Some(page) = pages.next().await.unwrap()
    {
        read.push(page);
    }
    read
}

#[tokio::test(flavor = "multi_thread")]
async fn every_log_once_whatever_the_provider_allows() {
    let expected: Vec<(u64, u64)> = (FROM..=TO).flat_map(|block| (0..count(block)).map(move |i| (block, i))).collect();
    for (index, (name, refusal)) in PROVIDERS.into_iter().enumerate() {
        let timed = index % 2 == 0;
        let (server, asked) = provider(refusal, timed).await;
        // Broken off after three pages, and resumed after the last.
        let mut read = pages(&server.url, FROM, 3).await;
        let next = read.last().unwrap().to.0 + 1;
        read.extend(pages(&server.url, next, usize::MAX).await);
        let mut at = FROM;
        for page in &read {
            assert_eq!(page.from.0, at, "{name}");
            at = page.to.0 + 1;
        }
        assert_eq!(at, TO + 1, "{name}");
        let logs = read.iter().flat_map(|page| &page.logs);
        assert!(logs.clone().all(|log| log.timestamp == Timestamp(12 * log.log.block_number.0)), "{name}");
        let logs: Vec<_> = logs.map(|log| (log.log.block_number.0, log.log.log_index)).collect();
        assert_eq!(logs, expected, "{name}");
        let asked = asked.lock().unwrap();
        let calls = asked.iter().filter(|method| *method == "eth_getLogs").count();
        println!("{name}: {} pages in {calls} requests", read.len());
        assert!(calls < read.len() + read.len() / 3 + 12, "{name}: {calls} requests for {} pages", read.len());
        assert_eq!(asked.iter().any(|method| method == "eth_getBlockByNumber"), !timed, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_is_too_large_is_named() {
    let refusal: Refusal = |from, to, _| {
        let too_large = (from..=to).contains(&1_050);
        too_large.then(|| error(-32005, "query returned more than 10000 results")).flatten()
    };
    let (server, asked) = provider(refusal, true).await;
    let chain = Chain::connect(&server.url, Chain::DEFAULT_TIMEOUT, None).await.unwrap();
    let mut pages = LogPages::new(chain, vec![POOL], BlockNumber(FROM), BlockNumber(TO), 2_000);
    let error = loop {
        match pages.next().await {
            Ok(page) => assert!(page.unwrap().to < BlockNumber(1_050)),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, PagesError::BlockTooLarge { block: BlockNumber(1_050), .. }), "{error}");
    assert_eq!(error.advice(), Advice::Halt);
    assert!(error.to_string().contains("1050") || error.to_string().contains("1,050"), "{error}");
    assert!(asked.lock().unwrap().len() < 100, "it does not ask for ever");
}

/// What is no matter of the range is told as it is, soon.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_another_reason_stays_one() {
    for (code, message, most) in [(-32602, "invalid params", 12), (-32601, "no such method", 1), (-32005, "limit", 1)] {
        let answer = json!({"jsonrpc": "2.0", "id": 0, "error": {"code": code, "message": message}}).to_string();
        let server = Server::start(move |_, request| {
            let id: Value = serde_json::from_str(&request.body).unwrap();
            Reply::Json(answer.replace("\"id\":0", &format!("\"id\":{}", id["id"])))
        })
        .await;
        let chain = Chain::connect(&server.url, Chain::DEFAULT_TIMEOUT, None).await.unwrap();
        let mut pages = LogPages::new(chain, vec![POOL], BlockNumber(FROM), BlockNumber(TO), 2_000);
        let error = pages.next().await.unwrap_err();
        assert!(matches!(error, PagesError::Rpc(_)) && error.to_string().contains(message), "{error}");
        assert!(server.seen().len() <= most, "{message}: {} requests", server.seen().len());
    }
}

/// The same against a real node, which tells times or is asked for them.
#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_real_node_are_its_logs() {
    let mut host = Host::start().await;
    let markets = markets();
    let begin = host.chain.head().await.unwrap();
    let mut last = begin;
    for round in 0..10 {
        last = host.swaps(&markets, round).await;
    }
    let pools = addresses(&markets);
    let mut pages = LogPages::new(host.chain.clone(), pools.clone(), begin, last, 3);
    let mut read = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        read.extend(page.logs);
    }
    let truth = host.chain.logs(&pools, begin, last).await.unwrap();
    assert!(truth.len() >= 10);
    assert_eq!(read.iter().map(|log| log.log.clone()).collect::<Vec<_>>(), truth);
    let numbers: Vec<_> = truth.iter().map(|log| log.block_number).collect();
    for (log, header) in read.iter().zip(host.chain.headers(&numbers).await.unwrap()) {
        assert_eq!(log.timestamp, header.timestamp);
    }
    host.anvil.stop().await;
}

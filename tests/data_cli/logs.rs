//! Pools' logs out of a store and into another, in both databases.

use std::{fs, path::Path, process::Output};

use alloy::primitives::{Address, B256, Bytes};
use shoal::{
    domain::Secret,
    io::{
        chain::{RawLog, TimedLog},
        data::{log_files, raw_logs},
        store::{DataStore, Place, data::ScannedRange},
    },
    units::{BlockNumber, Timestamp},
};
use tempfile::TempDir;

use crate::{
    folder::POOL,
    schema::Schema,
    store::{json, shoal},
};

const OTHER: Address = Address::repeat_byte(0x77);
const T0: u64 = 1_704_412_800;

fn log(pool: Address, block: u64, log_index: u64) -> TimedLog {
    let log = RawLog {
        address: pool,
        topics: vec![B256::repeat_byte(1), B256::repeat_byte(block as u8)],
        data: Bytes::from(vec![block as u8; 64]),
        block_number: BlockNumber(block),
        block_hash: Some(B256::repeat_byte(9)),
        transaction_hash: B256::repeat_byte(log_index as u8),
        log_index,
    };
    TimedLog { log, timestamp: Timestamp(T0 + block * 12) }
}

/// A store: a file of the folder, or a schema of a server.
struct Kept<'a> {
    dir: &'a Path,
    name: &'a str,
    schema: Option<Schema>,
}

impl Kept<'_> {
    fn place(&self) -> Place {
        match &self.schema {
            Some(schema) => Place::Postgres(Secret::new(schema.url())),
            None => Place::Sqlite(self.dir.join(self.name)),
        }
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = shoal(self.dir, args);
        match &self.schema {
            Some(schema) => command.env("DATABASE_URL", schema.url()),
            None => command.args(["--store", self.name]),
        };
        command.arg("--json").output().unwrap()
    }
}

/// Names of the files of logs, with what they hold.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = log_files(folder).into_iter().map(|file| file.unwrap().path);
    files.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap())).collect()
}

fn named(pool: Address, blocks: &str) -> String {
    format!("{pool:#x}_{blocks}.raw_logs.csv.gz")
}

async fn round_trip(dir: &Path, first: Kept<'_>, second: Kept<'_>) {
    let mut store = DataStore::open(&first.place()).await.unwrap();
    let blocks = |from, to| BlockNumber(from)..=BlockNumber(to);
    let mut put = async |chain_id, pool, range, logs: &[TimedLog]| {
        let scanned = ScannedRange { pools: vec![pool], blocks: range };
        store.put_logs(chain_id, logs, &scanned, None).await.unwrap();
    };
    // Two stretches that begin and end without a log, one of a single log, and one without any.
    let logs =
        [(12, 4), (12, 5), (15, 0), (19, 7), (31, 2), (33, 2), (50, 1)].map(|(at, log_at)| log(POOL, at, log_at));
    put(1, POOL, blocks(10, 14), &logs[..2]).await;
    put(1, POOL, blocks(15, 20), &logs[2..4]).await;
    put(1, POOL, blocks(30, 35), &logs[4..6]).await;
    put(1, POOL, blocks(50, 50), &logs[6..]).await;
    put(1, POOL, blocks(60, 90), &[]).await;
    put(1, OTHER, blocks(1, 99), &[log(OTHER, 40, 3)]).await;
    put(5, POOL, blocks(7, 8), &[log(POOL, 7, 1)]).await;
    store.close().await.unwrap();

    let told = json(&first.run(&["export", "--out=out"]));
    assert_eq!((&told["logs"], &told["pools_of_other_chains"], &told["series"]), (&8.into(), &1.into(), &2.into()));
    let all = files(&dir.join("out"));
    let names: Vec<_> = all.iter().map(|(name, _)| name.clone()).collect();
    let of_pool = ["12_19", "31_33", "50_50"].map(|blocks| named(POOL, blocks));
    assert_eq!(names, [[named(OTHER, "40_40")].as_slice(), &of_pool].concat());
    let list = fs::read_to_string(dir.join("out/export.json")).unwrap();
    assert!(names.iter().all(|name| list.contains(&format!("dex/{name}"))), "{list}");

    assert_eq!(json(&second.run(&["import", "--data=out"]))["new"], 8);
    let mut copy = DataStore::open(&second.place()).await.unwrap();
    let held = copy.logs(1, POOL, blocks(0, 99)).await.unwrap();
    let without_hash =
        |TimedLog { log, timestamp }: TimedLog| TimedLog { log: RawLog { block_hash: None, ..log }, timestamp };
    assert_eq!(held, logs.clone().map(without_hash));
    // What a file cannot say: that blocks around its logs were read.
    assert_eq!(copy.scanned(1, POOL).await.unwrap(), [blocks(12, 19), blocks(31, 33), blocks(50, 50)]);
    copy.close().await.unwrap();
    json(&second.run(&["export", "--out=again"]));
    assert_eq!(files(&dir.join("again")), all);

    // A log is known at its block's time.
    let until = |block: u64| format!("--as-of={}", T0 + block * 12);
    json(&first.run(&["export", "--out=out", &until(31)]));
    let some: Vec<_> = files(&dir.join("out")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(some, [named(POOL, "12_19"), named(POOL, "31_31")]);
    json(&first.run(&["export", "--out=out", &format!("--as-of={}", T0 + 31 * 12 - 1)]));
    let early = log_files(&dir.join("out")).into_iter().map(|file| raw_logs(&file.unwrap().path).unwrap());
    assert_eq!(early.map(|rows| rows.len()).collect::<Vec<_>>(), [4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_make_the_round_trip() {
    let dir = TempDir::new().unwrap();
    let kept = |name| Kept { dir: dir.path(), name, schema: None };
    round_trip(dir.path(), kept("first.sqlite"), kept("second.sqlite")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_make_the_round_trip_between_servers() {
    let (Some(first), Some(second)) = (Schema::new().await, Schema::new().await) else { return };
    let dir = TempDir::new().unwrap();
    let kept = |schema| Kept { dir: dir.path(), name: "", schema: Some(schema) };
    round_trip(dir.path(), kept(first), kept(second)).await;
}

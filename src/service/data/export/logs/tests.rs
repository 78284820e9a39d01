//! A stretch of logs as files.

use alloy::primitives::{B256, Bytes};
use tempfile::TempDir;

use super::*;
use crate::{
    config::{Environment, sources::Sources},
    io::{
        chain::RawLog,
        data::{log_files, raw_logs},
    },
    service::interrupt::Interrupt,
};

const POOL: Address = Address::repeat_byte(0x5a);

fn log(block: u64, log_index: u64) -> TimedLog {
    let topics = (0..log_index % 4).map(|byte| B256::repeat_byte(byte as u8)).collect();
    let log = RawLog {
        address: POOL,
        topics,
        data: Bytes::from(vec![7; log_index as usize % 3]),
        block_number: BlockNumber(block),
        block_hash: None,
        transaction_hash: B256::repeat_byte(0xab),
        log_index,
    };
    TimedLog { log, timestamp: Timestamp(1_704_412_800 + block * 12) }
}

/// What readers of the folder find: each file's name and logs.
fn written(logs: &[TimedLog], most: u64) -> Vec<(String, Vec<TimedLog>)> {
    let (dir, interrupt) = (TempDir::new().unwrap(), Interrupt::default());
    let sources = Sources::load(None, &Environment::default()).unwrap();
    let export = Export { out: dir.path(), as_of: None, macros: &sources.macros, chain_id: 1, interrupt: &interrupt };
    let mut files = Files { export: &export, pool: POOL, file: None, logs: 0, most };
    for log in logs {
        files.put(log).unwrap();
    }
    assert_eq!(files.finish().unwrap(), logs.len() as u64);
    let read = |file: Result<crate::io::data::LogFile, _>| {
        let file = file.unwrap();
        assert_eq!(file.address, Some(POOL));
        let rows = raw_logs(&file.path).unwrap();
        let name = file.path.file_name().unwrap().to_string_lossy().into_owned();
        (name, rows.into_iter().map(|row| row.of(POOL)).collect())
    };
    log_files(dir.path()).into_iter().map(read).collect()
}

#[test]
fn a_long_stretch_is_files_that_share_a_block() {
    let logs: Vec<_> = [(10, 3), (10, 4), (12, 0), (12, 5), (12, 6), (15, 1), (19, 2), (20, 2)]
        .map(|(block, index)| log(block, index))
        .into();
    let name = |blocks: &str| format!("{POOL:#x}_{blocks}.raw_logs.csv.gz");
    assert_eq!(written(&logs, 100), [(name("10_20"), logs.clone())]);
    let cut = [("10_12", 0..5), ("12_15", 2..6), ("15_20", 5..8)];
    assert_eq!(written(&logs, 4), cut.map(|(blocks, of)| (name(blocks), logs[of].to_vec())));
    // Even where one block is more than a file.
    let cut: Vec<_> = written(&logs, 1).into_iter().map(|(name, logs)| (name, logs.len())).collect();
    let lengths = [("10_10", 2), ("10_12", 5), ("12_15", 4), ("15_19", 2), ("19_20", 2)];
    assert_eq!(cut, lengths.map(|(blocks, length)| (name(blocks), length)));
    assert_eq!(written(&[], 4), []);
}

#[test]
fn a_row_says_what_the_log_says() {
    assert_eq!(
        line(&log(7, 2)),
        format!(
            "7,2024-01-05 00:01:24,0x{},,2,\"['0x{}', '0x{}']\",0x0707",
            "ab".repeat(32),
            "00".repeat(32),
            "01".repeat(32)
        )
    );
    assert_eq!(time(Timestamp(u64::MAX)), u64::MAX.to_string());
}

//! Event logs in a file: `dex/*.raw_logs.csv[.gz]`.

use std::path::{Path, PathBuf};

use alloy::primitives::{Address, B256, Bytes, hex};
use csv::StringRecord;

use super::{
    DataError, RowFault,
    macros::csv_files,
    parse::{columns, placed, quoted, table},
};
use crate::{
    io::chain::{RawLog, TimedLog},
    units::{BlockNumber, Timestamp},
};

pub const COLUMNS: [&str; 7] =
    ["block_number", "block_timestamp", "transaction_hash", "transaction_index", "log_index", "topics", "data"];
const BLOCK: usize = 0;
const TIME: usize = 1;
const TRANSACTION: usize = 2;
const INDEX: usize = 3;
const LOG: usize = 4;
const TOPICS: usize = 5;
const DATA: usize = 6;

/// What the name of a file of logs ends with, before `.csv`.
pub const SUFFIX: &str = ".raw_logs";

/// A file of one contract's logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    pub path: PathBuf,
    /// The one that stands in the file's name; the rows do not say it.
    pub address: Option<Address>,
}

/// The files of logs of the folder `dir`, by name; none where it has no folder `dex`. In the place
/// of one that is there both plain and compressed is a [`DataError::Ambiguous`].
pub fn log_files(dir: &Path) -> Vec<Result<LogFile, DataError>> {
    let files = csv_files(&dir.join("dex")).into_iter().filter(|(name, _)| name.ends_with(SUFFIX));
    files.map(|(name, path)| Ok(LogFile { path: path?, address: address(&name) })).collect()
}

/// The only address of 40 hexadecimal digits in a name.
fn address(name: &str) -> Option<Address> {
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() == 42);
    let mut found = words.by_ref().filter_map(|word| word.strip_prefix("0x")?.parse().ok());
    found.next().filter(|_| found.next().is_none())
}

/// An event log of the one contract that its file is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    pub block: BlockNumber,
    pub timestamp: Timestamp,
    pub transaction_hash: B256,
    /// The transaction's place in its block; `None` where the field is empty, for no store keeps it.
    pub transaction_index: Option<u64>,
    pub log_index: u64,
    pub topics: Vec<B256>,
    pub data: Bytes,
}

impl LogRow {
    /// As the log of `address`, whose block's hash the file does not tell.
    pub fn of(self, address: Address) -> TimedLog {
        let log = RawLog {
            address,
            topics: self.topics,
            data: self.data,
            block_number: self.block,
            block_hash: None,
            transaction_hash: self.transaction_hash,
            log_index: self.log_index,
        };
        TimedLog { log, timestamp: self.timestamp }
    }
}

/// All logs of a file, which must be in the chain's order: by block, then by log.
///
/// # Errors
/// [`DataError`] with the file, and for a faulty row its line and field.
pub fn raw_logs(file: &Path) -> Result<Vec<LogRow>, DataError> {
    let (header, records) = table(file)?;
    let columns = columns(file, &header, COLUMNS)?;
    let mut rows: Vec<LogRow> = Vec::with_capacity(records.len());
    for record in &records {
        let row = row(record, &columns, rows.last())
            .map_err(|(column, fault)| placed(file, record, COLUMNS[column].to_owned(), fault))?;
        rows.push(row);
    }
    Ok(rows)
}

fn row(record: &StringRecord, columns: &[usize; 7], previous: Option<&LogRow>) -> Result<LogRow, (usize, RowFault)> {
    let field =
        |column: usize| record.get(columns[column]).ok_or((column, RowFault::TooFewFields { have: record.len() }));
    let integer = |column: usize| {
        let text = field(column)?;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u64>().ok().filter(|_| digits).ok_or_else(|| (column, RowFault::NotAnInteger(quoted(text))))
    };
    let (block, log_index) = (integer(BLOCK)?, integer(LOG)?);
    if previous.is_some_and(|row| (row.block.0, row.log_index) >= (block, log_index)) {
        return Err((LOG, RowFault::LogOrder { block, log: log_index }));
    }
    let (time, hash, list, data) = (field(TIME)?, field(TRANSACTION)?, field(TOPICS)?, field(DATA)?);
    Ok(LogRow {
        block: BlockNumber(block),
        timestamp: timestamp(time).ok_or_else(|| (TIME, RowFault::NotATime(quoted(time))))?,
        transaction_hash: word(hash).ok_or_else(|| (TRANSACTION, RowFault::NotHex(quoted(hash))))?,
        transaction_index: if field(INDEX)?.is_empty() { None } else { Some(integer(INDEX)?) },
        log_index,
        topics: topics(list).ok_or_else(|| (TOPICS, RowFault::NotTopics(quoted(list))))?,
        data: bytes(data).ok_or_else(|| (DATA, RowFault::NotHex(quoted(data))))?.into(),
    })
}

/// `2024-01-05 00:00:11`, which is meant in UTC, or what a [`Timestamp`] is read from.
fn timestamp(text: &str) -> Option<Timestamp> {
    let Ok(civil) = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", text) else { return text.parse().ok() };
    let seconds = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
    u64::try_from(seconds).ok().map(Timestamp)
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    hex::decode(text.strip_prefix("0x")?).ok()
}

fn word(text: &str) -> Option<B256> {
    B256::try_from(bytes(text)?.as_slice()).ok()
}

/// The topics as Python writes a list of strings; a log without any is `[]`.
fn topics(text: &str) -> Option<Vec<B256>> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?.trim();
    if inner.is_empty() {
        return Some(Vec::new());
    }
    let topic = |item: &str| {
        let item = item.trim();
        let bare = ['\'', '"'].iter().find_map(|quote| item.strip_prefix(*quote)?.strip_suffix(*quote))?;
        word(bare)
    };
    let topics = inner.split(',').map(topic).collect::<Option<Vec<_>>>()?;
    (topics.len() <= 4).then_some(topics)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "block_number,block_timestamp,transaction_hash,transaction_index,log_index,topics,data";

    fn read(rows: &[String]) -> Result<Vec<LogRow>, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.raw_logs.csv");
        std::fs::write(&file, format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap();
        raw_logs(&file).map_err(|error| error.to_string())
    }

    fn line(block: &str, time: &str, log: &str, topics: &str, data: &str) -> String {
        format!("{block},{time},0x{},3,{log},\"{topics}\",{data}", "ab".repeat(32))
    }

    #[test]
    fn the_name_of_a_file_says_whose_logs_it_holds() {
        let one = format!("pool_0x{}_2024.raw_logs", "ab".repeat(20));
        assert_eq!(address(&one), Some(Address::repeat_byte(0xab)));
        let two = format!("{one}_0x{}", "cd".repeat(20));
        for name in [&two, &one.replace("0x", "0y"), &one.replace("abab_", "ab_"), "manager_2024.raw_logs"] {
            assert_eq!(address(name), None, "{name}");
        }
    }

    #[test]
    fn rows_are_read_and_faults_are_named() {
        let topic = format!("['0x{}', '0x{}']", "11".repeat(32), "22".repeat(32));
        let good = line("7", "2024-01-05 00:00:11", "4", &topic, "0x0102");
        let rows = read(&[good.clone(), line("7", "1704412811", "5", "[]", "0x").replace(",3,5,", ",,5,")]).unwrap();
        assert_eq!((rows[0].transaction_index, rows[1].transaction_index), (Some(3), None));
        assert_eq!(rows[0].timestamp, Timestamp(1_704_412_811));
        assert_eq!(rows[1].timestamp, rows[0].timestamp);
        assert_eq!(rows[0].topics, [B256::repeat_byte(0x11), B256::repeat_byte(0x22)]);
        assert_eq!((rows[0].data.as_ref(), rows[1].data.len()), ([1u8, 2].as_slice(), 0));
        for (bad, field) in [
            (line("x", "2024-01-05", "5", "[]", "0x"), "block_number"),
            (line("7", "noon", "5", "[]", "0x"), "block_timestamp"),
            (line("7", "2024-01-05", "-5", "[]", "0x"), "log_index"),
            (line("7", "2024-01-05", "5", "['0x11']", "0x"), "topics"),
            (line("7", "2024-01-05", "5", "['11", "0x"), "topics"),
            (line("7", "2024-01-05", "5", "[]", "0x1"), "data"),
            (line("7", "2024-01-05", "5", "[]", "12"), "data"),
            (line("7", "2024-01-05", "5", "[]", "0x").replace(",3,5,", ",x,5,"), "transaction_index"),
            ("8,2024-01-05,0x12,3,5,[],0x".to_owned(), "transaction_hash"),
            ("8,2024-01-05".to_owned(), "log_index"),
            // Twice, and out of order.
            (good.clone(), "log_index"),
            (line("6", "2024-01-05", "9", "[]", "0x"), "log_index"),
        ] {
            let error = read(&[good.clone(), bad]).unwrap_err();
            assert!(error.contains("line 3") && error.contains(&format!("`{field}`")), "{error}");
        }
        assert!(read(&[]).unwrap_err().contains("no rows"));
    }
}

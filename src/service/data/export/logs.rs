//! Pools' logs, in files that are whole from their first block to their last.

use std::fmt::Write as _;

use alloy::primitives::Address;

use super::{Export, ExportError, Progress, Writing};
use crate::{
    io::{
        chain::TimedLog,
        data::{LOG_COLUMNS, LOG_SUFFIX},
        store::DataStore,
    },
    units::{BlockNumber, Timestamp},
};

/// Logs that are held at a time.
const PAGE: u32 = 5_000;
/// Logs of a file: its reader holds all of them.
const MOST: u64 = 250_000;

impl Export<'_> {
    /// Whether the pool's logs were written to their end: a file, or several that share a block, for
    /// each stretch of blocks that are known. A file is named after its first and last log's blocks,
    /// so that whoever imports it and exports it again writes the same.
    pub(super) async fn logs(
        &self,
        store: &mut DataStore,
        pool: Address,
        progress: &mut Progress,
        watch: &mut impl FnMut(&Progress),
    ) -> Result<bool, ExportError> {
        for stretch in store.scanned(self.chain_id, pool).await? {
            let mut files = Files { export: self, pool, file: None, logs: 0, most: MOST };
            let mut next = Some((*stretch.start(), 0));
            while let Some(from) = next {
                let logs = store.some_logs(self.chain_id, pool, from, *stretch.end(), PAGE).await?;
                next = logs.last().map(|last| (last.log.block_number, last.log.log_index.saturating_add(1)));
                for log in &logs {
                    // The blocks of a chain are in the order of their times.
                    if self.as_of.is_some_and(|as_of| log.timestamp > as_of) {
                        next = None;
                        break;
                    }
                    files.put(log)?;
                }
                watch(&Progress { logs: progress.logs + files.logs, ..*progress });
                if self.interrupt.requested() {
                    return Ok(false);
                }
            }
            progress.logs += files.finish()?;
        }
        Ok(true)
    }
}

/// The files of one stretch.
struct Files<'a> {
    export: &'a Export<'a>,
    pool: Address,
    file: Option<Open>,
    /// Logs of the stretch so far.
    logs: u64,
    /// Logs after which a file ends with the block.
    most: u64,
}

/// A file that is being written.
struct Open {
    writing: Writing,
    first: BlockNumber,
    last: BlockNumber,
    /// Its lines, and those of its last block.
    lines: u64,
    of_last: Vec<String>,
}

impl Files<'_> {
    fn put(&mut self, log: &TimedLog) -> Result<(), ExportError> {
        let block = log.log.block_number;
        self.logs += 1;
        if let Some(full) = self.file.take_if(|file| file.lines >= self.most && file.last != block) {
            // The next file begins with the block with which this one ends: so neither leaves
            // the blocks between two logs untold.
            let (first, lines) = (full.last, full.of_last.clone());
            self.end(full)?;
            let mut file = self.begin(first)?;
            for line in lines {
                file.put(first, line)?;
            }
            self.file = Some(file);
        }
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.begin(block)?,
        };
        file.put(block, line(log))?;
        self.file = Some(file);
        Ok(())
    }

    fn begin(&self, first: BlockNumber) -> Result<Open, ExportError> {
        // Its last block is known at its end.
        let name = format!("{:#x}_{first}{LOG_SUFFIX}", self.pool);
        let writing = Writing::begin(&self.export.out.join("dex"), &name, &LOG_COLUMNS.join(","))?;
        Ok(Open { writing, first, last: first, lines: 0, of_last: Vec::new() })
    }

    fn end(&self, file: Open) -> Result<(), ExportError> {
        let Open { writing, first, last, .. } = file;
        writing.finish_as(&format!("{:#x}_{first}_{last}{LOG_SUFFIX}", self.pool))?;
        Ok(())
    }

    /// Puts the last file into its place; returns the number of logs.
    fn finish(mut self) -> Result<u64, ExportError> {
        if let Some(file) = self.file.take() {
            self.end(file)?;
        }
        Ok(self.logs)
    }
}

impl Open {
    fn put(&mut self, block: BlockNumber, line: String) -> Result<(), ExportError> {
        if block != self.last {
            (self.last, self.of_last) = (block, Vec::new());
        }
        self.writing.line(format_args!("{line}"))?;
        self.lines += 1;
        self.of_last.push(line);
        Ok(())
    }
}

/// A log as a row; the store does not hold its transaction's place in the block.
fn line(TimedLog { log, timestamp }: &TimedLog) -> String {
    let mut topics = String::new();
    for topic in &log.topics {
        let comma = if topics.is_empty() { "" } else { ", " };
        let _ = write!(topics, "{comma}'{topic:#x}'");
    }
    let (block, time, transaction) = (log.block_number, time(*timestamp), log.transaction_hash);
    format!("{block},{time},{transaction:#x},,{},\"[{topics}]\",{:#x}", log.log_index, log.data)
}

/// As such files have it; one beyond the calendar in unix seconds.
fn time(timestamp: Timestamp) -> String {
    let text = timestamp.to_string();
    match text.strip_suffix('Z').and_then(|text| text.split_once('T')) {
        Some((date, time)) => format!("{date} {time}"),
        None => timestamp.0.to_string(),
    }
}

#[cfg(test)]
mod tests;

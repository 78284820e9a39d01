//! The data folder into the store.
//!
//! A reader's thread parses while the store writes; between them stands a short queue, so memory
//! does not grow with the number of files, nor with the length of those of candles. Every batch
//! is a transaction. Nothing is noted of how far an import came: rows that are there already are
//! recognised, so that the same import again finishes what was broken off, and proves what it
//! finds.
//!
//! A faulty file ends itself and no other: every other file is imported, and what was stored of
//! the faulty one stays. A row that differs from a stored one without being known later makes its
//! file faulty.
//!
//! A file of logs claims to be whole: the blocks from its first to its last row's count as
//! scanned.

mod parts;

use std::{collections::BTreeMap, path::PathBuf, thread};

use tokio::sync::mpsc;

use self::parts::{Batch, Found, Part, Portion};
use crate::{
    config::sources::Sources,
    io::{
        advice::Advice,
        data::{DataError, Folder},
        store::{DataStoreError, data::Written},
    },
    service::data::fetch::Context,
};

/// Batches that were read and wait to be written.
const QUEUE: usize = 2;

/// How far an import is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Bytes of the files, as they lie on the disk.
    pub bytes: u64,
    pub of_bytes: u64,
    /// Files that are stored whole.
    pub files: usize,
    pub faulty: usize,
    pub of_files: usize,
    pub written: Written,
}

impl Progress {
    pub fn finished(&self) -> bool {
        self.files + self.faulty == self.of_files
    }
}

/// What became of a folder.
#[derive(Debug, Default)]
pub struct Imported {
    pub progress: Progress,
    pub faults: Vec<FileFault>,
    /// Files of logs that were passed over, because their names say no address.
    pub nameless: Vec<PathBuf>,
    /// Rows that the store does not hold, by reason.
    pub left_out: BTreeMap<&'static str, u64>,
    /// Whether posts were read, from which sentiment follows.
    pub posts: bool,
}

/// Why a file was not imported, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum FileFault {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error("{}: {source}", file.display())]
    Store { file: PathBuf, source: DataStoreError },
}

/// Why an import was given up.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{}: {source}", file.display())]
    Store { file: PathBuf, source: DataStoreError },
    #[error("no thread to read with: {0}")]
    Thread(std::io::Error),
}

enum Step {
    Rows(Portion),
    /// Of a file.
    End(Result<(), DataError>),
}

/// Imports every file of the folder. Tells `watch` after every batch; stops after the batch at
/// hand when the context's interrupt asks.
///
/// # Errors
/// A store that cannot be written. What was written before it stays.
pub async fn run(
    context: &Context<'_>,
    folder: &Folder,
    sources: &Sources,
    mut watch: impl FnMut(&Progress),
) -> Result<Imported, ImportError> {
    let found = Found::list(folder, sources);
    let mut imported = Imported { nameless: found.nameless, ..Imported::default() };
    imported.faults = found.faults.into_iter().map(FileFault::Data).collect();
    imported.progress.faulty = imported.faults.len();
    imported.progress.of_files = imported.faults.len() + found.parts.len();
    imported.progress.of_bytes = found.parts.iter().map(|part| part.bytes).sum();
    let files: Vec<_> = found.parts.iter().map(|part| (part.file.clone(), part.bytes)).collect();

    let (sender, mut steps) = mpsc::channel(QUEUE);
    let reader = thread::Builder::new().name("import".to_owned());
    let reader = reader.spawn(move || read(found.parts, &sender)).map_err(ImportError::Thread)?;
    for (file, bytes) in files {
        imported.file(context, &mut steps, file, bytes, &mut watch).await?;
        if context.interrupt.requested() {
            break;
        }
    }
    drop(steps);
    if let Err(panic) = reader.join() {
        std::panic::resume_unwind(panic);
    }
    Ok(imported)
}

impl Imported {
    /// Stores one file, whose steps come next.
    async fn file(
        &mut self,
        context: &Context<'_>,
        steps: &mut mpsc::Receiver<Step>,
        file: PathBuf,
        bytes: u64,
        watch: &mut impl FnMut(&Progress),
    ) -> Result<(), ImportError> {
        let before = self.progress.bytes;
        let mut refused = None;
        while let Some(step) = steps.recv().await {
            match step {
                // What follows a refused row is read, to be done with, but not stored.
                Step::Rows(_) if refused.is_some() => {}
                Step::Rows(portion) => {
                    match context.keeper.ask(async |store| portion.batch.put(store).await).await {
                        Ok(written) => self.progress.written += written,
                        Err(error) if error.advice() == Advice::Drop => refused = Some(error),
                        Err(source) => return Err(ImportError::Store { file, source }),
                    }
                    self.posts |= matches!(portion.batch, Batch::Posts(_));
                    for (why, rows) in portion.left_out.into_iter().filter(|(_, rows)| *rows > 0) {
                        *self.left_out.entry(why).or_default() += rows;
                    }
                    self.progress.bytes = before + (bytes as f64 * portion.share) as u64;
                }
                Step::End(read) => {
                    let fault = match (refused, read) {
                        (Some(source), _) => Some(FileFault::Store { file, source }),
                        (None, read) => read.err().map(FileFault::Data),
                    };
                    self.progress.bytes = before + bytes;
                    self.progress.files += usize::from(fault.is_none());
                    self.progress.faulty += usize::from(fault.is_some());
                    self.faults.extend(fault);
                    watch(&self.progress);
                    return Ok(());
                }
            }
            watch(&self.progress);
            if context.interrupt.requested() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Reads file after file until nobody listens.
fn read(parts: Vec<Part>, sender: &mpsc::Sender<Step>) {
    for part in parts {
        let rows = || {
            for portion in (part.read)()? {
                if sender.blocking_send(Step::Rows(portion?)).is_err() {
                    break;
                }
            }
            Ok(())
        };
        if sender.blocking_send(Step::End(rows())).is_err() {
            return;
        }
    }
}

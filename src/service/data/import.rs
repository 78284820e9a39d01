//! The data folder into the store.
//!
//! A reader's thread parses while the store writes; between them stands a short queue, so memory
//! does not grow with the files. Every batch is a transaction. Nothing is noted of how far an
//! import came: rows that are there already are recognised, so that the same import again
//! finishes what was broken off, and proves what it finds.

use std::{fs, path::PathBuf, thread};

use tokio::sync::mpsc;

use crate::{
    domain::{CandleSeries, KnownCandle, Observation, Post},
    io::{
        data::{CandleReader, DataError, Folder},
        store::{DataStore, DataStoreError, data::Written},
    },
    service::interrupt::Interrupt,
};

/// Rows of a transaction.
const ROWS: usize = 20_000;
/// Batches that were read and wait to be written.
const QUEUE: usize = 2;

/// Every kind of file that the folder may hold. To add one: a function that lists its files.
const KINDS: [Kind; 1] = [candles];

type Kind = fn(&Folder) -> Result<Vec<Part>, DataError>;

/// Rows for one call of the store.
#[derive(Debug)]
pub enum Batch {
    Candles(CandleSeries, Vec<KnownCandle>),
    Observations(String, Vec<Observation>),
    Posts(Vec<Post>),
}

/// Batches of a file, each with how much of the file was read by then, 0 to 1.
type Batches = Box<dyn Iterator<Item = Result<(Batch, f64), DataError>>>;

/// A file to import.
struct Part {
    path: PathBuf,
    bytes: u64,
    read: Box<dyn FnOnce() -> Result<Batches, DataError> + Send>,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Bytes of the files, as they lie on the disk.
    pub bytes: u64,
    pub of_bytes: u64,
    /// Files that are stored whole.
    pub files: usize,
    pub of_files: usize,
    pub written: Written,
}

impl Progress {
    pub fn finished(&self) -> bool {
        self.files == self.of_files
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error("{}: {source}", file.display())]
    Store { file: PathBuf, source: DataStoreError },
    #[error("no thread to read with: {0}")]
    Thread(std::io::Error),
}

/// Imports every file of the folder. Tells `watch` after every batch; stops after the batch at
/// hand when `interrupt` asks.
///
/// # Errors
/// The first fault of a file or of the store. What was written before it stays.
pub async fn run(
    store: &mut DataStore,
    folder: &Folder,
    interrupt: &Interrupt,
    mut watch: impl FnMut(&Progress),
) -> Result<Progress, ImportError> {
    let mut parts = Vec::new();
    for kind in KINDS {
        parts.extend(kind(folder)?);
    }
    let of_bytes = parts.iter().map(|part| part.bytes).sum();
    let mut progress = Progress { of_bytes, of_files: parts.len(), ..Progress::default() };

    let (sender, mut steps) = mpsc::channel(QUEUE);
    let reader = thread::Builder::new().name("import".to_owned());
    let reader = reader.spawn(move || read(parts, &sender)).map_err(ImportError::Thread)?;
    let mut before = 0;
    while let Some(step) = steps.recv().await {
        match step? {
            Step::Rows { file, batch, bytes } => {
                let written = put(store, &batch).await;
                progress.written += written.map_err(|source| ImportError::Store { file, source })?;
                progress.bytes = before + bytes;
            }
            Step::Whole { bytes } => {
                before += bytes;
                progress.bytes = before;
                progress.files += 1;
            }
        }
        watch(&progress);
        if interrupt.requested() {
            break;
        }
    }
    drop(steps);
    if let Err(panic) = reader.join() {
        std::panic::resume_unwind(panic);
    }
    Ok(progress)
}

enum Step {
    /// With the bytes of the file that were read by then.
    Rows {
        file: PathBuf,
        batch: Batch,
        bytes: u64,
    },
    Whole {
        bytes: u64,
    },
}

/// Reads file after file until one is faulty or nobody listens.
fn read(parts: Vec<Part>, sender: &mpsc::Sender<Result<Step, DataError>>) {
    for Part { path, bytes, read } in parts {
        let steps: Box<dyn Iterator<Item = Result<Step, DataError>>> = match read() {
            Ok(batches) => Box::new(batches.map(|read| {
                let (batch, share) = read?;
                Ok(Step::Rows { file: path.clone(), batch, bytes: (bytes as f64 * share) as u64 })
            })),
            Err(error) => Box::new(std::iter::once(Err(error))),
        };
        for step in steps.chain([Ok(Step::Whole { bytes })]) {
            let faulty = step.is_err();
            if sender.blocking_send(step).is_err() || faulty {
                return;
            }
        }
    }
}

async fn put(store: &mut DataStore, batch: &Batch) -> Result<Written, DataStoreError> {
    match batch {
        Batch::Candles(series, candles) => store.put_candles(series, candles, None).await,
        Batch::Observations(series, observations) => store.put_observations(series, observations, None).await,
        Batch::Posts(posts) => store.put_posts(posts, None).await,
    }
}

fn candles(folder: &Folder) -> Result<Vec<Part>, DataError> {
    let part = |file: crate::io::data::CandleFile| {
        let path = file.path.clone();
        let bytes = fs::metadata(&path).map_err(|source| DataError::Io { file: path.clone(), source })?.len();
        let read = Box::new(move || {
            let batches: Batches = Box::new(CandleBatches { series: file.series(), reader: file.candles()? });
            Ok(batches)
        });
        Ok(Part { path, bytes, read })
    };
    folder.candle_files()?.into_iter().map(part).collect()
}

struct CandleBatches {
    series: CandleSeries,
    reader: CandleReader,
}

impl Iterator for CandleBatches {
    type Item = Result<(Batch, f64), DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.reader.by_ref().take(ROWS).collect::<Result<Vec<_>, _>>() {
            Ok(candles) if candles.is_empty() => None,
            Ok(candles) => Some(Ok((Batch::Candles(self.series.clone(), candles), self.reader.progress()))),
            Err(error) => Some(Err(error)),
        }
    }
}

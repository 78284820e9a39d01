//! The store's candles as a data folder.

use std::{
    fs::{self, Permissions},
    io::{self, BufWriter, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use tempfile::NamedTempFile;

use crate::{
    domain::{Candle, CandleSeries},
    io::store::{DataStore, DataStoreError, data::SeriesSummary},
    service::interrupt::Interrupt,
    units::Timestamp,
};

/// Bars that are held at a time.
const BARS: u64 = 50_000;

/// How far an export is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Series that lie there whole, or had nothing to write.
    pub series: usize,
    pub of_series: usize,
    pub bars: u64,
}

impl Progress {
    pub fn finished(&self) -> bool {
        self.series == self.of_series
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] DataStoreError),
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{0}: its name cannot be a file's")]
    Name(CandleSeries),
    /// The folder would hold the series twice.
    #[error("{} is there: remove it, or export to another folder", .0.display())]
    Plain(PathBuf),
}

/// Writes every series to `out/candles/<venue>/<SYMBOL>_<timeframe>.csv.gz`, as known at `as_of`
/// or as known now; a file appears, or takes the place of an earlier one, when it is whole. Tells
/// `watch` of every part; stops when `interrupt` asks, without the file at hand.
///
/// # Errors
/// The first fault of the store or of the folder; files that were whole before it stay.
pub async fn run(
    store: &mut DataStore,
    out: &Path,
    as_of: Option<Timestamp>,
    interrupt: &Interrupt,
    mut watch: impl FnMut(&Progress),
) -> Result<Progress, ExportError> {
    let summaries = store.candle_series().await?;
    let mut progress = Progress { of_series: summaries.len(), ..Progress::default() };
    for summary in &summaries {
        let path = file(out, &summary.series)?;
        let mut file = Writing::begin(&path)?;
        let mut bars = 0;
        let mut from = summary.first;
        while from <= summary.last {
            let to = from.plus(BARS * summary.series.timeframe.seconds());
            bars += copy(store, summary, from..to, as_of, &mut file).await?;
            from = to;
            watch(&Progress { bars: progress.bars + bars, ..progress });
            if interrupt.requested() {
                return Ok(progress);
            }
        }
        if bars > 0 {
            file.finish()?;
        }
        progress.series += 1;
        progress.bars += bars;
        watch(&progress);
    }
    Ok(progress)
}

async fn copy(
    store: &mut DataStore,
    summary: &SeriesSummary,
    range: std::ops::Range<Timestamp>,
    as_of: Option<Timestamp>,
    file: &mut Writing,
) -> Result<u64, ExportError> {
    let candles = store.candles(&summary.series, range, as_of).await?;
    for known in &candles {
        // A float's shortest text that reads back as the same float.
        let Candle { ts, open, high, low, close, volume } = known.candle;
        file.line(format_args!("{},{open},{high},{low},{close},{volume}", ts.0))?;
    }
    Ok(candles.len() as u64)
}

fn file(out: &Path, series: &CandleSeries) -> Result<PathBuf, ExportError> {
    for name in [&series.venue, &series.symbol] {
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
            return Err(ExportError::Name(series.clone()));
        }
    }
    let folder = out.join("candles").join(&series.venue);
    let plain = folder.join(format!("{}_{}.csv", series.symbol, series.timeframe));
    if plain.exists() {
        return Err(ExportError::Plain(plain));
    }
    Ok(plain.with_extension("csv.gz"))
}

/// A file that is not there until it is whole.
struct Writing {
    path: PathBuf,
    text: GzEncoder<BufWriter<NamedTempFile>>,
}

impl Writing {
    fn begin(path: &Path) -> Result<Self, ExportError> {
        let begin = || {
            let folder = path.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(folder)?;
            // Readers of the folder pass over hidden files.
            let file = tempfile::Builder::new()
                .prefix(".export")
                .permissions(Permissions::from_mode(0o644))
                .tempfile_in(folder)?;
            let mut text = GzEncoder::new(BufWriter::new(file), Compression::default());
            text.write_all(b"ts,open,high,low,close,volume\n")?;
            Ok(Self { path: path.to_owned(), text })
        };
        begin().map_err(|source| ExportError::Io { path: path.to_owned(), source })
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) -> Result<(), ExportError> {
        writeln!(self.text, "{line}").map_err(|source| ExportError::Io { path: self.path.clone(), source })
    }

    fn finish(self) -> Result<(), ExportError> {
        let Self { path, text } = self;
        let finish = || {
            let file = text.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        finish().map_err(|source| ExportError::Io { path: path.clone(), source })
    }
}

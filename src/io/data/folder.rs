//! The folder's layout: which venue holds which files.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use super::{DataError, parse::Rows};
use crate::domain::{Asset, Candle, CandleSeries, KnownCandle, PriceBar, Timeframe};

/// The symbols that an asset may be quoted as, the preferred first.
pub const QUOTES: [&str; 3] = ["USDT", "USD", "USDC"];

/// What a data folder may hold, each in a folder of its own.
const KINDS: [&str; 4] = ["candles", "macro", "news", "dex"];

/// A data folder.
#[derive(Clone, Debug)]
pub struct Folder {
    dir: PathBuf,
}

/// One candle file of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandleFile {
    pub venue: String,
    pub symbol: String,
    pub timeframe: Timeframe,
    /// Beneath the folder as it was given.
    pub path: PathBuf,
}

impl CandleFile {
    pub fn series(&self) -> CandleSeries {
        CandleSeries { venue: self.venue.clone(), symbol: self.symbol.clone(), timeframe: self.timeframe }
    }

    /// Begins to read the file as candles, each known from its close on.
    ///
    /// # Errors
    /// [`DataError`] where the file is damaged or has no usable header.
    pub fn candles(&self) -> Result<CandleReader, DataError> {
        Ok(CandleReader {
            timeframe: self.timeframe,
            rows: Some(Rows::open(&self.path, Some(self.timeframe))?),
            progress: 0.0,
        })
    }
}

/// The candles of a file, read as they are asked for; ends after the first fault.
pub struct CandleReader {
    timeframe: Timeframe,
    rows: Option<Rows>,
    progress: f64,
}

impl CandleReader {
    /// How much of the file was read, 0 to 1.
    pub fn progress(&self) -> f64 {
        self.rows.as_ref().map_or(self.progress, Rows::progress)
    }
}

impl fmt::Debug for CandleReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CandleReader").field("progress", &self.progress()).finish()
    }
}

impl Iterator for CandleReader {
    type Item = Result<KnownCandle, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        let known = |candle: Candle| KnownCandle { candle, known_at: self.timeframe.close(candle.ts) };
        let next = self.rows.as_mut()?.candle().map(|candle| candle.map(known)).transpose();
        if !matches!(next, Some(Ok(_))) {
            self.progress = self.progress();
            self.rows = None;
        }
        next
    }
}

impl Folder {
    /// A folder that holds at least one of `candles/`, `macro/`, `news/` and `dex/`.
    ///
    /// # Errors
    /// Where it is not there, or holds none of them.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self, DataError> {
        let dir = dir.into();
        if !dir.is_dir() {
            let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
            let parent = parent.unwrap_or(Path::new(".")).to_owned();
            return Err(DataError::NoFolder { present: names(&parent), looked_for: dir, parent });
        }
        if KINDS.iter().all(|kind| !dir.join(kind).is_dir()) {
            return Err(DataError::NoKind { present: names(&dir), known: KINDS.to_vec(), folder: dir });
        }
        Ok(Self { dir })
    }

    /// The folder as it was given.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The venues with a folder of their own, by name.
    pub fn venues(&self) -> Vec<String> {
        let candles = self.dir.join("candles");
        names(&candles).into_iter().filter(|name| candles.join(name).is_dir()).collect()
    }

    /// Every candle file whose name says a known timeframe, by venue and name.
    pub fn files(&self) -> Vec<CandleFile> {
        let mut files = Vec::new();
        for venue in self.venues() {
            let folder = self.dir.join("candles").join(&venue);
            for name in names(&folder) {
                if let Some((symbol, timeframe)) = series_of(&name) {
                    let (venue, symbol) = (venue.clone(), symbol.to_owned());
                    files.push(CandleFile { venue, symbol, timeframe, path: folder.join(&name) });
                }
            }
        }
        files
    }

    /// All bars of one file.
    pub fn bars(&self, venue: &str, symbol: &str, timeframe: Timeframe) -> Result<Vec<PriceBar>, DataError> {
        match self.path(venue, symbol, timeframe)? {
            Some(path) => read(&path, timeframe),
            None => {
                let folder = self.dir.join("candles").join(venue);
                let looked_for = candidates(&folder, symbol, timeframe).to_vec();
                Err(DataError::NoFile { looked_for, present: names(&folder), folder })
            }
        }
    }

    /// Every candle file, each to be imported; in the place of a series that lies there both
    /// plain and compressed a [`DataError::Ambiguous`].
    pub fn candle_files(&self) -> Vec<Result<CandleFile, DataError>> {
        let mut files = self.files();
        files.dedup_by(|a, b| a.series() == b.series());
        let file = |file: CandleFile| {
            self.path(&file.venue, &file.symbol, file.timeframe)?;
            Ok(file)
        };
        files.into_iter().map(file).collect()
    }

    /// The candle file of an asset in a venue; `None` where the folder has no such file.
    ///
    /// # Errors
    /// One that is there both plain and compressed.
    pub fn candle_file(
        &self,
        venue: &str,
        asset: &Asset,
        timeframe: Timeframe,
    ) -> Result<Option<CandleFile>, DataError> {
        let file = |path| CandleFile { venue: venue.to_owned(), symbol: asset.to_string(), timeframe, path };
        Ok(self.find(venue, asset, timeframe)?.map(file))
    }

    /// The file of a series; `None` where the folder has none.
    ///
    /// # Errors
    /// One that is there both plain and compressed.
    pub fn series_file(&self, series: &CandleSeries) -> Result<Option<CandleFile>, DataError> {
        let CandleSeries { venue, symbol, timeframe } = series.clone();
        let path = self.path(&venue, &symbol, timeframe)?;
        Ok(path.map(|path| CandleFile { venue, symbol, timeframe, path }))
    }

    /// The file of an asset in a venue: the first of `ETHUSDT`, `ETHUSD`, `ETHUSDC` that is there.
    pub(super) fn find(&self, venue: &str, asset: &Asset, timeframe: Timeframe) -> Result<Option<PathBuf>, DataError> {
        for quote in QUOTES {
            let found = self.path(venue, &format!("{asset}{quote}"), timeframe)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn path(&self, venue: &str, symbol: &str, timeframe: Timeframe) -> Result<Option<PathBuf>, DataError> {
        let [plain, compressed] = candidates(&self.dir.join("candles").join(venue), symbol, timeframe);
        match (plain.is_file(), compressed.is_file()) {
            (true, true) => Err(DataError::Ambiguous { plain, compressed }),
            (true, false) => Ok(Some(plain)),
            (false, true) => Ok(Some(compressed)),
            (false, false) => Ok(None),
        }
    }
}

/// The symbol and the timeframe that a candle file's name says.
pub(super) fn series_of(name: &str) -> Option<(&str, Timeframe)> {
    let stem = name.strip_suffix(".csv").or_else(|| name.strip_suffix(".csv.gz"))?;
    let (symbol, text) = stem.rsplit_once('_')?;
    let timeframe = Timeframe::ALL.into_iter().find(|timeframe| timeframe.as_str() == text)?;
    Some((symbol, timeframe))
}

/// Reads and checks one file.
pub(super) fn read(path: &Path, timeframe: Timeframe) -> Result<Vec<PriceBar>, DataError> {
    let mut rows = Rows::open(path, Some(timeframe))?;
    let mut bars = Vec::new();
    while let Some(bar) = rows.bar()? {
        bars.push(bar);
    }
    Ok(bars)
}

fn candidates(folder: &Path, symbol: &str, timeframe: Timeframe) -> [PathBuf; 2] {
    let stem = format!("{symbol}_{}", timeframe.as_str());
    [folder.join(format!("{stem}.csv")), folder.join(format!("{stem}.csv.gz"))]
}

/// What lies in a folder, sorted, without hidden files; nothing where it cannot be read.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

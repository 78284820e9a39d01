//! A candle file wherever it lies.

use std::{fmt, path::Path};

use super::{DataError, RowFault, folder::series_of, parse::Rows};
use crate::domain::{Candle, Timeframe};

/// The candles of one file, plain or, by its name, gzip-compressed, read as they are asked for.
/// Whoever reads stops at the first fault.
pub struct Candles {
    rows: Rows,
    timeframe: Option<Timeframe>,
}

impl Candles {
    /// Begins to read. A name that ends as in a data folder, `_1h.csv` or `_1h.csv.gz`, says the
    /// timeframe, of which every stamp must then be a multiple; other names are taken as well.
    ///
    /// # Errors
    /// [`DataError`] where the file is not there, damaged, or has no usable header.
    pub fn open(file: &Path) -> Result<Self, DataError> {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let timeframe = series_of(name).map(|(_, timeframe)| timeframe);
        Ok(Self { rows: Rows::open(file, timeframe)?, timeframe })
    }

    /// What the file's name says.
    pub fn timeframe(&self) -> Option<Timeframe> {
        self.timeframe
    }

    /// How much of the file was read, 0 to 1.
    pub fn progress(&self) -> f64 {
        self.rows.progress()
    }

    /// A fault that whoever uses the candle read last has found in it.
    pub fn fault(&self, field: &str, fault: RowFault) -> DataError {
        self.rows.fault(field, fault)
    }
}

impl Iterator for Candles {
    type Item = Result<Candle, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rows.candle().transpose()
    }
}

impl fmt::Debug for Candles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candles").field("progress", &self.progress()).finish_non_exhaustive()
    }
}

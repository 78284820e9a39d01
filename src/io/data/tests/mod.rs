//! Shared by the tests of candle files: written files, and how they are read.

mod folder;
mod news;
mod rows;
mod select;

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;

use super::{test_data::data, *};
use crate::domain::{PriceBar, Timeframe};

const HEADER: &str = "ts,open,high,low,close,volume\n";
const GOOD: &str = "ts,open,high,low,close,volume\n3600,10,12,9,11,5\n7200,11,11,11,11,0\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn put(dir: &Path, venue: &str, name: &str, bytes: &[u8]) -> PathBuf {
    let folder = dir.join("candles").join(venue);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), bytes).unwrap();
    folder.join(name)
}

/// Reads `bytes` as the hourly file of ETHUSDT.
fn read_as(name: &str, bytes: &[u8]) -> Result<Vec<PriceBar>, DataError> {
    let dir = TempDir::new().unwrap();
    put(dir.path(), "v", name, bytes);
    Folder::open(dir.path())?.bars("v", "ETHUSDT", Timeframe::H1)
}

fn read(text: &str) -> Result<Vec<PriceBar>, DataError> {
    read_as("ETHUSDT_1h.csv", text.as_bytes())
}

/// The folder of real data, where there is one.
fn real_folder() -> Option<Folder> {
    data("").map(|dir| Folder::open(dir).unwrap())
}

//! Which files there are, and every real one where they are at hand.

use super::{select::request, *};

#[test]
fn absence_says_what_lies_there() {
    let dir = TempDir::new().unwrap();
    let missing = Folder::open(dir.path().join("nowhere")).unwrap_err().to_string();
    assert!(missing.contains("nowhere"), "{missing}");
    fs::create_dir(dir.path().join("candle")).unwrap();
    let bare = Folder::open(dir.path()).unwrap_err().to_string();
    assert!(bare.contains("none of the folders candles, macro, news, dex; it holds candle"), "{bare}");
    for kind in ["macro", "news", "dex"] {
        fs::create_dir(dir.path().join(kind)).unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        assert!(folder.candle_files().is_empty() && folder.select(&request(&["ETH"], 1)).is_err());
        fs::remove_dir(dir.path().join(kind)).unwrap();
    }

    put(dir.path(), "v", "BTCUSDT_1h.csv", GOOD.as_bytes());
    let folder = Folder::open(dir.path()).unwrap();
    let error = folder.bars("v", "ETHUSDT", Timeframe::H1).unwrap_err().to_string();
    for part in ["ETHUSDT_1h.csv", "ETHUSDT_1h.csv.gz", "BTCUSDT_1h.csv"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn two_files_of_one_name_are_ambiguous() {
    let dir = TempDir::new().unwrap();
    put(dir.path(), "v", "ETHUSDT_1h.csv", GOOD.as_bytes());
    put(dir.path(), "v", "ETHUSDT_1h.csv.gz", &gzip(GOOD.as_bytes()));
    let folder = Folder::open(dir.path()).unwrap();
    assert!(matches!(folder.bars("v", "ETHUSDT", Timeframe::H1), Err(DataError::Ambiguous { .. })));
    assert!(matches!(folder.select(&request(&["ETH"], 1)), Err(DataError::Ambiguous { .. })));
}

#[test]
fn lists_venues_and_files() {
    let dir = TempDir::new().unwrap();
    put(dir.path(), "b", "ETHUSDT_1h.csv", b"");
    put(dir.path(), "a", "BTC_PERP_1d.csv.gz", b"");
    put(dir.path(), "a", "notes.txt", b"");
    put(dir.path(), "a", "BTCUSD_2h.csv", b"");
    let folder = Folder::open(dir.path()).unwrap();
    assert_eq!(folder.venues(), ["a", "b"]);
    let files: Vec<_> = folder.files().into_iter().map(|file| (file.venue, file.symbol, file.timeframe)).collect();
    let expected = [("a", "BTC_PERP", Timeframe::D1), ("b", "ETHUSDT", Timeframe::H1)];
    assert_eq!(files, expected.map(|(venue, symbol, timeframe)| (venue.to_owned(), symbol.to_owned(), timeframe)));
}

#[test]
fn a_series_that_lies_there_twice_is_not_imported() {
    let dir = TempDir::new().unwrap();
    put(dir.path(), "v", "ETHUSDT_1h.csv", GOOD.as_bytes());
    put(dir.path(), "v", "ETHUSDT_1h.csv.gz", &gzip(GOOD.as_bytes()));
    put(dir.path(), "v", "BTCUSDT_1h.csv", GOOD.as_bytes());
    let files = Folder::open(dir.path()).unwrap().candle_files();
    assert!(matches!(files.as_slice(), [Ok(_), Err(DataError::Ambiguous { .. })]), "{files:?}");
}

#[test]
fn reads_every_real_file() {
    let Some(folder) = real_folder() else { return };
    let files = folder.files();
    assert!(!files.is_empty());
    for file in files {
        #[allow(clippy::disallowed_methods, reason = "a measurement")]
        let start = std::time::Instant::now();
        let bars = folder.bars(&file.venue, &file.symbol, file.timeframe).unwrap();
        println!("{}: {} bars in {:?}", file.path.display(), bars.len(), start.elapsed());
        assert!(bars.len() > 1_000);
    }
}

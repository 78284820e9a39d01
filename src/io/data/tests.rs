//! One case a fault, what is accepted, selection, and every real file where they are at hand.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::{
    domain::{Asset, Candle, KnownCandle, PriceBar, Timeframe},
    units::{Price, Timestamp},
};

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

/// The line, field and fault of a row error, whose text must name all three and the file.
fn row_fault(text: &str) -> (u64, String, RowFault) {
    let error = read(text).unwrap_err();
    let said = error.to_string();
    match error {
        DataError::Row { file, line, field, fault } => {
            assert!(file.ends_with("candles/v/ETHUSDT_1h.csv"), "{said}");
            for part in [file.display().to_string(), format!("line {line}"), format!("`{field}`"), fault.to_string()] {
                assert!(said.contains(&part), "{said} lacks {part}");
            }
            (line, field, fault)
        }
        other => panic!("{other}"),
    }
}

#[test]
fn reads_a_good_file() {
    let bars = read(GOOD).unwrap();
    let price = |text: &str| text.parse::<Price>().unwrap();
    assert_eq!(bars.len(), 2);
    let expected = PriceBar {
        ts: Timestamp(3_600),
        open: price("10"),
        high: price("12"),
        low: price("9"),
        close: price("11"),
        volume: 5.0,
    };
    assert_eq!(bars[0], expected);
}

#[test]
fn the_same_bars_whatever_the_dress() {
    let plain = read(GOOD).unwrap();
    let crlf = GOOD.replace('\n', "\r\n");
    let marked = format!("\u{feff}{crlf}");
    let shuffled = "note,close,volume,ts,low,high,open\nx,11,5,3600,9,12,10\n\"a,b\",11,0,7200,11,11,11\n";
    for text in [&crlf, &marked, &format!("\u{feff}{GOOD}"), GOOD.trim_end(), crlf.trim_end(), shuffled] {
        assert_eq!(read(text).unwrap(), plain, "{text:?}");
        assert_eq!(read_as("ETHUSDT_1h.csv.gz", &gzip(text.as_bytes())).unwrap(), plain, "{text:?}");
    }
    let (first, second) = GOOD.split_at(40);
    let two_members = [gzip(first.as_bytes()), gzip(second.as_bytes())].concat();
    assert_eq!(read_as("ETHUSDT_1h.csv.gz", &two_members).unwrap(), plain);
}

#[test]
fn every_row_fault_names_its_place() {
    use RowFault as F;
    let text = |text: &str| text.to_owned();
    let cases: Vec<(&str, &str, RowFault)> = vec![
        ("7200,abc,12,9,11,5", "open", F::NotANumber(text("abc"))),
        ("7200,10,12,9, 11,5", "close", F::NotANumber(text(" 11"))),
        ("7200,10,12,9,,5", "close", F::NotANumber(text(""))),
        ("7200,10,NaN,9,11,5", "high", F::NotFinite(text("NaN"))),
        ("7200,10,inf,9,11,5", "high", F::NotFinite(text("inf"))),
        ("7200,0,12,9,11,5", "open", F::Price(crate::units::PriceError::NotPositive(text("0")))),
        ("7200,10,12,-9,11,5", "low", F::Price(crate::units::PriceError::NotPositive(text("-9")))),
        ("7200,10,1e30,9,11,5", "high", F::Price(crate::units::PriceError::TooLarge(text("1e30")))),
        ("7200,10,12,9,11,-5", "volume", F::Negative(text("-5"))),
        ("7200,10,12,9,11,nan", "volume", F::NotFinite(text("nan"))),
        ("7200,10,12,9,11,-inf", "volume", F::NotFinite(text("-inf"))),
        ("7200,10,12,9,11,1e999", "volume", F::NotFinite(text("1e999"))),
        ("7200,10,12,9,11,much", "volume", F::NotANumber(text("much"))),
        ("7200,10,10.9,9,11,5", "high", F::HighTooLow { high: text("10.9"), body: text("11") }),
        ("7200,10,12,10.1,11,5", "low", F::LowTooHigh { low: text("10.1"), body: text("10") }),
        ("7201,10,12,9,11,5", "ts", F::OffGrid { ts: 7_201, step: 3_600 }),
        ("3600,10,12,9,11,5", "ts", F::Duplicate { ts: 3_600 }),
        ("0,10,12,9,11,5", "ts", F::Unsorted { ts: 0, previous: 3_600 }),
        ("1704412800000,10,12,9,11,5", "ts", F::NotSecondsButFiner(1_704_412_800_000)),
        ("2024-01-05,10,12,9,11,5", "ts", F::NotSeconds(text("2024-01-05"))),
        ("-7200,10,12,9,11,5", "ts", F::NotSeconds(text("-7200"))),
        ("+7200,10,12,9,11,5", "ts", F::NotSeconds(text("+7200"))),
        ("7200,10,12,9,11", "volume", F::TooFewFields { have: 5 }),
        ("7200", "open", F::TooFewFields { have: 1 }),
    ];
    for (row, field, fault) in cases {
        for end in ["\n", "\r\n"] {
            let text = format!("{HEADER}3600,10,12,9,11,5\n{row}\n").replace('\n', end);
            assert_eq!(row_fault(&text), (3, field.to_owned(), fault.clone()), "{row}");
        }
    }
}

#[test]
fn blank_lines_count_as_lines() {
    let (line, ..) = row_fault(&format!("{HEADER}\n\n3600,10,12,9,11,x\n"));
    assert_eq!(line, 4);
}

#[test]
fn a_long_wrong_field_is_cut() {
    let long = "x".repeat(10_000);
    assert!(read(&format!("{HEADER}3600,10,12,9,11,{long}\n")).unwrap_err().to_string().len() < 300);
    assert!(read(&format!("{HEADER}3600,{long},12,9,11,1\n")).unwrap_err().to_string().len() < 300);
    assert!(read(&format!("{HEADER}3600,-1{},12,9,11,1\n", "0".repeat(5_000))).unwrap_err().to_string().len() < 300);
}

#[test]
fn text_that_is_not_utf8_is_placed() {
    let bytes = [GOOD.as_bytes(), b"10800,11,1\xff,11,11,0\n"].concat();
    for (name, bytes) in [("ETHUSDT_1h.csv", bytes.clone()), ("ETHUSDT_1h.csv.gz", gzip(&bytes))] {
        match read_as(name, &bytes).unwrap_err() {
            DataError::Row { line: 4, field, fault: RowFault::NotUtf8, .. } => assert_eq!(field, "high"),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn headers_must_name_every_column_once() {
    let lacking = "ts,open,high,low,close\n3600,1,1,1,1\n";
    assert!(matches!(read(lacking), Err(DataError::NoColumn { column: "volume", .. })));
    let headless = "3600,10,12,9,11,5\n";
    assert!(matches!(read(headless), Err(DataError::NoColumn { column: "ts", .. })));
    let twice = "ts,open,high,low,close,volume,open\n3600,1,1,1,1,1,2\n";
    assert!(matches!(read(twice), Err(DataError::TwoColumns { column: "open", .. })));
}

#[test]
fn empty_files_are_refused() {
    for text in ["", "\n", "\u{feff}", "\r\n\r\n"] {
        assert!(matches!(read(text), Err(DataError::Empty { .. })), "{text:?}");
        assert!(matches!(read_as("ETHUSDT_1h.csv.gz", &gzip(text.as_bytes())), Err(DataError::Empty { .. })));
    }
    assert!(matches!(read_as("ETHUSDT_1h.csv.gz", b""), Err(DataError::Empty { .. })));
    assert!(matches!(read(HEADER), Err(DataError::NoRows { .. })));
}

#[test]
fn gzip_cut_or_flipped_anywhere_is_detected() {
    let whole = gzip(GOOD.as_bytes());
    for length in 1..whole.len() {
        let cut = read_as("ETHUSDT_1h.csv.gz", &whole[..length]);
        assert!(matches!(cut, Err(DataError::Gzip { .. })), "cut to {length}");
    }
    let mut flipped = whole.clone();
    let checksum = whole.len() - 8;
    flipped[checksum] ^= 1;
    assert!(matches!(read_as("ETHUSDT_1h.csv.gz", &flipped), Err(DataError::Gzip { .. })));
    assert!(matches!(read_as("ETHUSDT_1h.csv.gz", GOOD.as_bytes()), Err(DataError::Gzip { .. })));
    let trailing = [whole.as_slice(), b"rubbish"].concat();
    assert!(matches!(read_as("ETHUSDT_1h.csv.gz", &trailing), Err(DataError::Gzip { .. })));
}

#[test]
fn absence_says_what_lies_there() {
    let dir = TempDir::new().unwrap();
    let missing = Folder::open(dir.path().join("nowhere")).unwrap_err().to_string();
    assert!(missing.contains("nowhere"), "{missing}");
    fs::create_dir(dir.path().join("macro")).unwrap();
    let bare = Folder::open(dir.path()).unwrap_err().to_string();
    assert!(bare.contains("candles") && bare.contains("macro"), "{bare}");

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

/// Hourly rows for the given hours since the epoch.
fn hourly(hours: impl IntoIterator<Item = u64>) -> String {
    let row = |hour: u64| format!("{},10,12,9,11,5\n", hour * 3_600);
    HEADER.to_owned() + &hours.into_iter().map(row).collect::<String>()
}

fn request(assets: &[&str], hours: usize) -> Request {
    Request {
        assets: assets.iter().copied().map(Asset::new).collect(),
        venues: Vec::new(),
        from: None,
        to: None,
        hours,
        history_hours: 1_000,
        allow_gaps: false,
    }
}

fn at(hour: u64) -> Option<Timestamp> {
    Some(Timestamp(hour * 3_600))
}

fn span(hours: &[crate::domain::HourBars]) -> Vec<u64> {
    hours.iter().map(|hour| hour.ts.0 / 3_600).collect()
}

/// ETH in hours 100-199, BTC in hours 120-219 with hour 150 missing.
fn two_assets() -> (TempDir, Folder) {
    let dir = TempDir::new().unwrap();
    put(dir.path(), "v", "ETHUSDT_1h.csv", hourly(100..200).as_bytes());
    let btc = hourly((120..220).filter(|hour| *hour != 150));
    put(dir.path(), "v", "BTCUSD_1h.csv.gz", &gzip(btc.as_bytes()));
    let folder = Folder::open(dir.path()).unwrap();
    (dir, folder)
}

#[test]
fn selects_the_last_shared_hours_and_the_unbroken_history() {
    let (_dir, folder) = two_assets();
    let chosen = folder.select(&request(&["ETH", "BTC"], 10)).unwrap();
    assert_eq!(span(&chosen.hours), (190..200).collect::<Vec<_>>());
    assert_eq!(span(&chosen.history), (151..190).collect::<Vec<_>>());
    assert!(chosen.hours.iter().chain(&chosen.history).all(|hour| hour.bars.iter().all(Option::is_some)));
    assert_eq!(chosen.notes.len(), 1);
    let note = &chosen.notes[0];
    assert!(note.contains("39 of 1000") && note.contains("BTCUSD_1h.csv.gz"), "{note}");
    assert!(note.contains(&Timestamp(150 * 3_600).to_string()), "{note}");

    let short = folder.select(&Request { history_hours: 39, ..request(&["ETH", "BTC"], 10) }).unwrap();
    assert_eq!((short.history.len(), short.notes.len()), (39, 0));
    let early = folder.select(&Request { to: at(110), ..request(&["ETH"], 5) }).unwrap();
    assert_eq!(span(&early.history), (100..105).collect::<Vec<_>>());
    assert!(early.notes[0].contains("begins at"), "{:?}", early.notes);
}

#[test]
fn from_and_to_say_the_range() {
    let (_dir, folder) = two_assets();
    let range = |from, to| {
        let chosen = folder.select(&Request { from, to, ..request(&["ETH", "BTC"], 5) }).unwrap();
        (chosen.from.0 / 3_600, chosen.to.0 / 3_600, chosen.hours.len())
    };
    assert_eq!(range(at(160), at(190)), (160, 190, 30));
    assert_eq!(range(at(160), None), (160, 165, 5));
    assert_eq!(range(None, at(160)), (155, 160, 5));
    assert_eq!(range(None, None), (195, 200, 5));
}

#[test]
fn a_gap_in_the_range_is_refused_or_left_out() {
    let (_dir, folder) = two_assets();
    let asked = Request { from: at(140), to: at(160), ..request(&["ETH", "BTC"], 1) };
    match folder.select(&asked).unwrap_err() {
        DataError::Gap { file, missing: 1, first, .. } => {
            assert!(file.ends_with("BTCUSD_1h.csv.gz"));
            assert_eq!(first, [Timestamp(150 * 3_600)]);
        }
        other => panic!("{other}"),
    }
    let chosen = folder.select(&Request { allow_gaps: true, ..asked.clone() }).unwrap();
    assert_eq!(chosen.hours.len(), 20);
    assert!(chosen.hours[10].bars[0].is_some() && chosen.hours[10].bars[1].is_none());
    assert!(chosen.notes[0].contains("1 hour"), "{:?}", chosen.notes);
    let btc = Request { assets: vec![Asset::new("BTC")], allow_gaps: true, ..asked };
    assert!(!span(&folder.select(&btc).unwrap().hours).contains(&150));
}

#[test]
fn what_cannot_be_had_is_named() {
    let (_dir, folder) = two_assets();
    let ask = |change: &dyn Fn(&mut Request)| {
        let mut asked = request(&["ETH", "BTC"], 5);
        change(&mut asked);
        folder.select(&asked).unwrap_err()
    };
    let outside = ask(&|asked| asked.to = at(205));
    assert!(matches!(outside, DataError::NotCovered { .. }));
    for part in ["ETHUSDT_1h.csv", "BTCUSD_1h.csv.gz", &Timestamp(200 * 3_600).to_string()] {
        assert!(outside.to_string().contains(part), "{outside}");
    }
    assert!(matches!(ask(&|asked| asked.hours = 81), DataError::NotCovered { .. }));
    assert!(matches!(ask(&|asked| asked.hours = usize::MAX), DataError::NotCovered { .. }));
    assert!(matches!(
        ask(&|asked| asked.from = Some(Timestamp(u64::MAX / 3_600 * 3_600))),
        DataError::NotCovered { .. }
    ));
    assert!(matches!(ask(&|asked| asked.hours = 0), DataError::NothingAsked(_)));
    assert!(matches!(ask(&|asked| asked.assets.clear()), DataError::NothingAsked(_)));
    assert!(matches!(ask(&|asked| asked.from = Some(Timestamp(3_601))), DataError::OffHour { name: "from", .. }));
    let turned = ask(&|asked| (asked.from, asked.to) = (at(160), at(160)));
    assert!(matches!(turned, DataError::EmptyRange { .. }));
    let unknown = ask(&|asked| asked.venues = vec!["w".to_owned()]);
    assert!(matches!(unknown, DataError::UnknownVenue { .. }) && unknown.to_string().contains("it holds v"));
    let lacking = ask(&|asked| asked.assets.push(Asset::new("SOL")));
    assert!(matches!(lacking, DataError::NoVenue { .. }) && lacking.to_string().contains("v has no SOL"), "{lacking}");
}

#[test]
fn venues_are_tried_in_order_until_one_covers() {
    let dir = TempDir::new().unwrap();
    put(dir.path(), "kraken_spot", "ETHUSD_1h.csv", hourly(0..300).as_bytes());
    put(dir.path(), "binance_spot", "ETHUSDT_1h.csv", hourly(200..300).as_bytes());
    put(dir.path(), "aaa", "ETHUSDT_1h.csv", hourly(0..300).as_bytes());
    let folder = Folder::open(dir.path()).unwrap();
    let venue = |from, venues: &[&str]| {
        let venues = venues.iter().map(ToString::to_string).collect();
        folder.select(&Request { from: at(from), venues, ..request(&["ETH"], 5) }).unwrap().venue
    };
    assert_eq!(venue(250, &[]), "binance_spot");
    assert_eq!(venue(150, &[]), "kraken_spot");
    assert_eq!(venue(250, &["aaa", "binance_spot"]), "aaa");
}

proptest! {
    #[test]
    fn what_was_written_is_read(rows in prop::collection::vec(
        (1u64..5, prop::array::uniform4(1u64..u64::MAX), 0.0f64..1e12), 1..60), packed in any::<bool>()
    ) {
        let mut ts = 0;
        let bars: Vec<PriceBar> = rows.into_iter().map(|(step, mut raw, volume)| {
            ts += step * 3_600;
            raw.sort_unstable();
            let [low, open, close, high] = raw.map(|raw| Price::from_raw(u128::from(raw)).unwrap());
            PriceBar { ts: Timestamp(ts), open, high, low, close, volume }
        }).collect();
        let mut text = HEADER.to_owned();
        for bar in &bars {
            let PriceBar { ts, open, high, low, close, volume } = bar;
            text += &format!("{},{open},{high},{low},{close},{volume}\n", ts.0);
        }
        let read = if packed { read_as("ETHUSDT_1h.csv.gz", &gzip(text.as_bytes())) } else { read(&text) };
        prop_assert_eq!(read.unwrap(), bars);
    }

    #[test]
    fn rubbish_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300), packed in any::<bool>()) {
        let name = if packed { "ETHUSDT_1h.csv.gz" } else { "ETHUSDT_1h.csv" };
        prop_assert!(read_as(name, &bytes).is_err());
    }
}

/// The folder's one file as candles, up to the first fault.
fn candles_as(name: &str, bytes: &[u8]) -> Result<Vec<KnownCandle>, DataError> {
    let dir = TempDir::new().unwrap();
    put(dir.path(), "v", name, bytes);
    Folder::open(dir.path())?.candle_files()?[0].candles()?.collect()
}

#[test]
fn candles_are_the_bars_known_at_their_close() {
    let noise = "ts,open,high,low,close,volume\n3600,0.30000000000000004,0.3,0.1,2e-1,1e-3\n";
    let candles = candles_as("ETHUSDT_1h.csv", noise.as_bytes()).unwrap();
    let candle = Candle { ts: Timestamp(3_600), open: 0.1 + 0.2, high: 0.3, low: 0.1, close: 0.2, volume: 0.001 };
    assert_eq!(candles, [KnownCandle { candle, known_at: Timestamp(7_200) }]);
    assert_eq!(read(noise).unwrap().len(), 1);
}

#[test]
fn a_series_that_lies_there_twice_is_not_imported() {
    let dir = TempDir::new().unwrap();
    put(dir.path(), "v", "ETHUSDT_1h.csv", GOOD.as_bytes());
    put(dir.path(), "v", "ETHUSDT_1h.csv.gz", &gzip(GOOD.as_bytes()));
    assert!(matches!(Folder::open(dir.path()).unwrap().candle_files(), Err(DataError::Ambiguous { .. })));
}

proptest! {
    /// Whatever stands in a file: both readers take it, or refuse it in the same words.
    #[test]
    fn candles_and_bars_have_the_same_faults(
        fields in prop::array::uniform6("[0-9]{1,4}0|36000|-?[0-9.e+]{1,5}|nan|\u{e9}|0.30000000000000004|"),
        cut in 1usize..8, blank in any::<bool>(), packed in any::<bool>(),
    ) {
        let row = fields[..cut.min(6)].join(",");
        let text = format!("{GOOD}{}{row}\n", if blank { "\r\n\n" } else { "" });
        let (name, bytes) =
            if packed { ("ETHUSDT_1h.csv.gz", gzip(text.as_bytes())) } else { ("ETHUSDT_1h.csv", text.into_bytes()) };
        let without_dir = |error: DataError| {
            let said = error.to_string();
            said.split_once("/candles/").map_or(said.clone(), |(_, rest)| rest.to_owned())
        };
        let bars = read_as(name, &bytes).map_err(without_dir);
        let candles = candles_as(name, &bytes).map_err(without_dir);
        prop_assert_eq!(bars.as_ref().map(Vec::len), candles.as_ref().map(Vec::len));
        for (bar, known) in bars.iter().flatten().zip(candles.iter().flatten()) {
            prop_assert_eq!((bar.ts, bar.volume), (known.candle.ts, known.candle.volume));
            prop_assert!((bar.close.to_f64() - known.candle.close).abs() <= 1e-12 * known.candle.close.max(1.0));
        }
    }
}

/// The folder of real data, where there is one.
fn real_folder() -> Option<Folder> {
    #[allow(clippy::disallowed_methods, reason = "the environment says where a test's data lies")]
    let asked = std::env::var("SHOAL_TEST_DATA").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let dir = asked.unwrap_or_else(|_| beside());
    let folder = Folder::open(&dir);
    if folder.is_err() {
        println!("skipped: no real data at {} (set SHOAL_TEST_DATA)", dir.display());
    }
    folder.ok()
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

#[test]
fn selects_from_real_data() {
    let Some(folder) = real_folder() else { return };
    #[allow(clippy::disallowed_methods, reason = "a measurement")]
    let start = std::time::Instant::now();
    let chosen = folder.select(&Request { history_hours: 20_000, ..request(&["ETH", "BTC"], 720) }).unwrap();
    println!("{}: {:?} in {:?}", chosen.venue, chosen.notes, start.elapsed());
    assert_eq!((chosen.hours.len(), chosen.notes.len()), (720, 1));
}

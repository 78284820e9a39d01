//! `shoal indicators` as a process.

use std::{
    fs,
    io::{Read, Write},
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Output},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde_json::Value;
use shoal::features::catalogue::{self, CatalogueStream, columns};
use shoal::io::data::Candles;
use tempfile::TempDir;

const HEADER: &str = "ts,open,high,low,close,volume\n";

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shoal")).current_dir(folder).arg("indicators").args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Hours that rise and fall, from 2020-09-13 13:00 on.
fn hours(bars: u64) -> String {
    let price = |bar: u64| 1_800.0 + 100.0 * (bar as f64 / 9.0).sin() + 10.0 * (bar as f64 * 2.4).sin();
    let row = |bar| {
        let (open, close) = (price(bar), price(bar + 1));
        let (high, low) = (open.max(close) + 3.0, open.min(close) - 2.0);
        let volume = 50.0 + 40.0 * (bar as f64 / 3.0).cos();
        format!("{},{open:.6},{high:.6},{low:.6},{close:.6},{volume:.6}\n", 1_600_002_000 + 3_600 * bar)
    };
    (0..bars).map(row).collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The rows of a table; an empty field is `None`.
fn rows(table: &str) -> Vec<Vec<Option<f64>>> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let header: Vec<_> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let names = ["ts"].into_iter().chain(columns().map(|column| column.name));
    assert_eq!(header, names.collect::<Vec<_>>());
    let field = |field: &str| (!field.is_empty()).then(|| field.parse().unwrap());
    reader.records().map(|row| row.unwrap().iter().map(field).collect()).collect()
}

#[test]
fn the_table_holds_what_the_stream_says_to_the_bit() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("ETHUSDT_1h.csv"), format!("{HEADER}{}", hours(230))).unwrap();
    let said = run(folder.path(), &["--candles=ETHUSDT_1h.csv", "--out=out.csv", "--json"]);
    assert_eq!((text(&said.stderr).as_str(), said.status.code()), ("", Some(0)));
    let summary: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(summary["version"], catalogue::VERSION);
    assert_eq!((summary["bars"].as_u64(), summary["gaps"].as_u64()), (Some(230), Some(0)));
    assert_eq!((summary["step_seconds"].as_u64(), summary["columns_without_values"].as_u64()), (Some(3_600), Some(0)));

    let table = fs::read_to_string(at("out.csv")).unwrap();
    let mut stream = CatalogueStream::new();
    let rows = rows(&table);
    for (candle, row) in Candles::open(&at("ETHUSDT_1h.csv")).unwrap().zip(&rows) {
        let candle = candle.unwrap();
        assert_eq!(row[0], Some(candle.ts.0 as f64));
        for (value, field) in stream.push(&candle).unwrap().iter().zip(&row[1..]) {
            assert_eq!((!value.is_nan()).then(|| value.to_bits()), field.map(f64::to_bits));
        }
    }
    assert_eq!(rows.len(), 230);

    // Compressed at both ends, and on standard output: the same.
    fs::write(at("packed_1h.csv.gz"), gzip(&format!("{HEADER}{}", hours(230)))).unwrap();
    let said = run(folder.path(), &["--candles=packed_1h.csv.gz", "--out=out.csv.gz"]);
    assert_eq!(text(&said.stdout), "230 bars, 177 columns into out.csv.gz\n");
    let mut unpacked = String::new();
    GzDecoder::new(fs::File::open(at("out.csv.gz")).unwrap()).read_to_string(&mut unpacked).unwrap();
    assert!(unpacked == table);
    assert!(text(&run(folder.path(), &["--candles=packed_1h.csv.gz", "--out=-"]).stdout) == table);
}

#[test]
fn one_bar_and_gaps_are_told_and_not_filled() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("one.csv"), format!("{HEADER}{}", hours(1))).unwrap();
    let said = run(folder.path(), &["--candles=one.csv", "--out=out.csv"]);
    let table = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    let missing = rows(&table)[0].iter().filter(|field| field.is_none()).count();
    assert_eq!(text(&said.stdout), format!("1 bars, 177 columns into out.csv; {missing} columns need more bars\n"));
    assert!(missing > 150);

    let gappy: Vec<_> = hours(60).lines().map(str::to_owned).collect();
    let gappy = [&gappy[..20], &gappy[23..40], &gappy[41..]].concat().join("\n");
    fs::write(folder.path().join("gaps.csv"), format!("{HEADER}{gappy}\n")).unwrap();
    let said = run(folder.path(), &["--candles=gaps.csv", "--out=out.csv", "--json"]);
    let summary: Value = serde_json::from_slice(&said.stdout).unwrap();
    let count = |name: &str| summary[name].as_u64();
    assert_eq!((count("bars"), count("gaps"), count("missing_bars")), (Some(56), Some(2), Some(4)));
    assert_eq!(count("first_gap"), Some(1_600_002_000 + 19 * 3_600));
}

/// Nothing but numbers and empty fields, whatever the market.
#[test]
fn a_flat_market_without_volume() {
    let folder = TempDir::new().unwrap();
    let flat: String = (0..260).map(|bar| format!("{},5,5,5,5,0\n", 3_600 * bar)).collect();
    fs::write(folder.path().join("flat.csv"), format!("{HEADER}{flat}")).unwrap();
    assert_eq!(run(folder.path(), &["--candles=flat.csv", "--out=out.csv"]).status.code(), Some(0));
    let table = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    for row in rows(&table) {
        assert!(row.iter().flatten().all(|value| value.is_finite()));
    }
}

fn check_fault(candles: &[u8], args: &[&str], code: i32, parts: &[&str]) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("in.csv"), candles).unwrap();
    let said = run(folder.path(), args);
    let message = text(&said.stderr);
    assert_eq!(said.status.code(), Some(code), "{message}");
    assert!(message.starts_with("error: ") && parts.iter().all(|part| message.contains(part)), "{message}");
    assert_eq!(fs::read(folder.path().join("in.csv")).unwrap(), candles);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something was left behind");
}

#[test]
fn faults_are_located_and_leave_nothing_behind() {
    let usual = ["--candles=in.csv", "--out=out.csv"];
    let with = |row: &str| format!("{HEADER}{}{row}\n", hours(3)).into_bytes();
    let row = |text: &str, parts: &[&str]| check_fault(&with(text), &usual, 1, parts);
    row("1600012800,5,5,5,NaN,1", &["in.csv", "line 5", "`close`"]);
    row("1600012800,5,5,5,5,-1", &["in.csv", "line 5", "`volume`"]);
    row("1600012800,5,5,5,5,1e30", &["in.csv", "line 5", "`volume`", "beyond"]);
    row("1600012800,5,4,5,5,1", &["in.csv", "line 5", "`high`"]);
    row("1600012800,5,5", &["in.csv", "line 5", "`low`"]);
    row("1600009200,5,5,5,5,1", &["in.csv", "line 5", "`ts`", "twice"]);
    row("1600000000,5,5,5,5,1", &["in.csv", "line 5", "`ts`", "ascend"]);
    row("1600012800000,5,5,5,5,1", &["in.csv", "line 5", "`ts`", "milliseconds"]);
    let mut latin = with("1600012800,5,5,5,5,1");
    latin.truncate(latin.len() - 2);
    latin.extend(b"\xff\n");
    check_fault(&latin, &usual, 1, &["in.csv", "line 5", "volume", "UTF-8"]);
    check_fault(b"", &usual, 1, &["in.csv", "empty"]);
    check_fault(HEADER.as_bytes(), &usual, 1, &["in.csv", "no rows"]);
    check_fault(b"ts,open,high,low,close\n1,2,3,4,5\n", &usual, 1, &["in.csv", "line 1", "`volume`"]);
    let good = with("1600012800,5,5,5,5,1");
    check_fault(&good, &["--candles=none.csv", "--out=out.csv"], 1, &["none.csv", "No such file"]);
    check_fault(&good, &["--candles=.", "--out=out.csv"], 1, &[".", "Is a directory"]);
    check_fault(&good, &["--candles=in.csv", "--out=no/such/out.csv"], 1, &["no/such/out.csv cannot be written"]);
    check_fault(&good, &["--candles=in.csv", "--out=."], 2, &["--out .", "folder"]);
    check_fault(&good, &["--candles=in.csv", "--out=./in.csv"], 2, &["is the file that --candles reads"]);
    check_fault(&good, &["--candles=in.csv", "--out=-", "--json"], 2, &["--json"]);
    check_fault(&good, &["--candles=in.csv"], 2, &["--out"]);
}

#[test]
fn another_name_of_the_input_is_the_input() {
    let folder = TempDir::new().unwrap();
    let candles = format!("{HEADER}{}", hours(3));
    fs::write(folder.path().join("in.csv"), &candles).unwrap();
    symlink("in.csv", folder.path().join("link.csv")).unwrap();
    fs::hard_link(folder.path().join("in.csv"), folder.path().join("hard.csv")).unwrap();
    for out in ["--out=link.csv", "--out=hard.csv"] {
        assert_eq!(run(folder.path(), &["--candles=in.csv", out]).status.code(), Some(2));
        assert_eq!(fs::read_to_string(folder.path().join("in.csv")).unwrap(), candles);
    }
}

#[test]
fn a_timeframe_in_the_name_is_held() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("X_4h.csv"), format!("{HEADER}{}", hours(3))).unwrap();
    let said = run(folder.path(), &["--candles=X_4h.csv", "--out=out.csv"]);
    assert!(text(&said.stderr).contains("not a multiple of 14400 seconds"), "{}", text(&said.stderr));
}

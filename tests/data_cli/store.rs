//! `shoal data import` and `export` as the binary runs them: whole, broken off, killed, and with
//! faulty files.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use shoal::{
    domain::{CandleSeries, Timeframe},
    io::store::{DataStore, Place},
    units::Timestamp,
};
use tempfile::TempDir;

const MINUTES: u64 = 150_000;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn text(minutes: u64) -> String {
    let mut text = "ts,open,high,low,close,volume\n".to_owned();
    for minute in 0..minutes {
        let close = 100.0 + (minute as f64 / 50.0).sin();
        writeln!(text, "{},{close},{},{},{close:.4},{}", minute * 60, close + 1.0, close - 1.0, minute % 7).unwrap();
    }
    text
}

/// A folder with one long compressed file and one short plain one.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for venue in ["a", "b"] {
        fs::create_dir_all(folder.path().join("data/candles").join(venue)).unwrap();
    }
    fs::write(folder.path().join("data/candles/a/ETHUSDT_1m.csv.gz"), gzip(&text(MINUTES))).unwrap();
    fs::write(folder.path().join("data/candles/b/ETHUSDT_1m.csv"), text(100)).unwrap();
    folder
}

pub(crate) fn shoal(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shoal"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SHOAL_") || name == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    command
        .current_dir(folder)
        .arg("data")
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn import(folder: &Path) -> Command {
    shoal(folder, &["import", "--data=data", "--json"])
}

pub(crate) fn json(output: &Output) -> Value {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(crate) fn rows(value: &Value) -> [u64; 3] {
    ["new", "same", "revised"].map(|name| value[name].as_u64().unwrap())
}

/// How many bars of the long file are stored, which must be its first ones, without a hole.
fn stored(folder: &Path) -> u64 {
    let place = Place::Sqlite(folder.join("data/shoal.sqlite"));
    let series = CandleSeries { venue: "a".to_owned(), symbol: "ETHUSDT".to_owned(), timeframe: Timeframe::M1 };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let candles = runtime.block_on(async {
        let mut store = DataStore::open_to_read(&place).await.unwrap();
        store.candles(&series, Timestamp(0)..Timestamp(u64::MAX), None).await.unwrap()
    });
    let stamps: Vec<u64> = candles.iter().map(|known| known.candle.ts.0).collect();
    assert!(stamps.iter().copied().eq((0..stamps.len() as u64).map(|minute| minute * 60)), "a hole or a double");
    stamps.len() as u64
}

/// Waits until the child has committed a batch of rows.
fn until_rows_are_stored(child: &mut Child, folder: &Path) {
    let path = folder.join("data/shoal.sqlite-wal");
    // A batch is between one and three megabytes in the write-ahead log: by then the second is
    // being written, so the first is committed.
    while fs::metadata(&path).map_or(0, |wal| wal.len()) < 4 << 20 {
        assert!(child.try_wait().unwrap().is_none(), "the import ended before it could be broken off");
        std::thread::yield_now();
    }
}

#[test]
fn what_was_imported_is_exported_and_known_again() {
    let folder = folder();
    let path = folder.path();
    assert_eq!(rows(&json(&import(path).output().unwrap())), [MINUTES + 100, 0, 0]);
    assert_eq!(stored(path), MINUTES);
    assert_eq!(rows(&json(&import(path).output().unwrap())), [0, MINUTES + 100, 0]);

    let exported = json(&shoal(path, &["export", "--out=out", "--json"]).output().unwrap());
    assert_eq!((exported["bars"].as_u64(), exported["series"].as_u64()), (Some(MINUTES + 100), Some(2)));
    let names: Vec<_> =
        fs::read_dir(path.join("out/candles/a")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["ETHUSDT_1m.csv.gz"]);
    let again = shoal(path, &["import", "--data=out", "--json"]).output().unwrap();
    assert_eq!(rows(&json(&again)), [0, MINUTES + 100, 0]);
    // Into another store: the same numbers.
    let other = shoal(path, &["import", "--data=out", "--store=other.sqlite", "--json"]).output().unwrap();
    assert_eq!(rows(&json(&other)), [MINUTES + 100, 0, 0]);
    let back = shoal(path, &["import", "--data=data", "--store=other.sqlite", "--json"]).output().unwrap();
    assert_eq!(rows(&json(&back)), [0, MINUTES + 100, 0]);
}

#[test]
fn a_killed_import_goes_on_without_a_hole_or_a_double() {
    let folder = folder();
    let path = folder.path();
    let mut child = import(path).spawn().unwrap();
    until_rows_are_stored(&mut child, path);
    child.kill().unwrap();
    child.wait().unwrap();
    let before = stored(path);
    assert!(before > 0 && before < MINUTES, "{before}");
    let [new, same, revised] = rows(&json(&import(path).output().unwrap()));
    assert_eq!((new, same, revised), (MINUTES + 100 - before, before, 0));
    assert_eq!(stored(path), MINUTES);
}

#[test]
fn an_interrupted_import_finishes_its_batch_and_says_how_to_go_on() {
    let folder = folder();
    let path = folder.path();
    let mut child = shoal(path, &["import", "--data=data"]).spawn().unwrap();
    until_rows_are_stored(&mut child, path);
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stdout}");
    assert!(stdout.contains("0 of 2 files") && stdout.contains("the same command goes on"), "{stdout}");
    let before = stored(path);
    assert!(before > 0 && before.is_multiple_of(20_000) && before < MINUTES, "{before}");
    assert_eq!(rows(&json(&import(path).output().unwrap())), [MINUTES + 100 - before, before, 0]);
}

/// The message of an import that must fail.
fn fault(folder: &Path, code: i32) -> String {
    let output = import(folder).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_faulty_file_is_named_and_what_came_before_its_fault_stays() {
    let folder = folder();
    let path = folder.path();
    let long = path.join("data/candles/a/ETHUSDT_1m.csv.gz");
    let whole = text(MINUTES);
    let broken: String = whole.replace(&format!("\n{},", 70_000 * 60), &format!("\n{},x", 70_000 * 60));
    fs::write(&long, gzip(&broken)).unwrap();
    let said = fault(path, 1);
    for part in ["a/ETHUSDT_1m.csv.gz", "line 70002", "`open`", "is not a number"] {
        assert!(said.contains(part), "{said} lacks {part}");
    }
    assert_eq!(stored(path), 60_000);
    fs::write(&long, gzip(&whole)).unwrap();
    assert_eq!(rows(&json(&import(path).output().unwrap())), [MINUTES - 60_000, 60_100, 0]);
}

#[test]
fn nothing_of_a_damaged_archive_is_stored() {
    let folder = folder();
    let path = folder.path();
    let long = path.join("data/candles/a/ETHUSDT_1m.csv.gz");
    let whole = fs::read(&long).unwrap();
    let middle = whole.len() / 2;
    let mut flipped = whole.clone();
    flipped[middle] ^= 1;
    for damaged in [whole[..middle].to_vec(), flipped] {
        fs::write(&long, damaged).unwrap();
        let said = fault(path, 1);
        assert!(said.contains("a/ETHUSDT_1m.csv.gz: damaged or truncated gzip"), "{said}");
        assert_eq!(stored(path), 0);
    }
    fs::write(&long, whole).unwrap();
    assert_eq!(rows(&json(&import(path).output().unwrap())), [MINUTES, 100, 0]);
}

#[test]
fn a_bar_that_was_changed_in_its_file_clashes_with_the_stored_one() {
    let folder = folder();
    let path = folder.path();
    json(&import(path).output().unwrap());
    let short = path.join("data/candles/b/ETHUSDT_1m.csv");
    let whole = fs::read_to_string(&short).unwrap();
    let change = |line: &str| if line.starts_with("600,") { line.to_owned() + "5" } else { line.to_owned() };
    fs::write(&short, whole.lines().map(change).collect::<Vec<_>>().join("\n")).unwrap();
    let said = fault(path, 1);
    for part in ["b/ETHUSDT_1m.csv", "1970-01-01T00:10:00Z", "another value is stored"] {
        assert!(said.contains(part), "{said} lacks {part}");
    }
}

#[test]
fn a_store_in_use_and_a_store_of_another_program_are_refused() {
    let folder = folder();
    let path = folder.path();
    let place = Place::Sqlite(path.join("data/shoal.sqlite"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = runtime.block_on(DataStore::open(&place)).unwrap();
    let said = fault(path, 1);
    assert!(said.contains("data/shoal.sqlite") && said.contains("another process"), "{said}");
    runtime.block_on(store.close()).unwrap();
    fs::write(path.join("data/shoal.sqlite"), "not a database at all, but notes".repeat(40)).unwrap();
    let said = fault(path, 1);
    assert!(said.contains("data/shoal.sqlite") && said.contains("no store of ours"), "{said}");
    assert!(
        shoal(path, &["export", "--out=out", "--store=absent.sqlite"])
            .output()
            .unwrap()
            .stderr
            .starts_with(b"error: store absent.sqlite")
    );
}

#[test]
fn a_server_s_url_with_an_unknown_parameter_is_refused_without_its_value() {
    let dir = TempDir::new().unwrap();
    let url = "postgres://bot@127.0.0.1:9/shoal?pasword=hunter22";
    for args in [["check", "-vvv"], ["export", "--out=out"], ["import", "--data=data"], ["fetch", "-vvv"]] {
        let output = shoal(dir.path(), &args).env("DATABASE_URL", url).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("DATABASE_URL: its parameter `pasword` is unknown"), "{said}");
        assert!(!said.contains("hunter22"), "{said}");
    }
}

//! `shoal data check` as a process: its table, its JSON, its page and its exit codes.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

fn shoal(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shoal")).args(args).env_clear().output().unwrap()
}

fn said(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A folder with one series of so many hours, without those of `gone`.
fn folder(hours: u64, gone: &[u64]) -> TempDir {
    let dir = TempDir::new().unwrap();
    let rows = (0..hours).filter(|hour| !gone.contains(hour)).map(|hour| format!("{},10,11,9,10,1\n", hour * 3_600));
    put(
        dir.path(),
        "candles/v/ETHUSDT_1h.csv",
        &format!("ts,open,high,low,close,volume\n{}", rows.collect::<String>()),
    );
    dir
}

fn put(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn the_exit_code_says_whether_anything_is_as_bad_as_asked() {
    let (sound, holed) = (folder(100, &[]), folder(100, &[40, 41]));
    let check = |dir: &TempDir, more: &[&str]| {
        let path = dir.path().display().to_string();
        said(&shoal(&[&["data", "check", "--data", &path], more].concat()))
    };
    assert_eq!(check(&sound, &["--fail-on", "note"]).0, Some(0));
    assert_eq!(check(&holed, &[]).0, Some(0), "a gap is a warning");
    let (code, text) = check(&holed, &["--fail-on", "warning"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("v/ETHUSDT_1h: gap: 1970-01-02 16:00 (2)"), "{text}");
    assert_eq!(check(&sound, &["--fail-on", "note", "--now", "1970-01-06"]).0, Some(1), "stale by then");
    put(holed.path(), "candles/v/BTCUSDT_1h.csv", "ts,open,high,low,close,volume\n0,10,8,9,10,1\n");
    let (code, text) = check(&holed, &[]);
    assert_eq!(code, Some(1), "a file that cannot be read is an error");
    assert!(text.contains("BTCUSDT_1h.csv: line 2, field `high`"), "{text}");
    assert_eq!(check(&sound, &["--fail-on", "everything"]).0, Some(2));
}

#[test]
fn json_and_page() {
    let dir = folder(100, &[40, 41]);
    let (path, page) = (dir.path().display().to_string(), dir.path().join("check.html"));
    let page_path = page.display().to_string();
    let output = shoal(&["data", "check", "--data", &path, "--json", "--html", &page_path]);
    assert!(output.stderr.is_empty(), "no bar in a pipe: {}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let series = &report["series"][0];
    assert_eq!((&series["name"], &series["worst"]), (&"v/ETHUSDT_1h".into(), &"warning".into()));
    assert_eq!(series["faults"][0]["at"], 144_000);
    assert!(fs::read_to_string(page).unwrap().contains("<svg class=\"heat\""));
}

/// A folder is history, a store is of today.
#[test]
fn staleness_is_judged_at_the_newest_value_of_a_folder_and_by_the_clock_in_a_store() {
    let dir = folder(100, &[]);
    let path = dir.path().display().to_string();
    let store = dir.path().join("store.sqlite").display().to_string();
    shoal(&["data", "import", "--data", &path, "--store", &store]);
    let check = |args: &[&str]| {
        let (code, text) = said(&shoal(&[&["data", "check"], args].concat()));
        let report = said(&shoal(&[&["data", "check", "--json"], args].concat())).1;
        let report: Value = serde_json::from_str(&report).unwrap();
        let faults = report["series"][0]["faults"].as_array().unwrap();
        let stale = faults.iter().any(|fault| fault["kind"] == "stale");
        (code, text.lines().last().unwrap().to_owned(), report["now_from"].as_str().unwrap().to_owned(), stale)
    };
    let (code, text, from, stale) = check(&["--data", &path, "--fail-on", "warning"]);
    assert_eq!((code, from.as_str(), stale), (Some(0), "newest_value", false));
    assert_eq!(text, "staleness judged at 1970-01-05 04:00 UTC, the end of the newest value");
    let (code, text, from, stale) = check(&["--store", &store, "--fail-on", "warning"]);
    assert_eq!((code, from.as_str(), stale), (Some(1), "clock", true));
    assert!(text.starts_with("staleness judged at 2") && text.ends_with("UTC, by the clock"), "{text}");
    let (code, text, from, stale) =
        check(&["--store", &store, "--now", "1970-01-05T04:00:00Z", "--fail-on", "warning"]);
    assert_eq!((code, from.as_str(), stale), (Some(0), "given", false));
    assert!(text.ends_with("UTC, as asked for"), "{text}");
}

#[test]
fn what_cannot_be_checked_is_said() {
    let gone = shoal(&["data", "check", "--data", "no/such/folder"]);
    assert_eq!(gone.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&gone.stderr).contains("no/such/folder: no such folder"));
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("candles")).unwrap();
    let empty = shoal(&["data", "check", "--data", &dir.path().display().to_string()]);
    assert_eq!(empty.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&empty.stderr).contains("holds no series"));
}

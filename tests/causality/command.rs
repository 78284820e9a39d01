//! `shoal causality`, as a user gives it.

use std::{
    path::Path,
    process::{Command, Output},
};

use super::market;

fn shoal(folder: &Path, range: [&str; 4], more: &[&str]) -> Output {
    let subject = ["causality", "--asset", "ETH", "--venue", "binance_perp", "--folds", "2", "--sets", "1", "--data"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_shoal"));
    command.args(subject).arg(folder).args(range).args(more).env_clear().output().unwrap()
}

fn passes(done: &Output) -> serde_json::Value {
    assert_eq!(done.status.code(), Some(0), "{}{}", told(&done.stdout), told(&done.stderr));
    let report: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((report["causal"].as_bool(), report["leaks"].as_array().map(Vec::len)), (Some(true), Some(0)));
    for count in ["features", "labels", "models", "training_rows", "members", "out_of_fold", "forecasts"] {
        assert!(report["compared"][count].as_u64().unwrap() > 0, "{count}: {report}");
    }
    report
}

fn told(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_folder_is_checked_and_what_cannot_be_is_told() {
    let dir = tempfile::tempdir().unwrap();
    market::write(dir.path(), "binance_perp", "ETHUSDT", &market::candles(1, 4_160, 2_000.0, 0.004));
    market::write(dir.path(), "binance_perp", "BTCUSDT", &market::candles(2, 4_160, 40_000.0, 0.004));
    let report = passes(&shoal(
        dir.path(),
        ["--from", "2022-03-26", "--to", "2022-08-31"],
        &["--cuts", "3", "--probes", "1", "--json"],
    ));
    assert_eq!(report["trained_at"], report["cuts"][1]);
    let few = shoal(dir.path(), ["--from", "2022-03-26", "--to", "2022-04-14"], &["--cuts", "2"]);
    assert_eq!(few.status.code(), Some(1));
    let why = told(&few.stderr);
    assert!(why.contains("training on the whole data, cut at 2022-04-01T09:00:00Z"), "{why}");
    let beyond = shoal(dir.path(), ["--from", "2022-08-01", "--to", "2023-08-01"], &["--cuts", "2"]);
    assert_eq!(beyond.status.code(), Some(1));
    assert!(told(&beyond.stderr).contains("or none after it"), "{}", told(&beyond.stderr));
    let narrow = shoal(dir.path(), ["--from", "2022-04-01", "--to", "2022-04-01T05:00"], &["--cuts", "9"]);
    assert_eq!(narrow.status.code(), Some(2), "{}", told(&narrow.stderr));
    assert!(told(&narrow.stderr).contains("no room for 9 cuts"));
}

//! `shoal train`, `predict` and `evaluate`, as a user gives them.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Output},
};

use super::market;

fn shoal(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shoal")).args(args).current_dir(dir).env_clear().output().unwrap()
}

fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    market::write(dir.path(), "binance_perp", "ETHUSDT", &market::candles(1, 2_700, 2_000.0, super::USUAL));
    market::write(dir.path(), "binance_perp", "BTCUSDT", &market::candles(2, 2_700, 40_000.0, super::USUAL));
    dir
}

const SMALL: [&str; 6] = ["--folds", "2", "--sets", "1", "--recency", "168"];

#[test]
fn a_model_is_trained_judged_and_asked() {
    let dir = folder();
    let subject = ["--data", ".", "--asset", "ETH", "--venue", "binance_perp"];
    let range = ["--train-from", "2022-03-31", "--split", "2022-06-28", "--end", "2022-07-01"];
    let evaluate = [&["evaluate"][..], &subject, &range, &SMALL, &["--json", "--predictions", "told.csv"]].concat();
    let done = shoal(dir.path(), &evaluate);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let told: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((told["rows"]["train"].as_u64(), told["rows"]["test"].as_u64()), (Some(2136), Some(72)));
    for model in ["price_direction", "volatility", "volume", "sentiment", "macro", "ensemble"] {
        for figure in ["accuracy", "logloss", "auc", "brier", "ece", "train_s"] {
            assert!(told["models"][model][figure].is_f64(), "{model}: {figure}: {told}");
        }
    }
    let by = |method: &str| told["methods"][method]["logloss"].as_f64().unwrap();
    let all = ["voting", "weighted_voting", "blending", "stacking"].map(by);
    assert!(all[0] != all[1] && all[1] != all[2] && all[2] != all[3], "{all:?}");
    for target in ["price", "volatility", "volume"] {
        for floor in ["majority", "last_move", "logistic"] {
            assert!(told["floors"][target][floor]["logloss"].is_f64(), "{target}: {floor}");
        }
    }
    let range = ["--from", "2022-03-31", "--to", "2022-06-28", "--out", "eth.model"];
    let done = shoal(dir.path(), &[&["train"][..], &subject, &range, &SMALL].concat());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let ask = ["predict", "--model", "eth.model", "--data", ".", "--from", "2022-06-28", "--to", "2022-07-01", "--out"];
    let done = shoal(dir.path(), &[&ask[..], &["again.csv", "--reasons", "why.csv"]].concat());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let (first, second) =
        (fs::read(dir.path().join("told.csv")).unwrap(), fs::read(dir.path().join("again.csv")).unwrap());
    assert!(first == second, "a reloaded model says the same to the bit");
    assert!(first.starts_with(b"ts,model,probability,lower,target\n"));
    let why = fs::read_to_string(dir.path().join("why.csv")).unwrap();
    reasons_add_up(&why, &String::from_utf8(first).unwrap());
    let replayed = as_trained(&why);
    assert!((all[1] - replayed).abs() < 1e-9, "the set's own method, without what outcomes add: {replayed}, {all:?}");
    assert!(told["models"]["ensemble"]["logloss"].as_f64() != Some(all[1]), "outcomes add something");
}

/// The log loss of what the members add up to, without what was learnt, on hours whose answer is known.
fn as_trained(why: &str) -> f64 {
    let bars = market::candles(1, 2_700, 2_000.0, super::USUAL);
    let mut odds: BTreeMap<u64, f64> = BTreeMap::new();
    for row in why.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>()) {
        if row[1] == "ensemble" && row[2] != "learnt" {
            *odds.entry(row[0].parse().unwrap()).or_default() += row[4].parse::<f64>().unwrap();
        }
    }
    let end = 1_656_633_600; // 2022-07-01
    let known = odds.into_iter().filter(|(ts, _)| ts + 7_200 <= end);
    let loss = |(ts, odds): (u64, f64)| {
        let bar = ((ts - market::START) / 3_600) as usize;
        let wrong = if bars[bar + 1].close > bars[bar].close { -odds } else { odds };
        wrong.exp().ln_1p()
    };
    let losses: Vec<f64> = known.map(loss).collect();
    losses.iter().sum::<f64>() / losses.len() as f64
}

/// Five columns of each specialist and bar, the strongest first, and what those who learn have learnt
/// since the training; and parts that sum to what the ensemble says: members, and what was learnt.
fn reasons_add_up(why: &str, told: &str) {
    let rows = |text: &str| -> Vec<Vec<String>> {
        text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
    };
    assert!(why.starts_with("ts,model,part,value,log_odds\n"));
    let why = rows(why);
    for bar in rows(told) {
        let (ts, model, probability) = (&bar[0], &bar[1], bar[2].parse::<f64>().unwrap());
        let mut parts: Vec<f64> =
            why.iter().filter(|row| row[0] == *ts && row[1] == *model).map(|row| row[4].parse().unwrap()).collect();
        if ["volatility", "volume"].contains(&model.as_str()) {
            parts.pop().expect("what was learnt comes last");
        }
        if model == "ensemble" {
            assert_eq!(parts.len(), 4);
            let sum: f64 = parts.iter().sum();
            assert!((sum - (probability / (1.0 - probability)).ln()).abs() < 1e-9, "{ts}: {parts:?}");
        } else {
            assert_eq!(parts.len(), 5, "{ts} {model}");
            assert!(parts.is_sorted_by(|a, b| a.abs() >= b.abs()), "{ts} {model}: {parts:?}");
        }
    }
}

#[test]
fn faults_are_told() {
    let dir = folder();
    let fails = |args: &[&str], code: i32, why: &str| {
        let done = shoal(dir.path(), args);
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(code), "{args:?}: {told}");
        assert!(told.contains(why), "{args:?}: {told}");
    };
    let train = |asset, from, to| ["train", "--data", ".", "--asset", asset, "--from", from, "--to", to, "--out", "m"];
    fails(&train("UNI", "2022-04-01", "2022-04-02"), 1, "no 1h candles of UNI at binance_perp");
    fails(&train("ETH", "2022-04-02", "2022-04-01"), 2, "is not before");
    let by = |more: &[&'static str]| [&train("ETH", "2022-04-01", "2022-04-02")[..], more].concat();
    fails(&by(&["--method", "guessing"]), 2, "voting, weighted_voting, blending, stacking");
    fails(&by(&["--method", "blending", "--weight", "macro=1"]), 2, "--weight is of --method weighted_voting alone");
    fails(&by(&["--weight", "volume=1"]), 2, "no such member");
    fails(&train("ETH", "2030-04-01", "2030-05-01"), 1, "no bar of binance_perp/ETH opens");
    fails(&train("ETH", "2022-04-01", "2022-04-02"), 1, "price_direction");
    assert!(!dir.path().join("m").exists());
    fs::write(dir.path().join("m"), b"SHOALMDL or not").unwrap();
    let ask = ["predict", "--model", "m", "--data", ".", "--from", "2022-04-01", "--to", "2022-04-02", "--out", "p"];
    fails(&ask, 1, "m: no model file of shoal");
    fs::write(dir.path().join("candles/binance_perp/BTCUSDT_1h.csv"), "ts,open,high,low,close,volume\nx,1,1,1,1,1\n")
        .unwrap();
    fails(&train("ETH", "2022-04-01", "2022-04-20"), 1, "BTCUSDT_1h.csv: line 2, field `ts`");
}

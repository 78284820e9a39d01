//! Model sets at work in a backtest: what they say is what `predict` says, nothing comes from
//! later bars, and files that do not fit are refused.

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::Command,
};

use shoal::{
    domain::{Action, Candle, CandleSeries, Decision, KnownCandle, Record, Rejection, Timeframe, Verdict},
    io::{
        artifact,
        data::Folder,
        store::{DataStore, Place},
        wallet::KeySources,
    },
    pipeline::forecaster::{ModelSet, Settings, Unsuited},
    service::{
        backtest,
        doctor::{self, State},
        learning::Past,
        models::{Models, ModelsError},
        scenario::Wanted,
    },
    units::Timestamp,
    validation::forecast::predict,
};

use super::trading_support as support;
use support::{SPLIT, at};

const HOURS: usize = 120;
/// Anvil's first published development key.
const KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

fn decisions(wanted: &Wanted) -> Vec<Decision> {
    let run = backtest::run(&support::config(), wanted, |_, _| ControlFlow::Continue(())).unwrap();
    let decision = |record| if let Record::Decision(decision) = record { Some(decision) } else { None };
    run.journal.into_iter().filter_map(decision).collect()
}

#[test]
fn trained_models_trade_by_what_they_predict() {
    let dir = tempfile::tempdir().unwrap();
    let files = support::prepared(dir.path());
    let wanted = support::wanted(dir.path(), &files, HOURS);
    let told = decisions(&wanted);
    assert!(told.len() >= 2 * HOURS);
    for (file, asset) in files.iter().zip(["ETH", "BTC"]) {
        says_what_predict_says(dir.path(), file, asset, &told);
    }
    let entries: Vec<&Decision> = told.iter().filter(|one| matches!(one.action, Action::Enter { .. })).collect();
    assert!(!entries.is_empty(), "nothing was traded");
    for decision in entries {
        let (Action::Enter { edge, cost, .. }, Some(forecast)) = (&decision.action, decision.forecast) else {
            panic!()
        };
        assert!(edge > cost && forecast.lower <= forecast.probability_up && forecast.atr > 0.0);
        let by_lower = forecast.lower * forecast.gain - (1.0 - forecast.lower) * forecast.loss;
        assert_eq!(*edge, by_lower, "the edge is of the lower bound");
    }
    nothing_comes_from_later(&wanted, &told);
    a_missing_bar_is_no_forecast(dir.path(), &files);
    files_that_do_not_fit_are_refused(dir.path(), &files);
    the_command_says_so(dir.path());
    tokio::runtime::Runtime::new().unwrap().block_on(the_doctor_asks_the_store(dir.path(), &files));
}

/// Without a node, so that its own checks find nothing.
async fn the_doctor_asks_the_store(dir: &Path, files: &[PathBuf]) {
    let mut config = support::config();
    let mut examined = async |files: &[PathBuf], store: &Place| {
        config.model.files = files.to_vec();
        let found = doctor::examine(&config, &support::sources(), store, &KeySources::default(), at(SPLIT)).await;
        let of = |name: &str| found.iter().find(|finding| finding.name == name).cloned().unwrap();
        (of("models"), of("models' bars"))
    };
    let place = Place::Sqlite(dir.join("doctor.sqlite"));
    let (models, bars) = examined(&[dir.join("no.model")], &place).await;
    assert_eq!((models.state, bars.state), (State::Problem, State::Skipped));
    assert!(models.found.contains("no.model"), "{}", models.found);

    let (models, bars) = examined(files, &place).await;
    assert_eq!((models.state, bars.state), (State::Ok, State::Problem));
    assert!(models.found.contains("ETH.model") && models.found.contains("BTC.model"), "{}", models.found);
    assert!(bars.found.contains("doctor.sqlite") && bars.mend.unwrap().contains("data fetch"), "{}", bars.found);

    let mut store = DataStore::open(&place).await.unwrap();
    for (symbol, candles) in support::candles() {
        let known = |candle: Candle| KnownCandle { candle, known_at: candle.ts.plus(Timestamp::HOUR) };
        let known: Vec<_> = candles.into_iter().map(known).collect();
        let venue = support::VENUE.into();
        let series = CandleSeries { venue, symbol: symbol.into(), timeframe: Timeframe::H1 };
        store.put_candles(&series, &known, None).await.unwrap();
    }
    store.close().await.unwrap();
    let (models, bars) = examined(files, &place).await;
    assert_eq!((models.state, bars.state), (State::Ok, State::Note), "{}", bars.found);
    let warm = format!("warmed up by {SPLIT} bars from {} on", at(0));
    assert!(bars.found.contains(&warm) && bars.found.contains("is not warm"), "{}", bars.found);
}

fn says_what_predict_says(dir: &Path, file: &Path, asset: &str, decisions: &[Decision]) {
    let set: ModelSet = artifact::read(file).unwrap();
    let past = Past::read(&Folder::open(dir).unwrap(), support::subject(asset), &support::sources()).unwrap();
    let (mean, threshold) = (set.moves, set.threshold.most);
    assert!(threshold > 0.0);
    let predicted = predict(set, &past.frames, at(SPLIT), at(SPLIT + HOURS)).unwrap();
    let mut compared = 0;
    for decision in decisions.iter().filter(|decision| decision.asset.as_str() == asset) {
        let open = decision.ts.minus(3_600);
        let grounds = decision.grounds.as_ref().unwrap();
        let said =
            |model: &str| predicted.iter().find(|one| one.ts == open && one.told.model == model).map(|one| &one.told);
        assert_eq!(grounds.told.len(), 5, "the specialists");
        for told in &grounds.told {
            assert_eq!(Some(told), said(&told.model));
        }
        let ensemble = said("ensemble").unwrap();
        match (&grounds.ensemble, decision.forecast) {
            (Verdict::Forecast { combined, .. }, Some(forecast)) => {
                assert_eq!(combined.probability, forecast.probability_up);
                assert_eq!((ensemble.probability, ensemble.lower), (forecast.probability_up, forecast.lower));
                assert_eq!(combined.parts.len(), 3, "those that forecast the price");
                let moves = mean.after(forecast.lower, threshold / forecast.atr);
                assert_eq!((forecast.gain, forecast.loss), (moves.gain * forecast.atr, moves.loss * forecast.atr));
            }
            (Verdict::Abstention { cause, .. }, None) => {
                assert!(
                    matches!(&decision.action, Action::Keep | Action::Exit { .. })
                        || decision.action == Action::Pass(Rejection::Abstained(*cause))
                );
                assert_eq!(ensemble.lower, 0.0);
            }
            other => panic!("{other:?}"),
        }
        let text = serde_json::to_string(decision).unwrap();
        assert!(text.len() < 4_096, "{} bytes", text.len());
        assert_eq!(&serde_json::from_str::<Decision>(&text).unwrap(), decision, "the journal gives it back");
        compared += 1;
    }
    assert!(compared >= HOURS);
}

/// A run that ends earlier decides alike until there.
fn nothing_comes_from_later(wanted: &Wanted, whole: &[Decision]) {
    let cut = Wanted { to: Some(at(SPLIT + HOURS / 2)), ..wanted.clone() };
    let part = decisions(&cut);
    assert!(part.len() >= HOURS && part == whole[..part.len()]);
}

fn a_missing_bar_is_no_forecast(dir: &Path, files: &[PathBuf]) {
    let copy = tempfile::tempdir().unwrap();
    let source = dir.join("candles").join(support::VENUE);
    let target = copy.path().join("candles").join(support::VENUE);
    fs::create_dir_all(&target).unwrap();
    let missing = at(SPLIT + 5);
    for name in ["ETHUSDT_1h.csv", "BTCUSDT_1h.csv"] {
        let text = fs::read_to_string(source.join(name)).unwrap();
        let eth = name.starts_with("ETH");
        let keep = |line: &&str| !(eth && line.starts_with(&missing.0.to_string()));
        fs::write(target.join(name), text.lines().filter(keep).map(|line| format!("{line}\n")).collect::<String>())
            .unwrap();
    }
    let wanted = Wanted { allow_gaps: true, ..support::wanted(copy.path(), files, 10) };
    let of_hour = |asset: &str| {
        let told = decisions(&wanted);
        told.into_iter().find(|one| one.ts == missing.plus(3_600) && one.asset.as_str() == asset).unwrap()
    };
    let (eth, btc) = (of_hour("ETH"), of_hour("BTC"));
    assert!(eth.forecast.is_none() && eth.grounds.is_none());
    assert!(matches!(eth.action, Action::Pass(Rejection::NoFrame) | Action::Keep | Action::Exit { .. }), "{eth:?}");
    assert!(btc.grounds.is_some(), "the other asset goes on");
}

fn files_that_do_not_fit_are_refused(dir: &Path, files: &[PathBuf]) {
    let read = |files: &[PathBuf], venue| {
        Models::read(files, &support::config().markets, venue, support::sources()).map(drop).unwrap_err()
    };
    let changed = |change: fn(&mut ModelSet)| {
        let mut set: ModelSet = artifact::read(&files[1]).unwrap();
        change(&mut set);
        let path = dir.join("changed.model");
        artifact::write(&path, &set).unwrap();
        read(&[files[0].clone(), path], None)
    };
    let unsuited = |error| if let ModelsError::Unsuited(why) = error { why } else { panic!("{error}") };
    let [eth, btc] = files else { panic!() };
    assert!(
        matches!(unsuited(read(std::slice::from_ref(eth), None)), Unsuited::Missing { asset } if asset.as_str() == "BTC")
    );
    assert!(matches!(unsuited(read(&[eth.clone(), eth.clone(), btc.clone()], None)), Unsuited::Twice { .. }));
    assert!(matches!(unsuited(read(files, Some("kraken_spot"))), Unsuited::Venue { .. }));
    let told = unsuited(changed(|set| set.subject.asset = shoal::domain::Asset::new("SOL"))).to_string();
    assert!(
        told.contains("changed.model: it forecasts SOL, which is no configured market; they are ETH, BTC"),
        "{told}"
    );
    assert!(matches!(unsuited(changed(|set| set.subject.venue = "kraken_spot".into())), Unsuited::Venue { .. }));
    let short = |set: &mut ModelSet| set.subject.timeframe = Timeframe::M15;
    assert!(matches!(unsuited(changed(short)), Unsuited::Timeframe { .. }));
    let past = Past::read(&Folder::open(dir).unwrap(), support::subject("BTC"), &support::sources()).unwrap();
    let range = (at(500), at(SPLIT));
    let settings = Settings { folds: 2, sets: 1, recency_bars: Some(100), ..Settings::new(1, 7, 2) };
    let moving = past.train(&past.table(1, range.0, range.1).unwrap(), range, &settings, &|_, _, _| {}).unwrap();
    let path = dir.join("moving.model");
    artifact::write(&path, &moving.set).unwrap();
    let told = unsuited(read(&[eth.clone(), path], None)).to_string();
    assert!(told.contains("moving.model") && told.contains("--recency"), "{told}");
    for broken in [changed(|set| set.moves.gain = f64::NAN), changed(|set| set.threshold.most = f64::INFINITY)] {
        assert!(matches!(broken, ModelsError::Invalid { .. }), "{broken}");
    }
}

fn the_command_says_so(dir: &Path) {
    let run = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_shoal")).args(args).current_dir(dir).env_clear().output().unwrap()
    };
    let from = at(SPLIT).0.to_string();
    let play = |more: &[&str]| run(&[&["backtest", "--from", &from, "--hours", "12", "--json"], more].concat());
    for (args, code, why) in [
        (&["--data", ".", "--model", "ETH.model"][..], 2, "no model forecasts BTC"),
        (&["--data", ".", "--model", "ETH.model", "--model", "none.model"], 1, "none.model"),
        (&["--model", "ETH.model", "--model", "BTC.model"], 2, "--data"),
    ] {
        let done = play(args);
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(code), "{args:?}: {told}");
        assert!(told.contains(why), "{args:?}: {told}");
    }
    let live = Command::new(env!("CARGO_BIN_EXE_shoal"))
        .args(["run", "--live", "--config", concat!(env!("CARGO_MANIFEST_DIR"), "/config/fork.toml")])
        .args(["--store", "data.sqlite", "--model", "ETH.model", "--model", "BTC.model"])
        .current_dir(dir)
        .env_clear()
        .envs([("SHOAL_PRIVATE_KEY", KEY), ("SHOAL_RPC_URL", "http://127.0.0.1:9")])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&live.stderr).into_owned();
    assert_eq!(live.status.code(), Some(3), "{told}");
    assert!(told.contains("--live with model files is refused"), "{told}");
    let done = play(&["--data", ".", "--model", "ETH.model", "--model", "BTC.model"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let report: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert!(report["training"][0].as_str().unwrap().contains("ETH.model: 2100 rows"), "{}", report["training"]);
    assert_eq!(report["source"]["venue"], support::VENUE);
}

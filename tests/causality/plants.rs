//! Leaks, planted one at a time in the program, and the name under which each is caught.

use shoal::{
    domain::{
        OutOfFold, Target,
        out_of_fold::{Fold, HeldOut},
    },
    features::{ahead, engine::catalogue},
    models::learn::Matrix,
    pipeline::{
        forecaster::{EMBARGO_BARS, Learned, Settings, Table, table},
        frames::{History, frames},
    },
    units::Timestamp,
    validation::causality::{Leak, Program, Stage, Stages, Trial, check},
};

use super::stage::{HOUR, LEARNED, Planted, at, cuts, history, plan, program};

/// The leaks that are found with the plant in place, at one cut.
fn leaks(planted: &Planted, probes: usize) -> Vec<Leak> {
    check(planted, &history(), &plan(&cuts()[..1], probes), &|_, _, _| {}).unwrap().leaks
}

/// The subjects caught by a trial in a stage.
fn caught(leaks: &[Leak], stage: Stage, trial: Trial) -> Vec<&str> {
    leaks.iter().filter(|leak| (leak.stage, leak.trial) == (stage, trial)).map(|leak| leak.subject.as_str()).collect()
}

fn column(name: &str) -> usize {
    catalogue().iter().position(|column| column.name == name).unwrap()
}

/// The table with one column made of its own values.
fn with_column(mut table: Table, column: usize, make: impl Fn(&[f64]) -> Vec<f64>) -> Table {
    let x = &table.rows.x;
    let values =
        (0..x.width()).flat_map(|at| if at == column { make(x.column(at)) } else { x.column(at).to_vec() }).collect();
    table.rows.x = Matrix::new(x.rows(), x.width(), values).unwrap();
    table
}

/// The rows up to `to` of what was made of everything there is.
fn up_to(mut table: Table, to: Timestamp) -> Table {
    let rows = table.rows.made_at.partition_point(|made_at| *made_at <= to);
    let kept: Vec<u32> = (0..rows as u32).collect();
    table.rows.x = table.rows.x.take(&kept);
    table.opens.truncate(rows);
    table.rows.made_at.truncate(rows);
    table.rows.known_at.truncate(rows);
    table.rows.ahead.truncate(rows);
    table
}

#[test]
fn nothing_is_caught_where_nothing_is_planted() {
    assert_eq!(leaks(&Planted::rows(|program, history, to| program.rows(history, to).unwrap()), 0), []);
}

#[test]
fn a_column_of_the_next_bar() {
    let z = column("z_1");
    let planted = Planted::rows(move |program, history, to| {
        let next = |values: &[f64]| [&values[1..], &[f64::NAN]].concat();
        up_to(with_column(program.rows(history, at(9_999)).unwrap(), z, next), to)
    });
    let leaks = leaks(&planted, 0);
    for trial in [Trial::Cut, Trial::Corrupted, Trial::Revised, Trial::Ended] {
        let there = matches!(trial, Trial::Cut | Trial::Corrupted);
        assert_eq!(caught(&leaks, Stage::Feature, trial), if there { vec!["z_1"] } else { vec![] }, "{trial:?}");
    }
    // The last row before the cut, and what it became.
    let leak = &leaks[0];
    assert_eq!((leak.cut, leak.first.unwrap().bar), (cuts()[0], at(1_699)));
    assert!(leak.before.parse::<f64>().is_ok() && leak.after == "missing", "{leak}");
}

#[test]
fn a_global_normalisation() {
    let z = column("z_1");
    let planted = Planted::rows(move |program, history, to| {
        let normal = |values: &[f64]| {
            let there: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
            let mean = there.iter().sum::<f64>() / there.len() as f64;
            values.iter().map(|value| value - mean).collect()
        };
        up_to(with_column(program.rows(history, at(9_999)).unwrap(), z, normal), to)
    });
    let leaks = leaks(&planted, 0);
    assert_eq!(caught(&leaks, Stage::Feature, Trial::Cut), ["z_1"]);
    assert_eq!(leaks[0].first.unwrap().row, 0, "all rows changed");
}

#[test]
fn a_peer_joined_by_its_open() {
    let planted = Planted::rows(|program, history, to| program.rows(&peer_by_its_open(history), to).unwrap());
    let leaks = leaks(&planted, 0);
    let found = caught(&leaks, Stage::Feature, Trial::Corrupted);
    assert!(!found.is_empty() && found.iter().all(|name| !name.starts_with("z_")), "BTC's columns: {found:?}");
    assert_eq!(caught(&leaks, Stage::Feature, Trial::Revised), [""; 0]);
}

/// The bar that opens when a row is made, as if it had closed by then.
fn peer_by_its_open(history: &History) -> History {
    let mut early = history.clone();
    for bar in &mut early.peers[0].1 {
        bar.candle.ts = bar.candle.ts.minus(HOUR);
        bar.known_at = bar.known_at.minus(HOUR);
    }
    early
}

#[test]
fn forecasts_from_a_peer_joined_by_its_open() {
    let mut planted = Planted::rows(|program, history, to| program.rows(history, to).unwrap());
    planted.seen = peer_by_its_open;
    let leaks = check(&planted, &history(), &plan(&cuts(), 0), &|_, _, _| {}).unwrap().leaks;
    assert!(leaks.iter().all(|leak| leak.stage == Stage::Forecast));
    for trial in [Trial::Cut, Trial::Corrupted] {
        let found = caught(&leaks, Stage::Forecast, trial);
        assert!(found.contains(&"price_direction") && found.contains(&"ensemble"), "{trial:?}: {found:?}");
    }
    assert_eq!(leaks[0].first.unwrap().bar, at(1_799), "the last bar before the cut at which forecasts are compared");
}

#[test]
fn a_value_by_the_time_it_speaks_of() {
    let planted = Planted::rows(|program, history, to| {
        let mut early = history.clone();
        // The newest revision of each, as if it had always been there.
        let observations = &mut early.inputs[0][0].observations;
        observations.sort_by_key(|one| (one.ts, std::cmp::Reverse(one.known_at)));
        observations.dedup_by_key(|one| one.ts);
        observations.iter_mut().for_each(|one| one.known_at = one.ts);
        program.rows(&early, to).unwrap()
    });
    let leaks = leaks(&planted, 0);
    for trial in [Trial::Cut, Trial::Corrupted, Trial::Revised] {
        assert!(caught(&leaks, Stage::Feature, trial).contains(&"fear_greed"), "{trial:?}: {leaks:?}");
    }
}

#[test]
fn labels_that_reach_farther_than_they_say() {
    // Of four bars ahead, and said to be known after one.
    let planted = Planted::rows(four_ahead_said_to_be_one);
    let leaks = leaks(&planted, 0);
    for trial in [Trial::Cut, Trial::Corrupted] {
        let found = caught(&leaks, Stage::Label, trial);
        // Another future may give the same answer.
        assert!(found.contains(&"log return"), "{trial:?}: {found:?}");
        assert!(trial == Trial::Corrupted || found.contains(&"price"), "{found:?}");
    }
}

fn four_ahead_said_to_be_one(program: &Program, history: &History, to: Timestamp) -> Table {
    let frames = frames(history).unwrap();
    let four = table(&frames, history.timeframe, 4, program.from, at(9_999)).unwrap();
    with_known_at(up_to(four, to), history, 1)
}

fn with_known_at(mut table: Table, history: &History, horizon: u32) -> Table {
    table.rows.known_at = table.opens.iter().map(|&open| ahead::known_at(open, history.timeframe, horizon)).collect();
    table
}

#[test]
fn a_label_that_is_there_before_it_is_known() {
    let planted = Planted::rows(|program, history, to| up_to(program.rows(history, at(9_999)).unwrap(), to));
    let leaks = leaks(&planted, 0);
    let found = caught(&leaks, Stage::Label, Trial::Ended);
    assert!(found.contains(&"price"), "{found:?}");
    let leak = leaks.iter().find(|leak| leak.subject == "price").unwrap();
    assert_eq!((leak.before.as_str(), leak.first.unwrap().bar), ("missing", at(1_699)));
    assert_eq!(leaks.iter().filter(|leak| leak.stage != Stage::Label).count(), 0);
}

#[test]
fn folds_without_purge() {
    // The bag believes that labels of four bars ahead are known after one. Weights that move would
    // refuse to follow outcomes so early.
    let fixed = |horizon| {
        let program = program(horizon);
        Program { settings: Settings { recency_bars: None, ..program.settings.clone() }, ..program }
    };
    let mut planted = Planted::learn(4, move |table, to| {
        let believed = with_known_at(table.clone(), &history(), 1);
        fixed(1).learn(&believed, to).unwrap()
    });
    planted.program = fixed(4);
    let leaks = leaks(&planted, 2);
    for trial in [Trial::Geometry, Trial::Withheld] {
        let found = caught(&leaks, Stage::OutOfFold, trial);
        assert!(found.contains(&"price_direction, member 1"), "{trial:?}: {found:?}");
    }
    let leak = leaks.iter().find(|leak| leak.trial == Trial::Geometry).unwrap();
    assert_eq!(leak.after, "trained on");
}

#[test]
fn folds_without_embargo() {
    let planted = Planted::learn(1, |table, to| {
        let honest = program(1);
        let settings = Settings { embargo_bars: 0, ..honest.settings.clone() };
        Program { settings, ..honest }.learn(table, to).unwrap()
    });
    let leaks = leaks(&planted, 2);
    for trial in [Trial::Geometry, Trial::Withheld] {
        // Only the first fold has rows after it.
        let found = caught(&leaks, Stage::OutOfFold, trial);
        assert!(found.contains(&"price_direction, member 0"), "{trial:?}: {found:?}");
    }
    const { assert!(EMBARGO_BARS >= 24, "what the program declares is a day at least") }
}

#[test]
fn stacking_on_rows_that_members_were_trained_on() {
    // The ensemble learns from what all members say, and hands on what it ought to have learnt from.
    let planted = Planted::learn(1, |table, _| {
        let mut learned = LEARNED.clone();
        learned.set.ensemble = program(1).stack(&in_sample(table, &learned, Some(Target::Price)), table).unwrap();
        learned
    });
    let hidden = leaks(&planted, 0);
    assert_eq!(caught(&hidden, Stage::OutOfFold, Trial::Restacked), ["ensemble"]);
    assert_eq!(hidden.len(), 1);
    // Handed on as well.
    let planted = Planted::learn(1, |table, _| {
        let mut learned = LEARNED.clone();
        let inputs = in_sample(table, &learned, None);
        learned.evidence.iter_mut().zip(inputs).for_each(|(evidence, told)| evidence.out_of_fold = told);
        learned
    });
    assert_eq!(
        caught(&leaks(&planted, 0), Stage::OutOfFold, Trial::Retold),
        ["price_direction", "volatility", "volume", "sentiment", "macro"]
    );
}

/// What all members of the specialists say of the rows that most of them were trained on.
fn in_sample(table: &Table, learned: &Learned, target: Option<Target>) -> Vec<OutOfFold> {
    let (mut row, mut scratch) = (vec![0.0; table.rows.x.width()], Vec::new());
    let specialists = learned.set.specialists.iter().zip(&learned.evidence);
    let asked = specialists.filter(|(specialist, _)| target.is_none_or(|target| specialist.target == target));
    asked
        .map(|(specialist, evidence)| {
            let retell = |held: &HeldOut| {
                let place = table.rows.made_at.binary_search(&held.made_at).unwrap();
                table.rows.x.copy_row(place, &mut row);
                let said = specialist.score(&row, &mut scratch).map(|score| score.probability).ok();
                HeldOut { probability: said, fold: 0, ..*held }
            };
            let rows = evidence.out_of_fold.rows().iter().map(retell).collect();
            let folds = [Fold { trained: Vec::new(), embargo_seconds: 0 }];
            OutOfFold::certify(&specialist.name, &folds, rows).unwrap()
        })
        .collect()
}

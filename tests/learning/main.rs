//! Training, forecasting and evaluating: the same bits on any number of threads and after a
//! reload, and faults that are told.

mod commands;
mod market;
mod paths;
mod trading;
#[path = "../support/trading.rs"]
mod trading_support;

use shoal::{
    domain::{Asset, Frame, Reading, Target, Timeframe, Verdict},
    features::{engine::peers, inputs::INPUTS},
    io::artifact,
    models::{learn::Online, specialist::Opinion},
    pipeline::forecaster::{self, InvalidModelSet, Learned, ModelSet, Settings, Subject, Table, Trained},
    units::Timestamp,
    validation::forecast::{Prediction, predict},
};

const BARS: usize = 2_700;
const WARM: usize = 500;
/// Hourly moves of a calm market.
const USUAL: f64 = 0.004;

fn subject() -> Subject {
    Subject { venue: "binance_perp".into(), asset: Asset::new("ETH"), timeframe: Timeframe::H1 }
}

/// ETH led by BTC, with one macro series that is known now and then.
fn frames() -> Vec<Frame> {
    let (own, btc) =
        (market::candles(1, BARS as u64, 2_000.0, USUAL), market::candles(2, BARS as u64, 40_000.0, USUAL));
    let count = peers("binance_perp", &Asset::new("ETH")).len();
    let frame = |bar: usize| {
        let mut peers = vec![None; count];
        peers[0] = (bar % 50 != 7).then_some(btc[bar]);
        let mut readings = vec![Reading::MISSING; INPUTS.len()];
        readings[0] = Reading { value: 50.0 + (bar / 24 % 30) as f64, age_hours: (bar % 24) as f64 };
        Frame { bar: own[bar], peers, readings }
    };
    (0..BARS).map(frame).collect()
}

fn at(bar: usize) -> Timestamp {
    Timestamp(market::START + 3_600 * bar as u64)
}

fn table(frames: &[Frame], to: usize) -> Table {
    forecaster::table(frames, Timeframe::H1, 1, at(WARM), at(to)).unwrap()
}

fn trained(table: &Table, threads: usize) -> Learned {
    let settings = Settings { folds: 2, sets: 1, ..Settings::new(1, 7, threads) };
    let trained = Trained { from: at(WARM), to: at(2_600), rows: table.rows.len() as u64, seed: 7, data: vec![] };
    forecaster::train(subject(), table, trained, &settings, &|_, _, _| {}).unwrap()
}

fn bits(predictions: &[Prediction]) -> Vec<(u64, &str, u64, u64)> {
    let of = |p: &'_ Prediction| (p.ts.0, p.told.probability.to_bits(), p.told.lower.to_bits());
    predictions.iter().map(|p| (of(p).0, p.told.model.as_str(), of(p).1, of(p).2)).collect()
}

#[test]
fn training_and_reloading_give_the_same_bits() {
    let frames = frames();
    let table = table(&frames, 2_600);
    let learned = trained(&table, 1);
    learners_begin_with_what_their_models_said_unseen(&learned, &table);
    let set = learned.set;
    assert_eq!(set, trained(&table, 3).set, "on any number of threads");
    set.validate().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("set.model");
    artifact::write(&path, &set).unwrap();
    let reloaded: ModelSet = artifact::read(&path).unwrap();
    assert_eq!(reloaded, set);
    let (ours, theirs) = (
        predict(set.clone(), &frames, at(2_600), at(BARS)).unwrap(),
        predict(reloaded, &frames, at(2_600), at(BARS)).unwrap(),
    );
    assert_eq!(bits(&ours), bits(&theirs));
    assert_eq!(ours.len(), 6 * (BARS - 2_600), "five specialists and the ensemble");
    assert!(ours.iter().all(|p| p.told.probability > 0.0 && p.told.probability < 1.0));
    assert!(ours.iter().all(|p| (0.0..=p.told.probability).contains(&p.told.lower)));
    what_is_said_does_not_depend_on_when_it_was_asked(&set, &frames, &ours);
    each_target_teaches_its_own_learner(&set, &frames, &ours);
    what_is_withheld_teaches_nothing(&set, &frames);
    for damage in [
        |set: &mut ModelSet| set.features += 1,
        |set: &mut ModelSet| set.columns -= 1,
        |set: &mut ModelSet| set.horizon = 0,
        |set: &mut ModelSet| drop(set.specialists.remove(0)),
        |set: &mut ModelSet| set.familiar.push(u16::MAX),
        |set: &mut ModelSet| set.learners[0].columns.0.truncate(1),
        |set: &mut ModelSet| set.learners[1].columns.0[0] = u16::MAX,
    ] {
        let mut damaged = set.clone();
        damage(&mut damaged);
        assert!(damaged.validate().is_err());
    }
    for damage in [
        |set: &mut ModelSet| set.learners[1].model = "volume".to_owned(),
        |set: &mut ModelSet| set.learners[0].model = "price_direction".to_owned(),
        |set: &mut ModelSet| set.learners.swap(1, 2),
        |set: &mut ModelSet| set.learners.push(set.learners[2].clone()),
        |set: &mut ModelSet| drop(set.learners.pop()),
    ] {
        let mut damaged = set.clone();
        damage(&mut damaged);
        assert!(matches!(damaged.validate(), Err(InvalidModelSet::Learners)));
    }
}

/// With what stands in the file of how they were made.
fn learners_begin_with_what_their_models_said_unseen(learned: &Learned, table: &Table) {
    let Learned { set, evidence } = learned;
    for (specialist, evidence) in set.specialists.iter().zip(evidence) {
        let Some(learner) = set.learners.iter().find(|learner| learner.model == specialist.name) else { continue };
        let told: Vec<f64> = evidence.out_of_fold.rows().iter().filter_map(|held| held.probability).collect();
        let (_, prior) = set.parameters.priors.iter().find(|(name, _)| *name == specialist.name).unwrap();
        let rows = table.rows.take(&learner.columns.0, &table.rows.answered(specialist.target)).unwrap();
        assert!(Online::start(&rows, &told, prior).unwrap() == learner.online, "{}", specialist.name);
    }
}

/// A bar far from all that was trained on: the ensemble abstains, the others speak and learn.
fn what_is_withheld_teaches_nothing(set: &ModelSet, frames: &[Frame]) {
    let mut forecaster = forecaster::Forecaster::new(set.clone(), frames[0].peers.len());
    frames[..2_640].iter().for_each(|frame| drop(forecaster.ask(frame).unwrap()));
    let mut wild = frames[2_640].clone();
    wild.bar.close *= 1.5;
    wild.bar.high = 2.0 * wild.bar.close;
    wild.bar.volume *= 1e6;
    let verdict = forecaster.ask(&wild).unwrap().1;
    assert!(matches!(verdict, Verdict::Abstention { withheld: Some(_), .. }), "{verdict:?}");
    let before = forecaster.model_set().learners.clone();
    forecaster.ask(&frames[2_641]).unwrap();
    let after = &forecaster.model_set().learners;
    assert_eq!([0, 1, 2].map(|at| after[at] != before[at]), [false, true, true]);
}

/// What is learnt is what followed, of each target apart, and it is added to what is said as trained.
fn each_target_teaches_its_own_learner(set: &ModelSet, frames: &[Frame], told: &[Prediction]) {
    let mut forecaster = forecaster::Forecaster::new(set.clone(), frames[0].peers.len());
    frames[..2_600].iter().for_each(|frame| drop(forecaster.ask(frame).unwrap()));
    let deviation = |bar: usize| {
        let closes: Vec<f64> = frames[bar - 19..=bar].iter().map(|frame| frame.bar.close).collect();
        let mean = closes.iter().sum::<f64>() / 20.0;
        closes.iter().map(|close| (close - mean).powi(2)).sum::<f64>()
    };
    let answer = |target: Target, bar: usize| match target {
        Target::Price => frames[bar + 1].bar.close > frames[bar].bar.close,
        Target::Volatility => deviation(bar + 1) > deviation(bar),
        Target::Volume => frames[bar + 1].bar.volume > frames[bar].bar.volume,
    };
    let mut expected = set.learners.clone();
    for (bar, frame) in frames.iter().enumerate().take(2_680).skip(2_600) {
        let verdict = forecaster.ask(frame).unwrap().1;
        let why = forecaster.reasons(&verdict, 0);
        for learner in &mut expected {
            let model = &learner.model;
            let said = told.iter().find(|p| p.ts == at(bar) && p.told.model == *model).unwrap().told.probability;
            let reason = why.iter().find(|one| one.model == *model && one.part == "learnt").unwrap();
            let p = match set.specialists.iter().find(|one| one.name == *model) {
                Some(specialist) => {
                    let score = specialist.score(forecaster.row(), &mut vec![]).unwrap();
                    let lesson = learner.lesson(forecaster.row(), score.probability);
                    bounds_move_with_it(&specialist.opinion(&score, None), &specialist.opinion(&score, Some(&lesson)));
                    score.probability
                }
                None => as_trained(&verdict),
            };
            let lesson = learner.lesson(forecaster.row(), p);
            assert!((reason.log_odds - lesson.learnt()).abs() < 1e-12 && reason.value == said, "{model}, bar {bar}");
            assert!((said - lesson.said()).abs() < 1e-12, "{model}, bar {bar}");
            assert_eq!(lesson.learnt() == 0.0, bar == 2_600, "{model}, bar {bar}");
            learner.online.learn(&lesson, answer(learner.target, bar));
        }
    }
}

fn bounds_move_with_it(before: &Opinion, after: &Opinion) {
    let by = |before: f64, after: f64| (after / (1.0 - after)).ln() - (before / (1.0 - before)).ln();
    let moved = by(before.probability, after.probability);
    for (before, after) in [(before.lower, after.lower), (before.upper, after.upper)] {
        let certain = before == after && [0.0, 1.0].contains(&before);
        assert!(certain || (by(before, after) - moved).abs() < 1e-9, "{before} to {after}, not by {moved}");
    }
    assert!(after.lower <= after.probability && after.probability <= after.upper);
}

/// What the members add up to.
fn as_trained(verdict: &Verdict) -> f64 {
    let combined = verdict.combined().unwrap();
    1.0 / (1.0 + (combined.learnt - combined.log_odds).exp())
}

/// Who goes on learning does so from every bar since the training, whoever asked; and from none
/// before, nor from one whose hour is missing.
fn what_is_said_does_not_depend_on_when_it_was_asked(set: &ModelSet, frames: &[Frame], all: &[Prediction]) {
    const LEARN: [&str; 3] = ["ensemble", "volatility", "volume"];
    let said = |frames: &[Frame], from: usize, to: usize| predict(set.clone(), frames, at(from), at(to)).unwrap();
    let later = said(frames, 2_650, BARS);
    assert_eq!(bits(&all[all.len() - later.len()..]), bits(&later));
    let of = |told: &[Prediction], bar: usize, model: &str| {
        told.iter().find(|p| p.ts == at(bar) && p.told.model == model).unwrap().told.probability
    };
    let told = |told: &[Prediction], bar: usize| LEARN.map(|model| of(told, bar, model));
    // Other outcomes change what is said next, and nothing before.
    let mut other = frames.to_vec();
    let bar = &mut other[2_640].bar;
    bar.close = 2.0 * frames[2_639].bar.close - bar.close;
    (bar.high, bar.low) = (bar.high.max(bar.close), bar.low.min(bar.close));
    bar.volume = frames[2_639].bar.volume.powi(2) / bar.volume;
    let turned = said(&other, 2_600, BARS);
    assert_eq!(told(&turned, 2_639), told(all, 2_639));
    LEARN.iter().for_each(|model| assert_ne!(of(&turned, BARS - 1, model), of(all, BARS - 1, model), "{model}"));
    // Fed from 26 weeks before the end of the training on, however late it is asked.
    let (week, day) = (7 * 86_400, 86_400);
    let begin = |from: u64| forecaster::Forecaster::begin(set, Timestamp(from));
    let to = set.trained.to.0;
    assert_eq!(begin(to + 500 * day), Timestamp(to - 26 * week));
    assert_eq!(begin(to - 50 * day), Timestamp(to - 50 * day - 26 * week));
    // Rows trained on teach nothing: asked from before the end of the training or from there on, it
    // says the same.
    let before = said(frames, 2_550, 2_650);
    assert_eq!(told(&before, 2_649), told(all, 2_649));
    let first = set.learners.clone();
    let mut forecaster = forecaster::Forecaster::new(set.clone(), frames[0].peers.len());
    frames[..2_600].iter().for_each(|frame| drop(forecaster.ask(frame).unwrap()));
    assert_eq!(forecaster.model_set().learners, first);
    // The hour after 2,600 is missing: nobody knows what became of that bar.
    forecaster.ask(&frames[2_600]).unwrap();
    forecaster.ask(&frames[2_602]).unwrap();
    assert_eq!(forecaster.model_set().learners, first);
    forecaster.ask(&frames[2_603]).unwrap();
    let learners = forecaster.model_set().learners.iter().zip(&first);
    learners.for_each(|(after, before)| assert_ne!(after, before, "{}", before.model));
}

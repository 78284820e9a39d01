use super::*;
use crate::{
    domain::{Doubt, Part},
    ensemble::{
        AbstentionParams, FitError, FitReport, Method, Params, ParamsError, RecencyParams,
        synthetic::{HOUR, Hearing, market, out_of_fold, table},
    },
};

const NEVER: AbstentionParams = AbstentionParams { outlier_quantile: None, disagreement_quantile: None };

fn params(method: Method) -> Params {
    Params { method, recency: None, abstention: NEVER }
}

fn stacking() -> Method {
    Method::Stacking { folds: 5, penalties: vec![1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0], intercept: true }
}

fn weighted(weights: &[(&str, f64)]) -> Method {
    Method::WeightedVoting { weights: weights.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect() }
}

fn methods() -> [Method; 4] {
    let weights = weighted(&[("a", 2.0), ("b", 1.0), ("c", 1.0)]);
    [Method::Voting, weights, Method::Blending { validation: 0.5 }, stacking()]
}

/// A good member, a fair one, and noise.
const THREE: [Hearing; 3] = [|t, n| 0.8 * t + 0.4 * n, |t, n| 0.5 * t + 0.6 * n, |_, n| 0.9 * n];

fn fit(method: Method, rows: usize, seed: u64) -> (Ensemble, FitReport) {
    let (outcomes, said) = market(rows, seed, &THREE);
    Ensemble::fit(&params(method), &table(&outcomes, &said), &[]).unwrap()
}

fn said<'a>(names: &[&'a str], probabilities: &[f64]) -> Vec<Said<'a>> {
    names.iter().zip(probabilities).map(|(&member, &p)| Said { member, probability: Ok(p) }).collect()
}

fn combined(verdict: Verdict) -> Combined {
    match verdict {
        Verdict::Forecast { combined, .. } => combined,
        Verdict::Abstention { .. } => panic!("{verdict:?}"),
    }
}

fn mean_loss(ensemble: &Ensemble, outcomes: &[bool], members: &[Vec<f64>]) -> f64 {
    let names: Vec<String> = ensemble.members.iter().map(ToString::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let loss = |(row, outcome): (usize, &bool)| {
        let row: Vec<f64> = members.iter().map(|member| member[row]).collect();
        odds::log_loss(combined(ensemble.forecast(&said(&names, &row), &[]).unwrap()).log_odds, *outcome)
    };
    outcomes.iter().enumerate().map(loss).sum::<f64>() / outcomes.len() as f64
}

#[test]
fn noise_gets_next_to_no_weight_where_weights_are_fitted() {
    for seed in 1..4 {
        for method in [Method::Blending { validation: 0.5 }, stacking()] {
            let (ensemble, report) = fit(method, 4_000, seed);
            let weights = ensemble.weights();
            assert!(weights[2] < 0.08 && weights[0] > 0.6, "seed {seed}: {report:#?}");
        }
    }
}

#[test]
fn a_fitted_ensemble_is_no_worse_than_its_best_member_on_rows_to_come() {
    for seed in 1..6 {
        let (outcomes, members) = market(8_000, seed, &THREE);
        let (then, now) = outcomes.split_at(4_000);
        let past: Vec<Vec<f64>> = members.iter().map(|member| member[..4_000].to_vec()).collect();
        let future: Vec<Vec<f64>> = members.iter().map(|member| member[4_000..].to_vec()).collect();
        let best = future
            .iter()
            .map(|member| {
                let losses = member.iter().zip(now).map(|(p, outcome)| odds::log_loss(odds::log_odds(*p), *outcome));
                losses.sum::<f64>() / now.len() as f64
            })
            .fold(f64::INFINITY, f64::min);
        for method in [Method::Blending { validation: 0.5 }, stacking()] {
            let (ensemble, _) = Ensemble::fit(&params(method.clone()), &table(then, &past), &[]).unwrap();
            let loss = mean_loss(&ensemble, now, &future);
            assert!(loss < best, "seed {seed}, {method:?}: {loss} against {best}");
        }
    }
}

#[test]
fn stacking_chooses_a_strong_penalty_where_the_plain_mean_is_right() {
    // Equal members whose mean is the truth: nothing is to be learnt.
    let (outcomes, said) = market(1_500, 5, &[|t, n| t + 0.3 * n, |t, n| t - 0.3 * n]);
    let (ensemble, report) = Ensemble::fit(&params(stacking()), &table(&outcomes, &said), &[]).unwrap();
    assert_eq!(report.penalties.len(), 6);
    assert!(report.penalties.is_sorted_by(|a, b| a.log_loss <= b.log_loss), "{report:?}");
    assert!((ensemble.weights()[0] - 0.5).abs() < 0.1, "{report:?}");
}

#[test]
fn votes_say_what_such_votes_were_followed_by() {
    let (outcomes, members) = market(6_000, 7, &[|t, n| t + n, |t, n| t + n, |t, n| t + n]);
    let (ensemble, _) = Ensemble::fit(&params(Method::Voting), &table(&outcomes, &members), &[]).unwrap();
    for votes in 0..=3 {
        let with = |row: &usize| members.iter().filter(|member| member[*row] > 0.5).count() == votes;
        let rows: Vec<usize> = (0..outcomes.len()).filter(with).collect();
        let share = rows.iter().filter(|row| outcomes[**row]).count() as f64 / rows.len() as f64;
        let told: Vec<f64> = (0..3).map(|member| if member < votes { 0.9 } else { 0.4 }).collect();
        let told = combined(ensemble.forecast(&said(&["a", "b", "c"], &told), &[]).unwrap()).probability;
        assert!((told - share).abs() < 0.03, "{votes} of 3: {told}, it was {share}");
    }
    // How sure a voter is does not matter, half a vote is none, and rivals cancel out.
    let tell = |p: &[f64]| combined(ensemble.forecast(&said(&["a", "b", "c"], p), &[]).unwrap()).log_odds;
    assert_eq!(tell(&[0.51, 0.6, 0.1]), tell(&[0.99, 0.7, 0.4]));
    assert!((tell(&[0.9, 0.1, 0.5]) - ensemble.combiner.intercept).abs() < 1e-15);
}

#[test]
fn votes_that_are_wrong_count_nothing_instead_of_the_opposite() {
    let (outcomes, members) = market(2_000, 8, &[|t, _| -t, |t, n| n - t]);
    let (ensemble, _) = Ensemble::fit(&params(Method::Voting), &table(&outcomes, &members), &[]).unwrap();
    assert_eq!(ensemble.combiner.slope, 0.0);
    let (ensemble, _) = Ensemble::fit(&params(stacking()), &table(&outcomes, &members), &[]).unwrap();
    assert!(ensemble.combiner.slope < 0.01, "{ensemble:?}");
}

#[test]
fn given_weights_are_scaled_and_must_name_every_member() {
    let (ensemble, _) = fit(weighted(&[("a", 2.0), ("b", 1.0), ("c", 1.0)]), 100, 1);
    assert_eq!(ensemble.weights(), [0.5, 0.25, 0.25]);
    let forecast = combined(ensemble.forecast(&said(&["a", "b", "c"], &[0.75, 0.25, 0.5]), &[]).unwrap());
    // ln 3 (0.5 - 0.25).
    assert!((forecast.log_odds - 0.25 * 3.0_f64.ln()).abs() < 1e-12);
    let (outcomes, members) = market(100, 1, &THREE);
    let wrong = |weights: &[(&str, f64)]| {
        Ensemble::fit(&params(weighted(weights)), &table(&outcomes, &members), &[]).unwrap_err()
    };
    let missing = wrong(&[("a", 1.0), ("b", 1.0)]);
    assert_eq!(missing, FitError::Params(ParamsError::NoWeight { member: "c".to_owned() }));
    let extra = wrong(&[("a", 1.0), ("b", 1.0), ("c", 1.0), ("d", 1.0)]);
    assert_eq!(extra, FitError::Params(ParamsError::NoSuchMember { member: "d".to_owned() }));
    for weight in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(wrong(&[("a", weight), ("b", 1.0), ("c", 1.0)]), FitError::Params(ParamsError::Value { .. })));
    }
    let zero = wrong(&[("a", 0.0), ("b", 0.0), ("c", 0.0)]);
    assert_eq!(zero, FitError::Params(ParamsError::WeightSum { sum: 0.0 }));
}

#[test]
fn the_order_of_members_changes_no_bit() {
    let (outcomes, members) = market(600, 9, &THREE);
    let named = |name: &str, member: &[f64]| {
        out_of_fold(name, &outcomes, &member.iter().copied().map(Some).collect::<Vec<_>>())
    };
    let [a, b, c] = [named("a", &members[0]), named("b", &members[1]), named("c", &members[2])];
    let one = Table::join(&[a.clone(), b.clone(), c.clone()]).unwrap();
    let other = Table::join(&[c, a, b]).unwrap();
    for method in methods() {
        let fit = |table: &Table| Ensemble::fit(&params(method.clone()), table, &[]).unwrap().0;
        let (one, other) = (fit(&one), fit(&other));
        assert_eq!(one, other);
        let forecast = one.forecast(&said(&["a", "b", "c"], &[0.7, 0.4, 0.6]), &[]).unwrap();
        assert_eq!(forecast, other.forecast(&said(&["b", "c", "a"], &[0.4, 0.6, 0.7]), &[]).unwrap());
    }
}

#[test]
fn absent_members_are_survived_and_told() {
    for method in methods() {
        let (ensemble, _) = fit(method, 600, 2);
        let failing = [Said { member: "a", probability: Ok(f64::NAN) }, Said { member: "b", probability: Ok(0.6) }];
        let Verdict::Forecast { combined, absent, .. } = ensemble.forecast(&failing, &[]).unwrap() else { panic!() };
        let [part] = combined.parts.as_slice() else { panic!("{combined:?}") };
        assert_eq!((&*part.member, part.probability, part.weight), ("b", 0.6, 1.0));
        assert!(combined.probability.is_finite());
        let why: Vec<_> = absent.iter().map(|absent| (&*absent.member, &absent.why)).collect();
        assert_eq!(why, [("a", &Absence::NotFinite), ("c", &Absence::Silent)]);

        let reason = "no macro series".to_owned();
        let failing = [
            Said { member: "c", probability: Err(Absence::Failed { reason: reason.clone() }) },
            Said { member: "a", probability: Ok(1.5) },
        ];
        let verdict = ensemble.forecast(&failing, &[]).unwrap();
        assert_eq!(verdict.probability(), None);
        let Verdict::Abstention { cause: Cause::NobodyPresent, withheld: None, absent, doubt } = verdict else {
            panic!()
        };
        let why: Vec<_> = absent.into_iter().map(|absent| absent.why).collect();
        assert_eq!(why, [Absence::OutOfRange { said: 1.5 }, Absence::Silent, Absence::Failed { reason }]);
        assert_eq!(doubt, Doubt::default());
    }
    let (ensemble, _) = fit(Method::Voting, 100, 2);
    let stranger = ensemble.forecast(&said(&["d"], &[0.5]), &[]).unwrap_err();
    assert_eq!(stranger, ForecastError::NoSuchMember { member: "d".to_owned() });
    let twice = ensemble.forecast(&said(&["a", "a"], &[0.5, 0.5]), &[]).unwrap_err();
    assert_eq!(twice, ForecastError::Twice { member: "a".to_owned() });
}

#[test]
fn contributions_add_up_to_the_bit() {
    for method in methods() {
        let (ensemble, _) = fit(method, 600, 3);
        let forecast = combined(ensemble.forecast(&said(&["a", "b", "c"], &[0.71, 0.33, 0.62]), &[]).unwrap());
        let sum = forecast.parts.iter().fold(forecast.intercept, |sum, part| sum + part.contribution);
        assert_eq!(sum.to_bits(), forecast.log_odds.to_bits());
        assert_eq!(odds::probability(sum), forecast.probability);
        let weight: f64 = forecast.parts.iter().map(|part: &Part| part.weight).sum();
        assert!((weight - 1.0).abs() < 1e-12);
    }
}

#[test]
fn rows_with_gaps_are_learnt_from() {
    let (outcomes, members) = market(3_000, 4, &THREE);
    let gaps = |name: &str, member: &[f64], every: usize| {
        let said: Vec<_> = member.iter().enumerate().map(|(row, p)| (row % every != 0).then_some(*p)).collect();
        out_of_fold(name, &outcomes, &said)
    };
    let gappy = [gaps("a", &members[0], 3), gaps("b", &members[1], 2), gaps("c", &members[2], 5)];
    for method in methods() {
        let (ensemble, report) = Ensemble::fit(&params(method), &Table::join(&gappy).unwrap(), &[]).unwrap();
        assert_eq!(report.members[1].rows, 1_500);
        assert!(report.log_loss < 2.0_f64.ln() - 0.01, "{report:?}");
        assert!(ensemble.weights().iter().all(|weight| weight.is_finite()));
    }
}

#[test]
fn too_little_to_learn_from_is_an_error() {
    let (outcomes, members) = market(60, 1, &THREE);
    let few = table(&outcomes[..49], &members);
    for method in methods() {
        let fault = Ensemble::fit(&params(method), &few, &[]).unwrap_err();
        assert_eq!(fault, FitError::TooFewRows { slice: "ensemble", rows: 49, needed: 50 });
    }
    let fault = Ensemble::fit(&params(Method::Voting), &table(&[true; 60], &members), &[]).unwrap_err();
    assert_eq!(fault, FitError::OneOutcome { slice: "ensemble" });
    let all = table(&outcomes, &members);
    for (method, slice) in [(Method::Blending { validation: 0.5 }, "validation"), (stacking(), "stacking fold")] {
        let fault = Ensemble::fit(&params(method), &all, &[]).unwrap_err();
        assert!(matches!(fault, FitError::TooFewRows { slice: found, .. } if found == slice), "{fault}");
    }
    for wrong in [
        Method::Blending { validation: 0.0 },
        Method::Blending { validation: f64::NAN },
        Method::Stacking { folds: 1, penalties: vec![1.0], intercept: false },
        Method::Stacking { folds: 3, penalties: vec![], intercept: false },
        Method::Stacking { folds: 3, penalties: vec![0.0], intercept: false },
    ] {
        assert!(matches!(Ensemble::fit(&params(wrong), &all, &[]), Err(FitError::Params(_))));
    }
}

/// A fitted ensemble that abstains, and the features it knows: three columns around 0.
fn careful() -> Ensemble {
    let (outcomes, members) = market(1_000, 6, &THREE);
    let mut state = 17;
    let features: Vec<Vec<f64>> =
        (0..1_000).map(|_| (0..3).map(|_| crate::ensemble::synthetic::noise(&mut state)).collect()).collect();
    let features: Vec<&[f64]> = features.iter().map(Vec::as_slice).collect();
    let abstention = AbstentionParams { outlier_quantile: Some(0.99), disagreement_quantile: Some(0.95) };
    let params = Params { abstention, ..params(Method::Blending { validation: 0.5 }) };
    let (ensemble, _) = Ensemble::fit(&params, &table(&outcomes, &members), &features).unwrap();
    let names = ["a", "b", "c"];
    let withheld = (0..1_000).filter(|row| {
        let told: Vec<f64> = members.iter().map(|member| member[*row]).collect();
        ensemble.forecast(&said(&names, &told), features[*row]).unwrap().probability().is_none()
    });
    let withheld = withheld.count();
    assert!((50..=60).contains(&withheld), "one row in twenty and one in a hundred: {withheld}");
    ensemble
}

#[test]
fn it_abstains_where_the_row_is_strange_or_the_members_quarrel() {
    let ensemble = careful();
    let calm = said(&["a", "b", "c"], &[0.6, 0.55, 0.5]);
    let cause = |said: &[Said<'_>], row: &[f64]| match ensemble.forecast(said, row).unwrap() {
        Verdict::Forecast { .. } => None,
        Verdict::Abstention { cause, withheld, doubt, .. } => {
            assert_eq!(withheld.is_none(), cause == Cause::NobodyPresent);
            assert!(doubt.outlier_limit.is_some() && doubt.disagreement_limit.is_some());
            Some(cause)
        }
    };
    assert_eq!(cause(&calm, &[0.1, -0.3, 0.5]), None);
    let Some(Cause::Outlier { score, limit }) = cause(&calm, &[7.0, -6.0, 8.0]) else { panic!() };
    assert!(score > limit && score > 30.0, "{score} {limit}");
    let loud = said(&["a", "b", "c"], &[0.99, 0.5, 0.01]);
    let Some(Cause::Disagreement { deviation, limit }) = cause(&loud, &[0.0; 3]) else { panic!() };
    assert!((deviation - 99.0_f64.ln()).abs() < 1e-12 && limit < deviation);
    // A source that fails is missing, and no outlier; without any there is nothing to go by.
    assert_eq!(cause(&calm, &[f64::NAN, -0.3, f64::NAN]), None);
    assert_eq!(cause(&calm, &[f64::NAN; 3]), Some(Cause::NoFeatures));
    assert_eq!(cause(&[], &[0.0; 3]), Some(Cause::NobodyPresent));
    // One alone agrees with itself.
    assert_eq!(cause(&said(&["a"], &[0.99]), &[0.0; 3]), None);
    let width = ensemble.forecast(&calm, &[0.0]).unwrap_err();
    assert_eq!(width, ForecastError::Width { width: 1, expected: 3 });
}

#[test]
fn a_reloaded_ensemble_is_the_same_and_a_forged_one_is_refused() {
    let careful = careful();
    let text = serde_json::to_string(&careful).unwrap();
    let read: Ensemble = serde_json::from_str(&text).unwrap();
    assert_eq!(read, careful);
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    for (from, to) in [
        ("[\"a\",\"b\",\"c\"]", "[\"a\",\"b\"]"),
        ("[\"a\",\"b\",\"c\"]", "[\"b\",\"a\",\"c\"]"),
        ("[\"a\",\"b\",\"c\"]", "[]"),
        ("\"slope\":1.0", "\"slope\":-1.0"),
        ("\"slope\":1.0", "\"slope\":1e999"),
        ("\"weights\":[", "\"weights\":[0.1,"),
        ("\"voice\":\"log_odds\"", "\"voice\":\"shout\""),
        ("\"spread\":", "\"spread\":-"),
        ("\"recency\":null,", ""),
    ] {
        assert!(text.contains(from), "{from}: {text}");
        let forged = text.replacen(from, to, 1);
        let read = serde_json::from_str::<Ensemble>(&forged);
        // Serde takes an option that is not there for none: nothing is lost with it.
        assert!(read.is_err() || from.contains("null"), "{to}");
    }
    for end in 0..text.len() {
        assert!(serde_json::from_str::<Ensemble>(&text[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn parameters_are_read_from_text() {
    let text = r#"{"method":{"stacking":{"folds":5,"penalties":[0.01,1.0]}},"recency":null,
        "abstention":{"outlier_quantile":0.999,"disagreement_quantile":null}}"#;
    let read: Params = serde_json::from_str(text).unwrap();
    assert_eq!(read.method, Method::Stacking { folds: 5, penalties: vec![0.01, 1.0], intercept: false });
    assert_eq!(serde_json::from_str::<Params>(&serde_json::to_string(&read).unwrap()).unwrap(), read);
    assert!(serde_json::from_str::<Params>(&text.replace("folds", "fold")).is_err());
    assert!(serde_json::from_str::<Params>(&text.replace("stacking", "guessing")).is_err());
}

mod recency;

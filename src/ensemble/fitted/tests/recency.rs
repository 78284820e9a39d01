//! Weights that follow recent losses.

use super::*;

fn recency() -> RecencyParams {
    RecencyParams {
        horizon_seconds: HOUR,
        half_life_seconds: 100 * HOUR,
        rate: 1.0,
        floor: 0.02,
        cap: 0.9,
        max_step: 0.05,
    }
}

#[test]
fn a_member_that_turns_bad_loses_its_weight() {
    let (outcomes, members) = market(1_000, 3, &THREE);
    let params = Params { recency: Some(recency()), ..params(stacking()) };
    let (mut ensemble, _) = Ensemble::fit(&params, &table(&outcomes, &members), &[]).unwrap();
    let before = ensemble.weights().to_vec();
    assert!(before[0] > 0.5, "{before:?}");
    // From now on the best says the opposite of what it knows.
    let turned: [Hearing; 3] = [|t, n| -THREE[0](t, n), THREE[1], THREE[2]];
    let (outcomes, members) = market(400, 33, &turned);
    let mut last: Option<(Timestamp, bool)> = None;
    for (row, outcome) in outcomes.iter().enumerate() {
        let now = Timestamp(HOUR * (10_000 + row as u64));
        ensemble.resolve(now, last.as_slice()).unwrap();
        let told: Vec<f64> = members.iter().map(|member| member[row]).collect();
        let verdict = ensemble.forecast(&said(&["a", "b", "c"], &told), &[]).unwrap();
        ensemble.note(now, &verdict).unwrap();
        last = Some((now, *outcome));
    }
    let after = ensemble.weights();
    assert!(after[0] < 0.06 && after[1] > 0.8, "{before:?} to {after:?}");
    assert!((after.iter().sum::<f64>() - 1.0).abs() < 1e-9);
}

#[test]
fn warming_up_is_living_through_it() {
    let (outcomes, members) = market(300, 3, &THREE);
    let all = table(&outcomes, &members);
    let params = Params { recency: Some(recency()), ..params(Method::Blending { validation: 1.0 }) };
    let (mut ensemble, _) = Ensemble::fit(&params, &all, &[]).unwrap();
    let mut lived = ensemble.clone();
    ensemble.warm_up(&all).unwrap();
    for row in 0..=300_usize {
        let now = Timestamp(HOUR * (row as u64 + 1));
        let known = row.checked_sub(1).map(|past| (Timestamp(HOUR * row as u64), outcomes[past]));
        lived.resolve(now, known.as_slice()).unwrap();
        if row < 300 {
            let told: Vec<f64> = members.iter().map(|member| member[row]).collect();
            let verdict = lived.forecast(&said(&["a", "b", "c"], &told), &[]).unwrap();
            lived.note(now, &verdict).unwrap();
        }
    }
    assert_eq!(ensemble.recency().unwrap().pending(), 0);
    let near = ensemble.weights().iter().zip(lived.weights()).all(|(a, b)| (a - b).abs() < 1e-12);
    assert!(near, "{:?} {:?}", ensemble.weights(), lived.weights());
    let mut fixed = Ensemble { recency: None, ..ensemble };
    fixed.warm_up(&all).unwrap();
    assert_eq!(fixed.weights(), fixed.combiner.weights);
}

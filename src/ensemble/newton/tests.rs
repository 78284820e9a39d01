use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::ensemble::synthetic::{market, noise, uniform};

fn rows(outcomes: Vec<bool>, said: &[Vec<f64>]) -> Rows {
    let inputs = (0..outcomes.len()).flat_map(|row| said.iter().map(move |said| odds::log_odds(said[row])));
    Rows { inputs: inputs.collect(), width: said.len(), outcomes }
}

fn near(a: &[f64], b: &[f64], by: f64) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < by)
}

#[derive(Deserialize)]
struct Golden {
    said: Vec<Vec<f64>>,
    outcomes: Vec<u8>,
    sklearn: Vec<Fitted>,
    bounded: Vec<Fitted>,
    simplex: Blend,
}

#[derive(Deserialize)]
struct Fitted {
    penalty: f64,
    intercept: f64,
    weights: Vec<f64>,
}

#[derive(Deserialize)]
struct Blend {
    weights: Vec<f64>,
    log_loss: f64,
}

impl Golden {
    fn load() -> Self {
        serde_json::from_str(include_str!("../../../tests/ensemble_golden/golden.json")).unwrap()
    }

    fn rows(&self, width: usize) -> Rows {
        let inputs = self.said.iter().flat_map(|row| row[..width].to_vec()).collect();
        Rows { inputs, width, outcomes: self.outcomes.iter().map(|outcome| *outcome == 1).collect() }
    }
}

#[test]
fn equals_scikit_learn() {
    let golden = Golden::load();
    let rows = golden.rows(2);
    assert_eq!(golden.sklearn.len(), 4);
    for Fitted { penalty, intercept, weights } in &golden.sklearn {
        let found = minimise(&rows, *penalty, &[0.0; 2], Bounds::NonNegative);
        assert!(near(&found.weights, weights, 1e-9), "{penalty}: {found:?} {weights:?}");
        assert!((found.intercept - intercept).abs() < 1e-9, "{penalty}: {found:?} {intercept}");
    }
}

#[test]
fn equals_scipy_within_bounds() {
    let golden = Golden::load();
    let rows = golden.rows(3);
    assert_eq!(golden.bounded.len(), 5);
    for Fitted { penalty, intercept, weights } in &golden.bounded {
        let found = minimise(&rows, *penalty, &[1.0 / 3.0; 3], Bounds::NonNegative);
        assert!(near(&found.weights, weights, 1e-6), "{penalty}: {found:?} {weights:?}");
        assert!((found.intercept - intercept).abs() < 1e-6, "{penalty}: {found:?} {intercept}");
    }
    assert_eq!(golden.bounded[0].weights[2], 0.0, "the bound binds");
    let found = minimise(&rows, 0.0, &[1.0 / 3.0; 3], Bounds::Simplex);
    assert!(near(&found.weights, &golden.simplex.weights, 1e-6), "{found:?}");
    assert!((mean_log_loss(&rows, 0.0, &found.weights) - golden.simplex.log_loss).abs() < 1e-12);
}

#[test]
fn hand_computed() {
    // Input 1 in every row, 3 of 4 came true: intercept and weight share ln 3; a penalty towards
    // 0.25 on the weight leaves it there, and the free intercept makes up the rest.
    let rows = Rows { inputs: vec![1.0; 4], width: 1, outcomes: vec![true, true, false, true] };
    let found = minimise(&rows, 0.5, &[0.25], Bounds::NonNegative);
    assert!((found.weights[0] - 0.25).abs() < 1e-9, "{found:?}");
    assert!((found.intercept + found.weights[0] - 3.0_f64.ln()).abs() < 1e-9, "{found:?}");
    // One member alone has the whole weight.
    assert_eq!(minimise(&rows, 0.0, &[1.0], Bounds::Simplex).weights, [1.0]);
}

#[test]
fn separable_rows_end() {
    let inputs: Vec<f64> = (0..100).map(|i| f64::from(i) - 49.5).collect();
    let outcomes = inputs.iter().map(|z| *z > 0.0).collect();
    let rows = Rows { inputs, width: 1, outcomes };
    let found = minimise(&rows, 1e-6, &[1.0], Bounds::NonNegative);
    assert!(found.weights[0].is_finite() && found.weights[0] > 1.0, "{found:?}");
}

#[test]
fn copies_share_equally() {
    let (outcomes, said) = market(500, 3, &[|t, n| t + n, |t, n| 0.5 * t + n]);
    let copied = [said[0].clone(), said[1].clone(), said[0].clone()];
    for bounds in [Bounds::Simplex, Bounds::Origin, Bounds::NonNegative] {
        let two = minimise(&rows(outcomes.clone(), &said), 1e-9, &[0.5; 2], bounds);
        let three = minimise(&rows(outcomes.clone(), &copied), 1e-9, &[1.0 / 3.0; 3], bounds);
        assert!((three.weights[0] - three.weights[2]).abs() < 1e-6, "{three:?}");
        let merged = [three.weights[0] + three.weights[2], three.weights[1]];
        assert!(near(&merged, &two.weights, 1e-6), "{bounds:?}: {two:?} {three:?}");
    }
}

#[test]
fn a_strong_penalty_gives_the_plain_mean() {
    let (outcomes, said) = market(500, 4, &[|t, n| t + n, |_, n| n]);
    let found = minimise(&rows(outcomes, &said), 1e6, &[0.5; 2], Bounds::NonNegative);
    assert!(near(&found.weights, &[0.5; 2], 1e-5), "{found:?}");
}

fn random(seed: u64, width: usize, count: usize) -> Rows {
    let mut state = seed;
    let inputs = (0..width * count).map(|_| 2.0 * noise(&mut state)).collect();
    let outcomes = (0..count).map(|row| row % 7 == 0 || uniform(&mut state) < 0.5).collect();
    Rows { inputs, width, outcomes }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The loss is convex, so nothing within the bounds is better than what is found.
    #[test]
    fn nothing_is_better(seed: u64, width in 1_usize..6, penalty in 0.0..0.5_f64, rival in prop::collection::vec(0.0..1.0_f64, 6)) {
        let rows = random(seed, width, 60);
        let toward = vec![1.0 / width as f64; width];
        let rival = &rival[..width];
        let sum: f64 = rival.iter().sum::<f64>().max(1e-9);
        let scaled: Vec<f64> = rival.iter().map(|w| w / sum).collect();
        for (bounds, rival) in [(Bounds::NonNegative, rival), (Bounds::Origin, rival), (Bounds::Simplex, &scaled)] {
            let problem = Problem { rows: &rows, penalty, toward: &toward, bounds };
            let value = |intercept: f64, weights: &[f64]| {
                problem.value(&weights.iter().copied().chain([intercept]).collect::<Vec<_>>())
            };
            let found = minimise(&rows, penalty, &toward, bounds);
            prop_assert!(found.weights.iter().all(|w| *w >= 0.0));
            if bounds == Bounds::Simplex {
                prop_assert!((found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            }
            if bounds != Bounds::NonNegative {
                prop_assert_eq!(found.intercept, 0.0);
            }
            let best = value(found.intercept, &found.weights);
            prop_assert!(best <= value(found.intercept, rival) + 1e-10);
            for member in 0..width {
                let alone: Vec<f64> = (0..width).map(|at| if at == member { 1.0 } else { 0.0 }).collect();
                prop_assert!(best <= value(found.intercept, &alone) + 1e-10, "member {} alone", member);
            }
            // No mass moved from one member to another helps.
            for (from, to) in (0..width).flat_map(|from| (0..width).map(move |to| (from, to))) {
                let mut other = found.weights.clone();
                let mass = other[from].min(1e-3);
                other[from] -= mass;
                other[to] += mass;
                prop_assert!(best <= value(found.intercept, &other) + 1e-12);
            }
        }
    }

    #[test]
    fn the_order_of_members_does_not_matter(seed: u64, turn in 1_usize..4) {
        let rows = random(seed, 4, 60);
        let mut turned = rows.clone();
        turned.inputs.chunks_exact_mut(4).for_each(|row| row.rotate_left(turn));
        for bounds in [Bounds::NonNegative, Bounds::Origin, Bounds::Simplex] {
            let mut found = minimise(&rows, 0.01, &[0.25; 4], bounds);
            let other = minimise(&turned, 0.01, &[0.25; 4], bounds);
            found.weights.rotate_left(turn);
            prop_assert!(near(&found.weights, &other.weights, 1e-9), "{:?} {:?}", found, other);
        }
    }
}

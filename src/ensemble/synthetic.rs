//! Members whose worth is known, for tests.

use super::{odds, table::Table};
use crate::{
    domain::{Fold, HeldOut, OutOfFold},
    units::Timestamp,
};

pub(super) const HOUR: u64 = 3_600;

/// Uniform in 0..1 (splitmix64).
pub(super) fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// About normal: mean 0, variance 1.
pub(super) fn noise(state: &mut u64) -> f64 {
    (0..12).map(|_| uniform(state)).sum::<f64>() - 6.0
}

/// How a member comes to its log-odds from the true ones and its own noise.
pub(super) type Hearing = fn(truth: f64, noise: f64) -> f64;

/// Hourly bars with true log-odds of deviation 1 and outcomes drawn from them: what happened, and
/// what each member says.
pub(super) fn market(rows: usize, seed: u64, members: &[Hearing]) -> (Vec<bool>, Vec<Vec<f64>>) {
    let mut state = seed;
    let mut outcomes = Vec::with_capacity(rows);
    let mut said = vec![Vec::with_capacity(rows); members.len()];
    for _ in 0..rows {
        let truth = noise(&mut state);
        outcomes.push(uniform(&mut state) < odds::probability(truth));
        for (said, hear) in said.iter_mut().zip(members) {
            said.push(odds::probability(hear(truth, noise(&mut state))));
        }
    }
    (outcomes, said)
}

/// One member's rows, an hour apart, each known an hour later, from a learner trained before them.
pub(super) fn out_of_fold(name: &str, outcomes: &[bool], said: &[Option<f64>]) -> OutOfFold {
    let rows = outcomes.iter().zip(said).zip(1..).map(|((&outcome, &probability), hour)| HeldOut {
        made_at: Timestamp(HOUR * hour),
        known_at: Timestamp(HOUR * (hour + 1)),
        fold: 0,
        probability,
        outcome,
    });
    OutOfFold::certify(name, &[Fold { trained: Vec::new(), embargo_seconds: 0 }], rows.collect()).unwrap()
}

/// Members named `a`, `b`, `c` and so on.
pub(super) fn table(outcomes: &[bool], said: &[Vec<f64>]) -> Table {
    let named = said.iter().zip('a'..).map(|(said, name)| {
        let said: Vec<Option<f64>> = said.iter().copied().map(Some).collect();
        out_of_fold(&name.to_string(), outcomes, &said)
    });
    Table::join(&named.collect::<Vec<_>>()).unwrap()
}

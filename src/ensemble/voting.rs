//! Plain voting: one member, one vote.
//!
//! The share of votes is no probability: three of three votes for direction have been followed by
//! a rise perhaps 56 times in 100. So the share is mapped by a logistic curve fitted to what such
//! shares were followed by, rising or flat, never falling.

use super::{
    combiner::{Combiner, Voice},
    newton::{self, Bounds, Rows},
    table::Table,
};

/// Of the normal prior on the slope, in log-odds between no vote and all votes: it matters only
/// where votes never failed, and keeps the slope finite there.
const SLOPE_DEVIATION: f64 = 4.0;

pub(super) fn fit(table: &Table) -> Combiner {
    let share = |said: &[Option<f64>]| {
        let votes = said.iter().flatten().map(|&z| Voice::Vote.of(z));
        let (sum, count) = votes.fold((0.0, 0_u32), |(sum, count), vote| (sum + vote, count + 1));
        sum / f64::from(count.max(1))
    };
    let inputs = table.iter().map(|(_, said)| share(said)).collect();
    let outcomes = table.rows().iter().map(|row| row.outcome).collect();
    let penalty = 1.0 / (SLOPE_DEVIATION.powi(2) * table.len().max(1) as f64);
    let fitted = newton::minimise(&Rows { inputs, width: 1, outcomes }, penalty, &[0.0], Bounds::NonNegative);
    let members = table.members().len();
    Combiner {
        voice: Voice::Vote,
        intercept: fitted.intercept,
        slope: fitted.weights.iter().sum(),
        weights: vec![1.0 / members as f64; members],
    }
}

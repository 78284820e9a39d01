//! Blending: the mean of log-odds whose weights did best on a later slice.
//!
//! `minimise over the simplex: mean log loss of sum of weight * log-odds` (a logarithmic opinion
//! pool: Genest and Zidek, "Combining Probability Distributions", Statistical Science 1, 1986). The
//! loss is convex in the log-odds, so the minimum is one, and over its rows never worse than the
//! best member's.

use super::{
    combiner::Combiner,
    error::{self, FitError},
    newton::{self, Bounds},
    table::Table,
};

/// Shares the weight of members that are copies of each other equally among them; far below
/// anything that log losses tell.
const TIE_BREAK: f64 = 1e-9;

/// Fits on the last `validation` of the rows.
pub(super) fn fit(table: &Table, validation: f64) -> Result<Combiner, FitError> {
    let from = ((1.0 - validation) * table.len() as f64) as usize;
    let rows = table.inputs(from..table.len());
    error::enough("validation", &rows.outcomes)?;
    let members = table.members().len();
    let equal = vec![1.0 / members as f64; members];
    Ok(Combiner::mean(newton::minimise(&rows, TIE_BREAK, &equal, Bounds::Simplex).weights))
}

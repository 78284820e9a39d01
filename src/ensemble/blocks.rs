//! Blocks in time, each with the rows that were known before it.

use super::table::Row;

/// Of `folds + 1` blocks in time, all but the first, each with the rows before it whose outcome was
/// known when it began.
pub(super) fn blocks(
    rows: &[Row],
    folds: usize,
) -> impl Iterator<Item = (std::ops::Range<usize>, std::ops::Range<usize>)> {
    let start = move |block: usize| rows.len() * block / (folds + 1);
    (1..=folds).map(move |block| (0..known_before(rows, start(block)), start(block)..start(block + 1)))
}

/// How many of the first rows lie before row `at` with their outcomes known when it was made.
fn known_before(rows: &[Row], at: usize) -> usize {
    let Some(begins) = rows.get(at).map(|row| row.made_at) else { return 0 };
    rows.iter().take(at).position(|row| row.known_at > begins).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Timestamp;

    #[test]
    fn a_block_is_forecast_from_outcomes_that_were_known() {
        let row = |at| Row { made_at: Timestamp(at), known_at: Timestamp(at + 4), outcome: true };
        let rows: Vec<Row> = (0..20).map(row).collect();
        assert_eq!(known_before(&rows, 10), 7, "row 6 is known at 10, row 7 at 11");
        assert_eq!(known_before(&rows, 3), 0);
        let apart: Vec<Row> = (0..20).map(|at| row(10 * at)).collect();
        assert_eq!(known_before(&apart, 10), 10);
        let cut: Vec<_> = blocks(&rows, 3).collect();
        assert_eq!(cut, [(0..2, 5..10), (0..7, 10..15), (0..12, 15..20)]);
    }
}

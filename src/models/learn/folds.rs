//! Cutting time-ordered rows into folds of which none knows another's labels.
//!
//! A row at `t` has a label that is made of prices up to `t + horizon`. **Purge**: no training row
//! may have a label whose time overlaps that of a test row. **Embargo**: rows just after a test
//! block still carry its prices in their features, so the first of them are left out as well
//! (López de Prado, *Advances in Financial Machine Learning*, ch. 7).

use std::ops::Range;

use crate::units::Timestamp;

/// How far rows reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Seconds from a row to the moment its label is known.
    pub horizon: u64,
    /// Seconds after a test block's last label in which nothing is trained on.
    pub embargo: u64,
}

/// Rows to learn from and rows to predict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    pub train: Vec<u32>,
    /// Ascending blocks. A fold of a shifted set may have two: the two ends of time.
    pub test: Vec<Range<usize>>,
}

impl Fold {
    /// The numbers of the test rows, ascending.
    pub fn test_rows(&self) -> Vec<u32> {
        self.test.iter().flat_map(|block| block.clone().map(|row| row as u32)).collect()
    }
}

/// Why there are no folds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    #[error("row {row} is earlier than the one before")]
    Order { row: usize },
    #[error("{times} different times cannot be cut into {folds} folds (at least 2)")]
    TooFew { times: usize, folds: usize },
    #[error("fold {fold} has no row left to learn from: the horizon and embargo are too long")]
    Empty { fold: usize },
    #[error("the shift is {shift} of {of}: it lies below")]
    Shift { shift: usize, of: usize },
}

/// `count` folds that together test every row once. Each learns from the rows before and after its
/// block, without the purged and the embargoed. Rows of one time stay together. The blocks'
/// borders are moved by `shift / of` of a block, so that sets of folds differ.
///
/// # Errors
/// See [`FoldError`].
pub fn blocked(
    times: &[Timestamp],
    reach: Reach,
    count: usize,
    shift: usize,
    of: usize,
) -> Result<Vec<Fold>, FoldError> {
    if shift >= of {
        return Err(FoldError::Shift { shift, of });
    }
    let starts = starts(times, count, count)?;
    let groups = starts.len();
    // Borders between blocks, as numbers of groups; with a shift, what is cut off at the end of
    // time joins what is left at its beginning.
    let border = |block: usize| starts_at(&starts, times.len(), (block * of + shift) * groups / (count * of));
    let mut folds = Vec::with_capacity(count);
    for block in 0..count {
        let mut test = Vec::with_capacity(2);
        if block + 1 < count || shift == 0 {
            test.push(border(block)..border(block + 1));
        } else {
            test.extend([0..border(0), border(block)..times.len()]);
        }
        test.retain(|block| !block.is_empty());
        let train = (0..times.len()).filter(|&row| test.iter().all(|block| clear(times, row, block, reach)));
        let train: Vec<u32> = train.map(|row| row as u32).collect();
        if train.is_empty() || test.is_empty() {
            return Err(FoldError::Empty { fold: block });
        }
        folds.push(Fold { train, test });
    }
    Ok(folds)
}

/// `count` folds that look forward only: time is cut into `count + first` equal blocks, and each
/// of the last `count` is tested on what was learnt from all before it. Nothing is embargoed:
/// nothing after a test block is learnt from.
///
/// # Errors
/// See [`FoldError`].
pub fn forward(times: &[Timestamp], reach: Reach, count: usize, first: usize) -> Result<Vec<Fold>, FoldError> {
    let blocks = count + first.max(1);
    let starts = starts(times, blocks, count + 1)?;
    let border = |block: usize| starts_at(&starts, times.len(), block * starts.len() / blocks);
    (first.max(1)..blocks)
        .enumerate()
        .map(|(fold, block)| {
            let test = border(block)..border(block + 1);
            let train: Vec<u32> =
                (0..test.start).filter(|&row| clear(times, row, &test, reach)).map(|row| row as u32).collect();
            if train.is_empty() { Err(FoldError::Empty { fold }) } else { Ok(Fold { train, test: vec![test] }) }
        })
        .collect()
}

/// Whether a row may be learnt from when `block` is tested.
fn clear(times: &[Timestamp], row: usize, block: &Range<usize>, reach: Reach) -> bool {
    let (first, last) = (times[block.start], times[block.end - 1]);
    let known = times[row].plus(reach.horizon);
    known <= first && times[row] < first
        || times[row] > last && times[row] >= last.plus(reach.horizon).plus(reach.embargo)
}

/// Where each different time begins.
fn starts(times: &[Timestamp], blocks: usize, needed: usize) -> Result<Vec<usize>, FoldError> {
    if let Some(row) = times.windows(2).position(|pair| pair[1] < pair[0]) {
        return Err(FoldError::Order { row: row + 1 });
    }
    let starts: Vec<usize> = (0..times.len()).filter(|&row| row == 0 || times[row] != times[row - 1]).collect();
    if needed < 2 || starts.len() < blocks {
        return Err(FoldError::TooFew { times: starts.len(), folds: blocks });
    }
    Ok(starts)
}

fn starts_at(starts: &[usize], rows: usize, group: usize) -> usize {
    starts.get(group).copied().unwrap_or(rows)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hours(of: impl IntoIterator<Item = u64>) -> Vec<Timestamp> {
        of.into_iter().map(|hour| Timestamp(1_600_000_000 / 3_600 * 3_600 + 3_600 * hour)).collect()
    }

    /// Whether any label of a training row overlaps that of a test row, or any training row lies
    /// in an embargo: told from the definition, by all pairs.
    fn leaks(times: &[Timestamp], fold: &Fold, reach: Reach) -> bool {
        let tested = fold.test_rows();
        fold.train.iter().any(|&row| {
            let t = times[row as usize].0;
            tested.iter().any(|&other| {
                let s = times[other as usize].0;
                let overlap = t == s || t < s + reach.horizon && s < t + reach.horizon;
                let block = fold.test.iter().find(|block| block.contains(&(other as usize))).unwrap();
                let end = times[block.end - 1].0 + reach.horizon;
                overlap || t > s && t < end + reach.embargo
            })
        })
    }

    #[test]
    fn five_folds_test_every_row_once_and_purge_no_more_than_they_must() {
        let times = hours(0..1_000);
        let reach = Reach { horizon: 4 * 3_600, embargo: 2 * 3_600 };
        let folds = blocked(&times, reach, 5, 0, 2).unwrap();
        assert_eq!(folds[2].test_rows(), (400..600).collect::<Vec<u32>>());
        // Three rows before have labels that end within the block; after its last row three more
        // overlap and two are embargoed.
        let expected: Vec<u32> = (0..397).chain(605..1_000).collect();
        assert_eq!(folds[2].train, expected);
        let shifted = blocked(&times, reach, 5, 1, 2).unwrap();
        assert_eq!(shifted[0].test_rows(), (100..300).collect::<Vec<u32>>());
        assert_eq!(shifted[4].test, [0..100, 900..1_000]);
        assert_eq!(shifted[4].train, (105..897).collect::<Vec<u32>>());
    }

    #[test]
    fn forward_folds_learn_from_the_past_alone() {
        let times = hours(0..600);
        let folds = forward(&times, Reach { horizon: 24 * 3_600, embargo: 3_600 }, 4, 2).unwrap();
        let tested: Vec<_> = folds.iter().map(|fold| fold.test[0].clone()).collect();
        assert_eq!(tested, [200..300, 300..400, 400..500, 500..600]);
        for fold in &folds {
            assert_eq!(fold.train, (0..(fold.test[0].start - 23) as u32).collect::<Vec<_>>());
        }
    }

    #[test]
    fn refuses_what_cannot_be_cut() {
        let reach = Reach { horizon: 3_600, embargo: 0 };
        assert_eq!(blocked(&hours([0, 2, 1]), reach, 2, 0, 1), Err(FoldError::Order { row: 2 }));
        assert_eq!(blocked(&hours([0, 0, 1]), reach, 3, 0, 1), Err(FoldError::TooFew { times: 2, folds: 3 }));
        assert_eq!(blocked(&hours(0..9), reach, 1, 0, 1), Err(FoldError::TooFew { times: 9, folds: 1 }));
        assert_eq!(blocked(&hours(0..9), reach, 3, 2, 2), Err(FoldError::Shift { shift: 2, of: 2 }));
        let long = Reach { horizon: 100 * 3_600, embargo: 0 };
        assert_eq!(blocked(&hours(0..9), long, 3, 0, 1), Err(FoldError::Empty { fold: 0 }));
        assert_eq!(forward(&hours(0..9), long, 2, 1), Err(FoldError::Empty { fold: 0 }));
        assert!(blocked(&[], reach, 2, 0, 1).is_err() && forward(&[], reach, 2, 1).is_err());
    }

    proptest! {
        #[test]
        fn no_fold_leaks_and_every_row_is_tested_once(
            steps in prop::collection::vec(0u64..3, 30..120),
            horizon in 0u64..6, embargo in 0u64..4, count in 2usize..6, shift in 0usize..3,
        ) {
            let mut hour = 0;
            let times = hours(steps.into_iter().map(|step| { hour += step; hour }));
            let reach = Reach { horizon: horizon * 3_600, embargo: embargo * 3_600 };
            if let Ok(folds) = blocked(&times, reach, count, shift, 3) {
                let mut tested: Vec<u32> = folds.iter().flat_map(Fold::test_rows).collect();
                tested.sort_unstable();
                prop_assert_eq!(tested, (0..times.len() as u32).collect::<Vec<_>>());
                for fold in &folds {
                    prop_assert!(!leaks(&times, fold, reach));
                    for block in &fold.test {
                        let same = |row: usize, other: usize| times.get(row).is_some_and(|t| times.get(other) == Some(t));
                        prop_assert!(block.start == 0 || !same(block.start - 1, block.start));
                        prop_assert!(!same(block.end - 1, block.end));
                    }
                }
            }
            if let Ok(folds) = forward(&times, reach, count, 1) {
                for fold in &folds {
                    prop_assert!(!leaks(&times, fold, reach));
                    prop_assert!(fold.train.iter().all(|&row| (row as usize) < fold.test[0].start));
                }
            }
        }
    }
}

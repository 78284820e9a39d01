//! Blocks that are still to be read.

use std::ops::RangeInclusive;

use crate::units::BlockNumber;

/// What of `wanted`, and of what is `owed` before it, is in none of `scanned`.
pub(super) fn unread(
    owed: &[RangeInclusive<BlockNumber>],
    wanted: &RangeInclusive<BlockNumber>,
    scanned: &[RangeInclusive<BlockNumber>],
) -> Vec<RangeInclusive<BlockNumber>> {
    let since = *wanted.start()..=BlockNumber(u64::MAX);
    let before = owed.iter().flat_map(|owed| missing(owed, std::slice::from_ref(&since)));
    before.chain([wanted.clone()]).flat_map(|wanted| missing(&wanted, scanned)).collect()
}

/// What of `wanted` is in none of `scanned`, which ascend and lie apart.
pub(super) fn missing(
    wanted: &RangeInclusive<BlockNumber>,
    scanned: &[RangeInclusive<BlockNumber>],
) -> Vec<RangeInclusive<BlockNumber>> {
    let mut missing = Vec::new();
    let mut next = wanted.start().0;
    for range in scanned {
        let (start, end) = (range.start().0, range.end().0);
        if end < next || start > wanted.end().0 {
            continue;
        }
        if next < start {
            missing.push(BlockNumber(next)..=BlockNumber(start - 1));
        }
        next = end.saturating_add(1);
    }
    if next <= wanted.end().0 {
        missing.push(BlockNumber(next)..=*wanted.end());
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(start: u64, end: u64) -> RangeInclusive<BlockNumber> {
        BlockNumber(start)..=BlockNumber(end)
    }

    #[test]
    fn only_blocks_that_are_not_known_are_asked_for() {
        let all = blocks(10, 20);
        assert_eq!(missing(&all, &[]), [blocks(10, 20)]);
        assert_eq!(missing(&all, &[blocks(0, 9), blocks(21, 30)]), [blocks(10, 20)]);
        assert_eq!(missing(&all, &[blocks(5, 12), blocks(15, 15), blocks(20, 40)]), [blocks(13, 14), blocks(16, 19)]);
        assert_eq!(missing(&all, &[blocks(10, 20)]), []);
        assert_eq!(missing(&all, &[blocks(0, 99)]), []);
        // A single block that is due, and one that is not there yet.
        assert_eq!(missing(&blocks(5, 5), &[]), [blocks(5, 5)]);
    }

    #[test]
    fn what_is_owed_is_asked_for_before_what_is_wanted() {
        let owed = [blocks(3, 5), blocks(8, 12), blocks(30, 40)];
        assert_eq!(unread(&owed, &blocks(10, 20), &[]), [blocks(3, 5), blocks(8, 9), blocks(10, 20)]);
        assert_eq!(unread(&owed, &blocks(10, 20), &[blocks(4, 14)]), [blocks(3, 3), blocks(15, 20)]);
    }
}

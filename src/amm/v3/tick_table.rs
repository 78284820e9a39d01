//! The initialised ticks of a pool, in order. After v3-core `Tick.sol` and `TickBitmap.sol`.

use crate::{amm::AmmError, units::Tick};

/// Liquidity that a tick bounds: `Tick.Info`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TickInfo {
    /// Liquidity of all positions that end or begin here; zero at no initialised tick.
    pub liquidity_gross: u128,
    /// Liquidity added when the price crosses upwards (taken away downwards).
    pub liquidity_net: i128,
}

/// The tick at which a step of a swap ends at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NextTick {
    pub(super) tick: Tick,
    /// `None` where the tick is not initialised: the step ends there for the bitmap's sake alone.
    pub(super) liquidity_net: Option<i128>,
    /// False where the tick is the end of what is known: whatever reaches it cannot go on.
    pub(super) known: bool,
}

/// A sorted array: a swap reads it in order from one binary search a step, which measures faster
/// than a tree, and mints are rare. `lower` and `upper` bound what is known; the ends of `i32`
/// where all is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TickTable {
    spacing: i32,
    lower: i32,
    upper: i32,
    ticks: Vec<(i32, TickInfo)>,
}

impl TickTable {
    /// An empty table of a whole pool.
    ///
    /// # Errors
    /// [`AmmError::InvalidTickSpacing`] outside of what `UniswapV3Factory.sol` enables.
    pub(super) fn new(spacing: i32) -> Result<Self, AmmError> {
        if !(1..16_384).contains(&spacing) {
            return Err(AmmError::InvalidTickSpacing(spacing));
        }
        Ok(Self { spacing, lower: i32::MIN, upper: i32::MAX, ticks: Vec::new() })
    }

    /// # Errors
    /// As [`Self::new`]; [`AmmError::InvalidTicks`] for a range upside down, or for a tick off the
    /// spacing, outside of the range, without liquidity or given twice.
    pub(super) fn from_ticks(
        spacing: i32,
        ticks: impl IntoIterator<Item = (Tick, TickInfo)>,
        known: Option<(Tick, Tick)>,
    ) -> Result<Self, AmmError> {
        let mut table = Self::new(spacing)?;
        if let Some((lower, upper)) = known {
            let (lower, upper) = (lower.get(), upper.get());
            if lower > upper {
                return Err(AmmError::InvalidTicks { lower, upper, tick_spacing: spacing });
            }
            // Beyond the last usable tick there is nothing to know.
            let last = Tick::MAX.get() / spacing * spacing;
            table.lower = if lower <= -last { i32::MIN } else { lower };
            table.upper = if upper >= last { i32::MAX } else { upper };
        }
        table.ticks = ticks.into_iter().map(|(tick, info)| (tick.get(), info)).collect();
        table.ticks.sort_unstable_by_key(|(tick, _)| *tick);
        let mut previous = None;
        for (tick, info) in &table.ticks {
            let twice = previous.replace(*tick) == Some(*tick);
            if twice || tick % spacing != 0 || info.liquidity_gross == 0 || !table.knows(*tick) {
                return Err(AmmError::InvalidTicks { lower: *tick, upper: *tick, tick_spacing: spacing });
            }
        }
        Ok(table)
    }

    pub(super) fn spacing(&self) -> i32 {
        self.spacing
    }

    /// Whether every tick of the pool is here.
    pub(super) fn is_whole(&self) -> bool {
        self.lower == i32::MIN && self.upper == i32::MAX
    }

    pub(super) fn knows(&self, tick: i32) -> bool {
        (self.lower..=self.upper).contains(&tick)
    }

    pub(super) fn outside(&self, tick: i32) -> AmmError {
        AmmError::OutsideKnownTicks { tick, lower: self.lower, upper: self.upper }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Tick, TickInfo)> {
        self.ticks.iter().filter_map(|(tick, info)| Tick::new(*tick).ok().map(|tick| (tick, *info)))
    }

    pub(super) fn get(&self, tick: i32) -> TickInfo {
        let found = self.ticks.binary_search_by_key(&tick, |(tick, _)| *tick).ok();
        found.and_then(|at| self.ticks.get(at)).map_or_else(TickInfo::default, |(_, info)| *info)
    }

    /// Replaces a tick; one without liquidity is forgotten, as the contract clears it.
    pub(super) fn set(&mut self, tick: i32, info: TickInfo) {
        match self.ticks.binary_search_by_key(&tick, |(tick, _)| *tick) {
            Ok(at) if info.liquidity_gross == 0 => {
                self.ticks.remove(at);
            }
            Ok(at) => {
                if let Some(entry) = self.ticks.get_mut(at) {
                    entry.1 = info;
                }
            }
            Err(_) if info.liquidity_gross == 0 => {}
            Err(at) => self.ticks.insert(at, (tick, info)),
        }
    }

    /// The most liquidity that one tick may bear: `Tick.tickSpacingToMaxLiquidityPerTick`.
    pub(super) fn max_liquidity(&self) -> u128 {
        let ticks = Tick::MAX.get() / self.spacing * 2 + 1;
        u128::MAX / u128::from(ticks.unsigned_abs())
    }

    /// `TickBitmap.nextInitializedTickWithinOneWord`, held within the bounds of ticks as
    /// `UniswapV3Pool.swap` does. The search ends with the bitmap's word, 256 spacings: a swap
    /// rounds at the end of every step, so that where steps end is a part of the result.
    ///
    /// # Errors
    /// [`AmmError::OutsideKnownTicks`] where not even the next tick is known.
    pub(super) fn next_within_word(&self, tick: i32, zero_for_one: bool) -> Result<NextTick, AmmError> {
        let compressed = tick.div_euclid(self.spacing);
        if zero_for_one {
            let from = compressed * self.spacing;
            let end = (compressed >> 8 << 8) * self.spacing;
            if tick < self.lower || from > self.upper {
                return Err(self.outside(tick));
            }
            let at = self.ticks.partition_point(|(tick, _)| *tick <= from);
            let found = at.checked_sub(1).and_then(|at| self.ticks.get(at)).filter(|(tick, _)| *tick >= end);
            self.next(found, end.max(self.lower), end >= self.lower)
        } else {
            let from = (compressed + 1) * self.spacing;
            let end = ((compressed + 1) | 0xff) * self.spacing;
            if from < self.lower || tick >= self.upper {
                return Err(self.outside(tick));
            }
            let at = self.ticks.partition_point(|(tick, _)| *tick < from);
            let found = self.ticks.get(at).filter(|(tick, _)| *tick <= end);
            self.next(found, end.min(self.upper), end <= self.upper)
        }
    }

    fn next(&self, found: Option<&(i32, TickInfo)>, end: i32, known: bool) -> Result<NextTick, AmmError> {
        let (tick, net, known) = match found {
            Some((tick, info)) => (*tick, Some(info.liquidity_net), true),
            None => (end.clamp(Tick::MIN.get(), Tick::MAX.get()), None, known),
        };
        let tick = Tick::new(tick).map_err(|_| self.outside(tick))?;
        Ok(NextTick { tick, liquidity_net: net, known })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use alloy::primitives::U256;
    use proptest::prelude::*;
    use uniswap_v3_math::tick_bitmap as peer;

    use super::*;

    fn table(spacing: i32, ticks: &[i32], known: Option<(i32, i32)>) -> TickTable {
        let tick = |tick| Tick::new(tick).unwrap();
        let info = TickInfo { liquidity_gross: 1, liquidity_net: 1 };
        let known = known.map(|(lower, upper)| (tick(lower), tick(upper)));
        TickTable::from_ticks(spacing, ticks.iter().map(|at| (tick(*at), info)), known).unwrap()
    }

    fn next(table: &TickTable, tick: i32, down: bool) -> (i32, bool, bool) {
        let next = table.next_within_word(tick, down).unwrap();
        (next.tick.get(), next.liquidity_net.is_some(), next.known)
    }

    /// The cases of v3-core's `TickBitmap.spec.ts`.
    #[test]
    fn vectors() {
        let table = table(1, &[-200, -55, -4, 70, 78, 84, 139, 240, 535], None);
        for (from, to, initialized) in [
            (78, 84, true),
            (-55, -4, true),
            (77, 78, true),
            (-56, -55, true),
            (255, 511, false),
            (-257, -200, true),
            (328, 511, false),
            (508, 511, false),
        ] {
            assert_eq!(next(&table, from, false), (to, initialized, true), "up from {from}");
        }
        for (from, to, initialized) in [
            (78, 78, true),
            (79, 78, true),
            (258, 256, false),
            (256, 256, false),
            (72, 70, true),
            (-257, -512, false),
            (1023, 768, false),
            (900, 768, false),
        ] {
            assert_eq!(next(&table, from, true), (to, initialized, true), "down from {from}");
        }
    }

    #[test]
    fn the_end_of_the_known_is_marked() {
        let part = table(10, &[-20, 30], Some((-25, 37)));
        assert_eq!(next(&part, 5, true), (0, false, true));
        assert_eq!(next(&part, -1, true), (-20, true, true));
        assert_eq!(next(&part, -21, false), (-20, true, true));
        assert_eq!(next(&part, 5, false), (30, true, true));
        assert_eq!(next(&part, 30, false), (37, false, false));
        assert_eq!(next(&part, -21, true), (-25, false, false), "the tick known, its multiple not");
        assert!(part.next_within_word(-26, true).is_err());
        assert!(part.next_within_word(37, false).is_err());
        assert!(part.next_within_word(-41, false).is_err());
        let none = table(10, &[], Some((-2560, 2550)));
        assert_eq!(next(&none, 5, true), (0, false, true));
        assert_eq!(next(&none, -5, true), (-2560, false, true));
        assert_eq!(next(&none, 5, false), (2550, false, true));
        let whole = table(60, &[], Some((-887_220, 887_220)));
        assert!(whole.is_whole());
        assert_eq!(next(&whole, -887_230, true), (Tick::MIN.get(), false, true));
        assert_eq!(next(&whole, 887_000, false), (Tick::MAX.get(), false, true));
    }

    proptest! {
        #[test]
        fn equals_the_peer_bitmap(
            spacing in prop::sample::select(vec![1, 10, 60, 200]),
            at in prop::collection::btree_set(-4000i32..4000, 0..40),
            from in -5000i32..5000, sub in 0i32..200, down: bool,
        ) {
            let ticks: Vec<i32> = at.iter().map(|tick| tick * spacing).collect();
            let mut bitmap: HashMap<i16, _> = HashMap::new();
            for tick in &ticks {
                let (word, bit) = peer::position(tick / spacing);
                *bitmap.entry(word).or_default() |= U256::from(1) << usize::from(bit);
            }
            let tick = from * spacing + sub % spacing;
            let theirs = peer::next_initialized_tick_within_one_word(&bitmap, tick, spacing, down).unwrap();
            let ours = next(&table(spacing, &ticks, None), tick, down);
            prop_assert_eq!((ours.0, ours.1), (theirs.0.clamp(Tick::MIN.get(), Tick::MAX.get()), theirs.1));
        }
    }
}

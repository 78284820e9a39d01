//! A venue's published limit to the rate that we keep.

use std::num::NonZeroU32;

use governor::Quota as Rate;

use super::Quota;

/// How many units there are at once, and how soon they come back: half at once and the rest evenly
/// over the period, which together is what any one period allows, wherever it begins. `None` for a
/// quota of nothing or in no time.
///
/// This holds for requests that cost no more than that half; a dearer one is paid for in parts,
/// of which the first may lie a period before the request.
pub(super) fn rate(quota: Quota) -> Option<Rate> {
    let burst = NonZeroU32::new(quota.units.div_ceil(2))?;
    let steady = (quota.units - burst.get()).max(1);
    // Rounded up: in no period do all of them come back.
    let each = quota.per / steady + std::time::Duration::from_nanos(1);
    Some(Rate::with_period(each)?.allow_burst(burst))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::{
        RateLimiter,
        clock::{Clock, FakeRelativeClock},
    };
    use proptest::prelude::*;

    use super::*;

    /// When requests get leave, in nanoseconds, and what each costs: they are asked for after these
    /// pauses, and wait as [`super::super::Http`] does.
    fn leaves(quota: Quota, asked: &[(u64, u32)]) -> Vec<(u64, u32)> {
        let (rate, clock) = (rate(quota).unwrap(), FakeRelativeClock::default());
        let limiter = RateLimiter::direct_with_clock(rate, clock.clone());
        let mut now = 0;
        let mut advance = |wait: Duration| {
            clock.advance(wait);
            now += wait.as_nanos() as u64;
            now
        };
        asked
            .iter()
            .map(|(pause, share)| {
                let mut at = advance(Duration::from_nanos(*pause));
                let cost = NonZeroU32::new(share % rate.burst_size().get() + 1).unwrap();
                while let Err(not_yet) = limiter.check_n(cost).unwrap() {
                    at = advance(not_yet.wait_time_from(clock.now()));
                }
                (at, cost.get())
            })
            .collect()
    }

    proptest! {
        /// However requests come: no window as long as the period holds more than the quota.
        #[test]
        fn no_window_holds_more_than_the_quota(
            units in 1u32..40,
            per in 1_000u64..1_000_000,
            asked in prop::collection::vec((0u64..300_000, 0u32..40), 1..120),
        ) {
            let quota = Quota { units, per: Duration::from_nanos(per) };
            let leaves = leaves(quota, &asked);
            for (begin, _) in &leaves {
                let window = leaves.iter().filter(|(at, _)| (*begin..begin + per).contains(at));
                let sum: u32 = window.map(|(_, cost)| cost).sum();
                prop_assert!(sum <= units, "{} of {} units in the {} ns from {} on", sum, units, per, begin);
            }
        }
    }

    /// Nor is much of the quota given away: over many periods nearly all of the even part is used.
    #[test]
    fn the_quota_is_made_use_of() {
        let quota = Quota { units: 10, per: Duration::from_secs(1) };
        let leaves = leaves(quota, &[(0, 0); 500]);
        let seconds = leaves.last().unwrap().0 as f64 / 1e9;
        assert!((99.0..99.1).contains(&seconds), "{seconds}");
    }

    #[test]
    fn nothing_is_no_rate() {
        assert!(rate(Quota { units: 0, per: Duration::from_secs(1) }).is_none());
    }
}

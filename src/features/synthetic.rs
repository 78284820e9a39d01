//! Made-up candles for the tests of this folder.

use crate::{domain::Candle, units::Timestamp};

/// A random walk with an odd bar now and then: flat, tradeless, or a jump by a third.
pub(super) fn walk(bars: usize, seed: u64) -> Vec<Candle> {
    let mut state = seed;
    let mut uniform = move || {
        // Splitmix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut close = 1_800.0;
    (0..bars)
        .map(|bar| {
            let odd = uniform();
            let open: f64 = if odd < 0.004 { close * (0.7 + 0.6 * uniform()) } else { close };
            let ts = Timestamp(1_600_002_000 + 3_600 * bar as u64);
            if odd > 0.98 {
                return Candle { ts, open, high: open, low: open, close: open, volume: 0.0 };
            }
            close = open * (1.0 + 0.02 * (uniform() - 0.5));
            let (high, low) =
                (open.max(close) * (1.0 + 0.005 * uniform()), open.min(close) * (1.0 - 0.005 * uniform()));
            Candle { ts, open, high, low, close, volume: 100.0 * uniform() }
        })
        .collect()
}

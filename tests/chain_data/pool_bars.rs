//! A real day's mints and burns in the liquidity of bars.

use shoal::{
    domain::{PoolEventKind, Timeframe},
    io::data::raw_logs,
    market::PoolBars,
};

use super::real_day::{USDC_WETH, decoded, file, usdc_weth};
use crate::support::data::data;

/// Each swap tells the liquidity in range after it. Where the price stayed between the same two
/// ticks that can hold a position, that is also what was in range before it: what the last swap
/// told, and what was minted and burned since.
#[test]
fn liquidity_in_range_is_what_the_next_swap_finds() {
    let Some(folder) = data("dex") else { return };
    let rows = raw_logs(&file(&folder, USDC_WETH.0, ".raw_logs.csv.gz")).unwrap();
    let market = usdc_weth();
    let mut bars = PoolBars::new(&market, Timeframe::M1);
    // The last swap's tick and liquidity.
    let mut last: Option<(i32, u128)> = None;
    let (mut equal, mut changed, mut ends) = (0, 0, 0);
    for row in &rows {
        let Some(event) = decoded(USDC_WETH.1, row) else { continue };
        let before = bars.liquidity();
        let closed = bars.take(&event, row.timestamp);
        ends += usize::from(!closed.is_empty() && before != last.map(|(_, liquidity)| liquidity));
        if let PoolEventKind::V3Swap { liquidity, tick, .. } = event.kind {
            let place = |tick: i32| tick.div_euclid(10);
            if let Some((from, told)) = last.filter(|(from, _)| place(*from) == place(tick.get())) {
                assert_eq!(before, Some(liquidity), "log {} of block {}, from {from}", row.log_index, row.block);
                equal += 1;
                changed += usize::from(told != liquidity);
            }
            last = Some((tick.get(), liquidity));
        }
    }
    println!("{equal} swaps found the liquidity, {changed} of them a changed one; {ends} minutes ended after a change");
    assert!(equal > 4_000 && changed > 10 && ends > 10, "{equal} {changed} {ends}");
}

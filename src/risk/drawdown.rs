//! The halt.

use crate::units::{Bps, TokenAmount};

/// Watches equity against its peak. Once halted it stays halted, over restarts too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawdown {
    peak: TokenAmount,
    halted: bool,
}

impl Drawdown {
    pub fn new(equity: TokenAmount) -> Self {
        Self { peak: equity, halted: false }
    }

    /// Takes in an equity and returns how far it stands below the peak, rounded up: a halt
    /// never comes late by rounding. No equity at all, or a peak of zero, is a full drawdown.
    pub fn observe(&mut self, equity: TokenAmount, limit: Bps) -> Bps {
        self.peak = self.peak.max(equity);
        let down = Bps::ratio_up(self.peak.saturating_sub(equity), self.peak).unwrap_or(Bps(Bps::ONE));
        self.halted |= down >= limit;
        down
    }

    pub fn peak(&self) -> TokenAmount {
        self.peak
    }

    pub fn halted(&self) -> bool {
        self.halted
    }

    /// Sets what an earlier process knew, on resuming.
    pub fn restore(&mut self, peak: TokenAmount, halted: bool) {
        self.peak = self.peak.max(peak);
        self.halted |= halted;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usdc(amount: u64) -> TokenAmount {
        TokenAmount::from(amount)
    }

    #[test]
    fn halts_at_the_limit_and_stays_halted() {
        let mut drawdown = Drawdown::new(usdc(10_000));
        assert_eq!(drawdown.observe(usdc(12_000), Bps(1_500)), Bps(0));
        assert_eq!(drawdown.observe(usdc(10_201), Bps(1_500)), Bps(1_500));
        assert!(drawdown.halted(), "rounded up, 14.9917% counts as 15%");
        drawdown.observe(usdc(20_000), Bps(1_500));
        assert!(drawdown.halted());
    }

    #[test]
    fn small_losses_do_not_halt() {
        let mut drawdown = Drawdown::new(usdc(10_000));
        assert_eq!(drawdown.observe(usdc(8_501), Bps(1_500)), Bps(1_499));
        assert!(!drawdown.halted());
        assert_eq!(drawdown.observe(usdc(0), Bps(1_500)), Bps(10_000));
        assert!(drawdown.halted());
        assert_eq!(Drawdown::new(usdc(0)).observe(usdc(0), Bps(1_500)), Bps(10_000));
    }
}

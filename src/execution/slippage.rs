//! The guard on what a swap returns.

use crate::units::{Bps, TokenAmount};

/// The least output accepted for a quote: the quote less the tolerance, rounded up. `None`
/// above 100% tolerance, and when nothing would be left to insist on.
pub fn amount_out_min(quoted: TokenAmount, tolerance: Bps) -> Option<TokenAmount> {
    tolerance.floor_of(quoted).filter(|least| !least.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_every_quote() {
        let quote = |amount: u64, tolerance| amount_out_min(TokenAmount::from(amount), Bps(tolerance));
        assert_eq!(quote(10_000, 50), Some(TokenAmount::from(9_950u64)));
        assert_eq!(quote(1, 50), Some(TokenAmount::from(1u64)));
        assert_eq!(quote(0, 50), None);
        assert_eq!(quote(10_000, 10_000), None);
        assert_eq!(quote(10_000, 10_001), None);
    }
}

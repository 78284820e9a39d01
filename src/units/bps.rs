//! Hundredths of a percent.

use std::fmt;

use alloy::primitives::U256;
use serde::{Deserialize, Serialize};

use super::{TokenAmount, amount::mul_div};

/// Basis points: 1/10,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bps(pub u32);

impl Bps {
    pub const ONE: u32 = 10_000;
    pub const ZERO: Self = Self(0);

    /// This share of `amount`, rounded down.
    #[must_use]
    pub fn of(self, amount: TokenAmount) -> Option<TokenAmount> {
        amount.mul_div(U256::from(self.0), U256::from(Self::ONE))
    }

    /// `amount` less this share of it, the remainder rounded up: a minimum that a rounding
    /// never loosens. `None` above 100%.
    #[must_use]
    pub fn floor_of(self, amount: TokenAmount) -> Option<TokenAmount> {
        amount.checked_sub(self.of(amount)?)
    }

    /// `part / whole` in basis points, rounded up; `None` for a zero whole or above `u32`.
    #[must_use]
    pub fn ratio_up(part: TokenAmount, whole: TokenAmount) -> Option<Self> {
        let scaled = mul_div(part.0, U256::from(Self::ONE), whole.0)?;
        let exact = scaled.checked_mul(whole.0)? == part.0.checked_mul(U256::from(Self::ONE))?;
        let rounded = if exact { scaled } else { scaled.checked_add(U256::from(1))? };
        u32::try_from(rounded).ok().map(Self)
    }

    /// A fraction of one, rounded down and held within `[0, 1]`; not-a-number is zero.
    /// The one door from a statistic to an integer share: it can only shrink a stake.
    pub fn from_fraction_down(fraction: f64) -> Self {
        // `as` saturates and maps NaN to 0; the clamp keeps it within 100%.
        Self((fraction.clamp(0.0, 1.0) * f64::from(Self::ONE)) as u32)
    }

    pub fn to_fraction(self) -> f64 {
        f64::from(self.0) / f64::from(Self::ONE)
    }
}

impl fmt::Display for Bps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bps", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimum_is_never_loosened_by_rounding() {
        let amount = TokenAmount::from(999u64);
        assert_eq!(Bps(50).of(amount), Some(TokenAmount::from(4u64)));
        assert_eq!(Bps(50).floor_of(amount), Some(TokenAmount::from(995u64)));
        assert_eq!(Bps(10_001).floor_of(TokenAmount::from(1_000_000u64)), None);
    }

    #[test]
    fn fractions_round_down_and_clamp() {
        assert_eq!(Bps::from_fraction_down(0.12349), Bps(1_234));
        assert_eq!(Bps::from_fraction_down(-1.0), Bps(0));
        assert_eq!(Bps::from_fraction_down(7.0), Bps(10_000));
        assert_eq!(Bps::from_fraction_down(f64::NAN), Bps(0));
    }

    #[test]
    fn ratios_round_up() {
        let of = |a: u64, b: u64| Bps::ratio_up(TokenAmount::from(a), TokenAmount::from(b));
        assert_eq!(of(1, 3), Some(Bps(3_334)));
        assert_eq!(of(1, 4), Some(Bps(2_500)));
        assert_eq!(of(0, 4), Some(Bps(0)));
        assert_eq!(of(1, 0), None);
    }
}

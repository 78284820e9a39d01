//! Amounts of money in base units.

use std::{fmt, str::FromStr};

use alloy::primitives::{U256, U512};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Declares a `U256` newtype with checked arithmetic, decimal text and decimal-string serde.
macro_rules! amount {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub U256);

        impl $name {
            pub const ZERO: Self = Self(U256::ZERO);

            pub fn is_zero(self) -> bool {
                self.0.is_zero()
            }

            #[must_use]
            pub fn checked_add(self, other: Self) -> Option<Self> {
                self.0.checked_add(other.0).map(Self)
            }

            #[must_use]
            pub fn checked_sub(self, other: Self) -> Option<Self> {
                self.0.checked_sub(other.0).map(Self)
            }

            /// The difference, or zero where `other` is the larger.
            #[must_use]
            pub fn saturating_sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }

            /// `self * numerator / denominator`, rounded down, the product taken in 512 bits.
            /// `None` when the denominator is zero or the quotient exceeds 256 bits.
            #[must_use]
            pub fn mul_div(self, numerator: U256, denominator: U256) -> Option<Self> {
                mul_div(self.0, numerator, denominator).map(Self)
            }

            /// For statistics and display only: the value as whole units of `decimals`.
            pub fn to_f64(self, decimals: u8) -> f64 {
                f64::from(self.0) / 10f64.powi(i32::from(decimals))
            }

            /// The value in whole units of `decimals`, every digit kept: `1.5`, `0.000001`.
            pub fn to_decimal(self, decimals: u8) -> String {
                let digits = format!("{:0>width$}", self.0, width = usize::from(decimals) + 1);
                let (whole, fraction) = digits.split_at(digits.len() - usize::from(decimals));
                match fraction.trim_end_matches('0') {
                    "" => whole.to_owned(),
                    fraction => format!("{whole}.{fraction}"),
                }
            }
        }

        impl From<u64> for $name {
            fn from(value: u64) -> Self {
                Self(U256::from(value))
            }
        }

        impl From<u128> for $name {
            fn from(value: u128) -> Self {
                Self(U256::from(value))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = alloy::primitives::ruint::ParseError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                U256::from_str_radix(text, 10).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    };
}

amount! {
    /// An ERC-20 amount in the token's base units.
    TokenAmount
}

amount! {
    /// Native ether in wei; also gas prices, in wei per gas.
    Wei
}

/// `a * b / denominator`, rounded down, with a 512-bit product.
#[must_use]
pub fn mul_div(a: U256, b: U256, denominator: U256) -> Option<U256> {
    if denominator.is_zero() {
        return None;
    }
    if let Some(product) = a.checked_mul(b) {
        return product.checked_div(denominator);
    }
    let product: U512 = a.widening_mul(b);
    let quotient = product.checked_div(U512::from(denominator))?;
    let limbs = quotient.as_limbs();
    match limbs {
        [a, b, c, d, 0, 0, 0, 0] => Some(U256::from_limbs([*a, *b, *c, *d])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_text_keeps_every_digit() {
        assert_eq!(TokenAmount::from(1_500_000u64).to_decimal(6), "1.5");
        assert_eq!(TokenAmount::from(1u64).to_decimal(6), "0.000001");
        assert_eq!(TokenAmount::from(7u64).to_decimal(0), "7");
        assert_eq!(TokenAmount(U256::MAX).to_decimal(0), U256::MAX.to_string());
    }

    #[test]
    fn mul_div_takes_the_product_in_512_bits() {
        assert_eq!(mul_div(U256::MAX, U256::MAX, U256::MAX), Some(U256::MAX));
        assert_eq!(mul_div(U256::MAX, U256::from(2), U256::from(1)), None);
        assert_eq!(mul_div(U256::from(7), U256::from(3), U256::from(2)), Some(U256::from(10)));
        assert_eq!(mul_div(U256::from(1), U256::from(1), U256::ZERO), None);
    }

    #[test]
    fn serde_is_a_decimal_string() {
        let text = serde_json::to_string(&TokenAmount(U256::MAX)).unwrap();
        assert_eq!(text, format!("\"{}\"", U256::MAX));
        assert_eq!(serde_json::from_str::<TokenAmount>(&text).unwrap().0, U256::MAX);
        assert!(serde_json::from_str::<Wei>("\"-1\"").is_err());
    }
}

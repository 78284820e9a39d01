//! Exact decimal prices as venues quote them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A positive price in quote units per base unit, fixed point with twelve decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Price(u128);

/// Why a text is no price. Drop the row; its source must be mended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    #[error("`{0}` is not a decimal number")]
    NotANumber(String),
    #[error("`{0}` is not above zero")]
    NotPositive(String),
    #[error("`{0}` is too large for a price")]
    TooLarge(String),
}

impl Price {
    pub const DECIMALS: u32 = 12;
    pub const SCALE: u128 = 10u128.pow(Self::DECIMALS);

    /// From units of 10^-12; `None` for zero.
    pub fn from_raw(raw: u128) -> Option<Self> {
        (raw > 0).then_some(Self(raw))
    }

    /// In units of 10^-12.
    pub fn raw(self) -> u128 {
        self.0
    }

    /// For statistics only.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / Self::SCALE as f64
    }
}

impl FromStr for Price {
    type Err = PriceError;

    /// Reads plain and scientific notation. Digits beyond the twelfth decimal are rounded half
    /// up: a float's printing noise (`0.30000000000000004`) is no reason to refuse a file.
    fn from_str(text: &str) -> Result<Self, PriceError> {
        if let Some(price) = Self::from_plain(text.as_bytes()) {
            return Ok(price);
        }
        Self::from_any(text)
    }
}

impl Price {
    /// What nearly every row holds, read fast: digits with at most one point, at most 18 digits
    /// and at most 12 of them decimals. `None` for anything else, which `from_any` judges.
    fn from_plain(text: &[u8]) -> Option<Self> {
        if text.len() > 19 {
            return None;
        }
        let mut mantissa: u64 = 0;
        let mut decimals: Option<u32> = None;
        let mut digits = 0;
        for byte in text {
            match byte {
                b'0'..=b'9' => {
                    digits += 1;
                    decimals = decimals.map(|places| places + 1);
                    mantissa = mantissa.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
                }
                b'.' if decimals.is_none() => decimals = Some(0),
                _ => return None,
            }
        }
        let missing = Self::DECIMALS.checked_sub(decimals.unwrap_or(0))?;
        if digits == 0 || digits > 18 {
            return None;
        }
        u128::from(mantissa).checked_mul(10u128.checked_pow(missing)?).and_then(Self::from_raw)
    }

    fn from_any(text: &str) -> Result<Self, PriceError> {
        let not_a_number = || PriceError::NotANumber(text.to_owned());
        let unsigned = text.strip_prefix('+').unwrap_or(text);
        if let Some(magnitude) = unsigned.strip_prefix('-') {
            let unsigned = !magnitude.starts_with(['+', '-']);
            let number = unsigned && !matches!(magnitude.parse::<Self>(), Err(PriceError::NotANumber(_)));
            return Err(if number { PriceError::NotPositive(text.to_owned()) } else { not_a_number() });
        }
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| not_a_number())?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(not_a_number());
        }
        // The decimal point of `digits`, moved by the exponent and the fixed-point scale.
        let point = whole.len() as i64 + i64::from(exponent) + i64::from(Self::DECIMALS);
        let mut raw: u128 = 0;
        let mut round_up = false;
        for (position, byte) in digits.bytes().enumerate() {
            let position = position as i64;
            if position > point {
                break;
            }
            let digit = u128::from(byte - b'0');
            if position == point {
                round_up = digit >= 5;
                break;
            }
            raw = raw
                .checked_mul(10)
                .and_then(|raw| raw.checked_add(digit))
                .ok_or_else(|| PriceError::TooLarge(text.to_owned()))?;
        }
        let missing = point - digits.len() as i64;
        if missing > 0 && raw > 0 {
            let scale = u32::try_from(missing).ok().and_then(|places| 10u128.checked_pow(places));
            raw =
                scale.and_then(|scale| raw.checked_mul(scale)).ok_or_else(|| PriceError::TooLarge(text.to_owned()))?;
        }
        let raw = raw.checked_add(u128::from(round_up)).ok_or_else(|| PriceError::TooLarge(text.to_owned()))?;
        Self::from_raw(raw).ok_or_else(|| PriceError::NotPositive(text.to_owned()))
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:012}", self.0 / Self::SCALE, self.0 % Self::SCALE);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_venues_write() {
        let raw = |text: &str| text.parse::<Price>().map(Price::raw);
        assert_eq!(raw("129.12"), Ok(129_120_000_000_000));
        assert_eq!(raw("298.0"), Ok(298 * Price::SCALE));
        assert_eq!(raw("1e-5"), Ok(10_000_000));
        assert_eq!(raw("1.5E3"), Ok(1_500 * Price::SCALE));
        assert_eq!(raw(".5"), Ok(Price::SCALE / 2));
        assert_eq!(raw("0.30000000000000004"), Ok(300_000_000_000));
        assert_eq!(raw("0.0000000000006"), Ok(1));
    }

    #[test]
    fn the_fast_path_never_differs() {
        let texts = [
            "",
            ".",
            "0",
            "00",
            "0.0",
            "1",
            "1.",
            ".5",
            "007.10",
            "+1.5",
            "1.2.3",
            "129.12",
            "1e3",
            " 1",
            "0.000000000001",
            "0.0000000000001",
            "0.9999999999995",
            "123456.123456789012",
            "999999999999999999",
            "1234567890123456789",
            "0.1234567890123456",
            "340282366920938463463374607",
        ];
        for text in texts {
            assert_eq!(text.parse::<Price>(), Price::from_any(text), "{text}");
            if let Some(price) = Price::from_plain(text.as_bytes()) {
                assert_eq!(Price::from_any(text), Ok(price), "{text}");
            }
        }
        assert_eq!(Price::from_plain(b"129.12").map(Price::raw), Some(129_120_000_000_000));
        assert_eq!(Price::from_plain(b"0"), None);
    }

    #[test]
    fn refuses_what_is_no_price() {
        for text in ["", ".", "abc", "1,5", "1.2.3", "NaN", "inf", "1e", "--1", "0x10", " 1"] {
            assert!(matches!(text.parse::<Price>(), Err(PriceError::NotANumber(_))), "{text}");
        }
        for text in ["0", "0.0", "-1", "1e-30"] {
            assert!(matches!(text.parse::<Price>(), Err(PriceError::NotPositive(_))), "{text}");
        }
        for text in ["1e30", "999999999999999999999999999999999999999999", "1e2147483647"] {
            assert!(matches!(text.parse::<Price>(), Err(PriceError::TooLarge(_))), "{text}");
        }
    }

    #[test]
    fn prints_what_it_read() {
        for text in ["129.12", "0.000000000001", "64000"] {
            assert_eq!(text.parse::<Price>().unwrap().to_string(), text);
        }
    }
}

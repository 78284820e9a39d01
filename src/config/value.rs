//! Texts to values: exact decimals, addresses, URLs, and the nearest known name.

use std::fmt;

use alloy::primitives::{Address, U256};
use reqwest::Url;

/// A node's URL. Providers put their token into its path, so only scheme, host and port are
/// ever shown.
#[derive(Clone, PartialEq, Eq)]
pub struct RpcUrl(Url);

impl RpcUrl {
    /// The whole URL, for the connection alone: never for a log, an error or a report.
    pub fn expose(&self) -> &Url {
        &self.0
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // The text is not quoted: it may hold a token.
        let url = Url::parse(text).map_err(|error| format!("must be an http, https, ws or wss URL: {error}"))?;
        match url.scheme() {
            "http" | "https" | "ws" | "wss" => Ok(Self(url)),
            _ => Err("must be an http, https, ws or wss URL".to_owned()),
        }
    }
}

impl fmt::Display for RpcUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or("?"))?;
        match self.0.port() {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for RpcUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RpcUrl({self})")
    }
}

/// `1234.5` as base units of `decimals`, exactly: no sign, exponent or rounding.
pub(super) fn decimal(text: &str, decimals: u8) -> Result<U256, String> {
    let malformed = || format!("must be a plain decimal such as \"12.5\", is \"{text}\"");
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return Err(malformed()),
        Some(parts) => parts,
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(malformed());
    }
    if fraction.len() > usize::from(decimals) {
        return Err(format!("has more than {decimals} decimals: \"{text}\""));
    }
    let base_units = format!("{whole}{fraction:0<width$}", width = usize::from(decimals));
    U256::from_str_radix(&base_units, 10).map_err(|_| format!("is too large: \"{text}\""))
}

/// 20 bytes in hex with `0x`; a mixed-case text must carry the checksum of EIP-55.
pub(super) fn address(text: &str) -> Result<Address, String> {
    let malformed = || format!("must be an address (0x and 40 hex digits), is \"{text}\"");
    let digits = text.strip_prefix("0x").ok_or_else(malformed)?;
    if digits.len() != 40 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(malformed());
    }
    let address: Address = text.parse().map_err(|_| malformed())?;
    let has = |test: fn(&u8) -> bool| digits.as_bytes().iter().any(test);
    let mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    let checksummed = address.to_checksum(None);
    if mixed && checksummed != text {
        return Err(format!("has a wrong checksum: \"{text}\" (a digit mistyped, or {checksummed} is meant)"));
    }
    if address.is_zero() {
        return Err("must not be the zero address".to_owned());
    }
    Ok(address)
}

/// `; did you mean X?` for the candidate nearest to `name`, or nothing where none is near.
pub(super) fn suggestion<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let near = candidates.into_iter().map(|candidate| (edits(name, candidate), candidate)).min();
    match near {
        Some((distance, candidate)) if distance * 3 <= name.len().max(3) => format!("; did you mean {candidate}?"),
        _ => String::new(),
    }
}

/// Levenshtein's distance in characters, case ignored.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        row[0] = left;
        for (cell, y) in row[1..].iter_mut().zip(&b) {
            let best = (diagonal + usize::from(x != *y)).min(left + 1).min(*cell + 1);
            diagonal = *cell;
            *cell = best;
            left = best;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::units::TokenAmount;

    #[test]
    fn decimals_are_exact_or_refused() {
        assert_eq!(decimal("10000", 6), Ok(U256::from(10_000_000_000u64)));
        assert_eq!(decimal("0.1", 18), Ok(U256::from(100_000_000_000_000_000u64)));
        assert_eq!(decimal("0.000001", 6), Ok(U256::from(1)));
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1_000", "1,5", " 1", "0x1", "NaN", "1.0000001", "1.2.3"] {
            assert!(decimal(text, 6).is_err(), "{text}");
        }
        assert!(decimal(&"9".repeat(78), 0).is_err());
    }

    proptest! {
        #[test]
        fn a_decimal_reads_back(raw in any::<u128>(), decimals in 0u8..=24) {
            let amount = TokenAmount::from(raw);
            prop_assert_eq!(decimal(&amount.to_decimal(decimals), decimals), Ok(amount.0));
        }
    }

    #[test]
    fn addresses() {
        let good = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";
        assert!(address(good).is_ok());
        assert!(address(&good.to_lowercase()).is_ok());
        assert!(address(&format!("0x{}", good[2..].to_uppercase())).is_ok());
        let swapped = good.replacen('A', "a", 1);
        assert!(address(&swapped).unwrap_err().starts_with("has a wrong checksum"));
        for text in ["", "0x", &good[2..], &good[..41], "0xZ0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"] {
            assert!(address(text).unwrap_err().starts_with("must be an address"), "{text}");
        }
        assert!(address(&format!("0x{}", "0".repeat(40))).unwrap_err().contains("zero address"));
    }

    #[test]
    fn an_rpc_url_shows_its_host_alone() {
        let url = RpcUrl::parse("https://user:pass@node.example:8443/v2/t0ken?key=t0ken").unwrap();
        assert_eq!(format!("{url} {url:?}"), "https://node.example:8443 RpcUrl(https://node.example:8443)");
        assert!(url.expose().as_str().contains("t0ken"));
        for text in ["ftp://t0ken", "t0ken", "t0ken:x", "http://"] {
            assert!(!RpcUrl::parse(text).unwrap_err().contains("t0ken"), "{text}");
        }
    }

    #[test]
    fn suggestions_are_near_or_absent() {
        assert_eq!(suggestion("kely_fraction", ["stop_atr", "kelly_fraction"]), "; did you mean kelly_fraction?");
        assert_eq!(suggestion("usdc", ["WETH", "USDC"]), "; did you mean USDC?");
        assert_eq!(suggestion("frobnicate", ["stop_atr", "kelly_fraction"]), "");
        assert_eq!(edits("kitten", "sitting"), 3);
    }
}

//! The words of a log, each read as its type and refused where it holds more.
//!
//! Written out, and tested against the general ABI decoder, because every log of history comes
//! through here, and because that decoder looks neither at the unused bits of indexed fields nor
//! at bytes after the last word.

use alloy::primitives::{B256, U256};

use crate::units::{SqrtPriceX96, Tick, TickError, TokenAmount};

/// What is wrong with a log that names a known event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogFault {
    #[error("{have} indexed fields instead of {want}")]
    Topics { have: usize, want: usize },
    #[error("{have} bytes of data instead of {want}")]
    Length { have: usize, want: usize },
    /// Bits are set that the field's type does not have.
    #[error("`{0}` is wider than its type")]
    Wide(&'static str),
    #[error("`{field}`: {source}")]
    Tick { field: &'static str, source: TickError },
}

type Word = [u8; 32];

/// Exactly `N` indexed fields.
pub(super) fn topics<const N: usize>(topics: &[B256]) -> Result<&[B256; N], LogFault> {
    topics.try_into().map_err(|_| LogFault::Topics { have: topics.len(), want: N })
}

/// Exactly `N` words.
pub(super) fn words<const N: usize>(data: &[u8]) -> Result<&[Word; N], LogFault> {
    let (words, rest) = data.as_chunks::<32>();
    match words.try_into() {
        Ok(words) if rest.is_empty() => Ok(words),
        _ => Err(LogFault::Length { have: data.len(), want: 32 * N }),
    }
}

/// The word, whose first `unused` bytes must be zero.
fn unsigned<'w>(word: &'w Word, unused: usize, field: &'static str) -> Result<&'w Word, LogFault> {
    if word.iter().take(unused).all(|byte| *byte == 0) { Ok(word) } else { Err(LogFault::Wide(field)) }
}

pub(super) fn address(word: &Word, field: &'static str) -> Result<(), LogFault> {
    unsigned(word, 12, field).map(drop)
}

pub(super) fn uint256(word: &Word) -> U256 {
    U256::from_be_bytes(*word)
}

pub(super) fn uint160(word: &Word, field: &'static str) -> Result<SqrtPriceX96, LogFault> {
    unsigned(word, 12, field).map(|word| SqrtPriceX96(uint256(word)))
}

pub(super) fn uint112(word: &Word, field: &'static str) -> Result<TokenAmount, LogFault> {
    unsigned(word, 18, field).map(|word| TokenAmount(uint256(word)))
}

pub(super) fn uint128(word: &Word, field: &'static str) -> Result<u128, LogFault> {
    let (halves, _) = word.as_chunks::<16>();
    match halves {
        [high, low] if *high == [0; 16] => Ok(u128::from_be_bytes(*low)),
        _ => Err(LogFault::Wide(field)),
    }
}

/// A signed number of 24 bits, its sign carried on to the left, that is a tick.
pub(super) fn int24(word: &Word, field: &'static str) -> Result<Tick, LogFault> {
    let [sign @ .., high, middle, low] = *word;
    let fill = if high & 0x80 == 0 { 0x00 } else { 0xff };
    if sign != [fill; 29] {
        return Err(LogFault::Wide(field));
    }
    Tick::new(i32::from_be_bytes([fill, high, middle, low])).map_err(|source| LogFault::Tick { field, source })
}

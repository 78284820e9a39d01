//! Products and quotients beyond 256 bits, and the integer root. After v3-core `FullMath.sol` and
//! `UnsafeMath.sol`, v2-core `Math.sol`.

use alloy::primitives::{U256, U512};

use super::AmmError;

const ONE: U256 = U256::from_limbs([1, 0, 0, 0]);

/// `a * b / denominator`, rounded down: `FullMath.mulDiv`.
///
/// # Errors
/// [`AmmError::Overflow`] for a zero denominator or a quotient above 256 bits.
pub(super) fn mul_div(a: U256, b: U256, denominator: U256) -> Result<U256, AmmError> {
    mul_div_rem(a, b, denominator).map(|(quotient, _)| quotient)
}

/// `a * b / denominator`, rounded up: `FullMath.mulDivRoundingUp`.
///
/// # Errors
/// As [`mul_div`].
pub(super) fn mul_div_rounding_up(a: U256, b: U256, denominator: U256) -> Result<U256, AmmError> {
    let (quotient, inexact) = mul_div_rem(a, b, denominator)?;
    if inexact { quotient.checked_add(ONE).ok_or(AmmError::Overflow("mul_div")) } else { Ok(quotient) }
}

/// The quotient and whether a remainder was dropped.
fn mul_div_rem(a: U256, b: U256, denominator: U256) -> Result<(U256, bool), AmmError> {
    if denominator.is_zero() {
        return Err(AmmError::Overflow("mul_div"));
    }
    // Most products of a swap fit 256 bits, where one division costs half of the wide one.
    if let Some(product) = a.checked_mul(b) {
        let (quotient, remainder) = product.div_rem(denominator);
        return Ok((quotient, !remainder.is_zero()));
    }
    let product: U512 = a.widening_mul(b);
    let (quotient, remainder) = product.div_rem(U512::from(denominator));
    let quotient = narrow(&quotient).ok_or(AmmError::Overflow("mul_div"))?;
    Ok((quotient, !remainder.is_zero()))
}

/// `a / b` rounded up: `UnsafeMath.divRoundingUp`, but an error where that yields zero for a zero
/// divisor.
///
/// # Errors
/// [`AmmError::Overflow`] for a zero divisor.
pub(super) fn div_rounding_up(a: U256, b: U256) -> Result<U256, AmmError> {
    if b.is_zero() {
        return Err(AmmError::Overflow("div_rounding_up"));
    }
    let (quotient, remainder) = a.div_rem(b);
    Ok(if remainder.is_zero() { quotient } else { quotient.wrapping_add(ONE) })
}

/// The largest integer whose square does not exceed `n`.
pub(super) fn isqrt(n: U512) -> U256 {
    let bits = n.bit_len();
    let (low, high) = (low_u128(&n), bits > 128);
    if !high {
        return U256::from(low.isqrt());
    }
    // A start from the leading 128 bits is right to 64 bits and never too small, so that Newton's
    // steps fall towards the root, each doubling the digits, and stop at it.
    let shift = (bits - 128).next_multiple_of(2);
    let head = low_u128(&(n >> shift)).isqrt();
    let mut root = (U512::from(head) + U512::from(1)) << (shift / 2);
    loop {
        let next = (root + n / root) >> 1;
        if next >= root {
            return narrow(&root).unwrap_or(U256::MAX);
        }
        root = next;
    }
}

fn low_u128(n: &U512) -> u128 {
    match n.as_limbs() {
        [low, high, ..] => u128::from(*low) | (u128::from(*high) << 64),
    }
}

fn narrow(n: &U512) -> Option<U256> {
    match n.as_limbs() {
        [a, b, c, d, 0, 0, 0, 0] => Some(U256::from_limbs([*a, *b, *c, *d])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uniswap_v3_math::full_math as peer;

    use super::*;
    use crate::amm::v3::testing::any_u256;

    #[test]
    fn corners() {
        assert_eq!(mul_div(U256::MAX, U256::MAX, U256::MAX), Ok(U256::MAX));
        assert_eq!(mul_div_rounding_up(U256::MAX, U256::MAX, U256::MAX), Ok(U256::MAX));
        assert!(mul_div(U256::MAX, U256::MAX, U256::MAX - ONE).is_err());
        assert!(mul_div(ONE, ONE, U256::ZERO).is_err());
        // From FullMath.spec: the quotient fits, the rounding does not.
        let a = "535006138814359".parse().unwrap();
        let b = "432862656469423142931042426214547535783388063929571229938474969".parse().unwrap();
        assert!(mul_div_rounding_up(a, b, U256::from(2)).is_err());
        assert_eq!(isqrt(U512::MAX), U256::MAX);
        assert_eq!(isqrt(U512::ZERO), U256::ZERO);
    }

    proptest! {
        #[test]
        fn equals_the_peer(a in any_u256(), b in any_u256(), d in any_u256()) {
            prop_assert_eq!(mul_div(a, b, d).ok(), peer::mul_div(a, b, d).ok());
            if !d.is_zero() {
                prop_assert_eq!(mul_div_rounding_up(a, b, d).ok(), peer::mul_div_rounding_up(a, b, d).ok());
            }
        }

        #[test]
        fn root_is_the_floor(a in any_u256(), b in any_u256()) {
            let n: U512 = a.widening_mul(b);
            let root = U512::from(isqrt(n));
            prop_assert!(root * root <= n);
            prop_assert!(root == U512::from(U256::MAX) || (root + U512::from(1)) * (root + U512::from(1)) > n);
        }
    }
}

//! Amounts that move a price, and prices that amounts lead to. After v3-core `SqrtPriceMath.sol`.
//!
//! Prices are `sqrt(token1 / token0) * 2^96` below 2^160, amounts in base units.

use alloy::primitives::U256;

use crate::amm::{
    AmmError,
    full_math::{div_rounding_up, mul_div, mul_div_rounding_up},
};

const Q96: U256 = U256::from_limbs([0, 1 << 32, 0, 0]);

/// `liquidity * 2^96`; at most 224 bits.
fn shifted(liquidity: u128) -> U256 {
    U256::from(liquidity) << 96
}

/// Token0 between two prices, `liquidity * (b - a) / (a * b)`: `getAmount0Delta`.
///
/// # Errors
/// [`AmmError::Overflow`] for a price of zero.
pub fn amount0_delta(a: U256, b: U256, liquidity: u128, round_up: bool) -> Result<U256, AmmError> {
    let (low, high) = if a > b { (b, a) } else { (a, b) };
    if low.is_zero() {
        return Err(AmmError::Overflow("the amount of token0 at price zero"));
    }
    let (liquidity, width) = (shifted(liquidity), high.wrapping_sub(low));
    if round_up {
        div_rounding_up(mul_div_rounding_up(liquidity, width, high)?, low)
    } else {
        Ok(mul_div(liquidity, width, high)?.wrapping_div(low))
    }
}

/// Token1 between two prices, `liquidity * (b - a)`: `getAmount1Delta`.
///
/// # Errors
/// None within 160-bit prices.
pub fn amount1_delta(a: U256, b: U256, liquidity: u128, round_up: bool) -> Result<U256, AmmError> {
    let width = if a > b { a.wrapping_sub(b) } else { b.wrapping_sub(a) };
    let liquidity = U256::from(liquidity);
    if round_up { mul_div_rounding_up(liquidity, width, Q96) } else { mul_div(liquidity, width, Q96) }
}

/// The price after `amount` is paid in, rounded so as not to pass the exact price:
/// `getNextSqrtPriceFromInput`.
///
/// # Errors
/// [`AmmError::Overflow`] for a zero price or liquidity, or a price above 160 bits.
pub fn next_sqrt_price_from_input(
    price: U256,
    liquidity: u128,
    amount: U256,
    zero_for_one: bool,
) -> Result<U256, AmmError> {
    if price.is_zero() || liquidity == 0 {
        return Err(AmmError::Overflow("the next price without a price or liquidity"));
    }
    if zero_for_one { add_amount0(price, liquidity, amount) } else { add_amount1(price, liquidity, amount) }
}

/// The price after `amount` is paid out, rounded so as to pass the exact price:
/// `getNextSqrtPriceFromOutput`.
///
/// # Errors
/// [`AmmError::Overflow`] for a zero price or liquidity, a price above 160 bits, or more than the
/// liquidity can pay.
pub fn next_sqrt_price_from_output(
    price: U256,
    liquidity: u128,
    amount: U256,
    zero_for_one: bool,
) -> Result<U256, AmmError> {
    if price.is_zero() || liquidity == 0 {
        return Err(AmmError::Overflow("the next price without a price or liquidity"));
    }
    if zero_for_one { remove_amount1(price, liquidity, amount) } else { remove_amount0(price, liquidity, amount) }
}

/// `getNextSqrtPriceFromAmount0RoundingUp` with `add`.
fn add_amount0(price: U256, liquidity: u128, amount: U256) -> Result<U256, AmmError> {
    if amount.is_zero() {
        return Ok(price);
    }
    let liquidity = shifted(liquidity);
    let denominator = amount.checked_mul(price).and_then(|product| liquidity.checked_add(product));
    if let Some(denominator) = denominator {
        return mul_div_rounding_up(liquidity, price, denominator);
    }
    // The contract's second best, less precise, where the denominator does not fit.
    let denominator =
        liquidity.wrapping_div(price).checked_add(amount).ok_or(AmmError::Overflow("the amount of token0"))?;
    div_rounding_up(liquidity, denominator)
}

/// `getNextSqrtPriceFromAmount0RoundingUp` without `add`.
fn remove_amount0(price: U256, liquidity: u128, amount: U256) -> Result<U256, AmmError> {
    if amount.is_zero() {
        return Ok(price);
    }
    let liquidity = shifted(liquidity);
    let denominator = amount
        .checked_mul(price)
        .and_then(|product| liquidity.checked_sub(product))
        .filter(|denominator| !denominator.is_zero())
        .ok_or(AmmError::Overflow("the output of token0"))?;
    uint160(mul_div_rounding_up(liquidity, price, denominator)?)
}

/// `getNextSqrtPriceFromAmount1RoundingDown` with `add`.
fn add_amount1(price: U256, liquidity: u128, amount: U256) -> Result<U256, AmmError> {
    let quotient = mul_div(amount, Q96, U256::from(liquidity))?;
    uint160(price.checked_add(quotient).ok_or(AmmError::Overflow("the next price"))?)
}

/// `getNextSqrtPriceFromAmount1RoundingDown` without `add`.
fn remove_amount1(price: U256, liquidity: u128, amount: U256) -> Result<U256, AmmError> {
    let quotient = mul_div_rounding_up(amount, Q96, U256::from(liquidity))?;
    price.checked_sub(quotient).filter(|price| !price.is_zero()).ok_or(AmmError::Overflow("the output of token1"))
}

fn uint160(price: U256) -> Result<U256, AmmError> {
    if price.bit_len() > 160 { Err(AmmError::Overflow("the next price")) } else { Ok(price) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uniswap_v3_math::sqrt_price_math as peer;

    use super::*;
    use crate::amm::v3::testing::{any_liquidity, any_price, any_u256};

    fn ether() -> U256 {
        U256::from(10u64.pow(18))
    }

    /// From v3-core's `SqrtPriceMath.spec.ts`: one of liquidity from price 1 to 121/100.
    #[test]
    fn vectors() {
        let (one, higher) = (Q96, "87150978765690771352898345369".parse().unwrap());
        let liquidity = 10u128.pow(18);
        let amount0 = U256::from(90_909_090_909_090_910u64);
        assert_eq!(amount0_delta(one, higher, liquidity, true), Ok(amount0));
        assert_eq!(amount0_delta(one, higher, liquidity, false), Ok(amount0 - U256::from(1)));
        let amount1 = U256::from(100_000_000_000_000_000u64);
        assert_eq!(amount1_delta(one, higher, liquidity, true), Ok(amount1));
        assert_eq!(amount1_delta(one, higher, liquidity, false), Ok(amount1 - U256::from(1)));
        let tenth = ether() / U256::from(10);
        let next = |text: &str| Ok(text.parse::<U256>().unwrap());
        assert_eq!(
            next_sqrt_price_from_input(one, liquidity, tenth, false),
            next("87150978765690771352898345369"),
            "token1 in"
        );
        assert_eq!(
            next_sqrt_price_from_input(one, liquidity, tenth, true),
            next("72025602285694852357767227579"),
            "token0 in"
        );
        assert_eq!(
            next_sqrt_price_from_output(one, liquidity, tenth, false),
            next("88031291682515930659493278152"),
            "token0 out"
        );
        assert_eq!(
            next_sqrt_price_from_output(one, liquidity, tenth, true),
            next("71305346262837903834189555302"),
            "token1 out"
        );
        assert!(next_sqrt_price_from_input(U256::ZERO, 1, tenth, true).is_err());
        assert!(next_sqrt_price_from_output(one, 0, tenth, true).is_err());
        // More than the virtual reserves hold.
        let price = "20282409603651670423947251286016".parse().unwrap();
        assert!(next_sqrt_price_from_output(price, 1024, U256::from(4), false).is_err());
        assert!(next_sqrt_price_from_output(price, 1024, U256::from(262_144), true).is_err());
        assert!(next_sqrt_price_from_output(price, 1024, U256::from(262_143), true).is_ok());
    }

    proptest! {
        #[test]
        fn equals_the_peer(a in any_price(), b in any_price(), l in any_liquidity(), amount in any_u256(), up: bool) {
            let (a, b) = (a.0, b.0);
            prop_assert_eq!(amount0_delta(a, b, l, up).ok(), peer::_get_amount_0_delta(a, b, l, up).ok());
            prop_assert_eq!(amount1_delta(a, b, l, up).ok(), peer::_get_amount_1_delta(a, b, l, up).ok());
            prop_assert_eq!(
                next_sqrt_price_from_input(a, l, amount, up).ok(),
                peer::get_next_sqrt_price_from_input(a, l, amount, up).ok()
            );
            prop_assert_eq!(
                next_sqrt_price_from_output(a, l, amount, up).ok(),
                peer::get_next_sqrt_price_from_output(a, l, amount, up).ok()
            );
        }
    }
}

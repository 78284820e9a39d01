//! One step of a swap within constant liquidity. After v3-core `SwapMath.sol`.

use alloy::primitives::U256;

use super::sqrt_price_math::{amount0_delta, amount1_delta, next_sqrt_price_from_input, next_sqrt_price_from_output};
use crate::{
    amm::{
        AmmError,
        full_math::{mul_div, mul_div_rounding_up},
    },
    units::FeePips,
};

/// What is left of the amount asked for, in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remaining {
    /// Of the token paid in, the fee included.
    In(U256),
    /// Of the token paid out.
    Out(U256),
}

/// The result of a step: the new price, what is paid in besides the fee, what is paid out, and the
/// fee in the token paid in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub sqrt_price_next: U256,
    pub amount_in: U256,
    pub amount_out: U256,
    pub fee: U256,
}

/// `SwapMath.computeSwapStep`. The direction is that from `current` to `target`; equal prices count
/// as zero for one, as in the contract.
///
/// # Errors
/// [`AmmError::Overflow`] where a price is zero or a product of `SqrtPriceMath` does not fit;
/// [`AmmError::InvalidFee`] at 100% or more.
pub fn compute_swap_step(
    current: U256,
    target: U256,
    liquidity: u128,
    remaining: Remaining,
    fee: FeePips,
) -> Result<Step, AmmError> {
    let zero_for_one = current >= target;
    let one = U256::from(FeePips::ONE);
    let fee_pips = U256::from(fee.0);
    let less_fee = one.checked_sub(fee_pips).ok_or(AmmError::InvalidFee(fee))?;
    let paid_in = |to: U256| {
        if zero_for_one {
            amount0_delta(to, current, liquidity, true)
        } else {
            amount1_delta(current, to, liquidity, true)
        }
    };
    let paid_out = |to: U256| {
        if zero_for_one {
            amount1_delta(to, current, liquidity, false)
        } else {
            amount0_delta(current, to, liquidity, false)
        }
    };

    match remaining {
        Remaining::In(remaining) => {
            let available = mul_div(remaining, less_fee, one)?;
            let to_target = paid_in(target)?;
            let next = if available >= to_target {
                target
            } else {
                next_sqrt_price_from_input(current, liquidity, available, zero_for_one)?
            };
            let reached = next == target;
            let amount_in = if reached { to_target } else { paid_in(next)? };
            let fee = if reached {
                mul_div_rounding_up(amount_in, fee_pips, less_fee)?
            } else {
                // Nothing is left over: what the rounded price did not take is fee.
                remaining.checked_sub(amount_in).ok_or(AmmError::Overflow("the input of a step"))?
            };
            Ok(Step { sqrt_price_next: next, amount_in, amount_out: paid_out(next)?, fee })
        }
        Remaining::Out(remaining) => {
            let to_target = paid_out(target)?;
            let next = if remaining >= to_target {
                target
            } else {
                next_sqrt_price_from_output(current, liquidity, remaining, zero_for_one)?
            };
            let amount_out = if next == target { to_target } else { paid_out(next)? };
            let amount_in = paid_in(next)?;
            let fee = mul_div_rounding_up(amount_in, fee_pips, less_fee)?;
            // The price was rounded past what was asked for; no more than that is paid.
            Ok(Step { sqrt_price_next: next, amount_in, amount_out: amount_out.min(remaining), fee })
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::I256;
    use proptest::prelude::*;
    use uniswap_v3_math::swap_math as peer;

    use super::*;
    use crate::amm::v3::testing::{any_amount, any_liquidity, any_price};

    const FEE: FeePips = FeePips(600);

    fn int(text: &str) -> U256 {
        text.parse().unwrap()
    }

    /// From v3-core's `SwapMath.spec.ts`.
    #[test]
    fn vectors() {
        let (one, liquidity) = (U256::from(1) << 96, 2 * 10u128.pow(18));
        let ether = int("1000000000000000000");
        let capped = int("79623317895830914510639640423"); // price 101/100
        let expect = |next: U256, amount_in: &str, amount_out: &str, fee: &str| {
            Ok(Step { sqrt_price_next: next, amount_in: int(amount_in), amount_out: int(amount_out), fee: int(fee) })
        };
        assert_eq!(
            compute_swap_step(one, capped, liquidity, Remaining::In(ether), FEE),
            expect(capped, "9975124224178055", "9925619580021728", "5988667735148"),
            "in, capped at the target"
        );
        assert_eq!(
            compute_swap_step(one, capped, liquidity, Remaining::Out(ether), FEE),
            expect(capped, "9975124224178055", "9925619580021728", "5988667735148"),
            "out, capped at the target"
        );
        let far = int("250541448375047931186413801569"); // price 10
        let step = compute_swap_step(one, far, liquidity, Remaining::In(ether), FEE).unwrap();
        assert_eq!(
            (step.amount_in, step.amount_out, step.fee),
            (int("999400000000000000"), int("666399946655997866"), int("600000000000000"))
        );
        let farther = int("792281625142643375935439503360"); // price 100
        let step = compute_swap_step(one, farther, liquidity, Remaining::Out(ether), FEE).unwrap();
        assert_eq!(
            (step.amount_in, step.amount_out, step.fee),
            (int("2000000000000000000"), ether, int("1200720432259356"))
        );
        // The output is capped at the amount asked for.
        let step = compute_swap_step(
            int("417332158212080721273783715441582"),
            int("1452870262520218020823638996"),
            159_344_665_391_607_089_467_575_320_103,
            Remaining::Out(U256::from(1)),
            FeePips(1),
        );
        assert_eq!(step, expect(int("417332158212080721273783715441581"), "1", "1", "1"));
        // The whole input is the fee.
        let step = compute_swap_step(
            int("2413"),
            int("79887613182836312"),
            1_985_041_575_832_132_834_610_021_537_970,
            Remaining::In(U256::from(10)),
            FeePips(1872),
        );
        assert_eq!(step, expect(int("2413"), "0", "0", "10"));
    }

    proptest! {
        #[test]
        fn equals_the_peer(
            current in any_price(), target in any_price(), near in 0u64..1_000_000, close: bool,
            l in any_liquidity(), amount in any_amount(), exact_in: bool, fee in 0u32..1_000_000,
        ) {
            let target = if close { current.0.saturating_add(U256::from(near)) } else { target.0 };
            let raw = I256::from_raw(amount);
            let (signed, remaining) = if exact_in { (raw, Remaining::In(amount)) } else { (-raw, Remaining::Out(amount)) };
            // A zero exact output does not exist in the contract: its sign is that of an input.
            prop_assume!(!amount.is_zero());
            let ours = compute_swap_step(current.0, target, l, remaining, FeePips(fee));
            let theirs = peer::compute_swap_step(current.0, target, l, signed, fee);
            let ours = ours.ok().map(|s| (s.sqrt_price_next, s.amount_in, s.amount_out, s.fee));
            prop_assert_eq!(ours, theirs.ok());
        }
    }
}

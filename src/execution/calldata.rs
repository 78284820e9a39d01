//! Calldata for SwapRouter02 and for the tokens it spends.
//!
//! Interfaces as in swap-router-contracts 1.3.1 (`IV3SwapRouter`, `IV2SwapRouter`,
//! `IMulticallExtended`) and EIP-20. Both swaps are wrapped in `multicall(deadline, ..)`: the
//! router's swap functions have no deadline of their own.
//!
//! Two values mean something else to this router, and no order holds them: an `amount_in` of
//! zero spends the router's own balance, and the recipients `address(1)` and `address(2)` stand
//! for the caller and the router.

use alloy::{
    primitives::{Address, Bytes, U256, Uint, aliases::U24},
    sol,
    sol_types::SolCall,
};

use crate::units::{FeePips, Timestamp, TokenAmount};

sol! {
    interface IERC20 {
        function approve(address spender, uint256 amount) external returns (bool);
    }

    interface ISwapRouter02 {
        struct ExactInputSingleParams {
            address tokenIn;
            address tokenOut;
            uint24 fee;
            address recipient;
            uint256 amountIn;
            uint256 amountOutMinimum;
            uint160 sqrtPriceLimitX96;
        }

        function exactInputSingle(ExactInputSingleParams params) external payable returns (uint256 amountOut);
        function swapExactTokensForTokens(uint256 amountIn, uint256 amountOutMin, address[] path, address to)
            external payable returns (uint256 amountOut);
        function multicall(uint256 deadline, bytes[] data) external payable returns (bytes[] results);
    }
}

/// An exact-input swap in one V3 pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct V3Swap {
    pub token_in: Address,
    pub token_out: Address,
    /// Names the pool. One above 24 bits is sent as the largest that fits: the factory allows
    /// no fee of 1,000,000 or more, so that such a swap finds no pool and reverts.
    pub fee: FeePips,
    pub recipient: Address,
    pub amount_in: TokenAmount,
    pub amount_out_min: TokenAmount,
    pub deadline: Timestamp,
}

/// An exact-input swap in one V2 pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct V2Swap {
    pub token_in: Address,
    pub token_out: Address,
    pub recipient: Address,
    pub amount_in: TokenAmount,
    pub amount_out_min: TokenAmount,
    pub deadline: Timestamp,
}

/// Lets `spender` take up to `amount` of the token that is called.
pub fn approve(spender: Address, amount: TokenAmount) -> Bytes {
    IERC20::approveCall { spender, amount: amount.0 }.abi_encode().into()
}

/// `multicall(deadline, [exactInputSingle(..)])` without a price limit: `amount_out_min` is the
/// bound, and a limit would fill the order in part.
pub fn v3_swap(swap: V3Swap) -> Bytes {
    let params = ISwapRouter02::ExactInputSingleParams {
        tokenIn: swap.token_in,
        tokenOut: swap.token_out,
        fee: U24::saturating_from(swap.fee.0),
        recipient: swap.recipient,
        amountIn: swap.amount_in.0,
        amountOutMinimum: swap.amount_out_min.0,
        sqrtPriceLimitX96: Uint::ZERO,
    };
    until(swap.deadline, &ISwapRouter02::exactInputSingleCall { params })
}

/// `multicall(deadline, [swapExactTokensForTokens(..)])` along the one pair.
pub fn v2_swap(swap: V2Swap) -> Bytes {
    let call = ISwapRouter02::swapExactTokensForTokensCall {
        amountIn: swap.amount_in.0,
        amountOutMin: swap.amount_out_min.0,
        path: vec![swap.token_in, swap.token_out],
        to: swap.recipient,
    };
    until(swap.deadline, &call)
}

/// What the one swap in the router's `multicall` returned; `None` for an answer of another shape.
pub fn amount_out(answer: &[u8]) -> Option<TokenAmount> {
    let results = ISwapRouter02::multicallCall::abi_decode_returns(answer).ok()?;
    let [result] = results.as_slice() else { return None };
    // Both swap functions return the one `uint256`.
    ISwapRouter02::exactInputSingleCall::abi_decode_returns(result).ok().map(TokenAmount)
}

/// The router refuses `call` in a block later than `deadline`.
fn until(deadline: Timestamp, call: &impl SolCall) -> Bytes {
    let data = vec![call.abi_encode().into()];
    ISwapRouter02::multicallCall { deadline: U256::from(deadline.0), data }.abi_encode().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_the_routers() {
        assert_eq!(IERC20::approveCall::SELECTOR, [0x09, 0x5e, 0xa7, 0xb3]);
        assert_eq!(ISwapRouter02::exactInputSingleCall::SELECTOR, [0x04, 0xe4, 0x5a, 0xaf]);
        assert_eq!(ISwapRouter02::swapExactTokensForTokensCall::SELECTOR, [0x47, 0x2b, 0x43, 0xf3]);
        assert_eq!(ISwapRouter02::multicallCall::SELECTOR, [0x5a, 0xe4, 0x01, 0xdc]);
    }

    #[test]
    fn a_fee_beyond_24_bits_names_no_pool() {
        let swap = |fee| V3Swap {
            token_in: Address::repeat_byte(1),
            token_out: Address::repeat_byte(2),
            fee: FeePips(fee),
            recipient: Address::repeat_byte(3),
            amount_in: TokenAmount::from(5u64),
            amount_out_min: TokenAmount::from(4u64),
            deadline: Timestamp(9),
        };
        assert_eq!(v3_swap(swap(u32::MAX)), v3_swap(swap(0xff_ffff)));
        assert_ne!(v3_swap(swap(500 + (1 << 24))), v3_swap(swap(500)));
    }
}

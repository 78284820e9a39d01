// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

interface IPool {
    function token0() external view returns (address);
    function token1() external view returns (address);
    function slot0() external view returns (uint160, int24, uint16, uint16, uint16, uint8, bool);
    function swap(address recipient, bool zeroForOne, int256 amountSpecified, uint160 sqrtPriceLimitX96, bytes calldata data)
        external
        returns (int256, int256);
    function mint(address recipient, int24 tickLower, int24 tickUpper, uint128 amount, bytes calldata data)
        external
        returns (uint256, uint256);
}

/// @notice Moves V3 pools to exact prices and mints exact liquidity, out of its own balances.
///
/// Only for a local node. There is no owner on purpose: everyone who reaches the node's RPC can
/// mint its tokens and impersonate its accounts anyway, so an owner check would protect nothing,
/// and without one any account (impersonated or not) may drive the history. Never put it on a
/// public chain: it would give its balances to whoever brings a pool of their own.
contract Mover {
    struct Step {
        address pool;
        uint160 sqrtPriceLimitX96;
    }

    struct Position {
        int24 tickLower;
        int24 tickUpper;
        uint128 liquidity;
    }

    error NotThePool(address caller);
    error PriceNotReached(address pool, uint160 wanted, uint160 reached);
    error NotPaid(address token);

    /// The pool being called; the only address whose callbacks are paid.
    address private pool;

    /// @notice Swaps every pool to exactly its target price. Equal prices are left alone.
    function move(Step[] calldata steps) external {
        for (uint256 i = 0; i < steps.length; i++) {
            IPool target = IPool(steps[i].pool);
            uint160 wanted = steps[i].sqrtPriceLimitX96;
            uint160 current = _price(target);
            if (current == wanted) continue;
            pool = address(target);
            target.swap(address(this), wanted < current, type(int256).max, wanted, "");
            uint160 reached = _price(target);
            if (reached != wanted) revert PriceNotReached(address(target), wanted, reached);
        }
        pool = address(0);
    }

    /// @notice Mints exactly `liquidity` in `[tickLower, tickUpper)`; the position is the mover's.
    function mint(address target, int24 tickLower, int24 tickUpper, uint128 liquidity) external {
        pool = target;
        IPool(target).mint(address(this), tickLower, tickUpper, liquidity, "");
        pool = address(0);
    }

    /// @notice `mint` for many positions of one pool.
    function mintAll(address target, Position[] calldata positions) external {
        pool = target;
        for (uint256 i = 0; i < positions.length; i++) {
            Position calldata p = positions[i];
            IPool(target).mint(address(this), p.tickLower, p.tickUpper, p.liquidity, "");
        }
        pool = address(0);
    }

    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata) external {
        _pay(amount0 > 0 ? uint256(amount0) : 0, amount1 > 0 ? uint256(amount1) : 0);
    }

    function uniswapV3MintCallback(uint256 amount0, uint256 amount1, bytes calldata) external {
        _pay(amount0, amount1);
    }

    function _price(IPool target) private view returns (uint160 sqrtPriceX96) {
        (sqrtPriceX96,,,,,,) = target.slot0();
    }

    function _pay(uint256 amount0, uint256 amount1) private {
        if (msg.sender != pool) revert NotThePool(msg.sender);
        if (amount0 > 0) _send(IPool(msg.sender).token0(), amount0);
        if (amount1 > 0) _send(IPool(msg.sender).token1(), amount1);
    }

    /// USDT returns nothing, the others a bool.
    function _send(address token, uint256 amount) private {
        (bool ok, bytes memory answer) =
            token.call(abi.encodeWithSignature("transfer(address,uint256)", msg.sender, amount));
        if (!ok || (answer.length > 0 && !abi.decode(answer, (bool)))) revert NotPaid(token);
    }
}

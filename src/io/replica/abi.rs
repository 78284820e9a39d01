//! The calls that the replica makes.

use alloy::sol;

sol! {
    #[allow(missing_docs)]
    interface IV3Factory {
        function createPool(address tokenA, address tokenB, uint24 fee) external returns (address pool);
        function getPool(address tokenA, address tokenB, uint24 fee) external view returns (address pool);
    }

    #[allow(missing_docs)]
    interface IV3Pool {
        function initialize(uint160 sqrtPriceX96) external;
    }

    #[allow(missing_docs)]
    interface IV2Factory {
        function createPair(address tokenA, address tokenB) external returns (address pair);
    }

    #[allow(missing_docs)]
    interface IV2Pair {
        function mint(address to) external returns (uint256 liquidity);
    }

    #[allow(missing_docs)]
    interface IToken {
        function transfer(address to, uint256 value) external returns (bool);
        function deposit() external payable;
    }

    #[allow(missing_docs)]
    interface IMover {
        struct Step {
            address pool;
            uint160 sqrtPriceLimitX96;
        }

        struct Position {
            int24 tickLower;
            int24 tickUpper;
            uint128 liquidity;
        }

        function move(Step[] steps) external;
        function mint(address pool, int24 tickLower, int24 tickUpper, uint128 liquidity) external;
        function mintAll(address pool, Position[] positions) external;
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Many pools' state in one call.
///
/// Never deployed: its code is put at an address for one `eth_call` by a state override, so that
/// it reads any chain, and its answer is not bound by the size of a contract.
contract PoolLens {
    struct TickState {
        int24 tick;
        uint128 liquidityGross;
        int128 liquidityNet;
    }

    /// `kind` is 2 or 3 as the pool answered, 0 where the address is no pool that we know.
    struct PoolState {
        uint8 kind;
        uint112 reserve0;
        uint112 reserve1;
        uint160 sqrtPriceX96;
        int24 tick;
        uint128 liquidity;
        int24 tickSpacing;
        TickState[] ticks;
    }

    /// What a pool may burn for one answer: a contract that is none must not spoil the others.
    uint256 private constant GAS = 100_000;

    /// @notice The state of each address. Of a V3 pool, with `words` above zero, also the
    /// initialised ticks in that many words of its bitmap: the one that holds its tick and as
    /// many to either side as an odd number says.
    function read(address[] calldata pools, uint256 words)
        external
        view
        returns (uint256 blockNumber, PoolState[] memory states)
    {
        blockNumber = block.number;
        states = new PoolState[](pools.length);
        for (uint256 i = 0; i < pools.length; i++) {
            _read(pools[i], words, states[i]);
        }
    }

    function _read(address pool, uint256 words, PoolState memory state) private view {
        (bool ok, uint256 first, uint256 second) = _ask(pool, abi.encodeWithSignature("slot0()"), 224);
        if (ok) {
            int256 tick = int256(second);
            if (first >> 160 != 0 || tick != int256(int24(tick))) return;
            (bool hasLiquidity, uint256 liquidity,) = _ask(pool, abi.encodeWithSignature("liquidity()"), 32);
            (bool hasSpacing, uint256 spacing,) = _ask(pool, abi.encodeWithSignature("tickSpacing()"), 32);
            if (!hasLiquidity || !hasSpacing || liquidity >> 128 != 0 || spacing == 0 || spacing > 16383) return;
            state.sqrtPriceX96 = uint160(first);
            state.tick = int24(tick);
            state.liquidity = uint128(liquidity);
            state.tickSpacing = int24(uint24(spacing));
            if (words > 0 && !_ticks(pool, words, state)) return;
            state.kind = 3;
            return;
        }
        (ok, first, second) = _ask(pool, abi.encodeWithSignature("getReserves()"), 96);
        if (!ok || first >> 112 != 0 || second >> 112 != 0) return;
        state.reserve0 = uint112(first);
        state.reserve1 = uint112(second);
        state.kind = 2;
    }

    /// The initialised ticks of the words around the tick, ascending.
    function _ticks(address pool, uint256 words, PoolState memory state) private view returns (bool) {
        int256 spacing = state.tickSpacing;
        int256 compressed = int256(state.tick) / spacing;
        if (state.tick < 0 && int256(state.tick) % spacing != 0) compressed--;
        int256 word = (compressed >> 8) - int256(words / 2);
        uint256[] memory bitmaps = new uint256[](words);
        uint256 count = 0;
        for (uint256 i = 0; i < words; i++) {
            // Beyond the sixteen bits of a word's position there are no ticks.
            int256 at = word + int256(i);
            if (at != int256(int16(at))) continue;
            (bool ok, uint256 bitmap,) = _ask(pool, abi.encodeWithSignature("tickBitmap(int16)", int16(at)), 32);
            if (!ok) return false;
            bitmaps[i] = bitmap;
            for (uint256 bits = bitmap; bits != 0; bits &= bits - 1) count++;
        }
        state.ticks = new TickState[](count);
        count = 0;
        for (uint256 i = 0; i < words; i++) {
            if (bitmaps[i] == 0) continue;
            for (uint256 bit = 0; bit < 256; bit++) {
                if ((bitmaps[i] >> bit) & 1 == 0) continue;
                int24 tick = int24(((word + int256(i)) * 256 + int256(bit)) * spacing);
                (bool ok, uint256 gross, uint256 net) = _ask(pool, abi.encodeWithSignature("ticks(int24)", tick), 64);
                if (!ok || gross >> 128 != 0 || int256(net) != int256(int128(int256(net)))) return false;
                state.ticks[count++] = TickState(tick, uint128(gross), int128(int256(net)));
            }
        }
        return true;
    }

    /// The first two words of an answer of at least `length` bytes, of which no more are copied.
    function _ask(address pool, bytes memory input, uint256 length)
        private
        view
        returns (bool ok, uint256 first, uint256 second)
    {
        assembly ("memory-safe") {
            ok := staticcall(GAS, pool, add(input, 32), mload(input), 0, 64)
            ok := and(ok, iszero(lt(returndatasize(), length)))
            if ok {
                first := mload(0)
                if gt(length, 32) { second := mload(32) }
            }
        }
    }
}

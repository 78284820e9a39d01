//! Snapshot reads of pools.

use std::ops::RangeInclusive;

use alloy::{
    eips::BlockId,
    primitives::{Address, Bytes, U256, aliases::I24},
    providers::bindings::IMulticall3,
    sol_types::SolCall,
};

use super::{
    Chain, Fault, RpcError,
    abi::{IV2PoolState, IV3PoolState},
    types::V3State,
};
use crate::{
    domain::PoolSpec,
    units::{SqrtPriceX96, Tick, TokenAmount},
};

/// Calls in one request: nodes bound the gas of `eth_call`, and a tick costs about 10,000.
const CALLS_AT_ONCE: usize = 400;

impl Chain {
    /// Price, liquidity and every initialised tick within `ticks` at one block. Ask at a block
    /// hash, or check the hash afterwards: the read takes several requests.
    ///
    /// # Errors
    /// [`RpcError`]; `Malformed` where the address is no V3 pool or the chain has no Multicall3.
    pub async fn pool_state_v3(
        &self,
        pool: &PoolSpec,
        ticks: RangeInclusive<Tick>,
        at: BlockId,
    ) -> Result<V3State, RpcError> {
        let slot0 = self.read(pool.address, &IV3PoolState::slot0Call {}, at).await?;
        let liquidity = self.read(pool.address, &IV3PoolState::liquidityCall {}, at).await?;
        let tick = Tick::new(slot0.tick.as_i32())
            .map_err(|error| self.rpc().error("eth_call", Fault::Malformed(format!("slot0: {error}"))))?;
        Ok(V3State {
            sqrt_price_x96: SqrtPriceX96(U256::from(slot0.sqrtPriceX96)),
            tick,
            liquidity,
            ticks: self.initialised_ticks(pool, ticks, at).await?,
        })
    }

    /// A V2 pool's reserves at one block.
    ///
    /// # Errors
    /// [`RpcError`]; `Malformed` where the address is no V2 pool.
    pub async fn pool_state_v2(&self, pool: Address, at: BlockId) -> Result<(TokenAmount, TokenAmount), RpcError> {
        let reserves = self.read(pool, &IV2PoolState::getReservesCall {}, at).await?;
        Ok((TokenAmount(U256::from(reserves.reserve0)), TokenAmount(U256::from(reserves.reserve1))))
    }

    async fn initialised_ticks(
        &self,
        pool: &PoolSpec,
        range: RangeInclusive<Tick>,
        at: BlockId,
    ) -> Result<Vec<(Tick, u128, i128)>, RpcError> {
        let spacing = pool.tick_spacing.max(1);
        // A bitmap word holds 256 multiples of the spacing; both divisions round down.
        let word = |tick: Tick| tick.get().div_euclid(spacing).div_euclid(256);
        let words: Vec<i16> =
            (word(*range.start())..=word(*range.end())).filter_map(|word| i16::try_from(word).ok()).collect();
        let calls: Vec<_> = words.iter().map(|w| IV3PoolState::tickBitmapCall { wordPosition: *w }).collect();
        let bitmaps = self.read_many(pool.address, &calls, at).await?;
        let ticks: Vec<Tick> = words
            .iter()
            .zip(bitmaps)
            .flat_map(|(word, bits)| {
                let set = (0..256_i32).filter(move |bit| bits.bit(*bit as usize));
                set.map(move |bit| (i32::from(*word) * 256 + bit) * spacing)
            })
            .filter_map(|tick| Tick::new(tick).ok())
            .filter(|tick| range.contains(tick))
            .collect();
        let calls: Vec<_> = ticks
            .iter()
            .filter_map(|tick| Some(IV3PoolState::ticksCall { tick: I24::try_from(tick.get()).ok()? }))
            .collect();
        let states = self.read_many(pool.address, &calls, at).await?;
        Ok(ticks.iter().zip(states).map(|(tick, state)| (*tick, state.liquidityGross, state.liquidityNet)).collect())
    }

    /// Many view calls of one contract, through Multicall3, in order.
    async fn read_many<C: SolCall>(&self, to: Address, calls: &[C], at: BlockId) -> Result<Vec<C::Return>, RpcError> {
        let malformed =
            |why: String| self.rpc().error("eth_call", Fault::Malformed(format!("{} of {to}: {why}", C::SIGNATURE)));
        let mut answers = Vec::with_capacity(calls.len());
        for some in calls.chunks(CALLS_AT_ONCE) {
            let target = |call: &C| IMulticall3::Call3 {
                target: to,
                allowFailure: false,
                callData: Bytes::from(call.abi_encode()),
            };
            let batch = IMulticall3::aggregate3Call { calls: some.iter().map(target).collect() };
            let results = self.read(self.multicall(), &batch, at).await?;
            if results.len() != some.len() {
                return Err(malformed(format!("{} answers to {} calls", results.len(), some.len())));
            }
            for result in results {
                answers.push(C::abi_decode_returns(&result.returnData).map_err(|error| malformed(error.to_string()))?);
            }
        }
        Ok(answers)
    }
}

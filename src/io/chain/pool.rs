//! Pool state at a block, many reads a round trip.

use alloy::{
    eips::BlockId,
    primitives::{Address, U256, aliases::I24},
    sol_types::SolCall,
};

use super::{
    Chain, Fault, RpcError,
    abi::{IMulticall3, IV2Pair, IV3Pool},
};
use crate::{
    domain::PoolSpec,
    units::{BlockNumber, SqrtPriceX96, Tick, TokenAmount},
};

/// Reads a multicall carries: well below what nodes allow an `eth_call` to burn.
const BATCH: usize = 400;

/// A V3 pool with all of its initialised ticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct V3State {
    pub sqrt_price_x96: SqrtPriceX96,
    pub tick: Tick,
    pub liquidity: u128,
    /// Tick, gross and net liquidity, ascending.
    pub ticks: Vec<(Tick, u128, i128)>,
}

impl Chain {
    /// A V2 pair's reserves at a block.
    ///
    /// # Errors
    /// [`RpcError`] when the node does not answer or the address is no pair.
    pub async fn reserves(&self, pair: Address, at: BlockNumber) -> Result<(TokenAmount, TokenAmount), RpcError> {
        let reserves = self.read(pair, &IV2Pair::getReservesCall {}, BlockId::number(at.0)).await?;
        Ok((TokenAmount(reserves.reserve0.to()), TokenAmount(reserves.reserve1.to())))
    }

    /// A V3 pool's state at a block: price, liquidity, and every initialised tick there is, found
    /// through the tick bitmap (v3-core `TickBitmap.sol`: 256 compressed ticks a word).
    ///
    /// # Errors
    /// [`RpcError`] when the node does not answer or the address is no such pool.
    pub async fn pool_state_v3(&self, spec: &PoolSpec, at: BlockNumber) -> Result<V3State, RpcError> {
        let pool = spec.address;
        let spacing = spec.tick_spacing.max(1);
        let word = |tick: i32| tick.div_euclid(spacing) >> 8;
        let words: Vec<i16> = (word(Tick::MIN.get())..=word(Tick::MAX.get())).filter_map(|w| w.try_into().ok()).collect();
        let calls = words.iter().map(|&word| IV3Pool::tickBitmapCall { wordPosition: word }).collect();
        let bitmap = self.read_all(pool, calls, at).await?;
        let initialised = words.iter().zip(bitmap).flat_map(|(&word, bits)| {
            (0..256).filter(move |&bit| bits.bit(bit)).map(move |bit| (i32::from(word) * 256 + bit as i32) * spacing)
        });
        let outside = |_| self.rpc().error("eth_call", Fault::Malformed(format!("pool {pool} has a tick out of bounds")));
        let ticks: Vec<Tick> = initialised.map(Tick::new).collect::<Result<_, _>>().map_err(outside)?;
        let calls = ticks.iter().map(|tick| IV3Pool::ticksCall { tick: I24::unchecked_from(tick.get()) }).collect();
        let infos = self.read_all(pool, calls, at).await?;
        let slot0 = self.read(pool, &IV3Pool::slot0Call {}, BlockId::number(at.0)).await?;
        let liquidity = self.read(pool, &IV3Pool::liquidityCall {}, BlockId::number(at.0)).await?;
        let ticks = ticks.into_iter().zip(infos).map(|(tick, info)| (tick, info.liquidityGross, info.liquidityNet));
        Ok(V3State {
            sqrt_price_x96: SqrtPriceX96(slot0.sqrtPriceX96.to::<U256>()),
            tick: Tick::new(slot0.tick.as_i32()).map_err(outside)?,
            liquidity,
            ticks: ticks.collect(),
        })
    }

    /// The same view function of one contract with many arguments, through Multicall3.
    async fn read_all<C: SolCall>(
        &self,
        target: Address,
        calls: Vec<C>,
        at: BlockNumber,
    ) -> Result<Vec<C::Return>, RpcError> {
        let mut answers = Vec::with_capacity(calls.len());
        for batch in calls.chunks(BATCH) {
            let calls = batch
                .iter()
                .map(|call| IMulticall3::Call3 { target, allowFailure: false, callData: call.abi_encode().into() });
            let call = IMulticall3::aggregate3Call { calls: calls.collect() };
            let results = self.read(self.multicall_address(), &call, BlockId::number(at.0)).await?;
            for result in results {
                answers.push(self.decode::<C>(&result.returnData, "eth_call")?);
            }
        }
        if answers.len() == calls.len() {
            return Ok(answers);
        }
        Err(self.rpc().error("eth_call", Fault::Malformed("Multicall3 answered another number of calls".to_owned())))
    }
}
